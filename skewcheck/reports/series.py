"""Windows in a readable report: a figure over time, and when it was skew."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from skewcheck.catalogue.spec import Unit
from skewcheck.catalogue.tests import windowed
from skewcheck.reports.words import phrases
from skewcheck.reports.words.windows import change_text
from skewcheck.results.audit import FeatureAudit, JudgedTest
from skewcheck.results.parts import Change, Trend
from skewcheck.text.numbers import figure, percent
from skewcheck.text.printable import count, printable

_HALF = len(phrases.BLOCKS) // 2
_NOTHING = "·"
"""A window whose figure is 0, or that has none: where a blank stood, lines would be broken."""
_MOST_BLOCKS = 48
"""Blocks of a drawing: with the words beside it, a line of about 90 characters."""
_MOST_CHANGES = 3
"""Changes that are listed of a feature, to fit the report on a screen; of others only how many."""


def time_lines(feature: FeatureAudit, room: int | None = None) -> list[str]:
    """Return the windows as a line of blocks, and when it was skew; nothing without windows.

    The blocks take at most `room` columns.
    """
    if not feature.windows or feature.verdict not in phrases.TROUBLE:
        return []
    lines = [_series(feature, room)] if drawable(feature) else []
    lines += [changed(change) for change in feature.changes[:_MOST_CHANGES]]
    left = len(feature.changes) - _MOST_CHANGES
    if left > 0:
        lines.append(f"and {count(left, 'more change')}")
    if feature.trend is not None:
        lines.append(moving(feature.trend))
    return lines


def drawable(feature: FeatureAudit) -> bool:
    """Return whether any window has a figure: without values, windows of few rows have none."""
    return any(window.figures for window in feature.windows)


@dataclass(frozen=True, slots=True)
class Series:
    """A figure over the windows."""

    label: str
    values: tuple[float, ...]
    """One a window, 0 where there is nothing to measure it with."""
    limit: float | None
    """From here on it is skew; None where it has no threshold."""
    tell: Callable[[float], str]


def series(feature: FeatureAudit) -> Series:
    """Return what the first change was seen by, else the usual distance, over the windows."""
    windows = feature.windows
    drawn = {spec.code: spec for spec in windowed()}
    usual = [code for code, spec in drawn.items() if spec.usual]
    measured = (code for code in usual if any(code in window.figures for window in windows))
    name = next((c.test for c in feature.changes if c.test in drawn), next(measured, usual[-1]))
    spec = drawn[name]
    values = tuple(abs(window.figures.get(name, 0.0)) for window in windows)
    test = next((test for test in feature.tests if test.name == name and test.threshold), None)
    limit = None if test is None else (test.threshold or 0.0) + _expected(test)
    label = (spec.windowed and spec.windowed.label) or spec.label
    return Series(label, values, limit, percent if spec.unit is Unit.PERCENT else figure)


def worst_of(values: Sequence[float], most: int) -> list[float]:
    """Return at most so many numbers; each tells the worst of its neighbours."""
    places = min(len(values), most)
    cuts = [len(values) * i // places for i in range(places + 1)]
    return [max(values[a:b]) for a, b in pairwise(cuts)]


def _series(feature: FeatureAudit, room: int | None) -> str:
    """Draw the windows; the upper half of the blocks is beyond the limit, as the words say."""
    plotted = series(feature)
    shown = worst_of(plotted.values, _MOST_BLOCKS if room is None else min(_MOST_BLOCKS, room))
    blocks, highest = _blocks(shown, plotted.limit), plotted.tell(max(shown))
    line = f"{plotted.label} by window {blocks}  up to {highest}"
    if plotted.limit is not None:
        first = phrases.BLOCKS[_HALF]
        line += f"; skew from {plotted.tell(plotted.limit)} on ({first} and higher)"
    together = math.ceil(len(plotted.values) / len(shown))
    return line if together == 1 else f"{line}; each block is the worst of {together} windows"


def _expected(test: JudgedTest) -> float:
    """Return what a share has without any shift: windows tell the share itself."""
    return test.expected or 0.0 if test.spec.unit is Unit.PERCENT else 0.0


def _blocks(values: Sequence[float], limit: float | None) -> str:
    """Draw values, those below the limit in the lower half of the blocks, the others above it."""
    highest = max(values)
    if limit is None:
        return "".join(phrases.block(value, highest) if value > 0 else _NOTHING for value in values)
    low, high = phrases.BLOCKS[:_HALF], phrases.BLOCKS[_HALF:]
    return "".join(
        _NOTHING if not value > 0
        else phrases.scaled(low, value / limit) if value < limit
        else phrases.scaled(high, (value - limit) / max(highest - limit, limit))
        for value in values
    )  # fmt: skip


def moving(trend: Trend) -> str:
    """Return how fast a mean rises or falls."""
    return f"mean moves by {trend.slope:+.2g} sd a window"


def changed(change: Change) -> str:
    """Return when it was skew, and how."""
    sure = "" if change.confidence == 1 else f" ({percent(min(change.confidence, 0.999))} sure)"
    since = f"{printable(moment(change.since), 40)}{sure}"
    until = "" if change.until is None else printable(moment(change.until), 40)
    when = f"from {since} until {until}" if until else f"since {since}"
    return f"{when}: {change_text(change)}"


def moment(start: str) -> str:
    """Return the start of a window, times without seconds where they have none."""
    return start.removesuffix("Z").removesuffix(":00").replace("T", " ")
