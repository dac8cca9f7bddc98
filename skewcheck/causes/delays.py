"""Right values of other rows: those of a fixed number of rows before or after, and cached ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import STUCK_VALUE, SWAPPED_FEATURES
from skewcheck.causes.arrival_order import (
    MIN_ROWS,
    Mask,
    Ordered,
    Series,
    StateFound,
    by_of,
)
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.text.numbers import shortest_within

MAX_LAG = 10_000
"""Rows by which served values may be late, or early."""
TARGETS = 32
"""Failing rows that are compared with all rows near them."""
MIN_DISTINCT = 3
"""Served values of explained rows: of two, each is the other's neighbour by chance."""
MIN_RUNS = 5
"""Runs of one served value that make a cache."""

MAX_WRONG_RUNS = 0.02
"""Share of the runs that may be of another duration than a time to live allows."""


def delays(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the lag of served values in a series, and that they are cached."""
    fails, served = ordered.fails[series.order], ordered.served[series.order]
    usable = np.flatnonzero(fails & np.isfinite(served))
    if len(usable) < MIN_ROWS:
        return
    lag = _lag(ordered, series, usable)
    if lag:
        yield _lagged(ordered, series, fails, lag)
    cached = _cached(ordered, series, fails, served)
    if cached is not None:
        yield cached


def evenly(places: IntArray, most: int) -> IntArray:
    """Return at most so many of the places, at equal distances."""
    return places[np.unique(np.linspace(0, len(places) - 1, most).astype(np.int64))]


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
    if len(np.unique(served[right])) < MIN_DISTINCT:
        right = np.zeros(len(right), bool)
    parameters = {"swapped": "rows", "lag": lag, **by_of(ordered, series)}
    return StateFound(
        SWAPPED_FEATURES, series.of_rows(right), series.of_rows(inside), parameters, "lag"
    )


def _cached(ordered: Ordered, series: Series, fails: Mask, served: FloatArray) -> StateFound | None:
    """Return that right values are served again in the rows that follow; None without a cache."""
    finite = np.isfinite(served)
    begins = np.diff(served, prepend=np.nan) != 0
    begins |= series.start == np.arange(len(served))
    first = np.maximum.accumulate(np.where(begins, np.arange(len(served)), 0))
    repeated = fails & finite & ~begins & ~fails[first]
    runs = np.unique(first[repeated])
    if len(runs) < MIN_RUNS or len(np.unique(served[runs])) < MIN_DISTINCT:
        return None
    lengths = np.bincount(first, minlength=len(served))[runs]
    parameters: dict[str, object] = {"repeats": True, "rows": int(np.median(lengths))}
    seconds = _time_to_live(ordered, series, runs, lengths)
    parameters |= {} if seconds is None else {"seconds": seconds}
    parameters |= by_of(ordered, series)
    return StateFound(
        STUCK_VALUE, series.of_rows(repeated), series.of_rows(fails), parameters, "repeats"
    )


def _time_to_live(
    ordered: Ordered, series: Series, runs: IntArray, lengths: IntArray
) -> float | None:
    """Return the seconds for which values are kept, where one time is that of all runs."""
    if ordered.rows.times is None:
        return None
    times = ordered.rows.times[series.order]
    ends = runs + lengths
    ended = ends < series.end[runs]  # others are cut off by the end of the log
    if ended.sum() < MIN_RUNS:
        return None
    kept = np.sort((times[ends - 1] - times[runs])[ended])
    expired = np.sort((times[np.minimum(ends, len(times) - 1)] - times[runs])[ended])
    # Two values that were looked up may be equal: of such a run both are too long.
    wrong = len(kept) - np.searchsorted(kept, expired) + np.arange(len(expired))
    best = int(np.argmin(wrong))
    longest = float(kept[max(int(np.searchsorted(kept, expired[best])) - 1, 0)])
    if wrong[best] > MAX_WRONG_RUNS * len(kept) or not 0 < longest < expired[best]:
        return None
    return shortest_within(longest, float(expired[best]))
