"""A heat map of features and windows: how many times its threshold a figure is in each window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from skewcheck.reports import svg
from skewcheck.reports.series import Series, drawable, moment, series
from skewcheck.reports.summary import ranked
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.parts import WindowFigures
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.text.numbers import figure
from skewcheck.text.printable import count, printable

MOST_ROWS = 30
"""Features, the worst first: about the height of a screen, and 1 kB each."""
MOST_CELLS = 60
"""Cells of a feature: on a phone each has 4 pixels. Longer logs have several windows in each."""
LEVELS = (0.5, 1.0, 2.0, 4.0)
"""Times of the threshold from which a cell is the next level: its colour and its height say which,
of four."""
_HEIGHT = 8
"""Units of the highest cell, each of which is as wide as 4."""
_WIDE = 4


@dataclass(frozen=True, slots=True)
class Row:
    """A feature of the map."""

    feature: FeatureAudit
    svg: str
    words: str
    """What is drawn: the figure, its highest value and its threshold."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The rows that are drawn, and what is not."""

    rows: tuple[Row, ...]
    starts: tuple[str, ...]
    """Of the first, the middle and the last window, as text."""
    windows: int
    """Windows of the log."""
    together: int
    """Windows in a cell, at most."""
    left_out: int
    """Features with figures of windows that are not drawn."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One window, or several together."""

    level: int | None
    """None where no window has a figure."""
    value: float
    verdict: Verdict
    start: str
    last: str


def heat_map(audit: Audit) -> HeatMap | None:
    """Return the map of an audit; None without a figure of any window."""
    features = [feature for feature in ranked(audit.features) if drawable(feature)]
    if not features:
        return None
    longest = max(features, key=lambda feature: len(feature.windows)).windows
    places = sorted({0, len(longest) // 2, len(longest) - 1})
    return HeatMap(
        tuple(map(_row, features[:MOST_ROWS])),
        tuple(printable(moment(longest[i].start), 20) for i in places),
        len(longest),
        -(-len(longest) // MOST_CELLS),
        max(len(features) - MOST_ROWS, 0),
    )


def _row(feature: FeatureAudit) -> Row:
    plotted = series(feature)
    cells = list(_cells(plotted, feature.windows))
    words = f"{plotted.label} up to {plotted.tell(max(plotted.values))}"
    if plotted.limit is not None:
        words += f", threshold {plotted.tell(plotted.limit)}"
    beyond = sum(window.verdict is Verdict.SKEW for window in feature.windows)
    said = f"{words}; skew in {beyond:,} of {count(len(feature.windows), 'window')}"
    more = ' preserveAspectRatio="none"'
    drawing = svg.drawing(len(cells) * _WIDE, _HEIGHT, said, _parts(cells, plotted), more)
    return Row(feature, drawing, words)


def _cells(plotted: Series, windows: Sequence[WindowFigures]) -> Iterator[_Cell]:
    """Yield the worst window of each cell."""
    number = min(len(windows), MOST_CELLS)
    for i in range(number):
        first, end = len(windows) * i // number, len(windows) * (i + 1) // number
        levels = [_level(plotted, windows[k], plotted.values[k]) for k in range(first, end)]
        known = [level for level in levels if level is not None]
        verdicts = [windows[k].verdict for k in range(first, end)]
        yield _Cell(
            max(known, default=None),
            max(plotted.values[first:end]),
            worst(verdicts),
            windows[first].start,
            windows[end - 1].start,
        )


def _level(plotted: Series, window: WindowFigures, value: float) -> int | None:
    """Return 0 to 4; a window that is no skew stays below its threshold, as chance may pass it."""
    if not window.figures:
        return None
    times = value / plotted.limit if plotted.limit else 0.0
    level = sum(times >= least for least in LEVELS)
    return max(level, 2) if window.verdict is Verdict.SKEW else min(level, 1)


def _parts(cells: Sequence[_Cell], plotted: Series) -> Iterator[str]:
    """Yield a path for each run of cells of one level, whose title has the figure in words."""
    at = 0
    for level, group in groupby(cells, key=lambda cell: cell.level):
        run = list(group)
        left, wide = at * _WIDE, len(run) * _WIDE
        at += len(run)
        if level == 0:
            yield svg.path('class="g"', f"M{left} {_HEIGHT}h{wide}")
        elif level is not None:
            high = _HEIGHT * level / 4
            shape = svg.bar(left, _HEIGHT - high, wide, high)
            yield f'<path class="h{level}" d="{shape}">{_title(run, plotted)}</path>'


def _title(run: Sequence[_Cell], plotted: Series) -> str:
    start, last = printable(moment(run[0].start), 20), printable(moment(run[-1].last), 20)
    when = start if start == last else f"{start} to {last}"
    highest = max(cell.value for cell in run)
    times = f", {figure(highest / plotted.limit)} times the threshold" if plotted.limit else ""
    seen = worst([cell.verdict for cell in run])
    return svg.title(f"{when}: {seen.value}, up to {plotted.tell(highest)}{times}")
