"""Columns of `get_dummies` as one feature, where the data has the column that they were made of.

No file says that `city_Oslo` is a level of `city`. Of data with a column `city` and none of that
name it is, where the numbers are of zeros and ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from skewcheck.features.steps import (
    Affine,
    Impute,
    Map,
    MaxAbs,
    MinMax,
    OneHot,
    Robust,
    Step,
    ZScore,
    forward,
)
from skewcheck.features.types import CategoricalReference, Feature
from skewcheck.logs.arrays import canonical, labels
from skewcheck.logs.arrays.arrow import is_text_or_boolean
from skewcheck.logs.arrays.categorical import NUMBER

_VARIANCE_TOLERANCE = 0.02
"""Relative difference of a variance from that of zeros and ones with the same mean: a hundred rows
and the other ddof make 1 %."""
_NULL = "nan"
"""What get_dummies calls nulls, with `dummy_na`."""


def with_dummies(
    features: Sequence[Feature], has: Callable[[str], bool], head: Callable[[str], pa.Array | None]
) -> tuple[Feature, ...]:
    """Return the features, with those of `get_dummies` as one of the column that they are of.

    `has` tells whether the data has a raw column of a feature, `head` gives the first rows of it,
    or None. Of these, one has a level of the columns.
    """
    names = {feature.name for feature in features}
    groups: dict[str, list[Feature]] = {}
    for feature in features:
        if "_" in feature.name and _may_be_one(feature) and not has(feature.name):
            base = next((b for b in _bases(feature.name) if b not in names and has(b)), None)
            if base is not None:
                groups.setdefault(base, []).append(feature)
    made = {}
    for base, members in groups.items():
        values = [canonical(member.name[len(base) + 1 :]) for member in members]
        if len({*values}) == len(values) and _has_levels(head(base), values):
            made[base] = _feature(base, dict(zip(values, members, strict=True)))
    if not made:
        return tuple(features)
    of = {member.name: base for base in made for member in groups[base]}
    result = {of.get(f.name, f.name): made.get(of.get(f.name, ""), f) for f in features}
    return tuple(result.values())


def _has_levels(array: pa.Array | None, values: Sequence[str]) -> bool:
    """Return whether a column holds levels, some of them in the first rows."""
    if array is None:
        return False
    is_number = not is_text_or_boolean(array.type)
    if is_number and not all(v == _NULL or NUMBER.fullmatch(v) for v in values):
        return False
    seen = {*labels(array, values).levels}
    return bool(seen & {*values}) or (array.null_count == len(array) and not is_number)


def _bases(name: str) -> list[str]:
    """Return what may stand before the level in the name of a column, the longest first."""
    places = [i for i, letter in enumerate(name) if letter == "_" and 0 < i < len(name) - 1]
    return [name[:place] for place in reversed(places)]


def _may_be_one(feature: Feature) -> bool:
    """Return whether a feature's values may be 0 and 1 alone, as far as its numbers show."""
    is_plain = feature.type == "numeric" and feature.role == "feature" and feature.untested is None
    if not is_plain or (feature.reference is not None and feature.reference.rows):
        return False
    step = next((s for s in feature.steps if not isinstance(s, Impute)), None)
    return step is None or _is_of_bits(step)


def _is_of_bits(step: Step) -> bool:
    """Return whether a step was fitted on zeros and ones; a constant column had one of them."""
    match step:
        case ZScore(mean, std):
            variance = mean * (1 - mean)
            return 0 < mean < 1 and abs(std * std - variance) <= _VARIANCE_TOLERANCE * variance
        case MinMax(low, high):
            return (low, high) in ((0, 1), (0, 0), (1, 1))
        case Robust(center, scale):
            return center in (0, 1) and scale == 1
        case Affine(offset, _):
            return offset in (0, 1)
        case MaxAbs(scale):
            return 0 < scale <= 1
    return False


def _feature(base: str, members: Mapping[str, Feature]) -> Feature:
    """Return the feature of the column, served as one column for each level."""
    columns = tuple(members)
    ends = [forward(f.steps, np.array([0.0, 1.0])).tolist() for f in members.values()]
    zeros = tuple(end[0] for end in ends)
    vectors = {
        level: tuple(end[level == column] for column, end in zip(columns, ends, strict=True))
        for level in columns
    }
    step: Step = Map(vectors, zeros, zeros, columns)
    if all(end == [0.0, 1.0] for end in ends):
        step = OneHot(columns)
    fill = (Impute(_NULL),) if _NULL in columns else ()
    extra: dict[str, object] = {}
    names = [feature.name for feature in members.values()]
    if names != [f"{base}_{column}" for column in columns]:
        extra["x-served"] = names if len(names) > 1 else names[0]
    sources = [f.extra["x-source"] for f in members.values() if "x-source" in f.extra]
    if sources:
        extra["x-source"] = sources
    first = next(iter(members.values()))
    return replace(
        first, name=base, type="categorical", steps=(*fill, step), reference=_levels(members),
        extra=extra, guessed=False, fitted=all(f.fitted for f in members.values()), derived=False,
    )  # fmt: skip


def _levels(members: Mapping[str, Feature]) -> CategoricalReference | None:
    """Return the levels of training, where the columns are of all; None where one has none.

    The shares of all levels add up to 1.
    """
    means = [s.mean for f in members.values() for s in f.steps if isinstance(s, ZScore)]
    if len(means) < len(members) or abs(sum(means) - 1) > _SHARE_TOLERANCE:
        return None
    return CategoricalReference(0, counts=dict.fromkeys(members, 0))


_SHARE_TOLERANCE = 1e-6
"""Difference of a sum of shares from 1, of numbers that may be written as text."""
