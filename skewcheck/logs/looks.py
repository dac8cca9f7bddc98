"""What the values of a delimited file's columns look like, and whether other text looks like it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.logs.arrays.cells import NULL_WORDS
from skewcheck.logs.enclosed import Enclosed, Layout

_NOTHING = frozenset(["", *NULL_WORDS])
_RUNS = re.compile(r"(\d+)|[^\W\d_]+")

_SAMPLE = 1 << 18
"""Bytes of records from which the usual fields of columns are learnt: thousands, and quick."""
_USUAL = 0.05
"""Share of a column's values from which a form, or a value, is usual there: rarer ones may be text
of several lines, too."""
_FORMED = 0.8
"""Share of a column's values that have a usual form where the column is not free text."""
_ENCLOSED = "\0"
"""Stands for a value that holds newlines: no text of a log is that."""


@dataclass(frozen=True, slots=True)
class Column:
    """What the values of a column look like."""

    formed: bool
    """Whether most have one of the usual forms."""
    forms: frozenset[str]
    values: frozenset[str]
    """Those that are usual."""
    indented: bool
    """Whether it is usual that a blank precedes a value."""
    filled: bool
    """Whether it is unusual that there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How many fields look like their columns."""

    fits: int = 0
    """By digits in their usual places, or as a usual value."""
    words: int = 0
    """By the form of words: it takes many of them to tell anything."""
    free: int = 0
    """Of columns of free text, where every text does."""
    misfits: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.fits + other.fits,
            self.words + other.words,
            self.free + other.free,
            self.misfits + other.misfits,
        )


def evidence(
    line: bytes,
    first: int,
    *,
    own: int | None,
    layout: Layout,
    columns: Sequence[Column],
) -> Evidence:
    """Return what a line's fields tell, of which the first would be in the column `first`.

    In the column `own` a field may have any form: a quote began there, which is not usual either.
    Where the line is no whole record that field may be empty as well.
    """
    fits = words = free = misfits = 0
    fields = decoded(line).split(layout.delimiter)
    whole = len(fields) == layout.width > 1
    for place, (text, column) in enumerate(zip(fields, columns[first:], strict=False), first):
        form = _form(text)
        if text.strip() in _NOTHING:
            misfits += column.filled and (place != own or whole)
        elif column.formed and form in column.forms:
            known = "0" in form or text in column.values
            fits, words = fits + known, words + (not known and place != own)
        elif (column.formed and place != own) or (text.startswith(" ") and not column.indented):
            misfits += 1
        else:
            free += place != own
    return Evidence(fits, words, free, misfits)


def columns_of(
    data: bytes, values: Sequence[Enclosed], layout: Layout, *, header: bool
) -> list[Column]:
    """Return what columns look like in the first records, without values that hold newlines.

    `header` says whether the first of them is names.
    """
    pieces, size, behind = [], 0, 0
    for start, end in [*((v.start, v.end) for v in values), (len(data),) * 2]:
        pieces.append(data[behind : min(start, behind + _SAMPLE - size)])
        size += len(pieces[-1])
        behind = end
        if size >= _SAMPLE:
            break
    lines = io.StringIO(decoded(f'"{_ENCLOSED}"'.encode().join(pieces)), newline="")
    records = list(csv.reader(lines, delimiter=layout.delimiter))[int(header) :]
    whole = [record for record in records if len(record) == layout.width]
    return [_column([record[place] for record in whole]) for place in range(layout.width)]


def _column(texts: Sequence[str]) -> Column:
    texts = [text for text in texts if text != _ENCLOSED]
    every = len(texts)
    texts = [text for text in texts if text.strip() not in _NOTHING]
    filled = every - len(texts) < _USUAL * every
    usual = max(2.0, _USUAL * len(texts))  # what occurs a single time is no habit
    forms = Counter(map(_form, texts))
    kept = {form: times for form, times in forms.items() if times >= usual}
    formed = sum(kept.values()) >= _FORMED * len(texts) > 0
    values = frozenset(text for text, times in Counter(texts).items() if times >= usual)
    indented = sum(text.startswith(" ") for text in texts) >= usual
    return Column(formed, frozenset(kept), values, indented, filled)


def _form(text: str) -> str:
    """Return text with `0` for each run of digits and `a` for each of letters."""
    return _RUNS.sub(lambda run: "0" if run[1] else "a", text)


def decoded(data: bytes) -> str:
    """Return bytes as text, whatever they are."""
    return data.decode("utf-8", "replace")
