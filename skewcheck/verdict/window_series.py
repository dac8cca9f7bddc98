"""Statistics of a feature in each window, for charts and reports, and the trend of its means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue import tests as catalogue
from skewcheck.catalogue.spec import TestSpec
from skewcheck.counts.coarse import CoarseNumbers
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.results.parts import Trend, WindowFigures
from skewcheck.results.tests import Measurement
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics import changepoints, two_sample
from skewcheck.verdict.alike import alike
from skewcheck.verdict.part_counts import Reference, binned, reference_cells
from skewcheck.verdict.windows import EARLIER, FeatureWindows, label


def figures(series: FeatureWindows, verdicts: list[Verdict]) -> tuple[WindowFigures, ...]:
    """Return the figures of each window by code; without a baseline a window has no distances."""
    windows = SeriesCounts(series)
    known = None if series.whole is None else reference_cells(series.parted.coarse, series.whole)
    same = alike(windows.cells, known, ordered=windows.ordered)
    if windows.reference_cells is not None:  # what earlier windows are that it is compared with
        same |= alike(windows.reference_cells, known, ordered=windows.ordered)
    columns = {
        spec.code: column
        for spec in catalogue.windowed()
        if (column := _column(spec, windows)) is not None
    }
    return tuple(
        WindowFigures(
            label(series.parts, key), int(series.parts.rows[i]), verdicts[i],
            {code: float(column[i]) for code, column in columns.items() if np.isfinite(column[i])},
            alike=bool(same[i]),
        )
        for i, key in enumerate(series.parts.keys)
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class SeriesCounts:
    """A feature's counts in w windows, and the reference of each.

    Arrays have a row per window. Measure functions of the catalogue (`Windowed.figure`) take it
    and return a figure per window, NaN where a window has none, or None for other features.
    """

    series: FeatureWindows

    @property
    def ordered(self) -> bool:
        """Whether the feature is numeric."""
        return isinstance(self.series.parted.coarse, CoarseNumbers)

    @cached_property
    def cells(self) -> IntArray:
        """The rows by cell, windows x cells."""
        return self.series.parted.cells()

    def table(self, name: str) -> IntArray | FloatArray | None:
        """Return another count of each window, None where it is not taken of such a feature."""
        return self.series.parted.tables.get(name)

    @cached_property
    def compared(self) -> list[Reference | None]:
        """The reference of each window; None where there is no earlier one."""
        series = self.series
        if series.baseline not in EARLIER and series.own is None:
            return [series.whole] * series.windows
        return [series.compared(i, i + 1) for i in range(series.windows)]

    @property
    def without_reference(self) -> NDArray[np.bool_]:
        """Which windows have no reference."""
        return np.array([reference is None for reference in self.compared])

    def references(self, whole: Reference) -> list[Reference]:
        """Return the reference of each window, the whole one where it has none."""
        return [whole if reference is None else reference for reference in self.compared]

    @cached_property
    def reference_cells(self) -> IntArray | None:
        """The reference rows by cell, windows x cells; None without a reference."""
        whole = self.series.whole
        if whole is None:
            return None
        coarse = self.series.parted.coarse
        return np.array(
            [reference_cells(coarse, reference) for reference in self.references(whole)]
        )

    @cached_property
    def shares(self) -> tuple[FloatArray, FloatArray] | None:
        """The shares by cell of serving and of the reference; NaN in a window without values."""
        reference_cells = self.reference_cells
        if reference_cells is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            serving = self.cells / self.cells.sum(1)[:, None]
            reference = reference_cells / reference_cells.sum(1)[:, None]
        return serving, reference


def _column(spec: TestSpec, windows: SeriesCounts) -> FloatArray | None:
    """Return a test's figure in each window, NaN where there is none; None for other features."""
    windowed = spec.windowed
    if windowed is None or windowed.figure is None:
        return _statistics(spec, windows)
    return _loaded(windowed.figure)(windows)


@cache
def _loaded(path: str) -> Callable[[SeriesCounts], FloatArray | None]:
    """Return the function that `module:function` names."""
    module, _, name = path.partition(":")
    figure: Callable[[SeriesCounts], FloatArray | None] = getattr(import_module(module), name)
    return figure


def _statistics(spec: TestSpec, windows: SeriesCounts) -> FloatArray | None:
    """Return the statistic of a test's own measure function in each window."""
    series = windows.series
    column: FloatArray = np.full(series.windows, np.nan)
    for i, reference in enumerate(windows.compared):
        if reference is None:
            continue
        outcome = series.parted.tests(np.array([i]), reference).get(spec.code)
        if isinstance(outcome, Measurement) and outcome.statistic is not None:
            column[i] = outcome.statistic
    return column


def means(series: FeatureWindows) -> FloatArray:
    """Return the mean of each window, standardized by the reference; NaN without values.

    All NaN for levels, and for a reference without a mean and a positive standard deviation.
    """
    standardized: FloatArray = np.full(series.windows, np.nan)
    coarse, reference = series.parted.coarse, series.whole
    if not (isinstance(coarse, CoarseNumbers) and isinstance(reference, NumericReference)):
        return standardized
    std, mean = reference.std, _expected_means(series, reference)
    if mean is None or not std:
        return standardized
    rows, totals = series.parted.cells().sum(1), series.parted.tables["total"]
    filled = rows > 0
    standardized[filled] = totals[filled] / rows[filled] + coarse.centre - mean[filled]
    standardized /= std
    return standardized


def _expected_means(series: FeatureWindows, reference: NumericReference) -> FloatArray | None:
    """Return the mean of each window's reference; None where that of all is not known."""
    if reference.mean is None:
        return None
    means = np.full(series.windows, reference.mean)
    if series.own is None or series.baseline in EARLIER:
        return means
    for i in range(series.windows):
        own = series.compared(i, i + 1)
        if isinstance(own, NumericReference) and own.mean is not None:
            means[i] = own.mean
    return means


def trend(series: FeatureWindows, alpha: float) -> Trend | None:
    """Return the trend of the means if it is significant at alpha and no step fits them better."""
    values = means(series).tolist()
    slope, p = changepoints.trend(values)
    return Trend(slope, p) if p <= alpha and slope and not changepoints.stepped(values) else None


def mean(windows: SeriesCounts) -> FloatArray:
    """Return the shift of the mean, in standard deviations of the reference."""
    return means(windows.series)


def nulls(windows: SeriesCounts) -> FloatArray:
    """Return the share of nulls in the rows; for levels that of all rows without a level."""
    nulls = windows.table("nulls") if windows.ordered else None
    rows = windows.series.parts.rows
    return _ratio(windows.series.parted.absent() if nulls is None else nulls, rows)


def nonfinite(windows: SeriesCounts) -> FloatArray | None:
    """Return the share of infinities in the rows."""
    infinite = windows.table("infinite") if windows.ordered else None
    return None if infinite is None else _ratio(infinite, windows.series.parts.rows)


def outside(windows: SeriesCounts) -> FloatArray | None:
    """Return the share of the values that lie outside the range of training."""
    if not windows.ordered:
        return None
    cells = windows.cells
    return _ratio(cells[:, 0] + cells[:, -1], cells.sum(1))


def unseen(windows: SeriesCounts) -> FloatArray | None:
    """Return the share of the values whose level is not one of training's."""
    cells = windows.cells
    return None if windows.ordered else _ratio(cells[:, -1], cells.sum(1))


def parity(windows: SeriesCounts) -> FloatArray | None:
    """Return the share of the pairs that fail parity."""
    mismatched, compared = windows.table("mismatched"), windows.table("compared")
    return None if mismatched is None or compared is None else _ratio(mismatched, compared)


def _ratio(counts: FloatArray | IntArray, totals: FloatArray | IntArray) -> FloatArray:
    """Return the quotients; NaN for 0/0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios: FloatArray = counts / totals
    return ratios


def ks(windows: SeriesCounts) -> FloatArray | None:
    """Return the KS distance at the edges of the cells."""
    if windows.shares is None or not windows.ordered:
        return None
    serving, reference = windows.shares
    distances = np.abs(np.cumsum(serving - reference, 1)).max(1)
    return np.where(windows.without_reference, np.nan, distances)


def mannwhitney(windows: SeriesCounts) -> FloatArray | None:
    """Return |P(serving > reference) - 1/2|, ties of a cell counted by half."""
    if windows.shares is None or not windows.ordered:
        return None
    serving, reference = windows.shares
    above = (serving * (np.cumsum(reference, 1) - reference / 2)).sum(1)
    return np.where(windows.without_reference, np.nan, np.abs(above - 0.5))


def linf(windows: SeriesCounts) -> FloatArray | None:
    """Return the largest difference of a level's share."""
    if windows.shares is None or windows.ordered:
        return None
    serving, reference = windows.shares
    return np.where(windows.without_reference, np.nan, np.abs(serving - reference).max(1))


def psi(windows: SeriesCounts) -> FloatArray | None:
    """Return PSI less its expectation without a shift, 0 at least.

    The expectation is (B - 1)(1/n + 1/m): see `two_sample.psi`.
    """
    whole, reference_cells = windows.series.whole, windows.reference_cells
    if whole is None or reference_cells is None:
        return None
    parted = windows.series.parted
    rows = np.array([reference.rows for reference in windows.references(whole)])
    bins = parted.bin_of(whole)
    p = binned(reference_cells, bins, rows - reference_cells.sum(1))
    q = binned(windows.cells, bins, parted.absent())
    used = (p.sum(0) + q.sum(0)) > 0
    p, q = p[:, used], q[:, used]
    expected = (p.shape[1] - 1) * (1 / p.sum(1) + 1 / q.sum(1))
    half = two_sample.PSEUDOCOUNT
    reference, serving = ((x + half) / (x.sum(1)[:, None] + half * x.shape[1]) for x in (p, q))
    statistic = ((serving - reference) * two_sample.log_ratio(reference, serving)).sum(1)
    effect: FloatArray = statistic - expected
    return np.where(windows.without_reference, np.nan, np.maximum(effect, 0.0))
