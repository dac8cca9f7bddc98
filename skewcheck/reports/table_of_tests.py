"""Every test of a feature in a line of its own, for screens."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.reports.summary import COLUMNS, cells
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import JudgedTest
from skewcheck.text.printable import printable

_WIDTHS = (11, 11, 9, 9, 10, 0)
"""Of the columns, without the two spaces between."""
_LAST = len("verdict")


def table_of_tests(tests: Sequence[JudgedTest], alpha: float, room: int) -> list[str]:
    """Return tests as a table, or with words between the figures where it is wider than `room`."""
    reasons = [f": {printable(text, 200)}" if (text := reason(test)) else "" for test in tests]
    rows = [cells(test, alpha) for test in tests]
    if room < sum(_WIDTHS) + 2 * (len(_WIDTHS) - 1) + _LAST:
        lines = [", ".join([row[0], *_in_words(row)]) for row in rows]
    else:
        padded = (zip(row, _WIDTHS, strict=True) for row in (COLUMNS, *rows))
        lines = ["  ".join(f"{text:<{width}}" for text, width in row) for row in padded]
        reasons.insert(0, "")
    return [line + text for line, text in zip(lines, reasons, strict=True)]


def _in_words(row: Sequence[str]) -> list[str]:
    figures = zip(COLUMNS[1:-1], row[1:-1], strict=True)
    return [*(f"{name} {figure}" for name, figure in figures if figure != "-"), row[-1]]
