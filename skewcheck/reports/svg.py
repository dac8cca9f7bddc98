"""Parts of SVG drawings as text: numbers of one decimal, labels of which nothing is markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from skewcheck.text.printable import visible


def number(value: float) -> str:
    """Return a coordinate with at most one decimal: a tenth of a unit is no longer seen."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def label(x: float, y: float, text: str, anchor: str = "") -> str:
    """Return text that begins at a point, or by class has its middle (`m`) or end (`e`) there."""
    place = f' class="{anchor}"' if anchor else ""
    return f'<text x="{number(x)}" y="{number(y)}"{place}>{escape(visible(text))}</text>'


def title(text: str) -> str:
    """Return what a reader is shown who points at the element around it."""
    return f"<title>{escape(visible(text))}</title>"


def path(look: str, d: str) -> str:
    """Return a path; `look` are attributes, such as `class="t"`. Without a line it is empty."""
    return f'<path {look} d="{d}"/>' if d else ""


def drawing(width: float, height: float, words: str, parts: Iterable[str], more: str = "") -> str:
    """Return an `svg` element with words for those who do not see it."""
    box = f"0 0 {number(width)} {number(height)}"
    head = f'<svg viewBox="{box}" role="img" aria-label="{escape(visible(words))}"{more}>'
    return f"{head}{''.join(parts)}</svg>"


def line(points: Iterable[tuple[float, float]]) -> str:
    """Return the line through points, as a path has it; empty for none."""
    places = [f"{number(x)} {number(y)}" for x, y in points]
    return f"M{'L'.join(places)}" if places else ""


def dots(points: Iterable[tuple[int, int]]) -> str:
    """Return a dot at each point: lines of no length, which round ends make visible.

    Each begins where the one before is, which takes fewer digits.
    """
    parts, before = [], (0, 0)
    for x, y in points:
        parts.append(f"m{x - before[0]} {y - before[1]}h0")
        before = x, y
    return "".join(parts)


def steps(heights: Iterable[float], left: float, bottom: float, wide: float, *, to: bool) -> str:
    """Return the outline of bars of equal width, side by side; whole units each.

    With `to`, from and to the line on which they stand. Bars of one height are one line.
    """
    parts: list[str] = []
    x, y = round(left), round(bottom)
    run = 0
    for i, height in enumerate(heights):
        top, end = round(bottom - height), round(left + wide * (i + 1))
        if not parts:
            parts.append(f"M{x} {y}v{top - y}" if to else f"M{x} {top}")
        elif top != y:
            parts.append(f"h{run}v{top - y}")
            run = 0
        run += end - x
        x, y = end, top
    return f"{''.join(parts)}h{run}{f'V{round(bottom)}' if to else ''}"


def bar(x: float, y: float, wide: float, high: float) -> str:
    """Return a bar from its upper left corner, as a path has it; empty where it has no area."""
    width, height = number(wide), number(high)
    if "0" in (width, height):
        return ""
    return f"M{number(x)} {number(y)}h{width}v{height}h-{width}z"
