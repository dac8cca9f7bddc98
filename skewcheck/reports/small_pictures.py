"""A picture of training and production for a row of a table: some 400 bytes of SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.reports import svg
from skewcheck.reports.scatter import place, scatter
from skewcheck.reports.shapes import shape
from skewcheck.reports.words.phrases import most_changed
from skewcheck.results.audit import Bar, Curves, FeatureAudit, Parity
from skewcheck.results.pairs import Pairs
from skewcheck.text.printable import count

WIDTH, HEIGHT = 96, 28
"""Of the drawing's units, which are pixels on a screen."""
_BINS = 24
"""Of 4 units each: what can be told apart, and 6 bytes a bin and side."""
_MOST_POINTS = 20
"""Of failing rows: 8 bytes each."""
_TOP = 1.0
"""Units above the highest bar, for half the width of its line."""


@dataclass(frozen=True, slots=True)
class Look:
    """The attributes of what is drawn: classes of a page's style, or colours themselves."""

    train: str = 'class="t"'
    """An area with a line."""
    serve: str = 'class="s"'
    """A line."""
    train_bars: str = 'class="T"'
    serve_bars: str = 'class="S"'
    points: str = 'class="p"'
    equal: str = 'class="d"'
    """The line on which expected and served values are the same."""
    more: str = ""
    """Attributes of the whole drawing, after a space."""


PAGE = Look()


def small_picture(feature: FeatureAudit, look: Look = PAGE) -> str:
    """Return an `svg` element, safe whatever the data; empty text where nothing can be drawn.

    Rows that break parity are drawn as expected against served values; else the distribution of
    training and production, of what is measured.
    """
    parity = feature.parity
    if parity is not None and parity.mismatched and parity.pairs is not None:
        return _points(parity, parity.pairs, look)
    if feature.curves is not None:
        return _areas(*_shares(feature.curves), _words(feature.bars), look)
    if not feature.bars:
        return ""
    reference = [bar.reference for bar in feature.bars]
    serving = [bar.serving for bar in feature.bars]
    draw = _areas if feature.type == "numeric" else _bars
    return draw(reference, serving, _words(feature.bars), look)


def _words(bars: Sequence[Bar]) -> str:
    if not bars:
        return "training and production"
    label, change = most_changed(bars)
    return f"most changed: {label}, {change.replace('->', '→')}"


def _shares(curves: Curves) -> tuple[Sequence[float], Sequence[float]]:
    drawn = shape(curves, _BINS)
    return drawn.reference, drawn.serving


def _areas(reference: Sequence[float], serving: Sequence[float], words: str, look: Look) -> str:
    """Draw training as an area and production as a line over it, both of one scale."""
    scale = (HEIGHT - _TOP) / max(*reference, *serving, 1e-12)
    lines = [
        svg.steps((x * scale for x in shares), 0, HEIGHT, WIDTH / len(shares), to=True)
        for shares in (reference, serving)
    ]
    parts = svg.path(look.train, lines[0]), svg.path(look.serve, lines[1])
    return svg.drawing(WIDTH, HEIGHT, words, parts, look.more)


def _bars(reference: Sequence[float], serving: Sequence[float], words: str, look: Look) -> str:
    """Draw two bars a level, side by side."""
    scale, room = HEIGHT / max(*reference, *serving, 1e-12), WIDTH / len(reference)
    wide = round(room * 0.4, 1)
    paths = [
        "".join(
            svg.bar(i * room + aside, HEIGHT - share * scale, wide, share * scale)
            for i, share in enumerate(shares)
        )
        for shares, aside in ((reference, 0.0), (serving, wide))
    ]
    parts = svg.path(look.train_bars, paths[0]), svg.path(look.serve_bars, paths[1])
    return svg.drawing(WIDTH, HEIGHT, words, parts, look.more)


def _points(parity: Parity, pairs: Pairs, look: Look) -> str:
    drawn = scatter(pairs, _MOST_POINTS)

    def at(x: float, y: float) -> tuple[int, int]:
        across, up = place(x, drawn.across), place(y, drawn.up)
        return 2 + round(across * (WIDTH - 4)), 2 + round((1 - up) * (HEIGHT - 4))

    equal = svg.line(at(end, end) for end in drawn.across)
    dots = svg.dots(dict.fromkeys(at(*point) for point in drawn.points))
    words = f"served against expected: {count(parity.mismatched, 'row')} off the line"
    parts = svg.path(look.equal, equal), svg.path(look.points, dots)
    return svg.drawing(WIDTH, HEIGHT, words, parts, look.more)
