"""Whether the first line of a text is a sentence of a log, as those below it, and no header."""

from __future__ import annotations

import re
from collections.abc import Sequence

from skewcheck.logs.dialect import first_records

_SIGNS = frozenset("=[](){}<>")
_NUMBERS = 2
"""Numbers among words by which a text is a sentence: one is that of a column."""
_SHARE = 0.5
"""Share of the texts of a column that have the signs of its first."""
_NUMBER = re.compile(r"\d+")


def heads_sentences(start: bytes) -> bool:
    """Return whether a text begins with a sentence where names of columns would be.

    A name may have the same signs, `price (USD)`: what is below it has not. Over numbers a name is
    one whatever it looks like, and a number in the first line is told by who reads tables.
    """
    first, rest = first_records(start)
    return any(
        _are_sentences(text, [record[place] for record in rest if place < len(record)])
        for place, text in enumerate(first)
    )


def _are_sentences(first: str, others: Sequence[str]) -> bool:
    signs = _signs(first)
    alike = sum(not signs.isdisjoint(_signs(other)) for other in others)
    return bool(signs) and alike >= max(1, _SHARE * len(others))


def _signs(text: str) -> set[str]:
    """Return what in a text no name of a column has: names are words."""
    text = text.strip()
    signs = {*text} & _SIGNS
    if " " in text and len(_NUMBER.findall(text)) >= _NUMBERS:
        signs.add("0")
    if " " in text and ":" in text:
        signs.add(":")
    return signs
