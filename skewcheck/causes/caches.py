"""Right values that are served again in the rows that follow: caches, with their time to live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.causes import STUCK_VALUE
from skewcheck.causes.arrival_order import Mask, Ordered, Series, StateFound, by_of
from skewcheck.causes.delays import MIN_DISTINCT
from skewcheck.causes.late_by_time import most_covered, ordered_times, typed_time
from skewcheck.features.types import FloatArray, IntArray

MIN_RUNS = 5
"""Runs of one served value that make a cache."""
MIN_VOTES = 0.5
"""Share of the runs that must agree on a time to live: two values in a row may be equal, or one of
them is what its row has."""
MIN_OF_TIME = 0.98
"""Share of the failing rows that a time to live must predict: it tells each value that is served.
"""


def caches(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield that right values are served again in the rows of a series that follow."""
    runs = _runs(ordered, series)
    if runs is None:
        return
    repeated, lengths, timed = runs.repeated, runs.lengths, _timed(ordered, series, runs)
    parameters: dict[str, object] = {"repeats": True, "rows": int(np.median(lengths))}
    if timed is not None:
        parameters["seconds"], repeated = timed
    parameters |= by_of(ordered, series)
    fails = ordered.fails[series.order]
    yield StateFound(
        STUCK_VALUE, series.of_rows(repeated), series.of_rows(fails), parameters, "repeats"
    )


@dataclass(frozen=True, slots=True)
class _Runs:
    """Stretches of one served value, the first of which is right."""

    repeated: Mask
    """Failing rows behind the first of a run."""
    first: IntArray
    """The first position of each run of which a row fails."""
    lengths: IntArray
    """Of these, with the first."""


def _runs(ordered: Ordered, series: Series) -> _Runs | None:
    """Return the runs of a series; None of too few, or of too few values."""
    fails, served = ordered.fails[series.order], ordered.served[series.order]
    at = np.arange(len(served))
    begins = np.diff(served, prepend=np.nan) != 0
    begins |= series.start == at
    first = np.maximum.accumulate(np.where(begins, at, 0))
    repeated = fails & np.isfinite(served) & ~begins & ~fails[first]
    runs = np.unique(first[repeated])
    if len(runs) < MIN_RUNS or len(np.unique(served[runs])) < MIN_DISTINCT:
        return None
    return _Runs(repeated, runs, np.bincount(first, minlength=len(served))[runs])


def _timed(ordered: Ordered, series: Series, runs: _Runs) -> tuple[float, Mask] | None:
    """Return for how many seconds values are kept, with the failing rows that this predicts.

    None where no time is that of nearly all rows.
    """
    times = ordered_times(ordered, series)
    if times is None:
        return None
    ends = runs.first + runs.lengths
    ended = ends < series.end[runs.first]  # others are cut off by the end of the log
    first, ends = runs.first[ended], ends[ended]
    low, high = times[ends - 1] - times[first], times[ends] - times[first]
    votes = [(low[i : i + 1], high[i : i + 1]) for i in range(len(low))]
    span = most_covered(votes, MIN_VOTES) if len(votes) >= MIN_RUNS else None
    if span is None:
        return None
    read = _read(series, times, sum(span) / 2, runs.first)
    rows, served = series.order[read], ordered.served[series.order]
    fails = ordered.fails[series.order]
    right = (ordered.low[rows] <= served) & (served <= ordered.high[rows])
    right = fails & (right | (np.isnan(ordered.low[rows]) & np.isnan(served)))
    if right.sum() < MIN_OF_TIME * fails.sum():
        return None
    return _typed(series, times, read, right), right


def _read(series: Series, times: FloatArray, seconds: float, first: IntArray) -> IntArray:
    """Return the position at which the value of each was read: anew when it is so old.

    `first` are positions that begin a run: before the first of a series, each value was read.
    """
    made = np.arange(len(times))
    starts, places = np.unique(series.start[first], return_index=True)
    for start, at in zip(starts.tolist(), first[places].tolist(), strict=True):
        end = int(series.end[start])
        own = times[start:end]
        while at < end:
            after = max(start + int(np.searchsorted(own, times[at] + seconds)), at + 1)
            made[at:after] = at
            at = after
    return made


def _typed(series: Series, times: FloatArray, read: IntArray, right: Mask) -> float:
    """Return the time to live in as few digits as the explained rows leave open."""
    last = np.flatnonzero(np.append(read[1:] != read[:-1], True))
    last = last[np.isin(read[last], read[right])]
    kept = float((times[last] - times[read[last]]).max())
    ended = last[last + 1 < series.end[last]]
    expired = times[ended + 1] - times[read[ended]]
    return typed_time(kept, float(expired.min(initial=np.inf)))
