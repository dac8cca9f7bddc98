"""A fragment of HTML for a notebook: paragraphs and a table, of bounded size.

It brings no script and no style sheet, whose rules would hold in the whole notebook: each element
has its own style. Notebooks keep what they show, so a fragment stays under 60 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from skewcheck.results.verdicts import Verdict

MOST_BYTES = 55_000
"""Of paragraphs and rows: what is around them has less than 5 kB."""
MOST_ROWS = 30
"""Of a table: a screen."""
_MOST_LETTERS = 300
"""Of a cell: a map of levels has thousands."""
_COLORS = {
    Verdict.SKEW: "#b3161f", Verdict.WARN: "#855700", Verdict.INCONCLUSIVE: "#7b3aa8",
    Verdict.OK: "#1a6b34", Verdict.UNTESTED: "#545d68",
}  # fmt: skip
_CELL = "text-align:left;vertical-align:middle;padding:2px 8px"
_BADGE = "color:#fff;padding:0 5px;border-radius:4px;font-size:80%"


def fragment(parts: Sequence[str], heads: Sequence[str], rows: Iterable[str], number: int) -> str:
    """Return markup and a table with as many of the `number` rows as may be shown."""
    used = sum(map(_size, parts))
    shown: list[str] = []
    for row in rows:
        used += _size(row)
        if len(shown) == MOST_ROWS or used > MOST_BYTES:
            break
        shown.append(row)
    cells = "".join(f'<th scope="col" style="{_CELL}">{escape(text)}</th>' for text in heads)
    table = (
        f'<table style="border-collapse:collapse;font-size:90%"><thead><tr>{cells}</tr></thead>'
        f"<tbody>{''.join(shown)}</tbody></table>"
    )
    left = number - len(shown)
    more = f"<p>and {left:,} more</p>" if left else ""
    return f"<div>{''.join(parts)}{table}{more}</div>"


def _size(markup: str) -> int:
    return len(markup.encode("utf-8", "backslashreplace"))


def row(cells: Iterable[str]) -> str:
    """Return a row of cells, which are markup."""
    columns = (f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    return f"<tr>{''.join(columns)}</tr>"


def paragraph(text: str) -> str:
    """Return text as markup."""
    return f"<p>{escape(text)}</p>"


def cell(text: str) -> str:
    """Return printable text of several lines as markup, cut where it is long."""
    cut = text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}…"
    return escape(cut).replace("\n", "<br>")


def badge(verdict: Verdict) -> str:
    """Return a verdict in its colour."""
    return f'<b style="background:{_COLORS[verdict]};{_BADGE}">{verdict.value.upper()}</b>'
