"""Rows of a feature in the order in which they arrived, and the series that a server may keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.causes.evidence import Arrival, Evidence, SampledRows
from skewcheck.causes.moments_by_part import failing
from skewcheck.counts.rows import FILE, SampleColumn
from skewcheck.features.steps import bounds
from skewcheck.features.types import Feature, FloatArray, IntArray

Mask = NDArray[np.bool_]
MIN_ROWS = 20
"""Failing rows that tell of a state."""
MAX_SERIES_COLUMNS = 8
"""Columns by which a server may keep series."""
MIN_ROWS_OF_SERIES = 3
"""Mean rows of a series: values of fewer are no series."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The first rows of a log in their order, with what training makes of them."""

    feature: Feature
    arrival: Arrival
    fails: Mask
    low: FloatArray
    """The least value that training serves of a row, to the rounding of arithmetic and of digits.
    """
    high: FloatArray
    """The largest one."""
    any_fails: Callable[[], Mask] | None = None
    """Tells the rows in which any feature fails, where that is known."""
    names: tuple[str, ...] = ()
    """Of the levels that raw values are places of, where they are; empty for numbers."""

    @property
    def rows(self) -> SampledRows:
        """The rows."""
        return self.arrival.rows

    @property
    def served(self) -> FloatArray:
        """The served values."""
        return self.arrival.rows.served

    @property
    def raw(self) -> FloatArray:
        """The raw values."""
        return self.arrival.rows.raw[self.feature.name]

    def only(self, kept: Mask) -> Ordered:
        """Return some of the rows."""
        keys = {
            column: np.unique(codes[kept], return_inverse=True)[1]
            for column, codes in self.arrival.keys.items()
        }
        arrival = replace(self.arrival, rows=self.rows.only(kept), keys=keys)
        return Ordered(
            self.feature, arrival, self.fails[kept], self.low[kept], self.high[kept],
            names=self.names,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """An order of rows in which those of each series follow each other."""

    order: IntArray
    """The row at each position."""
    start: IntArray
    """Per position the position at which its series starts."""
    end: IntArray
    """Likewise the one behind its last."""
    column: SampleColumn | None = None
    """The column whose values are the series; None where all rows are one."""
    rows: int = 0
    """Rows of the log, of which those in `order` are some."""

    def of_rows(self, mask: Mask) -> Mask:
        """Return a mask of positions as one of rows."""
        made = np.zeros(self.rows, bool)
        made[self.order] = mask
        return made

    def only(self, kept: Mask) -> Series:
        """Return the series without some of their positions."""
        first = np.flatnonzero(np.diff(self.start[kept], prepend=-1))
        lengths = np.diff(first, append=int(kept.sum()))
        start = np.repeat(first, lengths)
        return replace(
            self, order=self.order[kept], start=start, end=start + np.repeat(lengths, lengths)
        )

    @property
    def place(self) -> IntArray:
        """The number of each position in its series, from 0."""
        return np.arange(len(self.order)) - self.start


@dataclass(frozen=True, slots=True)
class StateFound:
    """A state of a server that explains rows that fail."""

    cause: CauseSpec
    explained: Mask
    """Failing rows that are served so, of the first of the log."""
    compared: Mask
    """Failing rows of which the state tells what is served."""
    parameters: Mapping[str, object]
    variant: str
    details: Mapping[str, object] = field(default_factory=dict)
    """What the phrase needs beside the parameters."""

    @property
    def share(self) -> float:
        """Share of the compared rows that are explained; 0 of fewer than MIN_ROWS."""
        compared = int(self.compared.sum())
        return float(self.explained.sum()) / compared if compared >= MIN_ROWS else 0.0


def ordered_rows(evidence: Evidence) -> Ordered | None:
    """Return the first rows in their order; None where they cannot be read, or hardly any fails."""
    arrival = None if evidence.in_order is None else evidence.in_order()
    feature = evidence.context.feature
    if arrival is None or feature.name not in arrival.rows.raw:
        return None
    rows = arrival.rows
    fails = failing(replace(evidence, all_rows=rows))
    if fails.sum() < MIN_ROWS:
        return None
    raw = rows.raw[feature.name]
    low, high = bounds(feature.steps, raw - rows.raw_tolerance, raw + rows.raw_tolerance)
    return Ordered(
        feature, arrival, fails, low - rows.served_tolerance, high + rows.served_tolerance,
        arrival.any_fails,
    )  # fmt: skip


def series_of(ordered: Ordered) -> Iterator[Series]:
    """Yield all rows as one series, then those of each column that parts failing rows, or others.

    A column whose values have hardly more than a row each parts none.
    """
    n = len(ordered.served)
    yield Series(np.arange(n), np.zeros(n, np.int64), np.full(n, n), rows=n)
    columns = 0
    for column, codes in ordered.arrival.keys.items():
        values = int(codes.max(initial=0)) + 1
        if values < 2 or values * MIN_ROWS_OF_SERIES > n or column == FILE:
            continue
        columns += 1
        if columns > MAX_SERIES_COLUMNS:
            return
        yield by_codes(codes, column)


def by_codes(codes: IntArray, column: SampleColumn | None = None) -> Series:
    """Return the series of rows with equal codes."""
    order = np.argsort(codes, kind="stable")
    first = np.flatnonzero(np.diff(codes[order], prepend=-1))
    lengths = np.diff(first, append=len(codes))
    start = np.repeat(first, lengths)
    return Series(order, start, start + np.repeat(lengths, lengths), column, len(codes))


def by_of(ordered: Ordered, series: Series) -> dict[str, object]:
    """Return the column of the series as a parameter, where rows of several of them fail."""
    if series.column is None:
        return {}
    codes = ordered.arrival.keys[series.column][ordered.fails]
    return {} if (codes == codes[0]).all() else {"by": series.column.name}
