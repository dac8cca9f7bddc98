"""Quoted values of delimited text that hold newlines: those that swallow records are no values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays.cells import NULL_WORDS
from skewcheck.logs.dialect import Dialect
from skewcheck.logs.text import Block
from skewcheck.logs.trouble import trouble

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.ASCII | re.IGNORECASE)

_NOTHING = frozenset(["", *NULL_WORDS])


def check(block: Block, dialect: Dialect, schema: Mapping[str, pa.DataType], name: str) -> bool:
    """Return whether the file ends inside a quoted value behind these records.

    Raises LogError for a value that holds whole records of the table: a stray quote began it. What
    it holds is taken for records where the columns of numbers have numbers.
    """
    if not _encloses_newline(block.data):
        return False
    numeric = [
        i for i, column in enumerate(dialect.names)
        if column in schema and (pa.types.is_integer(schema[column])
                                 or pa.types.is_floating(schema[column]))
    ]  # fmt: skip
    lines = io.StringIO(block.data.decode("utf-8", "replace"), newline="")
    reader = csv.reader(lines, delimiter=dialect.delimiter, strict=False)
    first = block.line + 1
    try:
        for record in reader:
            for place, value in enumerate(record):
                if "\n" in value and _swallows(value, place, dialect, numeric):
                    raise trouble(
                        name,
                        f"line {first}: a quoted value holds records of the table: a stray quote"
                        " began it; double the quotes inside of quoted values, or write the file"
                        " again",
                    )
            first = block.line + 1 + reader.line_num
    except csv.Error:  # a value of over 128 KB, which only an open quote makes
        return block.last
    return block.last and _is_open(block.data, dialect.delimiter)


def _encloses_newline(data: bytes) -> bool:
    """Return whether a newline, or the end, may stand between quotes."""
    if b'"' not in data:
        return False
    characters = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(characters == ord('"'))
    ends = np.append(np.flatnonzero(characters == ord("\n")), len(data))
    return bool((np.searchsorted(marks, ends) % 2).any())


def _swallows(value: str, place: int, dialect: Dialect, numeric: Sequence[int]) -> bool:
    """Return whether a value of a column holds a record, its rest, or its columns up to there."""
    first, *between, last = value.split("\n")
    width = len(dialect.names)
    parts = [(first, place, width), *((line, 0, width) for line in between), (last, 0, place + 1)]
    return any(_is_record(*part, dialect.delimiter, numeric) for part in parts)


def _is_record(text: str, start: int, end: int, delimiter: str, numeric: Sequence[int]) -> bool:
    """Return whether text is the fields from one to another, numbers in the columns of numbers."""
    values = text.rstrip("\r").split(delimiter)
    typed = [i - start for i in numeric if start <= i < end]
    if len(values) != end - start or not typed:
        return False
    return all(_NUMBER.fullmatch(values[i]) or values[i].strip() in _NOTHING for i in typed)


def _is_open(data: bytes, delimiter: str) -> bool:
    """Return whether data ends inside a quoted value."""
    lines = io.StringIO(data.decode("utf-8", "replace"), newline="")
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False
