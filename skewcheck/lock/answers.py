"""Read a server's answers to golden rows: JSON Lines, in any order, or one JSON document."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.golden import Value
from skewcheck.features.types import FloatArray
from skewcheck.text.errors import UsageError

MAX_BYTES = 64 * 2**20
"""Size of a file of answers: a hundred rows of ten thousand outputs take 20 MB."""
MAX_RECORDS = 100_000
"""Lines, lists and objects: there are a hundred golden rows, and some servers indent."""
MIN_DIGITS = 7
"""Significant digits, or decimals, from which a number is a float32 that was printed: fewer are a
rounding of its own."""
_NUMBER = re.compile(r"[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?", re.ASCII)
_NOTHING = ("", "nan", "null", "none", "na", "<na>")
Output = Mapping[str, object] | Sequence[object]
"""The outputs of one row: by name, or in the order in which golden rows have them."""


@dataclass(slots=True)
class Digits:
    """How many digits the numbers of a file were printed with, at most."""

    significant: int = MIN_DIGITS
    decimals: int = MIN_DIGITS

    def count(self, text: str) -> None:
        """Take note of a number as it is printed; of no number nothing."""
        match = _NUMBER.fullmatch(text)
        if match is None:
            return
        whole, fraction, exponent = match[1], match[2] or "", int(match[3] or 0)
        self.significant = max(self.significant, len((whole + fraction).lstrip("0")))
        self.decimals = max(self.decimals, len(fraction) - exponent)

    def lost(self, values: FloatArray, largest: float) -> FloatArray:
        """Return what printing may have taken from each value: half of the last digit.

        Fixed decimals take as much of a small number as of a large one, and never more than float32
        arithmetic does of the `largest`.
        """
        sizes = np.abs(np.where(np.isfinite(values) & (values != 0), values, 1.0))
        unit = 10.0 ** (np.floor(np.log10(sizes)) + 1 - self.significant)
        fixed = min(0.5 * 10.0 ** -min(self.decimals, 300), 5 * 2.0**-24 * largest)
        return np.maximum(np.where(values != 0, 0.5 * unit, 0.0), fixed)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers by the id of the row."""

    outputs: Mapping[int, Output]
    failed: tuple[int, ...] = ()
    """Rows with an answer that has no output, such as an error."""
    unknown: tuple[str, ...] = ()
    """Ids that no golden row has."""
    digits: Digits = field(default_factory=Digits)

    def cells(self, name: str, place: int, ids: Sequence[int]) -> list[object]:
        """Return an output of rows by its name, or by its place in lists; None where absent."""
        result: list[object] = []
        for i in ids:
            output = self.outputs[i]
            if isinstance(output, Mapping):
                result.append(output.get(name))
            else:
                result.append(output[place] if place < len(output) else None)
        return result


def read_answers(source: object, rows: int) -> Answers:
    """Return the answers in a file, standard input (`-`), or a list or mapping of them.

    UsageError that names the line, where they are no answers to `rows` golden rows.
    """
    digits = Digits()
    if isinstance(source, str | Path):
        items, name = _of_file(str(source), digits), str(source)
    else:
        items, name = _items(source, "answers"), "answers"
    outputs: dict[int, Output] = {}
    failed: list[int] = []
    unknown: list[str] = []
    given = [_answer(item, place, name) for place, item in items]
    if not given:
        raise UsageError(f"{name}: holds no answer")
    if all(identifier is None for identifier, _, _ in given) and len(given) != rows:
        raise UsageError(
            f"{name}: {len(given):,} answers without an id, for {rows:,} golden rows: give each its"
            ' id, as {"id": 0, "output": {...}}'
        )
    for number, (identifier, output, place) in enumerate(given):
        if identifier is None and len(given) != rows:
            raise UsageError(f"{place}: has no id, as other answers have")
        i = _id(number if identifier is None else identifier, place)
        if i in outputs or i in failed:
            raise UsageError(f"{place}: the id {i} stands twice")
        if not 0 <= i < rows:
            unknown.append(str(i))
        elif output is None:
            failed.append(i)
        else:
            outputs[i] = output
    if not outputs and not failed:
        raise UsageError(
            f"{name}: no answer has the id of a golden row (0 to {rows - 1}): are they of these"
            " parameters?"
        )
    for output in outputs.values():
        for cell in output.values() if isinstance(output, Mapping) else output:
            if isinstance(cell, str):
                digits.count(cell.strip())
    return Answers(outputs, tuple(failed), tuple(unknown), digits)


def _of_file(path: str, digits: Digits) -> list[tuple[str, object]]:
    """Return the answers of a file with their places; UsageError where it cannot be read."""
    try:
        if path == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot read it ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{path}: no UTF-8 text, and so no answers") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"{path}: larger than 64 MB, no answers to golden rows")
    if max(text.count("\n"), text.count("[") + text.count("{")) > MAX_RECORDS:
        raise UsageError(f"{path}: holds more records than there are golden rows")
    lines = [(i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        raise UsageError(f"{path}: is empty; a server writes its answers there")
    whole = _document(text, digits) if len(lines) == 1 or not _is_json(lines[0][1]) else None
    if isinstance(whole, list) and not (whole and all(map(_is_answer, whole))):
        whole = None  # one answer: the outputs in their order
    if whole is not None and not (isinstance(whole, dict) and _single(whole)):
        return _items(whole, path)
    return [(f"{path}, line {i}", _parsed(line, f"{path}, line {i}", digits)) for i, line in lines]


def _is_json(line: str) -> bool:
    return _document(line, Digits()) is not None


def _document(text: str, digits: Digits) -> object:
    """Return a text as JSON; None where it is none."""
    try:
        return _loads(text, digits)
    except (ValueError, RecursionError):
        return None


def _loads(text: str, digits: Digits) -> object:
    def counted(number: str) -> float:
        digits.count(number)
        return float(number)

    value: object = json.loads(text, parse_float=counted)
    return value


def _parsed(line: str, place: str, digits: Digits) -> object:
    try:
        return _loads(line, digits)
    except json.JSONDecodeError as error:
        raise UsageError(f"{place}: no valid JSON, from character {error.pos + 1} on") from error
    except RecursionError as error:
        raise UsageError(f"{place}: nested too deep to be an answer") from error
    except ValueError as error:  # an integer of more than 4,300 digits
        raise UsageError(f"{place}: no valid JSON: a number of too many digits") from error


def _is_answer(item: object) -> bool:
    return isinstance(item, dict | list)


def _single(value: Mapping[str, object]) -> bool:
    """Return whether an object is one answer, and no mapping of several by their ids."""
    return not value or not all(key.isdecimal() and len(key) < 10 for key in value)


def _items(value: object, name: str) -> list[tuple[str, object]]:
    """Return several answers of a document, a list or a mapping by id, with their places."""
    if isinstance(value, Mapping) and not _single({str(key): v for key, v in value.items()}):
        return [
            (f"{name}, answer {key}", {"id": int(key), "output": output})
            for key, output in value.items()
        ]
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise UsageError(f"{name}: must hold an answer a line, or a list of answers")
    return [(f"{name}, answer {i}", item) for i, item in enumerate(value)]


def _answer(item: object, place: str, name: str) -> tuple[object, Output | None, str]:
    """Return id, output and place of one answer; an output of None where the server gave none."""
    place = place or name
    if isinstance(item, Mapping):
        members = {str(key): value for key, value in item.items()}
        if "output" in members:
            output = members["output"]
            if output is None or isinstance(output, Mapping):
                return members.get("id"), output, place
            if isinstance(output, list | tuple):
                return members.get("id"), [*output], place
            raise UsageError(f"{place}: output must be an object or a list")
        rest = {key: value for key, value in members.items() if key not in ("id", "error")}
        return members.get("id"), rest or None, place
    if isinstance(item, list | tuple):
        return None, [*item], place
    raise UsageError(f'{place}: must be an answer, as {{"id": 0, "output": {{...}}}}')


def _id(value: object, place: str) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
        return int(value)
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not isinstance(value, int | float):
        raise UsageError(f"{place}: id must be the whole number of a golden row")
    return int(value)


def numbers_of(cells: Sequence[object]) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return cells as numbers, NaN for none, and which of them are no number."""
    read = [*map(_number, cells)]
    values = np.array([math.nan if x is None else x for x in read], np.float64)
    return values, np.array([x is None for x in read], np.bool_)


def _number(cell: object) -> float | None:
    """Return a cell of an answer as a number, NaN for none; None for what is no number."""
    while isinstance(cell, list | tuple) and len(cell) == 1:
        cell = cell[0]
    if isinstance(cell, np.generic):
        cell = cell.item()
    if cell is None:
        return math.nan
    if isinstance(cell, str):
        text = cell.strip().lower()
        if text in _NOTHING:
            return math.nan
        if text in ("true", "false"):
            return float(text == "true")
        try:
            return None if "_" in text else float(text)
        except ValueError:
            return None
    if isinstance(cell, int | float):
        try:
            return float(cell)
        except OverflowError:
            return math.inf if cell > 0 else -math.inf
    return None


def as_value(cell: object) -> Value:
    """Return a cell as reports show it."""
    if cell is None or isinstance(cell, str | bool):
        return cell
    if isinstance(cell, int):
        return cell if abs(cell) < 2**63 else f"{cell:.6g}" if abs(cell) < 10**300 else "(huge)"
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None if math.isnan(cell) else str(cell)
    return f"({type(cell).__name__})"
