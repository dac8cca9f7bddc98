"""Parts of a log that parameters may be computed on: all of it, a file, a segment, failing rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import Evidence, Rows, Segments
from skewcheck.causes.locating import place_of
from skewcheck.counts.moments import Moments
from skewcheck.counts.rows import FILE, SampleColumn
from skewcheck.features.steps import Impute, bounds, forward
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import Place, Scope, nulls_last

Mask = NDArray[np.bool_]
LEAST = 0.02
"""Share of the failing rows that a file or segment must hold to be looked at."""
MOST = 4
"""Values of a column that are looked at: a feature is not told more causes either."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a log, and the exact moments of their values."""

    moments: Moments
    share: float = 1.0
    """Of the log's rows."""
    column: SampleColumn | None = None
    """The segment column, or the files, where it is one value of these."""
    value: str | None = None
    """None is null, where there is a column."""
    scope: Scope = "log"
    """Else whether it is the whole log or the rows that fail parity."""

    @property
    def on(self) -> Place | Scope:
        """Return what parameters were computed on, where they were on this part."""
        return self.scope if self.column is None else place_of(self.column, (self.value,))


def failing(evidence: Evidence) -> Mask:
    """Return which rows of the log's sample the training steps do not predict."""
    rows, feature = evidence.all_rows, evidence.known.feature
    if rows is None or feature.name not in rows.raw:
        return np.zeros(0 if rows is None else len(rows), bool)
    raw = rows.raw[feature.name]
    low, high = bounds(feature.steps, raw - rows.raw_tolerance, raw + rows.raw_tolerance)
    agrees = (rows.served >= low - rows.served_tolerance) & (
        rows.served <= high + rows.served_tolerance
    )
    return ~(agrees | (np.isnan(low) & np.isnan(rows.served)))


def raw_parts(evidence: Evidence, i: int) -> Iterator[Part]:
    """Yield parts with the moments of what the i-th step takes, whole log first.

    Moments of the whole log and of files are known for raw values, all others only where the
    sample holds all rows of the log.
    """
    feature, rows = evidence.known.feature, evidence.all_rows
    before = feature.steps[:i]
    files = _often(evidence.rows.segments.get(FILE))
    # A mean is often computed without the nulls that are filled afterwards.
    counted = all(isinstance(step, Impute) for step in before) and evidence.raw is not None
    if counted and evidence.raw is not None:
        yield Part(evidence.raw.whole)
        several = evidence.raw.files if len(evidence.raw.files) > 1 else {}
        yield from (Part(m, 1.0, FILE, f) for f, m in several.items() if f in files)
    if rows is None or feature.name not in rows.raw or not evidence.complete:
        return
    x = forward(before, rows.raw[feature.name])
    if before:
        yield Part(_moments(x))
    fails = failing(evidence)
    for name, column in rows.segments.items():
        if name == FILE and not before:
            continue
        for value in sorted(_often(evidence.rows.segments.get(name)), key=nulls_last):
            mask = column.codes == column.values.index(value)
            # With parameters of their own hardly any of the rows is right.
            if mask.any() and fails[mask].mean() > 0.3:
                yield Part(_moments(x[mask]), float(mask.mean()), name, value)
    yield Part(_moments(x[fails]), scope="rows")


def raw_moments(evidence: Evidence, i: int, part: Part) -> Moments | None:
    """Return the moments of what the i-th step takes in a part; None where they are not known."""
    feature, rows = evidence.known.feature, evidence.all_rows
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
    known = part.value in column.values
    return _moments(x[column.codes == column.values.index(part.value)]) if known else None


def _often(column: Segments | None) -> frozenset[str | None]:
    """Return the values of a column that enough failing rows have, without what has no name."""
    if column is None:
        return frozenset()
    counts = column.counts()
    most = np.argsort(-counts, kind="stable")[:MOST]
    often = (k for k in most if counts[k] > LEAST * counts.sum())
    return frozenset(column.values[k] for k in often if k < len(column.values))


def served_parts(evidence: Evidence, least: int) -> Iterator[Part]:
    """Yield parts of at least so many rows with the moments of served values, whole log first."""
    side, rows = evidence.served, evidence.rows if evidence.all_rows is None else evidence.all_rows
    if side is None:
        return
    yield Part(side.whole)
    for file, moments in sorted(side.files.items()):
        yield Part(moments, moments.n / max(side.whole.n, 1), FILE, file)
    if not evidence.complete:
        return
    for name, column in sorted(rows.segments.items()):
        if name != FILE:
            yield from _by_value(rows, name, column, least)


def _by_value(rows: Rows, name: SampleColumn, column: Segments, least: int) -> Iterator[Part]:
    """Yield the values of a column whose mean is near 0: all others were not fitted to it."""
    finite = np.isfinite(rows.served)
    codes, served = column.codes[finite], rows.served[finite]
    named = codes < len(column.values)
    counts = np.bincount(codes[named], minlength=len(column.values))
    sums = np.bincount(codes[named], weights=served[named], minlength=len(column.values))
    for k in np.flatnonzero((counts >= least) & (np.abs(sums) < 0.01 * counts)):
        values = served[codes == k]
        yield Part(_moments(values), len(values) / len(rows), name, column.values[k])


def _moments(values: FloatArray) -> Moments:
    return Moments.of(np.sort(values[np.isfinite(values)]))
