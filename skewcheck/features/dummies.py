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
    or None.
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
        array = head(base)
        if array is not None and len({*values}) == len(values) and _has_levels(array, values):
            by_level = dict(zip(values, members, strict=True))
            made[base] = _feature(base, by_level, _training_levels(by_level, array))
    if not made:
        return tuple(features)
    of = {member.name: base for base in made for member in groups[base]}
    result = {of.get(f.name, f.name): made.get(of.get(f.name, ""), f) for f in features}
    return tuple(result.values())


def _has_levels(array: pa.Array, values: Sequence[str]) -> bool:
    """Return whether a column holds levels: text, or numbers that are among those of the names."""
    if is_text_or_boolean(array.type):
        return True
    is_number = all(value == _NULL or NUMBER.fullmatch(value) for value in values)
    return is_number and bool({*labels(array, values).levels} & {*values})


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


def _feature(
    base: str, members: Mapping[str, Feature], reference: CategoricalReference | None
) -> Feature:
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
        first, name=base, type="categorical", steps=(*fill, step), reference=reference,
        extra=extra, guessed=False, fitted=all(f.fitted for f in members.values()), derived=False,
    )  # fmt: skip


def _training_levels(
    members: Mapping[str, Feature], array: pa.Array
) -> CategoricalReference | None:
    """Return the levels that training had: those of the columns, and the one that has none.

    Where the shares of the columns do not add up to 1, that is the first level of the data that
    no column has, as with `drop_first`; None where the data has no such level.
    """
    means = [s.mean for f in members.values() for s in f.steps if isinstance(s, ZScore)]
    names = [*members]
    if len(means) < len(members) or abs(sum(means) - 1) > _SHARE_TOLERANCE:
        seen = labels(array, names)
        counts = np.bincount(seen.codes[seen.codes >= 0], minlength=len(seen.levels))
        rest = {v: n for v, n in zip(seen.levels, counts, strict=True) if n and v not in members}
        if not rest:
            return None
        first = min(rest)
        names.insert(0, first if first < min(names) else max(rest, key=lambda v: rest[v]))
    return CategoricalReference(0, counts=dict.fromkeys(names, 0))


_SHARE_TOLERANCE = 1e-6
"""Difference of a sum of shares from 1, of numbers that may be written as text."""
