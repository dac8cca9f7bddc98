"""A feature window by window, as figures: what a report draws."""

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
from skewcheck.verdict.part_counts import Reference, binned, reference_cells
from skewcheck.verdict.windows import EARLIER, FeatureWindows, label


def figures(series: FeatureWindows, verdicts: list[Verdict]) -> tuple[WindowFigures, ...]:
    """Return the figures of each window; one that stands alone has none of a distance."""
    windows = SeriesCounts(series)
    columns = {
        spec.code: column
        for spec in catalogue.windowed()
        if (column := _column(spec, windows)) is not None
    }
    return tuple(
        WindowFigures(
            label(series.parts, key), int(series.parts.rows[i]), verdicts[i],
            {code: float(column[i]) for code, column in columns.items() if np.isfinite(column[i])},
        )
        for i, key in enumerate(series.parts.keys)
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class SeriesCounts:
    """A feature's counts in w windows beside what each is compared with."""

    series: FeatureWindows

    @property
    def ordered(self) -> bool:
        """Return whether the feature is one of numbers."""
        return isinstance(self.series.parted.coarse, CoarseNumbers)

    @cached_property
    def cells(self) -> IntArray:
        """Return the rows of each window by cell."""
        return self.series.parted.cells()

    def table(self, name: str) -> IntArray | FloatArray | None:
        """Return another count of each window."""
        return self.series.parted.tables.get(name)

    @cached_property
    def compared(self) -> list[Reference | None]:
        """Return what each window is compared with; None where there is nothing earlier."""
        series = self.series
        if series.baseline not in EARLIER:
            return [series.whole] * series.windows
        return [series.compared(i, i + 1) for i in range(series.windows)]

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Return which windows are compared with nothing."""
        return np.array([one is None for one in self.compared])

    def references(self, whole: Reference) -> list[Reference]:
        """Return what each window is compared with, the whole where there is nothing."""
        return [whole if one is None else one for one in self.compared]

    @cached_property
    def reference_cells(self) -> IntArray | None:
        """Return the rows by cell of what each window is compared with."""
        whole = self.series.whole
        if whole is None:
            return None
        coarse = self.series.parted.coarse
        return np.array([reference_cells(coarse, one) for one in self.references(whole)])

    @cached_property
    def shares(self) -> tuple[FloatArray, FloatArray] | None:
        """Return each window's shares by cell, and those that it is compared with."""
        others = self.reference_cells
        if others is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            mine, theirs = (x / x.sum(1)[:, None] for x in (self.cells, others))
        return mine, theirs


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
    """Return the means in reference standard deviations, 0 its mean; NaN where unknown."""
    nothing: FloatArray = np.full(series.windows, np.nan)
    coarse, reference = series.parted.coarse, series.whole
    if not (isinstance(coarse, CoarseNumbers) and isinstance(reference, NumericReference)):
        return nothing
    mean, std = reference.mean, reference.std
    if mean is None or not std:
        return nothing
    numbers = series.parted.cells().sum(1)
    some = numbers > 0
    nothing[some] = series.parted.tables["total"][some] / numbers[some] + coarse.centre - mean
    nothing /= std
    return nothing


def trend(series: FeatureWindows, alpha: float) -> Trend | None:
    """Return the trend of the means, if it is significant at alpha and no step tells it better."""
    values = means(series).tolist()
    slope, p = changepoints.trend(values)
    return Trend(slope, p) if p <= alpha and slope and not changepoints.stepped(values) else None


def mean(windows: SeriesCounts) -> FloatArray:
    """Return the shift of the mean."""
    return means(windows.series)


def nulls(windows: SeriesCounts) -> FloatArray:
    """Return the share of nulls in the rows; of levels, of all without one."""
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
    """Return the share of the values whose level training has not seen."""
    cells = windows.cells
    return None if windows.ordered else _ratio(cells[:, -1], cells.sum(1))


def parity(windows: SeriesCounts) -> FloatArray | None:
    """Return the share of the compared rows that break parity."""
    mismatched, compared = windows.table("mismatched"), windows.table("compared")
    return None if mismatched is None or compared is None else _ratio(mismatched, compared)


def _ratio(some: FloatArray | IntArray, of: FloatArray | IntArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = some / of
    return found


def ks(windows: SeriesCounts) -> FloatArray | None:
    """Return the KS distance."""
    if windows.shares is None or not windows.ordered:
        return None
    mine, theirs = windows.shares
    return np.where(windows.alone, np.nan, np.abs(np.cumsum(mine - theirs, 1)).max(1))


def mannwhitney(windows: SeriesCounts) -> FloatArray | None:
    """Return the distance of P(serving > training) from one half."""
    if windows.shares is None or not windows.ordered:
        return None
    mine, theirs = windows.shares
    above = (mine * (np.cumsum(theirs, 1) - theirs / 2)).sum(1)
    return np.where(windows.alone, np.nan, np.abs(above - 0.5))


def linf(windows: SeriesCounts) -> FloatArray | None:
    """Return the largest change of a level's share."""
    if windows.shares is None or windows.ordered:
        return None
    mine, theirs = windows.shares
    return np.where(windows.alone, np.nan, np.abs(mine - theirs).max(1))


def psi(windows: SeriesCounts) -> FloatArray | None:
    """Return PSI less its expectation without any shift, 0 at least.

    That is (B - 1)(1/n + 1/m): see `two_sample.psi`.
    """
    whole, others = windows.series.whole, windows.reference_cells
    if whole is None or others is None:
        return None
    parted = windows.series.parted
    nulls = np.array([one.rows for one in windows.references(whole)]) - others.sum(1)
    bins = parted.bin_of(whole)
    p, q = binned(others, bins, nulls), binned(windows.cells, bins, parted.absent())
    used = (p.sum(0) + q.sum(0)) > 0
    p, q = p[:, used], q[:, used]
    expected = (p.shape[1] - 1) * (1 / p.sum(1) + 1 / q.sum(1))
    half = two_sample.PSEUDOCOUNT
    one, two = ((x + half) / (x.sum(1)[:, None] + half * x.shape[1]) for x in (p, q))
    effect: FloatArray = ((two - one) * np.log(two / one)).sum(1) - expected
    return np.where(windows.alone, np.nan, np.maximum(effect, 0.0))
