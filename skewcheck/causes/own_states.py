"""What statistics of a server's own rows explain, by which rule, and in which rows of a series."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS
from skewcheck.causes.arrival_order import MIN_ROWS, Mask, StateFound
from skewcheck.causes.own_lines import OwnLines
from skewcheck.causes.places import place_of
from skewcheck.features.types import IntArray
from skewcheck.statistics.moving import Rule, Statistics
from skewcheck.text.numbers import shortest_within

MIN_SHARE = 0.95
"""Share of the compared rows that statistics explain, to be named."""
MIN_GAIN = 0.01
"""Rows that a rule explains beyond those of a simpler one: rows without a deviation meet any."""
MIN_MORE = 5
"""And so many rows."""
MIN_COMPARED = 0.5
"""Share of the failing rows that can be compared."""
MIN_RISE = 0.01
"""Difference of served values whose slope float32 tells."""
SAME_SLOPE = 1e-3
"""Relative difference of slopes of one line."""
BACK, LATER = 400, 400
"""Positions before the last explained one that are tried for a stop, on so many later rows."""
MIN_CORRELATION = 0.2
"""Of served values with raw ones: those of other rows have none, whatever the numbers are."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Failing positions that statistics explain by a rule, and those compared."""

    rule: Rule
    explained: Mask
    compared: Mask

    @property
    def share(self) -> float:
        """Share of the compared ones that are explained."""
        return float(self.explained.sum()) / max(int(self.compared.sum()), 1)


def related(lines: OwnLines) -> bool:
    """Return whether served values of enough failing rows are correlated with the raw ones."""
    if lines.known.sum() < MIN_ROWS:
        return False
    x, z = lines.x[lines.known], lines.z[lines.known]
    if np.ptp(x) == 0 or np.ptp(z) == 0:
        return False
    a, b = (np.argsort(np.argsort(values)).astype(np.float64) for values in (x, z))
    return bool(abs(np.corrcoef(a, b)[0, 1]) >= MIN_CORRELATION)


def parts_of(lines: OwnLines) -> Iterator[OwnLines]:
    """Yield all rows, then those from the first failing one on of each series.

    A server that was started later has seen no earlier rows, and a log may begin within a batch.
    """
    yield lines
    at = np.arange(len(lines.x))
    first = np.full(len(at) + 1, len(at))
    np.minimum.at(first, lines.series.start[lines.fails], at[lines.fails])
    kept = at >= first[lines.series.start]
    if kept.sum() <= len(at) - MIN_ROWS:
        yield lines.only(kept)
    begun = _second_batch(lines)
    if begun is not None:
        yield lines.only(at >= begun)


def _second_batch(lines: OwnLines) -> int | None:
    """Return where a batch begins, of the one series that fails; None where no lines tell it.

    Neighbours of a batch lie on one line: their differences have its slope, but for the two that a
    boundary parts.
    """
    rows = np.flatnonzero(lines.known)
    if len(np.unique(lines.series.start[rows])) != 1 or len(rows) < MIN_ROWS:
        return None
    rises = np.diff(lines.z[rows])
    with np.errstate(all="ignore"):
        slopes = np.where(np.abs(rises) > MIN_RISE, np.diff(lines.x[rows]) / rises, np.nan)
        same = np.abs(slopes[1:] / slopes[:-1] - 1) < SAME_SLOPE
    # On a line two times, on none twice, as the pair between is of two batches, on another twice.
    pattern = same[:-5] & same[1:-4] & ~same[2:-3] & ~same[3:-2] & same[4:-1] & same[5:]
    found = np.flatnonzero(pattern & np.isfinite(slopes[3:-3]))
    return int(rows[found[0] + 4]) if len(found) else None


def best_rule(lines: OwnLines, of: Statistics, rules: Sequence[Rule]) -> Explained | None:
    """Return what statistics explain by the rule that explains most failing rows.

    Of rules that explain nearly as many the first. None where none explains MIN_ROWS.
    """
    best: Explained | None = None
    least = MIN_ROWS
    for plain in rules:
        for rule in lines.with_epsilons(plain):
            explained, compared = lines.compared(of, rule)
            if explained.sum() >= least:
                best = Explained(rule, explained, compared)
                least = int(explained.sum() * (1 + MIN_GAIN)) + MIN_MORE
    return best


def state_found(
    lines: OwnLines, of: Statistics, found: Explained, parameters: Mapping[str, object],
    outer: IntArray | None = None,
) -> StateFound:  # fmt: skip
    """Return statistics of a server's own rows as a state, with the rows of series that it is of.

    `outer` are the starts of the series in which positions count, where that are not the lines'.
    """
    series, told = lines.series, dict(parameters)
    start = series.start if outer is None else outer
    if found.share < MIN_SHARE:
        frozen = _frozen(lines, of, found, start)
        if frozen is not None:
            rows, found = frozen
            told["frozen"] = rows - bool(told.get("earlier"))
            _without_length(told, rows)
    if found.share >= MIN_SHARE:
        told |= _span(lines, of, found.rule, start)
    compared = found.compared
    if compared.sum() < MIN_COMPARED * lines.known.sum():
        compared = lines.known
    details: dict[str, object] = {}
    if series.column is not None and "per" in told:
        details = {"count": told["count"], "parts": place_of(series.column, ())}
    return StateFound(
        RECOMPUTED_PARAMETERS, series.of_rows(found.explained), series.of_rows(compared), told,
        "each" if details else "over", details,
    )  # fmt: skip


def _frozen(
    lines: OwnLines, of: Statistics, found: Explained, start: IntArray
) -> tuple[int, Explained] | None:
    """Return after how many rows of the one failing series statistics stayed what they were.

    With what they explain then; None where they did not, and for several series.
    """
    series = np.unique(start[lines.known])
    if len(series) != 1:
        return None
    score = np.cumsum(np.where(found.explained, 1, 0) - (found.compared & ~found.explained))
    last = int(np.argmax(score))
    if score[last] < MIN_ROWS:
        return None
    last = _stopped(lines, of, found, last)
    stayed = of.take(np.minimum(np.arange(len(lines.x)), last))
    explained, compared = lines.compared(stayed, found.rule)
    after = Explained(found.rule, explained, compared)
    return (last - int(series[0]) + 1, after) if after.share >= MIN_SHARE else None


def _stopped(lines: OwnLines, of: Statistics, found: Explained, last: int) -> int:
    """Return the position at or before the last one explained whose statistics later rows have.

    Statistics of many rows hardly move, so that those of a few later rows are as good.
    """
    near = np.arange(max(last - BACK, 0), last + 1)
    later = np.flatnonzero(lines.known)
    later = later[later > last][:LATER]
    if not len(later):
        return last
    with np.errstate(all="ignore"):
        offset, divisor = of.take(near).line(found.rule)
        off = np.abs((lines.x[later] - offset[:, None]) / divisor[:, None] - lines.z[later])
    return int(near[np.argmin(np.nan_to_num(off, nan=np.inf).mean(1))])


def _without_length(told: dict[str, object], frozen: int) -> None:
    """Say of windows that were not filled before they stayed that they are of all rows."""
    length = told.get("length")
    if told.get("over") == "window" and isinstance(length, int) and length >= frozen:
        told["over"] = "running"
        del told["length"]


def _span(lines: OwnLines, of: Statistics, rule: Rule, start: IntArray) -> dict[str, object]:
    """Return up to which row of its series, or after which, a server fails: warm-up, or after it.

    Nothing where failing rows are no such part.
    """
    place = np.arange(len(start)) - start
    of_failing = np.isin(start, np.unique(start[lines.fails])) & np.isfinite(lines.x)
    last, first = int(place[lines.fails].max()) + 1, int(place[lines.fails].min())
    inside = of_failing & (place < last)
    if (of_failing & ~inside).sum() >= MIN_ROWS and lines.fails[inside].mean() >= MIN_SHARE:
        later = place[of_failing & ~inside & lines.told_apart(of, rule)]
        most = int(later.min()) if len(later) else last
        return {"until": int(shortest_within(last, most))}
    inside = of_failing & (place >= first)
    if first >= MIN_ROWS and lines.fails[inside].mean() >= MIN_SHARE:
        return {"after": first}
    return {}


def rule_told(lines: OwnLines, rule: Rule) -> dict[str, object]:
    """Return how statistics normalize, as far as it is not training's way with ddof 0."""
    told: dict[str, object] = {}
    first = lines.rules[0]
    if rule.method != first.method:
        told["method"] = rule.method
    if rule.ddof:
        told["ddof"] = rule.ddof
    if (rule.epsilon, rule.epsilon_in) != (first.epsilon, first.epsilon_in) and rule.epsilon:
        told |= {"epsilon": rule.epsilon, "epsilon_in": rule.epsilon_in}
    return told
