"""Right values of rows some time before: a feature store that is filled an hour late."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.arrival_order import MIN_ROWS, Ordered, Series, StateFound, by_of
from skewcheck.causes.delays import MAX_LAG, MIN_DISTINCT, TARGETS, beyond_chance, evenly
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.text.numbers import shortest_within

MIN_VOTES = 0.8
"""Share of the compared rows that must agree on a time: each of them has most other times as well,
where values are few."""
UNITS = (86_400.0, 3_600.0, 60.0)
"""Seconds of the spans of time in which people count."""
Spans = tuple[FloatArray, FloatArray]
"""Times after the first, up to the second: one interval each."""


def late_by_time(ordered: Ordered, series: Series) -> Iterator[StateFound]:
    """Yield the seconds by which served values of series are late, where one time is that of all.

    Of a row the newest value is served that is at least so old.
    """
    times = ordered_times(ordered, series)
    usable = np.flatnonzero(ordered.fails[series.order] & np.isfinite(ordered.served[series.order]))
    if times is None or len(usable) < MIN_ROWS:
        return
    targets = evenly(usable, TARGETS).tolist()
    spans = most_covered([_spans(ordered, series, times, at) for at in targets], MIN_VOTES)
    found = None if spans is None else _late(ordered, series, times, sum(spans) / 2)
    if found is not None:
        yield found


def ordered_times(ordered: Ordered, series: Series) -> FloatArray | None:
    """Return the times of positions, each series of which must rise; None where one does not."""
    if ordered.rows.times is None:
        return None
    times = ordered.rows.times[series.order]
    inner = series.start[1:] == series.start[:-1]
    rising = bool(np.isfinite(times).all()) and not (np.diff(times)[inner] < 0).any()
    return times if rising else None


def typed_time(low: float, high: float) -> float:
    """Return the seconds between two bounds that were typed: whole days, hours or minutes first."""
    for unit in UNITS:
        whole = math.ceil(low / unit) * unit
        if 0 < whole <= high:
            return whole
    return shortest_within(low, high)


def most_covered(votes: Sequence[Spans], least: float) -> tuple[float, float] | None:
    """Return the interval that lies in most votes' intervals; None where in too small a share.

    Those of one vote do not overlap.
    """
    low = np.concatenate([low for low, _ in votes])
    high = np.concatenate([high for _, high in votes])
    if not len(low):
        return None
    ends = np.concatenate([low, high])
    steps = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    order = np.lexsort((steps, ends))
    ends, covered = ends[order], np.cumsum(steps[order])
    best = int(np.argmax(covered))
    if covered[best] < least * len(votes):
        return None
    return float(ends[best]), float(ends[best + 1])


def _spans(ordered: Ordered, series: Series, times: FloatArray, at: int) -> Spans:
    """Return the times by which a row may be late: each row before that has its value gives one."""
    first = max(int(series.start[at]), at - MAX_LAG)
    rows, value = series.order[first:at], ordered.served[series.order[at]]
    near = np.flatnonzero((ordered.low[rows] <= value) & (value <= ordered.high[rows])) + first
    low, high = times[at] - times[near + 1], times[at] - times[near]
    return low[high > low], high[high > low]


def _late(ordered: Ordered, series: Series, times: FloatArray, seconds: float) -> StateFound | None:
    """Return what is explained by values that are so old; None where rows differ by chance."""
    fails, served = ordered.fails[series.order], ordered.served[series.order]
    of = _newest(series, times, seconds)
    inside = fails & (of >= series.start)
    rows = series.order[np.where(inside, of, 0)]
    right = inside & (ordered.low[rows] <= served) & (served <= ordered.high[rows])
    right |= inside & np.isnan(ordered.low[rows]) & np.isnan(served)
    known = np.flatnonzero(right & np.isfinite(served))
    if len(np.unique(served[known])) < MIN_DISTINCT or not beyond_chance(ordered, series, known):
        return None
    low = float((times[known] - times[of[known] + 1]).max())
    high = float((times[known] - times[of[known]]).min())
    # By a row that has its value by chance the time would be another.
    told = typed_time(np.nextafter(low, high), high) if low < high else seconds
    parameters = {"swapped": "rows", "lag_seconds": told, **by_of(ordered, series)}
    return StateFound(
        SWAPPED_FEATURES, series.of_rows(right), series.of_rows(inside), parameters, "lag"
    )


def _newest(series: Series, times: FloatArray, seconds: float) -> IntArray:
    """Return the last position of each series that is so much older; one before it without any."""
    made = np.empty(len(times), np.int64)
    for first in np.unique(series.start).tolist():
        part = slice(first, int(series.end[first]))
        own = times[part]
        made[part] = first - 1 + np.searchsorted(own, own - seconds, side="right")
    return made
