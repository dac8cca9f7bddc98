"""What sampled values say of a place: whether they are raw or served, and computed from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.connect.candidates import Candidate
from skewcheck.engine.served_lines import is_near
from skewcheck.engine.served_values import (
    EQUAL_SHARE,
    FOLLOWS,
    MIN_DISTINCT,
    Expected,
    as_numbers,
    equal_share,
    rank_correlation,
)
from skewcheck.features.steps import forward, inverse
from skewcheck.features.types import CategoricalReference, Feature, FloatArray, NumericReference
from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.arrow import present
from skewcheck.logs.arrays.texts import Texts

DEVIATIONS = 4.0
"""Standard deviations around the mean within which nearly all values of a feature lie."""
MOST = 3.0
"""Standard deviations of nearness that one feature may add: the others must agree."""
MIXED_SHARE = 0.25
"""Share of the features of a vector whose values may speak for the other side than those of most: a
server may be wrong in some."""
PLAUSIBLE_SHARE = 0.6
"""Share of the features of a vector whose values must be plausible in its order."""
WHOLE = 1e-3
"""How far the sum of shares may be from 1: logs round."""
DECISIVE = 3.0
"""Standard deviations, summed over features, from which on values are of one side."""


@dataclass(frozen=True, slots=True)
class Values:
    """Sampled rows of a candidate."""

    candidate: Candidate
    arrays: Mapping[str, pa.Array]
    """By feature, or by the key of a served column; those that the rows have."""
    rows: int
    """Rows of the batch that they are a sample of."""

    def holds(self, features: Sequence[Feature]) -> bool:
        """Return whether half of what must be numeric columns have a number in some row."""
        numeric = [
            array
            for key, array in self.arrays.items()
            if self.candidate.outputs or key in {f.name for f in features if f.type == "numeric"}
        ]
        having = sum(bool(np.isfinite(as_numbers(array)).any()) for array in numeric)
        return 2 * having >= len(numeric)

    def side(self, features: Sequence[Feature]) -> float:
        """Return how much speaks for raw values against served ones, by where the values lie."""
        total = 0.0
        for feature in features:
            array = self.arrays.get(feature.name)
            if array is not None:
                total += float(np.clip(_ratio(feature, array), -MOST, MOST))
        return total

    def plausible(self, features: Sequence[Feature]) -> float:
        """Return the share of the features whose values lie where one of the sides lies."""
        named = [
            (f, found) for f in features if (found := self._of(f)) and None not in found
        ]  # fmt: skip
        fitting = [
            all(map(_is_indicator, found)) if len(found) > 1 else _is_plausible(f, found[0])
            for f, found in named
        ]
        # Of a one-hot feature nothing else fits: a list of numbers is none by chance.
        one_hot = [
            fits for fits, (f, _) in zip(fitting, named, strict=True) if len(f.served_names) > 1
        ]
        if one_hot and 2 * sum(one_hot) < len(one_hot):
            return 0.0
        return sum(fitting) / max(len(named), 1)

    def disagree(self, features: Sequence[Feature]) -> bool:
        """Return whether the values of some features are raw ones, and those of others served."""
        named = [(f, found[0]) for f in features if len(found := self._of(f)) == 1]
        ratios = [_ratio(f, array) for f, array in named if array is not None]
        raw, served = sum(r >= 1 for r in ratios), sum(r <= -1 for r in ratios)
        return min(raw, served) > MIXED_SHARE * (raw + served)

    def is_distribution(self) -> bool:
        """Return whether the values of a list are shares of 1: the probabilities of classes."""
        if self.candidate.by != "position" or len(self.arrays) < 2:
            return False
        values = np.stack([as_numbers(array) for array in self.arrays.values()])
        values = values[:, np.isfinite(values).all(0)]
        if not values.size or np.isin(values, (0.0, 1.0)).all():
            return False
        whole = (values >= 0).all(0) & (np.abs(values.sum(0) - 1) <= WHOLE)
        return bool(whole.mean() >= EQUAL_SHARE)

    def present(self) -> NDArray[np.bool_]:
        """Return which of the sampled rows have a value; of a list, one in its last place."""
        arrays = [*self.arrays.values()]
        arrays = arrays[-1:] if self.candidate.by == "position" else arrays
        having = np.zeros(max(map(len, arrays), default=0), bool)
        for array in arrays:
            having |= present(array)
        return having

    def _of(self, feature: Feature) -> list[pa.Array | None]:
        return [self.arrays.get(key) for key in keys_of(feature, self.candidate)]


def _is_indicator(array: pa.Array | None) -> bool:
    """Return whether values are those of a level of a one-hot feature."""
    values = as_numbers(array)
    values = values[np.isfinite(values)]
    return bool(np.isin(values, (0.0, 1.0)).mean() >= PLAUSIBLE_SHARE) if len(values) else True


def _is_plausible(feature: Feature, array: pa.Array) -> bool:
    """Return whether half of the values of a feature are raw or served ones of training."""
    if feature.type != "numeric":
        ratio = _ratio_of_levels(feature, array)
        # Served values of a one-hot feature are several: a column of numbers is none of them.
        fits = ratio > 0 if len(feature.served_names) > 1 else ratio != 0
        return fits or not _has_levels(feature)
    sides = _sides(feature)
    values = as_numbers(array)
    values = values[np.isfinite(values)]
    if sides is None or not len(values):
        return True
    inside = [(values >= low - (high - low)) & (values <= high + high - low) for low, high in sides]
    return any(2 * part.sum() >= len(values) for part in inside)


def _has_levels(feature: Feature) -> bool:
    reference = feature.reference
    return isinstance(reference, CategoricalReference) and bool(reference.counts)


def _ratio(feature: Feature, array: pa.Array) -> float:
    """Return by how much nearer values are to raw ones than to served ones; 0 if nothing tells."""
    if feature.type != "numeric":
        return _ratio_of_levels(feature, array)
    sides = _sides(feature)
    values = as_numbers(array)
    values = values[np.isfinite(values)]
    if sides is None or len(np.unique(values)) < min(MIN_DISTINCT, len(array)):
        return 0.0
    return _distance(values, sides[1]) - _distance(values, sides[0])


def _distance(values: FloatArray, ends: Ends) -> float:
    """Return how far values are from where they would lie: in center, and in spread.

    The first in standard deviations, the second as the logarithm of a ratio.
    """
    center, spread = (ends[0] + ends[1]) / 2, max((ends[1] - ends[0]) / (2 * DEVIATIONS), 1e-12)
    shift = abs(float(np.median(values)) - center) / spread
    own = float(values.std())
    return shift + (abs(float(np.log(own / spread))) if own else 0.0)


Ends = tuple[float, float]


def _sides(feature: Feature) -> tuple[Ends, Ends] | None:
    """Return where raw and served values of a numeric feature lie; None if that is not known."""
    ends = _raw_range(feature)
    if ends is None or not feature.steps or not feature.by_itself:
        return None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        image = forward(feature.steps, np.linspace(*ends, 101))
    image = image[np.isfinite(image)]
    return (ends, (float(image.min()), float(image.max()))) if len(image) else None


def _raw_range(feature: Feature) -> tuple[float, float] | None:
    """Return where the raw values of training lie, by its distribution, or by what scales them."""
    reference = feature.reference
    if feature.groups:  # a reference of results
        return None
    if isinstance(reference, NumericReference) and reference.mean is not None and reference.std:
        reach = DEVIATIONS * reference.std
        return reference.mean - reach, reference.mean + reach
    if isinstance(reference, NumericReference) and None not in (reference.min, reference.max):
        low, high = float(reference.min or 0), float(reference.max or 0)
        margin = (high - low) / 2  # two deviations from the center to each end, as a rule
        return (low - margin, high + margin) if low < high else None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ends = inverse(feature.steps, np.array([-DEVIATIONS, DEVIATIONS]))
        if not np.isfinite(ends).all():
            ends = inverse(feature.steps, np.array([-0.5, 1.5]))
    if not np.isfinite(ends).all() or ends[0] == ends[1]:
        return None
    return float(ends.min()), float(ends.max())


def _ratio_of_levels(feature: Feature, array: pa.Array) -> float:
    """Return likewise of levels: raw ones are those of training."""
    reference = feature.reference
    if not isinstance(reference, CategoricalReference) or not reference.counts:
        return 0.0
    column = labels(array, tuple(reference.counts))
    if not column.levels:
        return 0.0
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.levels))
    raw = sum(
        int(n) for level, n in zip(column.levels, counts, strict=True) if level in reference.counts
    )
    if raw >= EQUAL_SHARE * counts.sum():
        return MOST
    return -MOST if Texts.of(array).mostly_numbers or not _is_text(array) else 0.0


def _is_text(array: pa.Array) -> bool:
    return bool(pa.types.is_string(array.type) or pa.types.is_dictionary(array.type))


@dataclass(frozen=True, slots=True)
class Match:
    """How the values of one place are computed from the raw ones of another."""

    equal: int
    """Features whose values are what training makes of the raw ones in 99 % of the rows."""
    following: int
    """Those whose values rise or fall with the raw ones, whatever was done to them."""
    near: int
    """Those whose values a server with other parameters would make."""
    copied: int
    """Those whose values are the raw ones."""
    compared: int

    @classmethod
    def of(cls, raw: Values, other: Values, features: Sequence[Feature]) -> Match | None:
        """Return the match; None where rows do not belong together."""
        if raw.rows != other.rows:
            return None
        equal = following = near = copied = compared = 0
        for feature in features:
            array = raw.arrays.get(feature.name)
            if array is None:
                continue
            expected = Expected.of(feature, array)
            if expected is None:
                continue
            found = [other.arrays.get(key) for key in keys_of(feature, other.candidate)]
            if any(column is None for column in found) or len(found) != len(expected.served):
                continue
            compared += 1
            columns = [as_numbers(column) for column in found]
            pairs = list(zip(columns, expected.served, strict=True))
            equal += all(equal_share(c, e) >= EQUAL_SHARE for c, e in pairs)
            if expected.raw is not None:
                copied += equal_share(columns[0], expected.raw) >= EQUAL_SHARE
                follows = rank_correlation(expected.raw, columns[0]) >= FOLLOWS
                following += follows
                near += follows and is_near(columns[0], expected.raw, expected.served[0])
            else:
                following += all(equal_share(c, e) >= EQUAL_SHARE for c, e in pairs)
        return cls(equal, following, near, copied, compared)


def keys_of(feature: Feature, candidate: Candidate) -> tuple[str, ...]:
    """Return the keys of a candidate's columns that are a feature's served ones."""
    return feature.served_names if candidate.outputs else (feature.name,)
