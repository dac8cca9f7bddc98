"""Arrays of text become arrays of what the text holds: by Arrow where it can, else value by value.

The type of what comes out is that of the first rows of a file; rows that have another get text in
the places where they differ, as JSON Lines do.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import from_numpy, from_texts, is_bytes, scalar, to_bools
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.guess import guessed
from skewcheck.logs.json_values import text_of
from skewcheck.logs.shape.codecs import CODECS, OtherKindError

_KEY = "value"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Values that a codec made of an array."""

    array: pa.Array
    bad: NDArray[np.bool_]
    """Which rows hold something that is not of the codec's notation; null there."""
    other: NDArray[np.bool_]
    """Which rows hold text that does not even begin as the notation does; null there."""


def type_of_decoded(array: pa.Array, codec: str, known: Set[str] = frozenset()) -> pa.DataType:
    """Return the type of what the values of an array hold; null where none can be decoded."""
    values, _, _ = _by_hand(array, codec)
    return type_of_values(values, known)


def type_of_values(values: Sequence[object], known: Set[str] = frozenset()) -> pa.DataType:
    """Return the type of values, with times as the text that they are; bytes are binary."""
    if any(isinstance(value, bytes) for value in values):
        return pa.binary()
    kinds, _ = guessed(({_KEY: value} for value in values), known=known)
    return _timeless(kinds.get(_KEY, pa.null()))


def decoded(array: pa.Array, codec: str, kind: pa.DataType | None) -> Decoded:
    """Decode an array to a type; what values hold beyond it is passed over."""
    if codec == "json" and (is_text(array.type) or is_bytes(array.type)):
        fast = _by_arrow(array, kind)
        if fast is not None:
            return fast
    if codec == "csv" and is_text(array.type):
        fast = _split(array, kind)
        if fast is not None:
            return fast
    values, bad, other = _by_hand(array, codec)
    if pa.types.is_nested(kind):
        expected = dict if pa.types.is_struct(kind) else list
        for row, value in enumerate(values):
            if value is not None and not isinstance(value, expected):
                values[row], bad[row] = None, True
    return Decoded(to_arrow(values, kind), bad, other)


def to_arrow(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return Python values as an array of a type; text in the places where they have another."""
    try:
        return _array(values, kind)
    except _OtherTypeError:
        return _array(values, _loosened(kind, type_of_values(values)))


class _OtherTypeError(Exception):
    """A value is not of the type that is asked for."""


def _by_hand(
    array: pa.Array, codec: str
) -> tuple[list[object], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what the values hold, None for null; which are damaged, and which of another kind."""
    decode = CODECS[codec]
    raw = array.to_pylist()
    values: list[object] = [None] * len(raw)
    bad, other = np.zeros(len(raw), bool), np.zeros(len(raw), bool)
    for row, value in enumerate(raw):
        if value is None:
            continue
        try:
            values[row] = decode(value)
        except OtherKindError:
            other[row] = True
        except (ValueError, RecursionError, TypeError, OverflowError):
            bad[row] = True
    return values, bad, other


def _by_arrow(array: pa.Array, kind: pa.DataType) -> Decoded | None:
    """Decode JSON by Arrow's reader; None where it fails for a row, or counts others."""
    if not pa.types.is_nested(kind):
        return None
    try:
        text = array.cast(pa.string())
    except pa.ArrowInvalid:  # no UTF-8, or more than fits
        return None
    is_json = pc.fill_null(pc.match_substring_regex(text, r"^\s*[{\[]"), True)
    other = ~to_bools(is_json)
    text = pc.fill_null(pc.if_else(is_json, text, scalar(None)), "null")
    lines = pc.binary_join_element_wise(scalar(f'{{"{_KEY}":'), text, scalar("}\n"), scalar(""))
    if isinstance(lines, pa.ChunkedArray):  # longer than 2 GB
        return None
    ends = np.frombuffer(lines.buffers()[1], np.int32)
    offsets = ends[lines.offset : lines.offset + len(lines) + 1]
    data = lines.buffers()[2].slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    try:
        table = pj.read_json(
            pa.BufferReader(data),
            read_options=pj.ReadOptions(use_threads=False, block_size=data.size + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=pa.schema({_KEY: kind}),
                unexpected_field_behavior="ignore",
                newlines_in_values=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if table.num_rows != len(array):
        return None
    column = table.column(0).combine_chunks()
    return Decoded(column, np.zeros(len(array), bool), other)


def _split(array: pa.Array, kind: pa.DataType) -> Decoded | None:
    """Split lines of values without quotes and line ends; None where some may have them."""
    if not (pa.types.is_list(kind) and pa.types.is_string(kind.value_type)):
        return None
    text = array.cast(pa.string())
    if pc.any(pc.match_substring_regex(text, r'["\r\n]|^\s*$')).as_py():
        return None
    cells = pc.split_pattern(text, ",")
    inside = pc.utf8_trim_whitespace(cells.values)
    inside = pc.if_else(pc.equal(inside, scalar("")), scalar(None), inside)
    mask = None if not array.null_count else pc.invert(array.is_valid())
    lists = pa.ListArray.from_arrays(cells.offsets, inside, mask=mask)
    none = np.zeros(len(array), bool)
    return Decoded(lists, none, none)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Build an array of a type from the inside; `_OtherTypeError` where a leaf has another.

    What is no record, or no list, where one is expected is null.
    """
    if pa.types.is_nested(kind):
        expected = dict if pa.types.is_struct(kind) else (list, tuple)
        values = [value if isinstance(value, expected) else None for value in values]
    valid = np.array([value is not None for value in values], bool)
    if pa.types.is_struct(kind):
        names = [kind.field(i).name for i in range(kind.num_fields)]
        fields = [
            _array(
                [v.get(name) if isinstance(v, dict) else None for v in values],
                kind.field(name).type,
            )
            for name in names
        ]
        if not fields:
            return pa.nulls(len(values), pa.string())
        return pa.StructArray.from_arrays(fields, names=names, mask=_mask(valid))
    if pa.types.is_list(kind):
        lists = [value if isinstance(value, list | tuple) else () for value in values]
        offsets = np.cumsum([0, *map(len, lists)], dtype=np.int32)
        inside = _array([item for items in lists for item in items], kind.value_type)
        return pa.ListArray.from_arrays(from_numpy(offsets), inside, mask=_mask(valid))
    return _flat(values, kind, valid)


def _flat(values: Sequence[object], kind: pa.DataType, valid: NDArray[np.bool_]) -> pa.Array:
    if pa.types.is_binary(kind):
        if not all(value is None or isinstance(value, bytes) for value in values):
            raise _OtherTypeError
        return pa.array(values, kind)
    if pa.types.is_string(kind) or pa.types.is_null(kind):
        return from_texts([text_of(value) for value in values])
    if pa.types.is_boolean(kind):
        if not all(value is None or isinstance(value, bool) for value in values):
            raise _OtherTypeError
        return pa.array(values, kind)
    if any(
        isinstance(value, bool) or not isinstance(value, int | float | None) for value in values
    ):
        raise _OtherTypeError
    filled = [0 if value is None else value for value in values]
    bitmap = None if valid.all() else valid
    if pa.types.is_integer(kind) and all(isinstance(v, int) and v in _INT64 for v in filled):
        return from_numpy(np.array(filled, np.int64), bitmap)
    return from_numpy(np.array(filled, np.float64), bitmap)


_INT64 = range(-(2**63), 2**63)


def from_bools(values: Sequence[object], valid: NDArray[np.bool_]) -> pa.Array:
    """Return truth values as an array; null where `valid` is False."""
    packed = np.packbits(np.array([bool(value) for value in values], bool), bitorder="little")
    bitmap = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [bitmap, pa.py_buffer(packed)])


def _mask(valid: NDArray[np.bool_]) -> pa.Array | None:
    if valid.all():
        return None
    return pa.Array.from_buffers(
        pa.bool_(), len(valid), [None, pa.py_buffer(np.packbits(~valid, bitorder="little"))]
    )


def _loosened(kind: pa.DataType, seen: pa.DataType) -> pa.DataType:
    """Return a type with text where other rows have another type."""
    if pa.types.is_null(seen):
        return kind
    if pa.types.is_struct(kind) and pa.types.is_struct(seen):
        has = {seen.field(i).name: seen.field(i).type for i in range(seen.num_fields)}
        return pa.struct([
            (f.name, _loosened(f.type, has[f.name]) if f.name in has else f.type)
            for f in (kind.field(i) for i in range(kind.num_fields))
        ])  # fmt: skip
    if pa.types.is_list(kind) and pa.types.is_list(seen):
        return pa.list_(_loosened(kind.value_type, seen.value_type))
    both = {str(kind), str(seen)}
    if kind == seen or (both <= {"int64", "double"}):
        return seen if str(seen) == "double" else kind
    return pa.string()


def _timeless(kind: pa.DataType) -> pa.DataType:
    """Return a type with text for times and for what is null in all first rows."""
    if pa.types.is_struct(kind):
        fields = (kind.field(i) for i in range(kind.num_fields))
        return pa.struct([(field.name, _timeless(field.type)) for field in fields])
    if pa.types.is_list(kind):
        return pa.list_(_timeless(kind.value_type))
    return pa.string() if pa.types.is_temporal(kind) else kind
