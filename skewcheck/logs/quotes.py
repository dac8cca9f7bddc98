"""Quoted values of delimited text that hold newlines: those that swallow records are no values.

A stray quote at the start of a value encloses all up to the next quote. A table is left that can be
parsed only where that next quote stands in the same column of a later record. So what it encloses
is the rest of a record, whole records, and a record up to that column: each part has as many
fields as that takes. Two kinds of evidence tell it from text of several lines:

- Text follows the quote that closes the value. What writes quotes doubles those inside of values,
  and then only a delimiter or a newline follows. Where that quote stands at the start of a field,
  it began a value itself, and nothing else need be looked at.
- The fields look like those of their columns elsewhere in the block. Lines of text may by chance
  have as many delimiters, and numbers in some place, so that takes several fields.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from skewcheck.logs.arrays.cells import NULL_WORDS
from skewcheck.logs.dialect import Dialect
from skewcheck.logs.text import Block, lines_in
from skewcheck.logs.trouble import trouble

_NOTHING = frozenset(["", *NULL_WORDS])
_LINE_END = re.compile(rb"\r\n?|\n")
_RUNS = re.compile(r"(\d+)|[^\W\d_]+")

_SAMPLE = 1 << 18
"""Bytes of records from which the usual fields of columns are learnt: thousands, and quick."""
_USUAL = 0.05
"""Share of a column's values from which a form, or a value, is usual there: rarer ones may be text
of several lines, too."""
_FORMED = 0.8
"""Share of a column's values that have a usual form where the column is not free text."""
_ENOUGH = 4
"""Evidence from which a value holds records: two numbers in two lines of the right width, say. At
less, lists in a comment (`2, please`) would be refused."""
_MISFIT = 2
"""Evidence that a field takes which does not look like its column: two that do outweigh it."""
_PASTED = 2
"""Fields with digits, each of a usual form, from which a single line is a record by itself."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A quoted value that holds a newline."""

    record: int
    """Byte of the block where its record starts."""
    start: int
    """Byte of its opening quote."""
    end: int
    """Byte behind its closing quote, or of the end of the block."""
    place: int
    """Of its column."""
    closed: bool
    loose: bool
    """Whether text follows the closing quote, which no backslash precedes."""


@dataclass(frozen=True, slots=True)
class _Column:
    """What the values of a column look like."""

    formed: bool
    """Whether most have one of the usual forms."""
    forms: frozenset[str]
    values: frozenset[str]
    """Those that are usual."""
    indented: bool
    """Whether it is usual that a blank precedes a value."""


def check(block: Block, dialect: Dialect, name: str) -> bool:
    """Return whether the file ends inside a quoted value behind these records.

    Raises LogError for a value that holds whole records of the table: a stray quote began it.
    """
    if not _encloses_newline(block.data):
        return False
    values = list(_values(block.data, dialect.delimiter.encode()))
    columns: list[_Column] = []
    for value in values:
        lines = _LINE_END.split(block.data[value.start + 1 : value.end - value.closed])
        if value.loose and _starts_field(lines[-1], dialect):
            swallows = True
        elif not _may_swallow(lines, value, dialect):
            continue
        else:
            columns = columns or _columns(block, values, dialect)
            swallows = value.loose and _is_divided(lines, value, dialect)
            swallows = swallows or _holds_records(lines, value, dialect, columns)
        if swallows:
            raise trouble(
                name,
                f"line {block.line + 1 + lines_in(block.data, value.record)}: a quoted value holds"
                " records of the table: a stray quote began it; double the quotes inside of quoted"
                " values, or write the file again",
            )
    return block.last and bool(values) and not values[-1].closed


def _encloses_newline(data: bytes) -> bool:
    """Return whether a newline, or the end, may stand between quotes."""
    if b'"' not in data:
        return False
    characters = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(characters == ord('"'))
    newline = characters == ord("\n")
    if data.count(b"\r") != data.count(b"\r\n"):
        newline |= characters == ord("\r")
    ends = np.append(np.flatnonzero(newline), len(data))
    return bool((np.searchsorted(marks, ends) % 2).any())


def _values(data: bytes, delimiter: bytes) -> Iterator[_Value]:
    """Yield the quoted values that hold a newline, or that do not end."""
    # A quote opens a value behind a delimiter or a newline; elsewhere it is text.
    mark = b"[^\\r\\n" + re.escape(delimiter) + b"]"
    text = rb'"(?<=' + mark + rb'")'
    single = rb'"(?<!' + mark + rb'")[^"\r\n]*+(?:""[^"\r\n]*+)*+"'
    # Possessive: what needs no look is skipped by the engine, with no memory for each value.
    skipped = rb'(?:[^"]++|' + single + b"|" + text + b")*+"
    enclosing = re.compile(skipped + rb'(?:("[^"]*+(?:""[^"]*+)*+)("?))?')
    values = re.compile(single)
    record, place, behind = 0, 0, 0
    for match in enclosing.finditer(data):
        if match[1] is None:  # the rest: were that no match, each byte of it would be tried
            return
        start, end, closed = match.start(1), match.end(), match[2] != b""
        newline = max(data.rfind(b"\n", behind, start), data.rfind(b"\r", behind, start))
        if newline >= 0:
            record, place, behind = newline + 1, 0, newline + 1
        place += values.sub(b"", data[behind:start]).count(delimiter)
        loose = closed and data[end : end + 1] not in (b"", b" ", b"\r", b"\n", delimiter)
        yield _Value(record, start, end, place, closed, loose and data[end - 2 : end - 1] != b"\\")
        behind = end


def _starts_field(last: bytes, dialect: Dialect) -> bool:
    """Return whether a value's last line ends where a field would start."""
    return not last or last.endswith(dialect.delimiter.encode())


def _spans(lines: Sequence[bytes], value: _Value) -> Iterator[tuple[bytes, int]]:
    """Yield the parts of records that a value's lines would be, each with its first column.

    The last line is none where the value has no end: it may be cut anywhere.
    """
    yield lines[0], value.place
    yield from ((line, 0) for line in lines[1:-1] if line)
    if value.closed:
        yield lines[-1], 0


def _is_divided(lines: Sequence[bytes], value: _Value, dialect: Dialect) -> bool:
    """Return whether each part has the fields of its columns."""
    mark, width = dialect.delimiter.encode(), len(dialect.names)
    if lines[0].count(mark) != width - value.place - 1:
        return False
    if value.closed and lines[-1].count(mark) != value.place:
        return False
    return all(line.count(mark) == width - 1 for line in lines[1:-1] if line)


def _may_swallow(lines: Sequence[bytes], value: _Value, dialect: Dialect) -> bool:
    """Return whether the fields of some lines are worth a look."""
    mark, width = dialect.delimiter.encode(), len(dialect.names)
    whole = any(line.count(mark) == width - 1 for line in lines[1:-1])
    return whole or _is_divided(lines, value, dialect)


def _holds_records(
    lines: Sequence[bytes], value: _Value, dialect: Dialect, columns: Sequence[_Column]
) -> bool:
    """Return whether the fields in a value's lines look like those of their columns."""
    mark, width = dialect.delimiter.encode(), len(dialect.names)
    evidence = partial(_evidence, delimiter=dialect.delimiter, columns=columns)
    if _is_divided(lines, value, dialect):
        parts = list(_spans(lines, value))
        divided = sum(mark in line for line, _ in parts)
        fits, misfits = map(sum, zip(*(evidence(*part) for part in parts), strict=True))
        return divided + fits - _MISFIT * misfits >= _ENOUGH
    behind = [line for line in lines[1:] if line]
    whole = [evidence(line, 0) for line in lines[1:-1] if line.count(mark) == width - 1]
    pasted = sum(fits >= _PASTED and not misfits for fits, misfits in whole)
    return 2 * pasted >= len(behind)


def _evidence(
    line: bytes, first: int, *, delimiter: str, columns: Sequence[_Column]
) -> tuple[int, int]:
    """Return how many fields from a column on look like their columns, and how many do not."""
    fits = misfits = 0
    for text, column in zip(_decoded(line).split(delimiter), columns[first:], strict=False):
        if text.strip() in _NOTHING:
            continue
        form = _form(text)
        if column.formed and form in column.forms:
            fits += "0" in form or text in column.values
        else:
            misfits += column.formed or (text.startswith(" ") and not column.indented)
    return fits, misfits


def _columns(block: Block, values: Sequence[_Value], dialect: Dialect) -> list[_Column]:
    """Return what columns look like in the first records, without values that hold newlines."""
    pieces, size, behind = [], 0, 0
    for start, end in [*((v.start, v.end) for v in values), (len(block.data),) * 2]:
        pieces.append(block.data[behind : min(start, behind + _SAMPLE - size)])
        size += len(pieces[-1])
        behind = end
        if size >= _SAMPLE:
            break
    lines = io.StringIO(_decoded(b'""'.join(pieces)), newline="")
    records = list(csv.reader(lines, delimiter=dialect.delimiter))
    if dialect.header and not block.line:
        records = records[1:]
    width = len(dialect.names)
    whole = [record for record in records if len(record) == width]
    return [_column([record[place] for record in whole]) for place in range(width)]


def _column(texts: Sequence[str]) -> _Column:
    texts = [text for text in texts if text.strip() not in _NOTHING]
    usual = max(2.0, _USUAL * len(texts))  # what occurs a single time is no habit
    forms = Counter(map(_form, texts))
    kept = {form: times for form, times in forms.items() if times >= usual}
    formed = sum(kept.values()) >= _FORMED * len(texts) > 0
    values = frozenset(text for text, times in Counter(texts).items() if times >= usual)
    indented = sum(text.startswith(" ") for text in texts) >= usual
    return _Column(formed, frozenset(kept), values, indented)


def _form(text: str) -> str:
    """Return text with `0` for each run of digits and `a` for each of letters."""
    return _RUNS.sub(lambda run: "0" if run[1] else "a", text)


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")
