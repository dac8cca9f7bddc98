"""Columns that stand under another name: a column of no feature has the values of a lost one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.catalogue.causes import STUCK_VALUE
from skewcheck.catalogue.tests import MISSING, NULLS
from skewcheck.causes.absent_together import NULL
from skewcheck.causes.distributions import critical, distance
from skewcheck.causes.mechanism_causes import is_mechanical
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.features.steps import Step
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    NumericReference,
)
from skewcheck.logs.arrays.categorical import Labels
from skewcheck.results.causes import LIKELY, OPEN, Cause, Side
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import ALARMS

RENAMED = "renamed"
"""Variant of the cause."""
MIN_ROWS = 100
"""Values of a column: of fewer most distributions are within noise."""
MIN_DISTINCT = 20
"""Edges of a numeric reference: of fewer, columns of small counts look like each other."""
MIN_LEVELS = 2
"""Levels of training that a column of levels has, all of its own among training's."""
MAX_OTHER_LEVELS = 0.02
"""Share of rows with levels that training did not have."""
MAX_DISTANCE = 0.05
"""Largest difference of the share of a level."""
MIN_COMMON = 3
"""Letters of a common part from which names are alike."""


@dataclass(frozen=True, slots=True)
class UnknownColumns:
    """First rows of columns that are of no feature."""

    numbers: Mapping[str, FloatArray]
    levels: Mapping[str, Labels]


Unknown = Callable[[], UnknownColumns]


def renamed_features(
    plan: Plan, causes: Mapping[str, Sequence[Cause]], tests: Mapping[str, Sequence[JudgedTest]],
    unknown: Unknown,
) -> dict[str, tuple[Cause, ...]]:  # fmt: skip
    """Return the causes of features whose values stand in a column of another name.

    Of those without a mechanical cause, or that are null in a place: there they stand so.
    """
    placed = {
        name: own[0] for name, own in causes.items()
        if own and (own[0].code, own[0].variant, own[0].side) == (STUCK_VALUE.code, NULL, "raw")
    }  # fmt: skip
    lost = [
        p for p in plan.features
        if (name := p.feature.name) in placed or not any(map(is_mechanical, causes[name]))
        if any(test.verdict in ALARMS and test.spec in _LOST for test in tests[name])
    ]  # fmt: skip
    found = _renamed(lost, unknown()) if lost else {}
    return {
        name: (_of_place(cause, placed.get(name)), *causes[name][name in placed :])
        for name, cause in found.items()
    }


def _of_place(cause: Cause, other: Cause | None) -> Cause:
    return cause if other is None else replace(cause, share=other.share, place=other.place)


_LOST = (MISSING, NULLS)
"""Tests that say that values are not there."""


def _renamed(lost: Sequence[FeaturePlan], unknown: UnknownColumns) -> dict[str, Cause]:
    """Return the causes of features without a column, or without values in it, by feature.

    A column must have the distribution that training's had, and that of one lost feature alone, of
    which it is the only one. It is likely where the names are alike as well.
    """
    pairs = [(plan, column, side) for plan in lost for column, side in _like(plan.feature, unknown)]
    by_feature = Counter(plan.feature.name for plan, _, _ in pairs)
    by_column = Counter(column for _, column, _ in pairs)
    causes: dict[str, Cause] = {}
    for plan, column, side in pairs:
        name = plan.feature.name
        if by_feature[name] == by_column[column] == 1:
            confidence = LIKELY if _alike(name, column) else OPEN
            parameters = {"column": column}
            causes[name] = Cause(
                STUCK_VALUE.code, 1.0, confidence, parameters, variant=RENAMED, side=side
            )
    return causes


def _like(feature: Feature, unknown: UnknownColumns) -> Iterator[tuple[str, Side]]:
    """Yield the columns that are distributed as training's raw or served values."""
    reference = feature.reference
    if isinstance(reference, NumericReference):
        for column, values in unknown.numbers.items():
            if _same_numbers(reference, (), values):
                yield column, "raw"
            elif feature.steps and _same_numbers(reference, feature.steps, values):
                yield column, "served"
    elif isinstance(reference, CategoricalReference):
        for column, labels in unknown.levels.items():
            if _same_levels(reference, labels):
                yield column, "raw"


def _same_numbers(reference: NumericReference, steps: tuple[Step, ...], values: FloatArray) -> bool:
    present = values[np.isfinite(values)]
    if len(present) < MIN_ROWS or len(reference.histogram) < MIN_DISTINCT:
        return False
    return distance(reference, steps, present) <= critical(reference, len(present))


def _same_levels(reference: CategoricalReference, labels: Labels) -> bool:
    codes = labels.codes[labels.codes >= 0]
    known = reference.rows - reference.nulls
    if len(codes) < MIN_ROWS or known <= 0 or reference.other:
        return False
    rows = np.bincount(codes, minlength=len(labels.levels)) / len(codes)
    shares = dict(zip(labels.levels, rows.tolist(), strict=True))
    other = sum(share for level, share in shares.items() if level not in reference.counts)
    common = sum(level in reference.counts and share > 0 for level, share in shares.items())
    off = (abs(shares.get(level, 0.0) - n / known) for level, n in reference.counts.items())
    return (
        common >= MIN_LEVELS
        and other <= MAX_OTHER_LEVELS
        and bool(max(off, default=1.0) <= MAX_DISTANCE)
    )


def _alike(name: str, column: str) -> bool:
    """Return whether one name is in the other, or both have most letters in common, in order."""
    a, b = ("".join(c for c in text.casefold() if c.isalnum()) for text in (name, column))
    if min(len(a), len(b)) >= MIN_COMMON and (a in b or b in a):
        return True
    from difflib import SequenceMatcher  # few logs lack a column

    return SequenceMatcher(None, a, b).ratio() >= ALIKE


ALIKE = 0.7
"""Ratio of common letters (Ratcliff and Metzener, Dr. Dobb's Journal 13 (1988), 46) of names that
are the same in another style, as tripSeconds and trip_secs."""
