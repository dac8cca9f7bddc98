"""Drawings for the HTML report, as SVG that takes its colours from the page.

They are texts of our own: a page of 200 features has 400 of them, for which matplotlib takes 70 ms
and 7 kB each, these 0.1 ms and 1 kB. `audit.plot` draws the same by matplotlib.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.reports import svg
from skewcheck.reports.scatter import place, scatter
from skewcheck.reports.series_figure import series_figure
from skewcheck.reports.shapes import shape
from skewcheck.reports.ticks import ticks
from skewcheck.reports.words import drawings
from skewcheck.results.audit import Bar, Curves, FeatureAudit, Parity
from skewcheck.results.pairs import Pairs
from skewcheck.text.printable import printable

WIDTH = 374
"""Units of a drawing: a phone shows it in about its own size."""
_HEIGHT, _FOOT = 130, 18
"""Of a drawing with an axis below, and of that axis."""
_BINS = 34
"""Of 11 units each."""
_LEVEL, _NAMES = 20, 118
"""Units of a level, and of the names of levels on the left."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing and what it shows, in words."""

    svg: str
    """An `svg` element: safe markup whatever the data."""
    title: str
    caption: str


def plots(feature: FeatureAudit, *, few: bool = False) -> list[Plot]:
    """Return what can be drawn of a feature: what breaks parity, its distribution, its windows.

    Where parity alone is broken, the distribution is that of raw values that are as in training: it
    is left out; with `few` beside what breaks parity always.
    """
    parity = feature.parity
    made: list[Plot] = []
    broken = parity is not None and parity.mismatched > 0
    if parity is not None and broken and parity.pairs is not None:
        made.append(_expected(parity, parity.pairs))
    if not broken or (drawings.moved(feature) and not (few and made)):
        if feature.curves is not None:
            made.append(_distribution(feature.curves, feature))
        elif feature.bars:
            made.append(_bars(feature.bars, feature))
    drawn = series_figure(feature)
    return made if drawn is None else [*made, Plot(*drawn)]


def _distribution(curves: Curves, feature: FeatureAudit) -> Plot:
    """Draw training as an area and production as a line, in bins of one width."""
    drawn, floor = shape(curves, _BINS), _HEIGHT - _FOOT
    scale = (floor - 4) / max(*drawn.reference, *drawn.serving, 1e-12)
    train, serve = (
        svg.steps((share * scale for share in shares), 0, floor, WIDTH / _BINS, to=True)
        for shares in (drawn.reference, drawn.serving)
    )
    parts = (
        svg.path('class="t"', train), svg.path('class="s"', serve),
        *_axis(drawn.start, drawn.stop, 0, WIDTH, _HEIGHT - 4),
    )  # fmt: skip
    words = drawings.distribution(feature, curves)
    return Plot(svg.drawing(WIDTH, _HEIGHT, words.title, parts), words.title, words.caption)


def _axis(start: float, stop: float, left: float, wide: float, y: float) -> list[str]:
    """Return the labels of an axis below a drawing, those at its ends inside."""
    labels = []
    for part, text in ticks(start, stop):
        reach = len(text) * 3.2 / wide
        anchor = "" if part < reach else "e" if part > 1 - reach else "m"
        labels.append(svg.label(left + part * wide, y, text, anchor))
    return labels


def _bars(every: Sequence[Bar], feature: FeatureAudit) -> Plot:
    """Draw levels downwards, as they have names of any length, bins of numbers side by side."""
    words = drawings.bars(every, feature)
    highest = max(*(bar.reference for bar in every), *(bar.serving for bar in every), 1e-12)
    levels = feature.type == "categorical"
    train, serve, parts = "", "", []
    room = (WIDTH - _NAMES) if levels else _HEIGHT
    wide = WIDTH / len(every)
    for i, bar in enumerate(every):
        p, q = (share / highest * room for share in (bar.reference, bar.serving))
        if levels:
            train += svg.bar(_NAMES, i * _LEVEL + 3, p, 7)
            serve += svg.bar(_NAMES, i * _LEVEL + 10, q, 7)
            name = printable(bar.label, 16) if bar.label else str(i + 1)
            parts.append(svg.label(_NAMES - 6, i * _LEVEL + 14, name, "e"))
        else:
            train += svg.bar(i * wide, room - p, wide * 0.4, p)
            serve += svg.bar(i * wide + wide * 0.4, room - q, wide * 0.4, q)
    height = len(every) * _LEVEL if levels else _HEIGHT
    parts += [svg.path('class="T"', train), svg.path('class="S"', serve)]
    return Plot(svg.drawing(WIDTH, height, words.title, parts), words.title, words.caption)


def _expected(parity: Parity, pairs: Pairs) -> Plot:
    """Draw a point a failing row, and the line on which all others lie."""
    drawn, left, height = scatter(pairs), 44, 200
    wide, high = WIDTH - left - 6, height - 34

    def at(x: float, y: float) -> tuple[int, int]:
        across, up = place(x, drawn.across), place(y, drawn.up)
        return round(left + across * wide), round(4 + (1 - up) * high)

    frame = svg.line([(left, 2), (left, high + 6), (WIDTH, high + 6)])
    parts = [
        svg.path('class="g"', frame),
        svg.path('class="d"', svg.line(at(end, end) for end in drawn.across)),
        svg.path('class="p"', svg.dots(at(*point) for point in drawn.points)),
        *_axis(*drawn.across, left, wide, height - 15),
        svg.label(WIDTH, height - 2, drawings.EXPECTED, "e"),
        svg.label(left + 4, 11, drawings.SERVED),
        *(
            svg.label(left - 4, 8 + (1 - part) * high, text, "e")
            for part, text in ticks(*drawn.up, 4)
        ),
    ]
    words = drawings.expected(parity, drawn.beyond)
    return Plot(svg.drawing(WIDTH, height, words.title, parts), words.title, words.caption)
