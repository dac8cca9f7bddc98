"""Read CSV tables of parameters: a row per feature, or a row per statistic as in `describe()`."""

from __future__ import annotations

import csv
import io
import re

from skewcheck.parameters.handwritten import key_names
from skewcheck.text.errors import ParameterError

MAX_BYTES = 16 * 2**20
"""Size of a file: a larger table is data."""
_MIN_KINDS = 2
"""Kinds of numbers in a header: with fewer it may be a table of data that has a column `max`."""


def looks_like_table(content: bytes) -> bool:
    """Return whether the first line is the header of a table of parameters."""
    head = content[:65536].partition(b"\n")[0].decode("utf-8-sig", "replace")
    cells = re.split("[,;\t]", head.replace('"', ""))
    return content[:1] not in b"{[<" and sum(map(_is_number_kind, cells[1:])) >= _MIN_KINDS


def read_table(content: bytes) -> dict[str, object] | None:
    """Return the table as an object of features; None if it is no table of parameters."""
    if len(content) > MAX_BYTES or content[:1] in b"{[<" or b"\x00" in content[:4096]:
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    first_line = text.partition("\n")[0]
    delimiters = [delimiter for delimiter in ",;\t" if delimiter in first_line]
    if not delimiters:
        return None
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiters[0]) if row]
    except csv.Error as error:
        raise ParameterError(f"no valid CSV: {error}") from error
    header, body = rows[0], rows[1:]
    if sum(_is_number_kind(cell) for cell in header[1:]) >= _MIN_KINDS:
        return _by_feature(header, body)
    if sum(_is_number_kind(row[0]) for row in body[:50]) >= _MIN_KINDS and len(body) <= len(
        key_names.NUMBER_WORDS
    ):
        columns = [list(column) for column in zip(*_check_row_lengths(rows), strict=True)]
        return _by_feature(columns[0], columns[1:])
    return None


def _is_number_kind(cell: str) -> bool:
    return len(cell) < 40 and key_names.number_kind(cell) is not None


def _check_row_lengths(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows; ParameterError if one has another length than the header."""
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ParameterError(
                f"row {number} has {len(row)} cells, but the header has {len(rows[0])}"
            )
    return rows


def _by_feature(header: list[str], body: list[list[str]]) -> dict[str, object]:
    """Return the numbers of each feature by kind, empty cells left out."""
    _check_row_lengths([header, *body])
    duplicate = next((name for name in header if header.count(name) > 1), None)
    if duplicate is not None:
        raise ParameterError(f"column {duplicate!r} stands twice")
    features: dict[str, object] = {}
    for row in body:
        if row[0] in features:
            raise ParameterError(f"feature {row[0]!r} stands twice")
        cells = zip(header[1:], row[1:], strict=True)
        features[row[0]] = {key: _value(cell) for key, cell in cells if cell.strip()}
    return features


def _value(cell: str) -> object:
    """Return a cell as a float if it is one, else as text."""
    try:
        return float(cell)
    except ValueError:
        return cell
