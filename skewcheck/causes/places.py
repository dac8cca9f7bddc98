"""Locate affected rows by a subset scan over the values of segment columns, and by time.

The score of a place is the log-likelihood ratio of two rates of affected rows, inside and outside,
to one rate for all. For one column the best of all subsets of its values is among as many subsets
as it has values: with the values sorted by their share of affected rows, it consists of the first
few (linear-time subset scanning: Neill, JRSS B 74 (2012), section 2). The penalty of a subset is
the logarithm of the number of subsets of its size, so that a column of many values does not fit
noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy

from skewcheck.causes.evidence import SampledRows, SegmentCodes
from skewcheck.counts.rows import FILE, SampleColumn
from skewcheck.results.causes import Place, nulls_last

Mask = NDArray[np.bool_]
MIN_COVERAGE = 0.95
"""Share of the affected rows that a place must hold: a few rows elsewhere may be chance."""
MIN_PURITY = 0.9
"""Share of a place's rows that must be affected, unless they are MIN_LIFT times as frequent there:
with fewer, the place is no description of the affected rows."""
MIN_LIFT = 1.5
"""Times as frequent in the place as in the whole log, from which a place of few affected rows is
named all the same: 95 % of them in two thirds of the log are tenfold the rate of the rest."""
MIN_AFFECTED_ROWS = 3
"""Fewer rows lie in one place by chance too often, whatever the place is."""
MIN_LOG_LIKELIHOOD_RATIO = 5.0
"""Score after the penalty: reached by chance in less than 1 % of logs (exp(-5))."""
SECONDS_PER_MINUTE = 60
"""Ends of a place are cut to minutes, as reports show them: an exact time identifies a row."""


def place_of(
    column: SampleColumn, values: tuple[str | None, ...], distinct: int | None = None
) -> Place:
    """Return all rows with one of these values of a segment column, or of these files."""
    if column.kind == "file":
        return Place(None, "file", values, distinct)
    return Place(column.name, "column", values, distinct)


@dataclass(frozen=True, slots=True)
class AffectedRows:
    """Rows that fail, those of them that one cause explains, and the log that both are from."""

    failing: SampledRows
    """A sample of the rows that fail."""
    explained: Mask
    """Of the failing rows, those that the cause explains."""
    log: SampledRows
    """A sample of all rows."""
    fails: Mask | None
    """Of the log's sample, the rows that fail; None where that is not known of a row."""
    share: float = 0.0
    """Share of all rows that the explained ones stand for; needed where `fails` is None."""
    span: tuple[float, float] | None = None
    """First and last time of all explained rows, where that is known better than by a sample."""


def of_mask(log: SampledRows, mask: Mask) -> AffectedRows:
    """Return the masked rows of a sample as failing, all explained by one cause."""
    return AffectedRows(log.only(mask), np.ones(int(mask.sum()), bool), log, mask)


def located(affected: AffectedRows) -> Place | None:
    """Return the place of the highest score that holds nearly all affected rows and few others.

    None where there is none, for fewer than MIN_AFFECTED_ROWS rows, and for an empty log. Of equal
    scores the first column wins; the file comes last, as a host is more informative.
    """
    if affected.explained.sum() < MIN_AFFECTED_ROWS or not len(affected.log):
        return None
    whole = (np.ones(len(affected.failing), bool), np.ones(len(affected.log), bool))
    candidates = [_score(Place(), 0.0, *whole, affected)]
    for name, column in sorted(
        affected.failing.segments.items(), key=lambda item: (item[0] == FILE, item[0])
    ):
        log_column = affected.log.segments[name]
        for place, cost, chosen in _best_sets(name, column.only(affected.explained), log_column):
            candidates.append(
                _score(place, cost, chosen[column.codes], chosen[log_column.codes], affected)
            )
    best = max(filter(None, candidates), key=lambda pair: round(pair[1], 6), default=None)
    return None if best is None else best[0]


def _best_sets(
    name: SampleColumn, affected_column: SegmentCodes, log_column: SegmentCodes
) -> Iterator[tuple[Place, float, Mask]]:
    """Yield the best set of a column's values, its penalty, and its mask over the value numbers.

    Nothing for a column of one value.
    """
    affected_counts, log_counts = affected_column.counts(), log_column.counts()
    distinct = int((log_counts > 0).sum())
    candidates = (affected_counts > 0) & (log_counts > 0)
    order = np.flatnonzero(candidates[: len(log_column.values)])
    order = order[np.argsort(-affected_counts[order] / log_counts[order], kind="stable")]
    if not len(order) or distinct < 2:
        return
    affected_inside, log_inside = affected_counts[order].cumsum(), log_counts[order].cumsum()
    sizes = np.arange(1, len(order) + 1)
    penalty = gammaln(distinct + 1) - gammaln(sizes + 1) - gammaln(distinct - sizes + 1)
    gain = (
        _log_likelihood_ratio(
            affected_inside, int(affected_counts.sum()), log_inside, int(log_counts.sum())
        )
        - penalty
    )
    best = int(np.argmax(gain))
    in_set = np.zeros(len(log_counts), bool)
    in_set[order[: best + 1]] = True
    values = tuple(sorted((log_column.values[i] for i in order[: best + 1]), key=nulls_last))
    yield place_of(name, values, distinct), float(penalty[best]), in_set


def _log_likelihood_ratio(
    affected_inside: NDArray[np.int64], affected: int, log_inside: NDArray[np.int64], rows: int
) -> NDArray[np.float64]:
    """Return the log-likelihood ratio of two Poisson rates, inside and outside, to one for all.

    Arrays over candidate places; -inf where the rate inside is not the higher one.
    """
    affected_outside, log_outside = affected - affected_inside, rows - log_inside
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = xlogy(affected_inside, affected_inside / affected / (log_inside / rows)) + xlogy(
            affected_outside, affected_outside / affected / (log_outside / rows)
        )
    denser = affected_inside * rows > log_inside * affected
    log_likelihood_ratio: NDArray[np.float64] = np.where(denser & (log_outside > 0), ratio, -np.inf)
    return log_likelihood_ratio


def _score(
    place: Place, penalty: float, in_failing: Mask, in_log: Mask, affected: AffectedRows
) -> tuple[Place, float] | None:
    """Return a place, cut in time at the first and the last affected row, and its score.

    The cut is made only where a good part of the log lies before or after. `in_failing` and
    `in_log` are the place's rows. None where the place does not pass the bounds above.
    """
    explained_inside = in_failing & affected.explained
    coverage = float(explained_inside.sum() / affected.explained.sum())
    if coverage < MIN_COVERAGE or not in_log.any():
        return None
    span = affected.span if coverage == 1 else None
    period = _period(affected.failing.only(explained_inside), affected.log.only(in_log), span)
    inside, failing = in_log & period.hold(affected.log), in_failing & period.hold(affected.failing)
    row_counts = (np.array([part.sum()]) for part in (explained_inside, inside))
    gain = float(
        _log_likelihood_ratio(
            next(row_counts), int(affected.explained.sum()), next(row_counts), len(affected.log)
        )[0]
    )
    somewhere = place.of_rows or period.since is not None or period.until is not None
    if not somewhere or gain - penalty < MIN_LOG_LIKELIHOOD_RATIO:
        return None
    # Which rows fail is known of the log's sample, which cause they have of the failing rows.
    share_of_log = float(inside.mean())
    if affected.fails is None:
        held = explained_inside & period.hold(affected.failing)
        purity = min(
            affected.share * float(held.sum() / affected.explained.sum()) / share_of_log, 1.0
        )
    else:
        purity = float(affected.fails[inside].mean() * explained_inside.sum() / failing.sum())
    if share_of_log >= MIN_PURITY or (purity < MIN_PURITY and coverage < MIN_LIFT * share_of_log):
        return None
    cut_place = replace(
        place, since=period.since, until=period.until, purity=purity, coverage=coverage
    )
    return cut_place, gain - penalty


@dataclass(frozen=True, slots=True)
class _Period:
    """The time in which rows are affected, in epoch seconds; infinite where it has no end."""

    first: float = -math.inf
    last: float = math.inf

    @property
    def since(self) -> float | None:
        """Return the minute in which it begins; None without a beginning."""
        return (
            self.first // SECONDS_PER_MINUTE * SECONDS_PER_MINUTE
            if math.isfinite(self.first)
            else None
        )

    @property
    def until(self) -> float | None:
        """Return the minute in which it ends; None without an end."""
        return (
            self.last // SECONDS_PER_MINUTE * SECONDS_PER_MINUTE
            if math.isfinite(self.last)
            else None
        )

    def hold(self, rows: SampledRows) -> Mask:
        """Return which rows are not outside; rows without a time (NaN) are not."""
        if rows.times is None:
            return np.ones(len(rows), bool)
        return ~((rows.times < self.first) | (rows.times > self.last))


def _period(affected: SampledRows, log: SampledRows, span: tuple[float, float] | None) -> _Period:
    """Return the period of the affected rows; no end on a side where few rows lie beyond it.

    `span` are its exact ends, where they are known better than from the sample.
    """
    if affected.times is None or log.times is None or not np.isfinite(affected.times).any():
        return _Period()
    first, last = span or (float(np.nanmin(affected.times)), float(np.nanmax(affected.times)))
    # With n affected rows spread over all the log, a share of 6 / n before the first of them has
    # a probability of exp(-6) < 0.3 %.
    gap = max(0.05, 6 / len(affected))
    begins = float((log.times < first).mean()) > gap
    ends = float((log.times > last).mean()) > gap
    return _Period(first if begins else -math.inf, last if ends else math.inf)
