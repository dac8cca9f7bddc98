"""Columns of records on their way to rows: each step of a shape changes some, or their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.arrow import from_numpy, present, to_numpy
from skewcheck.logs.columns import Path, is_list, pick, type_of
from skewcheck.logs.shape.decode import Decoded

Key = tuple[str | int, ...]
"""A path: the names of fields, with `[]` behind those of exploded lists, and places in lists."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Some columns of the same rows."""

    columns: Mapping[Key, pa.Array]
    records: NDArray[np.int64]
    """Of each row, which record it comes from, counted from 0."""
    hollow: NDArray[np.bool_]
    """Of each row, whether it stands for lists that are there and have no element."""

    @classmethod
    def of(cls, columns: Mapping[Key, pa.Array], number: int) -> Rows:
        """Return records as they are read, a row each."""
        return cls(columns, np.arange(number), np.zeros(number, bool))

    def get(self, key: Key) -> pa.Array:
        """Return a column: as it is, or inside of one; KeyError if it is in none."""
        for end in range(len(key), 0, -1):
            if key[:end] in self.columns:
                array = self.columns[key[:end]]
                return (
                    pick(array, Path("", key[end:]))
                    if _fits(array.type, key[end:])
                    else (pa.nulls(len(array), pa.string()))
                )
        raise KeyError(key)

    def has(self, key: Key) -> bool:
        """Return whether a column is there, or may be inside of one."""
        return any(key[:end] in self.columns for end in range(len(key), 0, -1))

    def decoded(self, key: Key, value: Decoded) -> Rows:
        """Return the rows with a decoded column, without those where it holds nothing."""
        rows = replace(self, columns={**self.columns, key: value.array})
        left_out = value.bad | value.other
        return rows.only(~left_out) if left_out.any() else rows

    def exploded(self, key: Key, beside: Sequence[Key], others: Sequence[Key]) -> Rows:
        """Return a row for each element of a list column, and what `others` are of its row.

        Columns that are none of these are left out: they may hold the lists as a whole.
        """
        lists = self.get(key)
        lengths = list_lengths(lists)
        times = np.maximum(lengths, 1)
        parents = np.repeat(np.arange(len(times)), times)
        take = from_numpy(parents)
        columns = {k: self.get(k).take(take) for k in others if self.has(k)}
        for list_key in (key, *beside):
            column = self.get(list_key)
            same = np.where(list_lengths(column) == lengths, lengths, 0)
            columns[exploded(list_key)] = _elements(column, same, times)
        return Rows(columns, self.records[parents], self._emptied(key, beside)[parents])

    def _emptied(self, key: Key, beside: Sequence[Key]) -> NDArray[np.bool_]:
        some, number = self.hollow.copy(), np.zeros(len(self.hollow), np.int64)
        for column in map(self.get, (key, *beside)):
            if is_list(column.type):
                some |= present(column)
                number += list_lengths(column)
        result: NDArray[np.bool_] = some & (number == 0)
        return result

    def unpaired(self, key: Key, beside: Sequence[Key]) -> NDArray[np.bool_]:
        """Return in which rows lists that belong together have other numbers of elements.

        A list that is null, or that a row does not have, is none: its side is empty.
        """
        lists = self.get(key)
        lengths, some = list_lengths(lists), present(lists)
        result = np.zeros(len(lengths), bool)
        for other in beside:
            column = self.get(other)
            if is_list(column.type) and is_list(lists.type):
                result |= some & present(column) & (list_lengths(column) != lengths)
        return result

    def where(self, key: Key, values: Sequence[str], *, negated: bool) -> Rows:
        """Return the rows of which a column has one of some values, or with `negated` another."""
        column = labels(self.get(key), values)
        wanted = [code for code, level in enumerate(column.levels) if level in values]
        return self.only(np.isin(column.codes, wanted) != negated)

    def filled(self, keys: Sequence[Key]) -> NDArray[np.bool_]:
        """Return in which rows there is a value in one of some columns."""
        result = np.zeros(len(self.records), bool)
        for key in keys:
            if self.has(key):
                result |= present(self.get(key))
        return result

    def only(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the rows of a mask."""
        places = from_numpy(np.flatnonzero(kept))
        columns = {key: column.take(places) for key, column in self.columns.items()}
        return Rows(columns, self.records[kept], self.hollow[kept])


def reference(key: Key) -> str:
    """Return the text of a key, as `a.b[3]`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in key[1:])
    return "".join([str(key[0]), *steps])


def exploded(key: Key) -> Key:
    """Return the key of a list's elements."""
    return (*key[:-1], f"{key[-1]}[]")


def list_lengths(lists: pa.Array) -> NDArray[np.int64]:
    """Return the number of elements of each list; 0 of a null."""
    if not is_list(lists.type):
        return np.zeros(len(lists), np.int64)
    if pa.types.is_fixed_size_list(lists.type):
        lengths = np.full(len(lists), lists.type.list_size, np.int64)
    else:
        offsets = to_numpy(lists.offsets, lists.offsets.type.to_pandas_dtype())
        lengths = np.diff(offsets).astype(np.int64)
    return np.where(present(lists), lengths, 0)


def _elements(lists: pa.Array, lengths: NDArray[np.int64], times: NDArray[np.int64]) -> pa.Array:
    """Return the first `lengths` elements of each list, and a null for each place up to `times`."""
    if not is_list(lists.type):
        return pa.nulls(int(times.sum()), pa.string())
    if pa.types.is_fixed_size_list(lists.type):
        starts = (np.arange(len(lists)) + lists.offset) * lists.type.list_size
    else:
        starts = to_numpy(lists.offsets, lists.offsets.type.to_pandas_dtype())[:-1].astype(np.int64)
    within = np.arange(int(times.sum())) - np.repeat(np.cumsum(times) - times, times)
    valid = within < np.repeat(lengths, times)
    where = np.repeat(starts, times) + within
    return lists.values.take(from_numpy(np.where(valid, where, 0), valid))


def _fits(kind: pa.DataType, steps: Key) -> bool:
    """Return whether there is anything at these steps inside of a type."""
    try:
        type_of({"": kind}, Path("", steps))
    except (KeyError, AttributeError, IndexError):
        return False
    return True
