"""Right values of other rows: those of a fixed number of rows before or after."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.arrival_order import (
    MIN_ROWS,
    Mask,
    Ordered,
    Series,
    StateFound,
    by_of,
)
from skewcheck.features.types import FloatArray, IntArray

MAX_LAG = 10_000
"""Rows by which served values may be late, or early."""
TARGETS = 32
"""Failing rows that are compared with all rows near them."""
MIN_RIGHT = 0.9
"""Share of the failing rows whose served value some row of the log has by right, where values are
those of other rows: a few are of rows before the log."""
MAX_COUNTED = 200
"""Explained rows of which values are counted."""
MIN_DISTINCT = 3
"""Served values of explained rows: of two, each is the other's neighbour by chance."""
MIN_SURPRISE = 25.0
"""Sum of -log(p) over explained rows, p the share of all rows that have such a value: exp(25) is
the number of lags, series and instances that are tried (a million), and as much again for chance.
"""


def delays(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the lag of served values in a series."""
    fails, served = ordered.fails[series.order], ordered.served[series.order]
    usable = np.flatnonzero(fails & np.isfinite(served))
    if len(usable) < MIN_ROWS:
        return
    lag = _lag(ordered, series, usable)
    if lag:
        yield _lagged(ordered, series, fails, lag)


def evenly(places: IntArray, most: int) -> IntArray:
    """Return at most so many of the places, at equal distances."""
    return places[np.unique(np.linspace(0, len(places) - 1, most).astype(np.int64))]


def are_right_values(ordered: Ordered) -> bool:
    """Return whether failing rows are served right values of the log, whichever rows have them."""
    failing = np.flatnonzero(ordered.fails & np.isfinite(ordered.served))
    if not len(failing):
        return bool(ordered.fails.any())  # nulls, which other rows may have
    shares = _frequencies(ordered, evenly(failing, MAX_COUNTED))
    return bool((shares > 0).mean() >= MIN_RIGHT)


def beyond_chance(ordered: Ordered, series: Series, explained: IntArray) -> bool:
    """Return whether positions have values of other rows more surely than by chance.

    Each value is as likely as it is frequent among right ones.
    """
    if not len(explained):
        return False
    shares = _frequencies(ordered, series.order[evenly(explained, MAX_COUNTED)])
    return float(-np.log(np.maximum(shares, 1 / len(ordered.fails))).sum()) >= MIN_SURPRISE


def _frequencies(ordered: Ordered, rows: IntArray) -> FloatArray:
    """Return the share of right values of the log that are those served in some rows."""
    right = np.sort((ordered.low + ordered.high)[np.isfinite(ordered.low + ordered.high)] / 2)
    wide, served = (ordered.high - ordered.low) / 2, ordered.served[rows]
    usual = float(np.median(wide[np.isfinite(wide)])) if len(right) else 0.0
    lost = np.where(np.isfinite(wide[rows]), wide[rows], usual)  # nulls have no value of their own
    lost += np.spacing(np.abs(served))
    count = np.searchsorted(right, served + lost, "right") - np.searchsorted(right, served - lost)
    shares: FloatArray = count / max(len(right), 1)
    return shares


def _lag(ordered: Ordered, series: Series, usable: IntArray) -> int:
    """Return by how many rows most targets are late (negative: early); 0 where by none."""
    low, high = ordered.low[series.order], ordered.high[series.order]
    served = ordered.served[series.order]
    votes = np.zeros(2 * MAX_LAG + 1)
    for at in evenly(usable, TARGETS).tolist():
        first = max(int(series.start[at]), at - MAX_LAG)
        last = min(int(series.end[at]), at + MAX_LAG + 1)
        near = (low[first:last] <= served[at]) & (served[at] <= high[first:last])
        votes[at - np.flatnonzero(near) - first + MAX_LAG] += 1
    lags = np.flatnonzero(votes >= max(votes.max(), 2)) - MAX_LAG
    return int(lags[np.argmin(np.abs(lags) - 0.5 * (lags > 0))]) if len(lags) else 0


def _lagged(ordered: Ordered, series: Series, fails: Mask, lag: int) -> StateFound:
    at = np.arange(len(fails)) - lag
    inside = fails & (at >= series.start) & (at < series.end)
    of = series.order[np.where(inside, at, 0)]
    served = ordered.served[series.order]
    right = inside & (ordered.low[of] <= served) & (served <= ordered.high[of])
    right |= inside & np.isnan(ordered.low[of]) & np.isnan(served)
    known = np.flatnonzero(right & np.isfinite(served))
    if len(np.unique(served[known])) < MIN_DISTINCT or not beyond_chance(ordered, series, known):
        right = np.zeros(len(right), bool)
    parameters = {"swapped": "rows", "lag": lag, **by_of(ordered, series)}
    return StateFound(
        SWAPPED_FEATURES, series.of_rows(right), series.of_rows(inside), parameters, "lag"
    )
