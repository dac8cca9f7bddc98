"""Quoted values of delimited text that hold newlines: those that swallow records are no values.

A stray quote at the start of a value encloses all up to the next quote. A table is left that can be
parsed only where that next quote stands in the same column of a later record. So what it encloses
is the rest of a record, whole records, and a record up to that column: each part has as many
fields as that takes. Three kinds of evidence tell it from text of several lines:

- Text follows the quote that closes the value. What writes quotes doubles those inside of values,
  and then only a delimiter or a newline follows. Where that quote stands at the start of a field,
  it began a value itself, and nothing else need be looked at.
- The fields look like those of their columns elsewhere in the block. Lines of text may by chance
  have as many delimiters, and numbers in some place, so that takes several fields.
- A good part of all values of several lines have the fields of their columns. That is no chance,
  be it a single field in each of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from skewcheck.logs.enclosed import Enclosed, Layout, enclosed, encloses_newline
from skewcheck.logs.looks import Column, Evidence, columns_of, evidence
from skewcheck.logs.text import Block, lines_in
from skewcheck.logs.trouble import trouble

if TYPE_CHECKING:
    from skewcheck.logs.dialect import Dialect

_LINE_END = re.compile(rb"\r\n?|\n")
_ENOUGH = 4
"""Evidence from which a value holds records: two numbers in two lines of the right width, say. At
less, lists in a comment (`2, please`) would be refused."""
_MISFIT = 2
"""Evidence that a field takes which does not look like its column: two that do outweigh it."""
_PASTED = 2
"""Fields with digits, each of a usual form, from which a single line is a record by itself."""
_TOGETHER = 4
"""Values that each seem to hold records, if only by a field, from which they do together."""
_SHARE = 0.25
"""Share of the values of several lines which that takes: so many do not by chance."""
_ALIKE, _ALL = 20, 0.9
"""Likewise where the fields are free text: that nearly all values can be divided is no chance."""
_HABIT = 4
"""Values that cannot be parts of records, as the quotes are: whoever wrote so many writes text of
several lines, and records in it are text as well."""


@dataclass(frozen=True, slots=True)
class _Judge:
    """Tells whether a block's values hold records."""

    layout: Layout
    columns: Sequence[Column]

    def alone(self, lines: Sequence[bytes], value: Enclosed) -> bool:
        """Return whether what is in a value says that it holds records."""
        if not _is_divided(lines, value, self.layout):
            return False
        divided = sum(self.layout.mark in line for line, _ in _spans(lines, value))
        found = self._found(lines, value)
        return value.loose or divided + found.fits - _MISFIT * found.misfits >= _ENOUGH

    def seemingly(self, lines: Sequence[bytes], value: Enclosed) -> tuple[bool, bool]:
        """Return whether more in a value looks like records than does not; and whether nothing
        does not.
        """
        if not value.closed or not _is_divided(lines, value, self.layout):
            return False, False
        found = self._found(lines, value)
        told = found.fits + found.words
        return told > _MISFIT * found.misfits, told + found.free > 0 and not found.misfits

    def pasted(self, lines: Sequence[bytes]) -> bool:
        """Return whether half of a value's lines are records by themselves."""
        mark, width = self.layout.mark, self.layout.width
        behind = [line for line in lines[1:] if line]
        whole = [
            self._evidence(line, 0, None) for line in lines[1:-1] if line.count(mark) == width - 1
        ]
        pasted = sum(found.fits >= _PASTED and not found.misfits for found in whole)
        return pasted > 0 and 2 * pasted >= len(behind)

    def _found(self, lines: Sequence[bytes], value: Enclosed) -> Evidence:
        parts = _spans(lines, value)
        return sum((self._evidence(line, first, value.place) for line, first in parts), Evidence())

    def _evidence(self, line: bytes, first: int, own: int | None) -> Evidence:
        return evidence(line, first, own=own, layout=self.layout, columns=self.columns)


def check(block: Block, dialect: Dialect, name: str) -> bool:
    """Return whether the file ends inside a quoted value behind these records.

    Raises LogError for a value that holds whole records of the table: a stray quote began it.
    """
    if not encloses_newline(block.data):
        return False
    layout = Layout(dialect.delimiter, len(dialect.names))
    values = list(enclosed(block.data, layout.mark))
    header = dialect.header and block.line == dialect.before
    swallowing = _swallowing(block.data, values, layout, header=header)
    if swallowing is not None:
        raise trouble(
            name,
            f"line {block.line + 1 + lines_in(block.data, swallowing.record)}: a quoted value holds"
            " records of the table: a stray quote began it, so double the quotes inside of quoted"
            " values; if it is right, write the log as JSON Lines or Parquet",
        )
    return block.last and bool(values) and not values[-1].closed


def swallow(data: bytes, layout: Layout) -> bool:
    """Return whether quoted values at the beginning of a file, below its header, hold records."""
    if not encloses_newline(data):
        return False
    return _swallowing(data, list(enclosed(data, layout.mark)), layout, header=True) is not None


def _swallowing(
    data: bytes, values: Sequence[Enclosed], layout: Layout, *, header: bool
) -> Enclosed | None:
    """Return the first value that surely holds records."""
    judge: _Judge | None = None
    seeming: list[Enclosed] = []
    possible: list[Enclosed] = []
    pasted: list[Enclosed] = []
    texts = 0
    for value in values:
        lines = _LINE_END.split(data[value.start + 1 : value.end - value.closed])
        if value.loose and _starts_field(lines[-1], layout):
            return value
        texts += value.closed and not _fits_ends(lines, value, layout)
        if not _may_swallow(lines, value, layout):
            continue
        judge = judge or _Judge(layout, columns_of(data, values, layout, header=header))
        if judge.alone(lines, value):
            return value
        seems, may_be = judge.seemingly(lines, value)
        seeming += [value] * seems
        possible += [value] * may_be
        if not _is_divided(lines, value, layout) and judge.pasted(lines):
            pasted.append(value)
    if pasted and texts < _HABIT:
        return pasted[0]
    if len(seeming) >= max(_TOGETHER, _SHARE * len(values)):
        return seeming[0]
    return possible[0] if len(possible) >= max(_ALIKE, _ALL * len(values)) else None


def _starts_field(last: bytes, layout: Layout) -> bool:
    """Return whether a value's last line ends where a field would start."""
    return not last or last.endswith(layout.mark)


def _spans(lines: Sequence[bytes], value: Enclosed) -> Iterator[tuple[bytes, int]]:
    """Yield the parts of records that a value's lines would be, each with its first column.

    The last line is none where the value has no end: it may be cut anywhere.
    """
    yield lines[0], value.place
    yield from ((line, 0) for line in lines[1:-1] if line)
    if value.closed:
        yield lines[-1], 0


def _fits_ends(lines: Sequence[bytes], value: Enclosed, layout: Layout) -> bool:
    """Return whether the first part and the last have the fields of their columns."""
    if lines[0].count(layout.mark) != layout.width - value.place - 1:
        return False
    return not value.closed or lines[-1].count(layout.mark) == value.place


def _is_divided(lines: Sequence[bytes], value: Enclosed, layout: Layout) -> bool:
    """Return whether each part has the fields of its columns."""
    if not _fits_ends(lines, value, layout):
        return False
    return all(line.count(layout.mark) == layout.width - 1 for line in lines[1:-1] if line)


def _may_swallow(lines: Sequence[bytes], value: Enclosed, layout: Layout) -> bool:
    """Return whether the fields of some lines are worth a look."""
    whole = any(line.count(layout.mark) == layout.width - 1 for line in lines[1:-1])
    return whole or _is_divided(lines, value, layout)
