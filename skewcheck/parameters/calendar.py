"""Read the functions of time in a parameter file and check every rule of the format."""

from __future__ import annotations

from dataclasses import replace

from skewcheck.features.calendar import (
    LENGTHS,
    OF_HOLIDAYS,
    UNITS,
    Calendar,
    CalendarFunction,
    Holidays,
    Unit,
    Wave,
)
from skewcheck.features.calendar_values import zone_of
from skewcheck.parameters.holidays import holidays
from skewcheck.parameters.tree import Node, known_members

_KEYS = ("unit", "zone", "first", "start", "wave", "period", "levels")
_WAVES: tuple[Wave, ...] = ("sin", "cos")


def calendar(node: Node, features: frozenset[str]) -> Calendar | None:
    """Return the features that are functions of time; ParameterError names key and rule.

    Those of features that the file has no more are left out; None where none is left.
    """
    members = known_members(node, ("column", "holidays", "features"))
    for key in ("column", "features"):
        if key not in members:
            raise node.at(key).error("is missing")
    days = holidays(members["holidays"]) if "holidays" in members else None
    functions = {
        name: _functions(item, days) for name, item in members["features"].members().items()
    }
    known = {name: some for name, some in functions.items() if name in features}
    return Calendar(members["column"].text(), known) if known else None


def _functions(node: Node, days: Holidays | None) -> tuple[CalendarFunction, ...]:
    functions = tuple(_with_holidays(item, _function(item), days) for item in node.items())
    if not functions:
        raise node.must("one function of time or more")
    return functions


def _with_holidays(
    node: Node, function: CalendarFunction, days: Holidays | None
) -> CalendarFunction:
    if function.unit not in OF_HOLIDAYS:
        return function
    if days is None:
        raise node.at("unit").error("needs `calendar.holidays`, which is missing")
    return replace(function, holidays=days)


def _function(node: Node) -> CalendarFunction:
    members = known_members(node, _KEYS)
    if "unit" not in members:
        raise node.at("unit").error("is missing")
    unit = _unit(members["unit"])
    zone = members["zone"].text() if "zone" in members else "UTC"
    if zone_of(zone) is None:
        raise members["zone"].must("UTC, an offset as +05:30, or a time zone that is known here")
    first = members["first"].number() if "first" in members else 0.0
    start = members["start"].count() if "start" in members else 0
    if start > 6:
        raise members["start"].must("a day of the week from 0, Monday, to 6")
    wave: Wave = "" if "wave" not in members else _wave(members["wave"])
    period = members["period"].number() if "period" in members else 0.0
    if wave and "period" not in members:
        raise node.at("period").error("is missing")
    if (wave and period <= 0) or (not wave and "period" in members):
        raise members["period"].must("> 0, and of a wave")
    levels = _levels(members["levels"], unit) if "levels" in members else ()
    if levels and wave:
        raise members["levels"].error("is of no wave")
    return CalendarFunction(unit, zone, first, start, wave, period, levels)


def _unit(node: Node) -> Unit:
    text = node.text()
    unit = next((unit for unit in UNITS if unit == text), None)
    if unit is None:
        raise node.must(f"one of {', '.join(UNITS)}")
    return unit


def _wave(node: Node) -> Wave:
    text = node.text()
    wave = next((wave for wave in _WAVES if wave == text), None)
    if wave is None:
        raise node.must("sin or cos")
    return wave


def _levels(node: Node, unit: Unit) -> tuple[str | None, ...]:
    levels = tuple(None if item.value is None else item.text() for item in node.items())
    if unit not in LENGTHS or not 0 < len(levels) <= LENGTHS[unit]:
        raise node.must(f"a level or null for each {unit.replace('_', ' ')}")
    return levels
