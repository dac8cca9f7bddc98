"""Features that are null in the same rows: one call, or one join, that failed.

Of a pair of features phi, the correlation of two indicators (Pearson 1900; Yule, Journal of the
Royal Statistical Society 75 (1912)), tells same rows from as many other ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import DRIFT, STUCK_VALUE
from skewcheck.catalogue.tests import NULLS
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.places import located, of_mask
from skewcheck.counts.rows import raw_column, served_column
from skewcheck.counts.sides import CategoricalSide
from skewcheck.results.causes import OPEN, Cause, Side
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import ALARMS

Mask = NDArray[np.bool_]
NULL, TOGETHER = "null", "null_together"
"""Variants of the cause: as null, and so in the same rows as other features."""
MIN_ROWS = 20
"""Rows in which features are null: fewer are in the same ones by chance or by one odd record."""
MIN_PHI = 0.6
"""Of the nulls of two features: nulls that training has as well, in other rows, lower it from 1."""
MAX_SHARE = 0.98
"""Share of nulls from which a column is not there: any two such are null in the same rows."""
MIN_TIMES = 3
"""Share of nulls over training's from which there are others: those that training has, as of
cancelled flights, are in the same rows there, too."""
NULL_LEVEL = -2.0
"""What stands for a null in a sampled column of levels."""
Causes = Mapping[str, Sequence[Cause]]


@dataclass(frozen=True, slots=True)
class Absent:
    """The rows of the sample in which a feature is null."""

    name: str
    rows: Mask
    side: Side
    known: bool
    """A cause of its own says that it is null there."""


def absent_together(
    evidence: LogEvidence, causes: Causes, tests: Mapping[str, Sequence[JudgedTest]]
) -> dict[str, tuple[Cause, ...]]:
    """Return the causes of features that are null in the same rows as others; empty for none.

    With one side logged, that more rows are null than in training is no fault of a server by
    itself: such causes are at OPEN.
    """
    absent = [
        one
        for i, plan in enumerate(evidence.plan.features)
        if (one := absent_rows(evidence, i, causes[plan.feature.name], tests[plan.feature.name]))
    ]
    result: dict[str, tuple[Cause, ...]] = {}
    for group in _groups(absent):
        rows = np.mean([one.rows for one in group], axis=0) >= 0.5
        log = evidence.of_log(0).rows
        place = located(of_mask(log, rows))
        for one in group:
            own = causes[one.name]
            share = float(rows.mean())
            cause = Cause(STUCK_VALUE.code, share, OPEN, {}, place, TOGETHER, side=one.side)
            if one.known:
                cause = replace(own[0], variant=TOGETHER)
            result[one.name] = (cause, *own[one.known :])
    return result


def _groups(absent: Sequence[Absent]) -> Iterator[list[Absent]]:
    """Yield features of one side that are null in about the rows in which the first of them is."""
    left = list(absent)
    while left:
        first = left[0]
        group = [
            one for one in left
            if one is first or (one.side == first.side and _phi(first.rows, one.rows) >= MIN_PHI)
        ]  # fmt: skip
        left = [one for one in left if one not in group]
        if len(group) > 1:
            yield group


def _phi(a: Mask, b: Mask) -> float:
    """Return the correlation of two indicators; both take both values."""
    return float(np.corrcoef(a, b)[0, 1])


def absent_rows(
    evidence: LogEvidence, i: int, causes: Sequence[Cause], tests: Sequence[JudgedTest]
) -> Absent | None:
    """Return where a feature is null; None where that is no fault, or has another cause.

    `causes` are its own, the first of which may say that it is null.
    """
    plan, first = evidence.plan.features[i], next(iter(causes), None)
    name = plan.feature.name
    served = _nulls(evidence, i, "served") if plan.served is not None else None
    raw = _nulls(evidence, i, "raw") if plan.raw is not None else None
    known = first is not None and (first.code, first.variant) == (STUCK_VALUE.code, NULL)
    found = None
    if known and served is not None and raw is not None:
        found = Absent(name, served & ~raw, "served", known=True)
    elif any(t.spec is NULLS and t.verdict in ALARMS for t in tests) and (
        first is None or first.code == DRIFT.code
    ):
        rows = served if raw is None else raw
        side: Side = "served" if raw is None else "raw"
        if rows is not None and rows.mean() >= MIN_TIMES * _usual(evidence, i):
            found = Absent(name, rows, side, known=False)
    if found is None or not MIN_ROWS <= found.rows.sum() <= MAX_SHARE * len(found.rows):
        return None
    return found


def _usual(evidence: LogEvidence, i: int) -> float:
    """Return the share of nulls in training; 0 without a reference."""
    reference = evidence.plan.features[i].feature.reference
    return 0.0 if reference is None else reference.nulls / max(reference.rows, 1)


def _nulls(evidence: LogEvidence, i: int, side: Side) -> Mask | None:
    """Return the rows of the sample without a value; None where the column is not sampled."""
    plan = evidence.plan.features[i]
    column = (raw_column if side == "raw" else served_column)(plan.feature.name)
    values = evidence.sample.get(column)
    if values is None:
        return None
    levels = isinstance(plan.raw if side == "raw" else plan.served, CategoricalSide)
    mask: Mask = np.isnan(values) | ((values == NULL_LEVEL) & levels)
    return mask
