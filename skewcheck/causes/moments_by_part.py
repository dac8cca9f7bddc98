"""Moments of the parts of a log that parameters may have been estimated on.

Parts are the whole log, a file, a value of a segment column, and the rows that fail parity.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import Evidence, SampledRows, SegmentCodes
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.places import place_of
from skewcheck.counts.moments import Moments
from skewcheck.counts.rows import FILE, SampleColumn
from skewcheck.features.steps import Impute, Step, bounds, forward
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import Place, Scope, nulls_last

Mask = NDArray[np.bool_]
MIN_SHARE_OF_FAILING = 0.02
"""Share of the failing rows that a file or segment must hold: below, no cause is named either."""
MAX_VALUES = 4
"""Values of a column that are looked at, the most frequent: no more causes are named either."""


@dataclass(frozen=True, slots=True)
class PartMoments:
    """A part of a log, and the exact moments of its values."""

    moments: Moments
    share: float = 1.0
    """Share of the log's rows."""
    column: SampleColumn | None = None
    """The segment column, or the files, that the part is one value of; None for other parts."""
    value: str | None = None
    """None is null, where there is a column."""
    scope: Scope = "log"
    """Without a column: the whole log, or the rows that fail parity."""

    @property
    def on(self) -> Place | Scope:
        """Return the part as a place, or its scope."""
        return self.scope if self.column is None else place_of(self.column, (self.value,))


def failing(evidence: Evidence) -> Mask:
    """Return which rows of the log's sample fail parity; none where it has no raw values."""
    rows, feature = evidence.all_rows, evidence.context.feature
    if rows is None or feature.name not in rows.raw:
        return np.zeros(0 if rows is None else len(rows), bool)
    raw = rows.raw[feature.name]
    low, high = bounds(feature.steps, raw - rows.raw_tolerance, raw + rows.raw_tolerance)
    agrees = (rows.served >= low - rows.served_tolerance) & (
        rows.served <= high + rows.served_tolerance
    )
    return ~(agrees | (np.isnan(low) & np.isnan(rows.served)))


def raw_parts(evidence: Evidence, i: int) -> Iterator[PartMoments]:
    """Yield parts with the moments of the input of step i, the whole log first.

    Moments of raw values are counted for the whole log and for each file; all others are known
    only where the sample holds all rows of the log.
    """
    feature, rows = evidence.context.feature, evidence.all_rows
    before = feature.steps[:i]
    files = _frequent_values(evidence.rows.segments.get(FILE))
    # A mean is often estimated without the nulls that are filled afterwards.
    counted = all(isinstance(step, Impute) for step in before) and evidence.raw is not None
    if counted and evidence.raw is not None:
        yield PartMoments(evidence.raw.whole)
        by_file = evidence.raw.files if len(evidence.raw.files) > 1 else {}
        yield from (PartMoments(m, 1.0, FILE, f) for f, m in by_file.items() if f in files)
    if rows is None or feature.name not in rows.raw or not evidence.complete:
        return
    values = forward(before, rows.raw[feature.name])
    if before:
        yield PartMoments(_moments(values))
    fails = failing(evidence)
    for name, column in rows.segments.items():
        if name == FILE and not before:
            continue
        for value in sorted(_frequent_values(evidence.rows.segments.get(name)), key=nulls_last):
            mask = column.codes == column.values.index(value)
            # Rows of a part with parameters of its own fail, up to the resolution of rounding.
            if mask.any() and fails[mask].mean() > 0.3:
                yield PartMoments(_moments(values[mask]), float(mask.mean()), name, value)
    yield PartMoments(_moments(values[fails]), scope="rows")


def raw_moments(evidence: Evidence, i: int, part: PartMoments) -> Moments | None:
    """Return the moments of the input of step i in a part; None where they are not known."""
    feature, rows = evidence.context.feature, evidence.all_rows
    if rows is None or feature.name not in rows.raw or evidence.raw is None:
        return None
    if not i and part.column in (None, FILE):
        return evidence.raw.whole if part.value is None else evidence.raw.files.get(part.value)
    if not evidence.complete:
        return None
    x = forward(feature.steps[:i], rows.raw[feature.name])
    if part.column is None:
        return _moments(x)
    column = rows.segments[part.column]
    present = part.value in column.values
    return _moments(x[column.codes == column.values.index(part.value)]) if present else None


def is_training(values: Moments, context: FeatureContext, steps: tuple[Step, ...]) -> bool:
    """Return whether the log is the training data itself: as many rows, the same ends.

    `values` are moments of raw values after these steps.
    """
    reference = context.reference
    if reference is None or values.n != reference.finite:
        return False
    if reference.min is None or reference.max is None:
        return False
    ends = np.sort(forward(steps, np.array([reference.min, reference.max])))
    loose = 1e-6 + 1 / values.n  # the other ddof makes a difference of half that
    return bool(np.allclose((values.min, values.max), ends, rtol=loose, atol=1e-6))


def _frequent_values(column: SegmentCodes | None) -> frozenset[str | None]:
    """Return the values of a column that hold MIN_SHARE_OF_FAILING of the failing rows."""
    if column is None:
        return frozenset()
    counts = column.counts()
    by_count = np.argsort(-counts, kind="stable")[:MAX_VALUES]
    frequent = (k for k in by_count if counts[k] > MIN_SHARE_OF_FAILING * counts.sum())
    return frozenset(column.values[k] for k in frequent if k < len(column.values))


def served_parts(evidence: Evidence, min_rows: int) -> Iterator[PartMoments]:
    """Yield parts with the moments of served values, the whole log first.

    Values of segment columns have at least `min_rows` rows.
    """
    side, rows = evidence.served, evidence.rows if evidence.all_rows is None else evidence.all_rows
    if side is None:
        return
    yield PartMoments(side.whole)
    for file, moments in sorted(side.files.items()):
        yield PartMoments(moments, moments.n / max(side.whole.n, 1), FILE, file)
    if not evidence.complete:
        return
    for name, column in sorted(rows.segments.items()):
        if name != FILE:
            yield from _centred_values(rows, name, column, min_rows)


def _centred_values(
    rows: SampledRows, name: SampleColumn, column: SegmentCodes, min_rows: int
) -> Iterator[PartMoments]:
    """Yield the values of a column whose served mean is near 0.

    Others cannot be rows that were standardized with their own mean.
    """
    finite = np.isfinite(rows.served)
    codes, served = column.codes[finite], rows.served[finite]
    named = codes < len(column.values)
    counts = np.bincount(codes[named], minlength=len(column.values))
    sums = np.bincount(codes[named], weights=served[named], minlength=len(column.values))
    for k in np.flatnonzero((counts >= min_rows) & (np.abs(sums) < 0.01 * counts)):
        values = served[codes == k]
        yield PartMoments(_moments(values), len(values) / len(rows), name, column.values[k])


def _moments(values: FloatArray) -> Moments:
    """Return the moments of the finite values."""
    return Moments.of(values[np.isfinite(values)])
