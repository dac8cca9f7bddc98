"""Where a cause sits: the segment that holds the affected rows, since when and until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from skewcheck.causes.evidence import Rows

COVERED = 0.95
"""Share of the affected rows that a segment must hold to be named."""
PURE = 0.9
"""Share of a segment's rows that must be affected for it to be called all of it."""
LEAST = 3
OTHER = "other"
"""Stands for values that are too many to be named."""


@dataclass(frozen=True, slots=True)
class Place:
    """A segment: `host = web-7`, from a time on where only its later rows are affected."""

    text: str
    coverage: float
    """Share of the affected rows that it holds."""
    purity: float
    """Share of its rows that are affected."""


def located(affected: Rows, log: Rows, share: float) -> Place | None:
    """Return the smallest segment that holds nearly all affected rows; None where none does.

    `affected` and `log` are samples of the affected rows and of all rows, `share` the share that
    the former are of the latter. A segment must be much purer than the log as a whole.
    """
    if len(affected) < LEAST or not len(log):
        return None
    places = [_since(place, affected, log, share) for place in _segments(affected, log, share)]
    whole = _since(None, affected, log, share)
    found = [place for place in (*places, whole) if place is not None]
    return max(found, key=lambda place: place.purity, default=None)


@dataclass(frozen=True, slots=True)
class _Segment:
    column: str
    value: object


def _segments(affected: Rows, log: Rows, share: float) -> Iterator[_Segment]:
    # The file is last: of places that are equally pure the first is told, and a host says more.
    for column, values in sorted(affected.segments.items(), key=lambda item: item[0] == "file"):
        names, counts = np.unique(values.astype(str), return_counts=True)
        value = names[int(np.argmax(counts))]
        if value == OTHER:
            continue
        coverage = float(counts.max() / len(values))
        of_log = float((log.segments[column].astype(str) == value).mean())
        if coverage >= COVERED and of_log and of_log < 0.9 and of_log <= 3 * share + 0.5:
            yield _Segment(column, value)


def _since(segment: _Segment | None, affected: Rows, log: Rows, share: float) -> Place | None:
    """Describe a segment, cut at the first and the last affected row if that makes it purer."""
    bad, every = affected, log
    if segment is not None:
        bad = affected.only(affected.segments[segment.column].astype(str) == segment.value)
        every = log.only(log.segments[segment.column].astype(str) == segment.value)
    coverage = len(bad) / len(affected)
    purity = _purity(bad, every, affected, log, share)
    text = "" if segment is None else f"{segment.column} = {segment.value}"
    if bad.times is not None and every.times is not None and np.isfinite(bad.times).any():
        first, last = float(np.nanmin(bad.times)), float(np.nanmax(bad.times))
        # So many rows without a fault before the first are less than 0.3 % likely by chance.
        gap = max(0.05, 6 / len(bad))
        begins = float((every.times < first).mean()) > gap
        ends = float((every.times > last).mean()) > gap
        inside = every.only(
            ((every.times >= first) | (not begins)) & ((every.times <= last) | (not ends))
        )
        if begins or ends:
            text = text or "the rows"
            text += f" since {_moment(first)}" if begins else ""
            text += f" until {_moment(last)}" if ends else ""
            purity = _purity(bad, inside, affected, log, share)
    if not text or (purity < PURE and purity < 3 * share):
        return None
    return Place(text, coverage, min(purity, 1.0))


def _purity(bad: Rows, every: Rows, affected: Rows, log: Rows, share: float) -> float:
    """Return the share of a segment's rows that are affected, from both samples."""
    if not len(every):
        return 0.0
    return share * (len(bad) / len(affected)) / (len(every) / len(log))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
