"""Where a cause sits: the values of a column that hold the affected rows, since when, until when.

A place is weighed by how unlikely the affected rows would be there by chance. For one column the
best set of values is found among as many sets as it has values: sorted by the share of their rows
that is affected, the best set is one of the first few (Neill, JRSS B 74 (2012), section 2). Each
set costs what there is to choose from, so that columns of many values are not fitted to noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from skewcheck.causes.evidence import Rows, Segments
from skewcheck.counts.rows import FILE, SampleColumn
from skewcheck.results.causes import Place, nulls_last

Mask = NDArray[np.bool_]
COVERED = 0.95
"""Share of the affected rows that a place must hold to be named."""
PURE = 0.9
"""Share of a place's rows that must be affected, unless they are much more frequent there."""
DENSER = 1.5
"""Times as frequent as in the whole log: 95 % in two thirds of the log are tenfold the rest."""
LEAST = 3
SURE = 5.0
"""Log-likelihood beyond the choice there was: met by chance in less than 1 % of logs."""
MINUTE = 60
"""Seconds to which the ends of a place are known: what a report says, and no more of a row."""


def place_of(
    column: SampleColumn, values: tuple[str | None, ...], distinct: int | None = None
) -> Place:
    """Return all rows with one of these values of a segment column, or of these files."""
    if column.kind == "file":
        return Place(None, "file", values, distinct)
    return Place(column.name, "column", values, distinct)


@dataclass(frozen=True, slots=True)
class Affected:
    """Rows that fail, those of them that one cause explains, and the log that both are from."""

    failing: Rows
    explained: Mask
    log: Rows
    fails: Mask | None
    """Rows of the log's sample that fail; None where a row of it does not tell."""
    share: float = 0.0
    """Of the log's rows that the explained ones stand for; needed where `fails` is None."""
    span: tuple[float, float] | None = None
    """First and last time of all explained rows, where that is known better than by a sample."""


def of_mask(log: Rows, mask: Mask) -> Affected:
    """Return rows of a log's own sample as those that one cause explains, and none other fails."""
    return Affected(log.only(mask), np.ones(int(mask.sum()), bool), log, mask)


def located(found: Affected) -> Place | None:
    """Return the place that holds nearly all affected rows and few others; None where none does.

    Of places that tell as much the first is told: the file is last, as a host says more.
    """
    if found.explained.sum() < LEAST or not len(found.log):
        return None
    whole = (np.ones(len(found.failing), bool), np.ones(len(found.log), bool))
    weighed = [_weighed(Place(), 0.0, *whole, found)]
    for name, column in sorted(
        found.failing.segments.items(), key=lambda item: (item[0] == FILE, item[0])
    ):
        every = found.log.segments[name]
        for place, cost, chosen in _sets(name, column.only(found.explained), every):
            weighed.append(_weighed(place, cost, chosen[column.codes], chosen[every.codes], found))
    best = max(filter(None, weighed), key=lambda pair: round(pair[1], 6), default=None)
    return None if best is None else best[0]


def _sets(
    name: SampleColumn, bad: Segments, every: Segments
) -> Iterator[tuple[Place, float, Mask]]:
    """Yield the best set of a column's values, what the choice costs, and which they are."""
    affected, rows = bad.counts(), every.counts()
    many = int((rows > 0).sum())
    known = (affected > 0) & (rows > 0)
    order = np.flatnonzero(known[: len(every.values)])
    order = order[np.argsort(-affected[order] / rows[order], kind="stable")]
    if not len(order) or many < 2:
        return
    inside, of_log = affected[order].cumsum(), rows[order].cumsum()
    k = np.arange(1, len(order) + 1)
    cost = gammaln(many + 1) - gammaln(k + 1) - gammaln(many - k + 1)
    weight = _weight(inside, int(affected.sum()), of_log, int(rows.sum())) - cost
    best = int(np.argmax(weight))
    chosen = np.zeros(len(rows), bool)
    chosen[order[: best + 1]] = True
    values = tuple(sorted((every.values[i] for i in order[: best + 1]), key=nulls_last))
    yield place_of(name, values, many), float(cost[best]), chosen


def _weight(
    inside: NDArray[np.int64], affected: int, of_log: NDArray[np.int64], rows: int
) -> NDArray[np.float64]:
    """Return the log-likelihood ratio of two rates, in a place and beside it, to one for all."""
    outside, beside = affected - inside, rows - of_log
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = xlogy(inside, inside / affected / (of_log / rows)) + xlogy(
            outside, outside / affected / (beside / rows)
        )
    denser = inside * rows > of_log * affected
    found: NDArray[np.float64] = np.where(denser & (beside > 0), ratio, -np.inf)
    return found


def _weighed(
    place: Place, cost: float, bad: Mask, every: Mask, found: Affected
) -> tuple[Place, float] | None:
    """Return a set of rows, cut at the first and the last affected row if that makes it purer.

    With it comes the log-likelihood of the affected rows lying there and not anywhere, less the
    choice there was. None where the set is no place.
    """
    explained = bad & found.explained
    coverage = float(explained.sum() / found.explained.sum())
    if coverage < COVERED or not every.any():
        return None
    exact = found.span if coverage == 1 else None
    ends = _ends(found.failing.only(explained), found.log.only(every), exact)
    inside, failing = every & ends.hold(found.log), bad & ends.hold(found.failing)
    counts = (np.array([part.sum()]) for part in (explained, inside))
    weight = float(
        _weight(next(counts), int(found.explained.sum()), next(counts), len(found.log))[0]
    )
    somewhere = place.of_rows or ends.since is not None or ends.until is not None
    if not somewhere or weight - cost < SURE:
        return None
    # The log's sample knows which rows fail, the failing ones which cause each has.
    of_log = float(inside.mean())
    if found.fails is None:
        held = explained & ends.hold(found.failing)
        purity = min(found.share * float(held.sum() / found.explained.sum()) / of_log, 1.0)
    else:
        purity = float(found.fails[inside].mean() * explained.sum() / failing.sum())
    if of_log >= PURE or (purity < PURE and coverage < DENSER * of_log):
        return None
    there = replace(place, since=ends.since, until=ends.until, purity=purity, coverage=coverage)
    return there, weight - cost


@dataclass(frozen=True, slots=True)
class _Ends:
    """The time in which rows are affected, as far as it is to be told."""

    first: float = -math.inf
    last: float = math.inf

    @property
    def since(self) -> float | None:
        """Return the minute of the first; None where it is not to be told."""
        return self.first // MINUTE * MINUTE if math.isfinite(self.first) else None

    @property
    def until(self) -> float | None:
        """Return the minute of the last; None where it is not to be told."""
        return self.last // MINUTE * MINUTE if math.isfinite(self.last) else None

    def hold(self, rows: Rows) -> Mask:
        """Return which rows are not outside; those without a time are not."""
        if rows.times is None:
            return np.ones(len(rows), bool)
        return ~((rows.times < self.first) | (rows.times > self.last))


def _ends(bad: Rows, every: Rows, exact: tuple[float, float] | None) -> _Ends:
    """Return since when and until when, where a good part of all rows lies before or after."""
    if bad.times is None or every.times is None or not np.isfinite(bad.times).any():
        return _Ends()
    first, last = exact or (float(np.nanmin(bad.times)), float(np.nanmax(bad.times)))
    # So many rows without a fault before the first are less than 0.3 % likely by chance.
    gap = max(0.05, 6 / len(bad))
    begins = float((every.times < first).mean()) > gap
    ends = float((every.times > last).mean()) > gap
    return _Ends(first if begins else -math.inf, last if ends else math.inf)
