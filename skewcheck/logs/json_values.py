"""Values of JSON, as Python has them, become Arrow columns of the types that are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence, Set

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_numpy, from_texts
from skewcheck.logs.guess import guessed

MAX_KEYS = 20_000
"""Keys of a record that are columns: each takes memory for every row."""
Steps = tuple[str | int, ...]
"""The way to a value inside of a column, as `Path` has it."""


def asked(kind: pa.DataType, paths: Sequence[Steps], number: bool) -> pa.DataType:
    """Return the type to ask for where the first rows have `kind`: what these paths inside need.

    Numbers are asked for as float64 if `number` is True, times as text: Arrow's JSON reader knows
    fewer spellings of a time than its cast, and fails for one.
    """
    if pa.types.is_struct(kind):
        inside: dict[str, list[Steps]] = {}
        for steps in paths:
            if steps:
                inside.setdefault(str(steps[0]), []).append(steps[1:])
            else:  # the struct itself, with all of it
                inside = {kind.field(place).name: [()] for place in range(kind.num_fields)}
                break
        return pa.struct(
            [(name, asked(kind.field(name).type, rest, number)) for name, rest in inside.items()]
        )
    if pa.types.is_list(kind):
        return pa.list_(asked(kind.value_type, [steps[1:] for steps in paths], number))
    if number and (pa.types.is_integer(kind) or pa.types.is_null(kind)):
        return pa.float64()
    return pa.string() if pa.types.is_null(kind) or pa.types.is_temporal(kind) else kind


def text_of(value: object) -> str | None:
    """Return a value as the text that stands for it in a column of text; None for null."""
    match value:
        case dict():
            return "{…}"  # never a number, and one label
        case list():
            return "[…]"
        case _:
            return label(value)


def whole_text_of(value: object) -> str | None:
    """Return a value as the text that stands for it, a record or list as the JSON that it is."""
    if isinstance(value, dict | list):
        return json.dumps(value)
    return text_of(value)


def column(values: list[object], *, number: bool, truths: bool, whole: bool = False) -> pa.Array:
    """Return values of several types as text, numbers alone as the numbers that are asked for.

    Booleans are numbers in a column of booleans (`truths`), and words among numbers, as in text.
    Records and lists are JSON where all of them is needed (`whole`), as to be decoded.
    """
    if number and truths:
        values = [int(value) if isinstance(value, bool) else value for value in values]
    text = whole_text_of if whole else text_of
    texts = from_texts([text(value) for value in values])
    # As the other blocks of the file have it, unless there is more than numbers in it.
    only_numbers = number and not any(
        isinstance(value, str | bool | dict | list) for value in values
    )
    return texts.cast(pa.float64()) if only_numbers else texts


def type_of_values(values: Sequence[object], known: Set[str] = frozenset()) -> pa.DataType:
    """Return the type of values, with times as the text that they are; bytes are binary."""
    if any(isinstance(value, bytes) for value in values):
        return pa.binary()
    kinds, _ = guessed(({"": value} for value in values), known=known, most=MAX_KEYS)
    return _timeless(kinds.get("", pa.null()))


_Text = Callable[[object], str | None]
"""Makes text of a value that has another type than its column."""


def to_arrow(values: Sequence[object], kind: pa.DataType, *, whole: bool = False) -> pa.Array:
    """Return Python values as an array of a type; text in the places where they have another.

    A record or a list that is text there is JSON if all of it is needed (`whole`).
    """
    text = whole_text_of if whole else text_of
    try:
        return _array(values, kind, text)
    except _OtherTypeError:
        return _array(values, _loosened(kind, type_of_values(values)), text)


class _OtherTypeError(Exception):
    """A value is not of the type that is asked for."""


def _array(values: Sequence[object], kind: pa.DataType, text: _Text) -> pa.Array:
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
                text,
            )
            for name in names
        ]
        if not fields:
            packed = None if valid.all() else np.packbits(valid, bitorder="little")
            bitmap = None if packed is None else pa.py_buffer(packed)
            return pa.Array.from_buffers(pa.struct([]), len(values), [bitmap], children=[])
        return pa.StructArray.from_arrays(fields, names=names, mask=_mask(valid))
    if pa.types.is_list(kind):
        lists = [value if isinstance(value, list | tuple) else () for value in values]
        offsets = np.cumsum([0, *map(len, lists)], dtype=np.int32)
        inside = _array([item for items in lists for item in items], kind.value_type, text)
        return pa.ListArray.from_arrays(from_numpy(offsets), inside, mask=_mask(valid))
    return _flat(values, kind, valid, text)


def _flat(
    values: Sequence[object], kind: pa.DataType, valid: NDArray[np.bool_], text: _Text
) -> pa.Array:
    if pa.types.is_binary(kind):
        if not all(value is None or isinstance(value, bytes) for value in values):
            raise _OtherTypeError
        return pa.array(values, kind)
    if pa.types.is_string(kind) or pa.types.is_null(kind):
        return from_texts([text(value) for value in values])
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
