"""A figure over the windows of a log, as SVG, with its threshold and the spans of skew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from skewcheck.reports import svg
from skewcheck.reports.series import Series, drawable, moment, series, worst_of
from skewcheck.reports.words.drawings import over_time
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.parts import Change
from skewcheck.text.printable import count, printable

WIDTH, HEIGHT = 374, 110
_LEFT, _TOP, _FLOOR = 44, 6, 90
"""Where the axes begin, and where the figures 0 and the highest lie."""
_LETTER = 6.0
"""Units of a letter, or digit, on average."""
_MOST_POINTS = 60
"""Points of a series: one for every 5 units of width."""


def series_figure(feature: FeatureAudit) -> tuple[str, str, str] | None:
    """Return the drawing, its title and its caption; None without a figure of any window."""
    if not drawable(feature):
        return None
    plotted, starts = series(feature), [window.start for window in feature.windows]
    values = worst_of(plotted.values, _MOST_POINTS)
    highest = max(*values, plotted.limit or 0.0, 1e-9) * 1.05
    wide = (WIDTH - _LEFT) / len(values)

    def up(value: float) -> float:
        return _FLOOR - value / highest * (_FLOOR - _TOP)

    line = svg.steps((_FLOOR - up(value) for value in values), _LEFT, _FLOOR, wide, to=False)
    parts = [
        "".join(_span(change, starts) for change in feature.changes),
        svg.path('class="g"', f"M{_LEFT} {_FLOOR}H{WIDTH}"),
        svg.path('class="s"', line),
        svg.label(_LEFT - 4, _FLOOR, "0", "e"),
    ]
    if plotted.limit is not None:
        parts.append(svg.path('class="l"', f"M{_LEFT} {svg.number(up(plotted.limit))}H{WIDTH}"))
    parts += [svg.label(_LEFT - 4, y, text, "e") for y, text in _heights(plotted, up)]
    parts += _names(starts)
    title = over_time(plotted.label)
    return svg.drawing(WIDTH, HEIGHT, title, parts), title, _caption(plotted, feature)


def _heights(plotted: Series, up: Callable[[float], float]) -> list[tuple[float, str]]:
    """Return the labels on the left: the threshold and the highest figure, if apart."""
    labels = [] if plotted.limit is None else [(up(plotted.limit) + 4, plotted.tell(plotted.limit))]
    highest = up(max(plotted.values)) + 4
    if highest < _FLOOR - 10 and all(abs(y - highest) > 10 for y, _ in labels):
        labels.append((highest, plotted.tell(max(plotted.values))))
    return [(y, text) for y, text in labels if y < _FLOOR - 8]


def _span(change: Change, starts: Sequence[str]) -> str:
    """Shade the windows of a change, and mark where it begins."""
    ends = [*starts, change.until]
    if change.since not in starts or change.until not in ends:
        return ""
    first = starts.index(change.since)
    last = len(starts) if change.until is None else ends.index(change.until)
    wide = (WIDTH - _LEFT) / len(starts)
    left, high = _LEFT + first * wide, _FLOOR - _TOP
    shade = svg.bar(left, _TOP, (last - first) * wide, high)
    return svg.path('class="h"', shade) + svg.path(
        'class="l"', f"M{svg.number(left)} {_TOP}v{high}"
    )


def _names(starts: Sequence[str]) -> list[str]:
    """Return the first and the last start, and that in the middle where there is room."""
    wide, last = (WIDTH - _LEFT) / len(starts), len(starts) - 1
    places = {0: (float(_LEFT), ""), last: (float(WIDTH), "e")}
    if len(starts) == 1:
        places = {0: (float(_LEFT), "")}
    names = {i: printable(moment(starts[i]), 20) for i in places}
    middle = len(starts) // 2
    name = printable(moment(starts[middle]), 20)
    half = len(name) * _LETTER / 2
    centre = _LEFT + (middle + 0.5) * wide
    lengths = [len(text) * _LETTER + 8 for text in names.values()]
    if (
        middle not in places
        and centre - half > _LEFT + lengths[0]
        and (centre + half < WIDTH - lengths[-1])
    ):
        places[middle], names[middle] = (centre, "m"), name
    return [svg.label(x, HEIGHT - 6, names[i], anchor) for i, (x, anchor) in places.items()]


def _caption(plotted: Series, feature: FeatureAudit) -> str:
    caption = (
        f"up to {plotted.tell(max(plotted.values))} in {count(len(feature.windows), 'window')}"
    )
    if plotted.limit is not None:
        caption += f"; the threshold, {plotted.tell(plotted.limit)}, is the broken line"
    if feature.changes:
        caption += "; shaded where it was skew"
    return caption
