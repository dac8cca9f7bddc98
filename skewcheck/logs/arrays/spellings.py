"""The usual spellings of a level: of a boolean, a number, or a moment (a date or a time)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skewcheck.logs.arrays.categorical import BITS, MOMENT, NUMBER, TRUTH, TRUTHS, canonical


def spellings(level: str) -> tuple[str, ...]:
    """Return the texts that may stand for a level in the name of a column, its own first.

    Python writes True and 1.0, Arrow true and 1, which are one level; a moment has a date, a time
    and a fraction.
    """
    if TRUTH.fullmatch(level):
        usual = [*_of_truth(level.lower()), *_of_number(TRUTHS[level.lower()])]
    elif NUMBER.fullmatch(level):
        bare = canonical(level)
        usual = [*_of_number(bare), *_of_truth(BITS.get(bare, ""))]
    elif MOMENT.fullmatch(level):
        usual = _of_moment(one_moment(level))
    else:
        usual = []
    return tuple(dict.fromkeys((level, *usual)))


def known_moments(known: Sequence[str]) -> Mapping[str, str]:
    """Return known moments by their one spelling, and by the numbers that JSON has for them."""
    moments = {one_moment(name): name for name in reversed(known)}
    since = {number: name for moment, name in moments.items() for number in _since_1970(moment)}
    return since | moments


def one_moment(name: str) -> str:
    """Return the one spelling of a moment: its date alone at midnight, and no zeros behind."""
    parts = MOMENT.fullmatch(name)
    if parts is None or parts[2] is None:
        return name
    fraction = (parts[4] or "").rstrip("0")
    time = f"{parts[2]}{parts[3] or ':00'}{fraction and '.'}{fraction}"
    return parts[1] if time == "00:00:00" else f"{parts[1]}T{time}"


def _of_truth(name: str) -> list[str]:
    return [name, name.title(), name.upper()] if name else []


def _of_number(name: str) -> list[str]:
    return [name] if "." in name else [name, f"{name}.0"]


def _of_moment(moment: str) -> list[str]:
    """Return the usual spellings of a moment's one spelling."""
    date, _, time = moment.partition("T")
    whole, _, fraction = (time or "00:00:00").partition(".")
    places = [n for n in (0, 3, 6, 9) if n >= len(fraction)]
    times = [f"{whole}.{fraction:0<{n}}" if n else whole for n in places]
    times += [times[0] + zone for zone in ("Z", "+00:00")]
    spelled_out = [f"{date}{between}{text}" for between in " T" for text in times]
    return spelled_out if time else [date, *spelled_out]


def _since_1970(moment: str) -> list[str]:
    """Return the numbers of seconds, or parts of them, that JSON has for a moment."""
    whole, _, fraction = moment.partition(".")
    try:
        seconds = int(np.datetime64(whole, "s").astype(np.int64))
    except ValueError:
        return []
    nanoseconds = seconds * 10**9 + int(f"{fraction:0<9}")
    exact = [divmod(nanoseconds, unit) for unit in (10**9, 10**6, 10**3, 1)]
    return [str(number) for number, rest in exact if not rest]
