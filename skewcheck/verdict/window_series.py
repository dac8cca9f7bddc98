"""A feature window by window, as figures: what a report draws."""

from __future__ import annotations

import numpy as np

from skewcheck.counts.coarse import CoarseNumbers
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.results.audit import Trend, WindowFigures
from skewcheck.results.policy import Verdict
from skewcheck.statistics import changepoints, two_sample
from skewcheck.verdict.part_counts import Reference, binned, reference_cells
from skewcheck.verdict.windows import EARLIER, FeatureWindows, label


def figures(series: FeatureWindows, verdicts: list[Verdict]) -> tuple[WindowFigures, ...]:
    """Return the figures of each window; those of a distance are None in one that stands alone."""
    columns = _shares(series) | _distances(series)
    columns["mean"] = means(series)
    figures_by_name = {
        name: [float(value) if np.isfinite(value) else None for value in column]
        for name, column in columns.items()
    }
    return tuple(
        WindowFigures(
            label(series.parts, key), int(series.parts.rows[i]), verdicts[i],
            **{name: values[i] for name, values in figures_by_name.items()},
        )
        for i, key in enumerate(series.parts.keys)
    )  # fmt: skip


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


def _shares(series: FeatureWindows) -> dict[str, FloatArray]:
    """Return shares by the code of their test."""
    tables, cells = series.parted.tables, series.parted.cells()
    rows, present = series.parts.rows, cells.sum(1)
    found: dict[str, FloatArray] = {}
    if isinstance(series.parted.coarse, CoarseNumbers):
        found["nulls"] = _of(tables["nulls"], rows)
        found["nonfinite"] = _of(tables["infinite"], rows)
        found["range"] = _of(cells[:, 0] + cells[:, -1], present)
    else:
        found["nulls"] = _of(series.parted.absent(), rows)
        found["unseen"] = _of(cells[:, -1], present)
    if "mismatched" in tables:
        found["parity"] = _of(tables["mismatched"], tables["compared"])
    return found


def _of(some: FloatArray | IntArray, of: FloatArray | IntArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: FloatArray = some / of
    return found


def _distances(series: FeatureWindows) -> dict[str, FloatArray]:
    """Return KS D and the rank's effect, or the largest change of a share, and PSI's effect.

    The expectation of PSI without any shift is (B - 1)(1/n + 1/m): see `two_sample.psi`.
    """
    if series.whole is None:
        return {}
    parted, whole = series.parted, series.whole
    own: list[Reference | None] = [whole]
    if series.baseline in EARLIER:
        own = [series.compared(i, i + 1) for i in range(series.windows)]
    lonely = np.array([one is None for one in own])
    known = [whole if one is None else one for one in own]
    cells, absent = parted.cells(), parted.absent()
    others = np.array([reference_cells(parted.coarse, one) for one in known])
    nulls = np.array([one.rows for one in known]) - others.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mine, theirs = (x / x.sum(1)[:, None] for x in (cells, others))
    bins = parted.bin_of(whole)
    found = {"psi": _psi(binned(others, bins, nulls), binned(cells, bins, absent))}
    if isinstance(parted.coarse, CoarseNumbers):
        found["ks"] = np.abs(np.cumsum(mine - theirs, 1)).max(1)
        above = (mine * (np.cumsum(theirs, 1) - theirs / 2)).sum(1)
        found["mannwhitney"] = np.abs(above - 0.5)
    else:
        found["linf"] = np.abs(mine - theirs).max(1)
    return {name: np.where(lonely, np.nan, column) for name, column in found.items()}


def _psi(p: IntArray, q: IntArray) -> FloatArray:
    used = (p.sum(0) + q.sum(0)) > 0
    p, q = p[:, used], q[:, used]
    expected = (p.shape[1] - 1) * (1 / p.sum(1) + 1 / q.sum(1))
    half = two_sample.PSEUDOCOUNT
    one, two = ((x + half) / (x.sum(1)[:, None] + half * x.shape[1]) for x in (p, q))
    effect: FloatArray = ((two - one) * np.log(two / one)).sum(1) - expected
    return np.maximum(effect, 0.0)
