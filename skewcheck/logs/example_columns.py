"""Columns of many tf.Examples at once, where they are written as all known writers do.

That is a map's key before its value, one list in a feature, numbers packed (or one of them alone).
The messages of all records are walked side by side. What is written otherwise is left to
`skewcheck.logs.examples`, record by record: either gives the same columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import from_numpy
from skewcheck.logs.examples import BYTES_LIST, FLOAT_LIST, INT64_LIST, Kind

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
_FIELD_1, _FIELD_2, _NUMBER_1, _FLOAT_1 = 0x0A, 0x12, 0x08, 0x0D
"""Tags: a field's number and wire type."""
_FACTOR = np.uint64(0x100000001B3)
"""Of the hash of names (FNV), which only saves comparisons."""


class _OtherwiseError(ValueError):
    """Something is written otherwise."""


@dataclass(frozen=True, slots=True)
class _Lists:
    """Lists of values that are not empty, by the entry of the map."""

    record: Places
    key: Places
    key_end: Places
    kind: Bytes
    """The field of its feature: which kind of list it is."""
    start: Places
    end: Places


def columns(
    data: bytes, starts: Places, sizes: Places, schema: Mapping[str, Kind]
) -> dict[str, pa.Array] | None:
    """Return a column per feature, null where a record has no value of it.

    None where something is written otherwise, of another kind, or damaged.
    """
    # Bytes behind the end are looked at before it is known that they are none of the message.
    array = np.frombuffer(data + bytes(16), np.uint8)
    try:
        lists = _lists(array, starts, starts + sizes)
        hashes = _hashes(array, lists.key, lists.key_end)
        return {
            name: _column(data, array, lists, hashes, name.encode(), kind, len(starts))
            for name, kind in schema.items()
        }
    except (_OtherwiseError, IndexError):
        return None


def _lists(array: Bytes, starts: Places, ends: Places) -> _Lists:
    """Walk from records to the lists of their features."""
    records = np.flatnonzero(ends > starts)
    place, end = _message(array, starts[records], ends[records], _FIELD_1)
    parts: list[tuple[Places, Places, Places]] = []
    while len(records):
        inside = place < end
        records, place, end = records[inside], place[inside], end[inside]
        _expect(array, place, _FIELD_1)
        size, start = _varints(array, place + 1, end)
        place = start + size
        if ((place > end) | (place < start)).any():
            raise _OtherwiseError
        parts.append((records, start, place))
    record, start, end = (
        np.concatenate([part[i] for part in parts]) if parts else np.zeros(0, np.int64)
        for i in range(3)
    )
    _expect(array, start, _FIELD_1)
    size, key = _varints(array, start + 1, end)
    key_end = key + size
    if ((key_end > end) | (key_end < key)).any():
        raise _OtherwiseError
    kept = key_end < end
    record, key, key_end, end = record[kept], key[kept], key_end[kept], end[kept]
    feature, end = _message(array, key_end, end, _FIELD_2)
    kept = feature < end
    record, key, key_end, feature, end = (
        part[kept] for part in (record, key, key_end, feature, end)
    )
    tags = array[feature]
    if not np.isin(tags, [kind << 3 | 2 for kind in (BYTES_LIST, FLOAT_LIST, INT64_LIST)]).all():
        raise _OtherwiseError
    first, end = _message(array, feature, end)
    kept = first < end
    return _Lists(
        record[kept], key[kept], key_end[kept], (tags >> np.uint8(3))[kept], first[kept], end[kept]
    )


def _message(
    array: Bytes, place: Places, end: Places, tag: int | None = None
) -> tuple[Places, Places]:
    """Return where messages start and end that are the one field up to an end each."""
    if tag is not None:
        _expect(array, place, tag)
    size, start = _varints(array, place + 1, end)
    if (start + size != end).any():
        raise _OtherwiseError
    return start, end


def _expect(array: Bytes, place: Places, tag: int) -> None:
    if (array[place] != tag).any():
        raise _OtherwiseError


def _varints(array: Bytes, place: Places, end: Places) -> tuple[Places, Places]:
    """Return the numbers at places, and where they end; negative ones have ten bytes."""
    first = array[place]
    value = (first & 127).astype(np.int64)
    place = place + 1
    more = np.flatnonzero(first > 127)
    shift = 7
    while len(more):
        if shift > 63 or (place[more] >= end[more]).any():
            raise _OtherwiseError
        byte = array[place[more]]
        value[more] |= (byte & 127).astype(np.int64) << shift
        place[more] += 1
        more = more[byte > 127]
        shift += 7
    if (place > end).any():
        raise _OtherwiseError
    return value, place


def _hashes(array: Bytes, start: Places, end: Places) -> NDArray[np.uint64]:
    """Return a hash of each name."""
    sizes = end - start
    found = sizes.astype(np.uint64)
    for i in range(int(sizes.max(initial=0))):
        longer = slice(None) if (sizes > i).all() else np.flatnonzero(sizes > i)
        found[longer] = found[longer] * _FACTOR + array[start[longer] + i]
    return found


def _column(
    data: bytes, array: Bytes, lists: _Lists, hashes: NDArray[np.uint64], name: bytes, kind: Kind,
    rows: int,
) -> pa.Array:  # fmt: skip
    names = np.frombuffer(name + bytes(1), np.uint8)
    (own,) = _hashes(names, np.zeros(1, np.int64), np.full(1, len(name), np.int64))
    some = np.flatnonzero((hashes == own) & (lists.key_end - lists.key == len(name)))
    for i, byte in enumerate(name):
        if (array[lists.key[some] + i] != byte).any():
            raise _OtherwiseError  # another name of this hash
    record = lists.record[some]
    if (lists.kind[some] != kind.of).any() or len(np.unique(record)) < len(record):
        raise _OtherwiseError
    order = np.argsort(record, kind="stable")
    record, some = record[order], some[order]
    start, end = lists.start[some], lists.end[some]
    if kind.several:
        return _floats(array, record, start, end, kind, rows)
    if kind.of == BYTES_LIST:
        first, last = _message(array, start, end, _FIELD_1)
        texts = [data[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)]
        offsets = np.concatenate([[0], np.cumsum(last - first)]).astype(np.int32)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))]
        values = pa.Array.from_buffers(pa.binary(), len(texts), buffers)
    elif kind.of == FLOAT_LIST:
        values = from_numpy(_float(array, start, end))
    else:
        values = from_numpy(_integers(array, start, end))
    if len(record) == rows:
        return values
    places = np.zeros(rows, np.int64)
    valid = np.zeros(rows, bool)
    places[record], valid[record] = np.arange(len(record)), True
    return values.take(from_numpy(places, valid))


def _float(array: Bytes, start: Places, end: Places) -> NDArray[np.float32]:
    """Return the one number in each list, packed or not."""
    tags = array[start]
    packed = tags == _FIELD_1
    if not (packed & (array[start + 1] == 4) & (end - start == 6)
            | (tags == _FLOAT_1) & (end - start == 5)).all():  # fmt: skip
        raise _OtherwiseError
    return _gathered(array, start + 1 + packed)


def _gathered(array: Bytes, start: Places) -> NDArray[np.float32]:
    return np.ascontiguousarray(array[start[:, None] + np.arange(4)]).view("<f4")[:, 0]


def _integers(array: Bytes, start: Places, end: Places) -> Places:
    """Return likewise the one whole number in each list."""
    tags = array[start]
    packed = np.flatnonzero(tags == _FIELD_1)
    if not ((tags == _FIELD_1) | (tags == _NUMBER_1)).all():
        raise _OtherwiseError
    first = start + 1
    first[packed], _ = _message(array, start[packed], end[packed])
    if (first >= end).any():
        raise _OtherwiseError
    numbers, last = _varints(array, first, end)
    if (last != end).any():
        raise _OtherwiseError
    return numbers


def _floats(
    array: Bytes, record: Places, start: Places, end: Places, kind: Kind, rows: int
) -> pa.Array:
    """Return a column of lists of numbers."""
    if kind.of != FLOAT_LIST:
        raise _OtherwiseError
    first, last = _message(array, start, end, _FIELD_1)
    counts = (last - first) // 4
    if (4 * counts != last - first).any():
        raise _OtherwiseError
    ends = np.cumsum(counts)
    within = np.arange(int(counts.sum())) - np.repeat(ends - counts, counts)
    values = from_numpy(_gathered(array, np.repeat(first, counts) + 4 * within))
    sizes, valid = np.zeros(rows, np.int32), np.zeros(rows, bool)
    sizes[record], valid[record] = counts, True
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(from_numpy(offsets, np.append(valid, True)), values)
