"""Rows of a server as batches of columns: whatever stands in a value, it becomes one."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays.arrow import from_numpy, to_numpy
from skewcheck.logs.batch import Wanted

Values = tuple[object, ...]
Row = tuple[bytes | Values, Values]
"""Numbers, packed where they are such, and the other values."""
MAX_TEXT = 10_000
"""Letters of what is no number and no text: a list as text may be of any length."""


class Missing:
    """Stands for a value whose key a row does not have."""


MISSING: Final = Missing()


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows as columns; None for a column that none of them has."""

    rows: int
    columns: Mapping[str, pa.Array | None]


class Taking:
    """Takes the values of a row out of mappings, and makes columns of many rows.

    Numbers are packed at once, while they are in the processor's cache: objects of thousands of
    rows would cost more to visit again than all else.
    """

    def __init__(self, raw: Mapping[str, str], served: Mapping[str, str], wanted: Wanted) -> None:
        """Take values of these keys: their columns are wanted for something, or not taken."""
        sides = [
            [[key for key, column in side.items() if column in columns] for side in (raw, served)]
            for columns in (wanted.numbers, {*wanted.all} - wanted.numbers)
        ]
        self._numbers, self._others = sides
        self._raw, self._served = map(taker, self._numbers)
        self._raw_others, self._served_others = map(taker, self._others)
        columns = [[*(raw[k] for k in a), *(served[k] for k in b)] for a, b in sides]
        self.numbers, self.others = columns
        self._typed = {
            column: levels if column in wanted.labels else typed for column in columns[1]
        }
        self._packer = struct.Struct(f"{len(self.numbers)}d")
        self._pack = self._packer.pack

    def row(self, raw: Mapping[str, object], served: Mapping[str, object]) -> Row:
        """Return the values of a row; never raises."""
        others: Values = ()
        try:
            values = self._raw(raw) + self._served(served)
            if self.others:
                others = self._raw_others(raw) + self._served_others(served)
        except Exception:  # of a mapping of the server's own; no request may fail
            values = some(raw, self._numbers[0]) + some(served, self._numbers[1])
            others = some(raw, self._others[0]) + some(served, self._others[1])
        try:
            return self._pack(*values), others
        except Exception:  # of a number of the server's own
            return self._without_nulls(values), others

    def _without_nulls(self, values: Values) -> bytes | Values:
        """Return packed numbers with NaN for null, or the values where others are no numbers."""
        try:
            return self._pack(*[math.nan if value is None else value for value in values])
        except Exception:  # as above
            return values

    def chunk(self, rows: Sequence[Row]) -> Chunk:
        """Return rows as columns."""
        columns: dict[str, pa.Array | None] = {}
        packed = [row[0] for row in rows]
        if self.numbers:
            columns.update(zip(self.numbers, self._columns(packed), strict=True))
        if self.others:
            others = zip(*(row[1] for row in rows), strict=True)
            for column, values in zip(self.others, others, strict=True):
                columns[column] = self._typed[column](values)
        return Chunk(len(rows), columns)

    def _columns(self, packed: Sequence[bytes | Values]) -> list[pa.Array | None]:
        whole = [row for row in packed if isinstance(row, bytes)]
        if len(whole) == len(packed):
            flat = np.frombuffer(b"".join(whole))
            table = np.ascontiguousarray(flat.reshape(len(packed), -1).T)
            return [from_numpy(column) for column in table]
        unpack = self._packer.unpack
        values = (unpack(row) if isinstance(row, bytes) else row for row in packed)
        return [numbers(column) for column in zip(*values, strict=True)]


def taker(keys: Sequence[str]) -> Callable[[Mapping[str, object]], Values]:
    """Return what takes the values of keys out of a mapping; KeyError where it lacks one."""
    if not keys:
        return lambda _: ()
    if len(keys) == 1:
        only = keys[0]
        return lambda row: (row[only],)
    return itemgetter(*keys)


def some(row: object, keys: Sequence[str]) -> Values:
    """Return the values of keys, MISSING for those that a mapping lacks, or that it cannot give."""
    if not isinstance(row, Mapping):
        return (MISSING,) * len(keys)
    return tuple(_value(row, key) for key in keys)


def _value(row: Mapping[object, object], key: str) -> object:
    try:
        return row.get(key, MISSING)
    except Exception:  # of a mapping of the server's own
        return MISSING


def numbers(values: Sequence[object]) -> pa.Array | None:
    """Return values as float64; as text where one of them is no number, null where one is none.

    None where no row has the key.
    """
    try:
        return from_numpy(np.fromiter(values, np.float64, len(values)))
    except (TypeError, ValueError, OverflowError):
        if _is_missing(values):
            return None
    plain = [None if v is None or v is MISSING else v for v in values]
    if not any(isinstance(v, str | bytes) for v in plain):
        with suppress(TypeError, ValueError, OverflowError):
            return from_numpy(np.array(plain, np.float64))
    return _texts(plain)


def levels(values: Sequence[object]) -> pa.Array | None:
    """Return values as text, or in the one type that all of them have; null where one is none.

    None where no row has the key.
    """
    with suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array(values, pa.string())
    return typed(values)


def typed(values: Sequence[object]) -> pa.Array | None:
    """Return values in the type that all of them have, times among them; else as text.

    None where no row has the key.
    """
    if _is_missing(values):
        return None
    plain = [None if v is MISSING else v for v in values]
    with suppress(pa.ArrowException, TypeError, ValueError, OverflowError):
        made = pa.array(plain)
        if not pa.types.is_nested(made.type) and not pa.types.is_null(made.type):
            return made
    return _texts(plain)


def joined(chunks: Sequence[pa.Array | None], lengths: Sequence[int]) -> pa.Array | None:
    """Return the values of chunks of these lengths as one array; None where no row has the key.

    Chunks of several types become text.
    """
    types = {chunk.type for chunk in chunks if chunk is not None}
    if not types:
        return None
    kind = types.pop() if len(types) == 1 else pa.string()
    arrays = [
        pa.nulls(n, kind) if chunk is None else chunk if chunk.type == kind else _as_text(chunk)
        for chunk, n in zip(chunks, lengths, strict=True)
    ]
    return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)


def _as_text(chunk: pa.Array) -> pa.Array:
    if pa.types.is_float64(chunk.type):  # NaN is no value, and not a word
        values = to_numpy(chunk, np.float64)
        chunk = pa.array(values, mask=np.isnan(values))
    return chunk.cast(pa.string())


def _is_missing(values: Sequence[object]) -> bool:
    return values[0] is MISSING and all(value is MISSING for value in values)


def _texts(values: Sequence[object]) -> pa.Array:
    return pa.array([_text(value) for value in values], pa.string())


def _text(value: object) -> str | None:
    """Return a value as text that Arrow can hold; None for no value."""
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else str(value)[:MAX_TEXT]
        return text.encode("utf-8", "backslashreplace").decode()
    except Exception:  # of the server's own
        return type(value).__name__
