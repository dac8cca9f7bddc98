"""CSV with a row for each feature, or with a row for each kind of number as `describe()` has."""

from __future__ import annotations

import csv
import io
import re

from skewcheck.parameters.shapes import fields
from skewcheck.text.errors import ParameterError

LIMIT = 16 * 2**20
"""Bytes: a larger table is data, no parameters."""
_ENOUGH = 2
"""Kinds of numbers in a header: fewer, and it is a table of data that has a column `max`."""


def looks_table(content: bytes) -> bool:
    """Whether its first line is the header of a table of parameters."""
    head = content[:65536].partition(b"\n")[0].decode("utf-8-sig", "replace")
    cells = re.split("[,;\t]", head.replace('"', ""))
    return content[:1] not in b"{[<" and sum(map(_kind, cells[1:])) >= _ENOUGH


def table(content: bytes) -> dict[str, object] | None:
    """Return the table as an object of features; None where it is no table of parameters."""
    if len(content) > LIMIT or content[:1] in b"{[<" or b"\x00" in content[:4096]:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    first = text.partition("\n")[0]
    marks = [mark for mark in ",;\t" if mark in first]
    if not marks:
        return None
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=marks[0]) if row]
    except csv.Error as error:
        raise ParameterError(f"no valid CSV: {error}") from error
    header, body = rows[0], rows[1:]
    if sum(_kind(cell) for cell in header[1:]) >= _ENOUGH:
        return _checked(header, body)
    if sum(_kind(row[0]) for row in body[:50]) >= _ENOUGH and len(body) <= len(fields.NUMBERS):
        columns = [list(column) for column in zip(*_even(rows), strict=True)]
        return _checked(columns[0], columns[1:])
    return None


def _kind(cell: str) -> bool:
    return len(cell) < 40 and fields.number(cell) is not None


def _even(rows: list[list[str]]) -> list[list[str]]:
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ParameterError(
                f"row {number} has {len(row)} cells, but the header has {len(rows[0])}"
            )
    return rows


def _checked(header: list[str], body: list[list[str]]) -> dict[str, object]:
    _even([header, *body])
    doubled = next((name for name in header if header.count(name) > 1), None)
    if doubled is not None:
        raise ParameterError(f"column {doubled!r} stands twice")
    found: dict[str, object] = {}
    for row in body:
        if row[0] in found:
            raise ParameterError(f"feature {row[0]!r} stands twice")
        cells = zip(header[1:], row[1:], strict=True)
        found[row[0]] = {key: _value(cell) for key, cell in cells if cell.strip()}
    return found


def _value(cell: str) -> object:
    try:
        return float(cell)
    except ValueError:
        return cell
