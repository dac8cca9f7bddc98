"""Read the holidays in a parameter file."""

from __future__ import annotations

from skewcheck.features.calendar import Holidays
from skewcheck.features.dates import day_of
from skewcheck.parameters.tree import Node, known_members

MAX_HOLIDAYS = 10_000
"""Days of a list: as many are 200 years of a country with fifty of them."""


def holidays(node: Node) -> Holidays:
    """Return the holidays at a node; ParameterError names key and rule."""
    members = known_members(node, ("since", "until", "days"))
    for key in ("since", "until", "days"):
        if key not in members:
            raise node.at(key).error("is missing")
    since, until = day_at(members["since"]), day_at(members["until"])
    items = members["days"].items()
    days = tuple(day_at(item) for item in items)
    if len(days) > MAX_HOLIDAYS or sorted(set(days)) != list(days):
        raise members["days"].must(f"ascending dates, at most {MAX_HOLIDAYS:,}")
    if days and not since <= days[0] <= days[-1] <= until:
        raise members["days"].must("between `since` and `until`")
    return Holidays(days, since, until)


def day_at(node: Node) -> int:
    """Return the day at a node, since 1970-01-01; ParameterError where it is no date."""
    day = day_of(node.text())
    if day is None:
        raise node.must("a date, as 2026-12-24")
    return day
