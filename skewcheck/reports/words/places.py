"""Where a cause sits, in words: the place, how much of it is affected, how much lies elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from skewcheck.results.causes import Place, label
from skewcheck.text.numbers import percent

ALL_SHARE = 0.9995
"""Share from which it is all of them: shares are shown to 0.1 %, where this one is 100 %."""
MOST_NAMED = 4
"""Chosen values that are all named, as `and 1 more` is no shorter; of more, `MOST_LISTED` are."""
MOST_LISTED = 3
"""Values before `and N more`, and at most where nobody counted the others."""
MIN_ALL = 2
"""Values up to which all are named."""
HIDDEN = "(hidden)"
"""Stands for values that may not be shown."""
_WORD = re.compile(r"[a-z]+(?<!s)(?<!x)(?<!z)(?<!ch)(?<!sh)")
"""A column whose name is a word with a regular plural."""
_IES = re.compile(r"[^aeiou]y\Z")


def where(place: Place) -> str:
    """Return `host = web-7 since 2026-11-01 03:00`; what it is inside of comes first."""
    outer = [] if place.inside is None else [where(place.inside)]
    return " ".join([*outer, *_parts(place)]) or "some of the time"


def _parts(place: Place) -> Iterator[str]:
    if place.of_rows:
        yield values(place)
    if place.since is not None:
        yield f"since {_moment(place.since)}"
    if place.until is not None:
        yield f"until {_moment(place.until)}"


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def values(place: Place) -> str:
    """Return `host = web-3, web-7`, or `6 of 20 values of host: ...` for many."""
    column, chosen = _column(place), [*map(label, place.values)]
    if not chosen:
        return f"{column} = {HIDDEN}"
    if len(chosen) == place.distinct and len(chosen) > MIN_ALL:
        return every(column, place.distinct - (None in place.values))
    listed = ", ".join(chosen[:MOST_LISTED])
    more = f"{listed} and {len(chosen) - MOST_LISTED} more"
    if place.distinct is None:
        return f"{column} = {more if len(chosen) > MOST_LISTED else listed}"
    if len(chosen) <= MOST_NAMED:
        return f"{column} = {', '.join(chosen)}"
    return f"{len(chosen)} of {place.distinct} values of {column}: {more}"


def every(column: str, number: int | None) -> str:
    """Return `all 12 hosts`, or `all 12 values of host_id` where a plural would be a guess.

    Without a number where not all were counted.
    """
    counted = "all" if number is None else f"all {number:,}"
    if not _WORD.fullmatch(column):
        return f"{counted} values of {column}"
    plural = f"{column[:-1]}ies" if _IES.search(column) else f"{column}s"
    return f"{counted} {plural}"


def _column(place: Place) -> str:
    return "file" if place.column is None else place.column


def sentence(place: Place | None) -> str:
    """Return ` (all rows of host = web-7, and no others)`; nothing without a place."""
    if place is None:
        return ""
    rows = f"rows {where(place)}" if _is_span(place) else f"rows of {where(place)}"
    if place.purity >= ALL_SHARE:
        inside = f"all {rows}"
    elif 0.495 <= place.purity <= 0.505:
        inside = f"half of the {rows}"
    else:
        inside = f"{percent(round(place.purity, 3))} of the {rows}"
    elsewhere = f"{percent(round(1 - place.coverage, 3))} of them elsewhere"
    return f" ({inside}, and {'no others' if place.coverage >= ALL_SHARE else elsewhere})"


def _is_span(place: Place) -> bool:
    """Whether it is a time alone, with a beginning or an end."""
    if place.of_rows or (place.inside is not None and not _is_span(place.inside)):
        return False
    return place.since is not None or place.until is not None


def computed_on(place: Place) -> str:
    """Return the rows on which parameters were computed, to follow `computed on`."""
    if place.kind == "file":
        return f"{', '.join(map(label, place.values)) or HIDDEN} by itself"
    return f"the rows of {values(place)} by themselves"


def parts(place: Place) -> str:
    """Return what its values are called: `files`, `values of host`."""
    return "files" if place.kind == "file" else f"values of {_column(place)}"
