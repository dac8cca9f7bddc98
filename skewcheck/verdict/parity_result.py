"""Parity as a result: counts, an example row, and a bounded sample of the rows that break it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parity import ParityCounts
from skewcheck.counts.rows import raw_column, result_column, served_column
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.features.steps import encode, forward
from skewcheck.results.audit import Example, Parity
from skewcheck.results.pairs import Mistake, Pairs
from skewcheck.results.tests import Value

MOST_POINTS = 50
"""Failing rows that are drawn: 500 bytes of a page, enough to show a line, a level or a cloud."""
MOST_LEVELS = 8
"""Levels with what was served for them: as many as have a bar of their own."""

Served = Mapping[tuple[str | None, float | str], int]
"""Failing rows by raw level and served number or level; no number is NaN."""


def parity_result(plan: FeaturePlan, parity: ParityCounts) -> Parity:
    """Return the counts of parity as a result."""
    first = parity.example
    example = None
    if first is not None:
        example = Example(first.file, first.row, first.raw, first.expected, first.served)
    error = parity.max_error or None
    counted = Parity(parity.rows, parity.mismatched, error, example, parity.left_out)
    if not parity.mismatched:
        return counted
    return Parity(
        parity.rows, parity.mismatched, error, example, parity.left_out,
        pairs=_pairs(plan, parity), mistakes=_mistakes(plan, parity),
    )  # fmt: skip


def _pairs(plan: FeaturePlan, parity: ParityCounts) -> Pairs | None:
    """Return expected and served numbers; None of levels, and where no row has both."""
    if not (isinstance(plan.raw, NumericSide) and isinstance(plan.served, NumericSide)):
        return None
    name, columns = plan.feature.name, parity.offenders.rows().columns
    # Over a scope of rows, the steps take what that makes of the raw value.
    raw = columns.get(raw_column(name) if plan.scope is None else result_column(name))
    served = columns.get(served_column(name))
    if raw is None or served is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        expected = forward(plan.feature.steps, raw)
    kept = np.flatnonzero(np.isfinite(expected) & np.isfinite(served))[:MOST_POINTS]
    if not len(kept):
        return None
    return Pairs(tuple(expected[kept].tolist()), tuple(served[kept].tolist()))


def _mistakes(plan: FeaturePlan, parity: ParityCounts) -> tuple[Mistake, ...]:
    """Return the commonest levels that were served wrong; none of numbers."""
    if not isinstance(plan.raw, CategoricalSide):
        return ()
    counted = parity.pairs or _of_sample(plan, parity)
    most = sorted(counted.items(), key=lambda pair: (-pair[1], repr(pair[0])))[:MOST_LEVELS]
    encoded = encode(plan.feature.steps, [raw for (raw, _), _ in most])
    total = sum(counted.values())
    return tuple(
        Mistake(
            raw,
            encoded.levels[i] if isinstance(served, str) else _value(float(encoded.values[i])),
            served if isinstance(served, str) else _value(served),
            rows / total,
        )
        for i, ((raw, served), rows) in enumerate(most)
    )


def _of_sample(plan: FeaturePlan, parity: ParityCounts) -> Served:
    """Count sampled rows of levels that are served as levels, both of them with a name."""
    name, columns = plan.feature.name, parity.offenders.rows().columns
    raw, served = columns.get(raw_column(name)), columns.get(served_column(name))
    sides = plan.raw, plan.served
    if raw is None or served is None:
        return {}
    if not (isinstance(sides[0], CategoricalSide) and isinstance(sides[1], CategoricalSide)):
        return {}
    if sides[1].numbers:
        return {}
    logged, given = sides[0].levels.names, sides[1].levels.names
    return Counter(
        (logged[int(a)], given[int(b)])
        for a, b in zip(raw, served, strict=True)
        if a >= 0 and b >= 0
    )


def _value(number: float) -> Value:
    return None if math.isnan(number) else number
