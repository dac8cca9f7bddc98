"""Arrays of text become arrays of what the text holds: by Arrow where it can, else value by value.

The type of what comes out is that of the first rows of a file; rows that have another get text in
the places where they differ, as JSON Lines do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import is_bytes, present, scalar, to_bools
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.json_values import to_arrow, type_of_values
from skewcheck.logs.shape.codecs import CODECS
from skewcheck.logs.shape.text_pairs import OtherKindError

_KEY = "value"
_NESTED = (dict, list)
_BEGINS = r"^\s*[{\[]"


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
    return type_of_values(_of_one_kind(values), known)


def _of_one_kind(values: Sequence[object]) -> list[object]:
    """Return values in which, as in the fields of records among them, all are records or all are
    lists where some are: those of the more frequent kind, others are null.

    They cannot be decoded to it: a server that writes "timeout" for a record has written none.
    """
    kinds = Counter(type(value) for value in values if value is not None)
    usual = max(_NESTED, key=lambda nested: kinds[nested])
    if not kinds[usual]:
        return [*values]
    kept: list[object] = [value if isinstance(value, usual) else None for value in values]
    records: list[dict[object, object]] = [value for value in kept if isinstance(value, dict)]
    names = {name for record in records for name, v in record.items() if isinstance(v, _NESTED)}
    for name in names:
        inside = _of_one_kind([record.get(name) for record in records])
        records = [{**r, name: v} for r, v in zip(records, inside, strict=True)]
    made = iter(records)
    return [next(made) if isinstance(value, dict) else value for value in kept]


def decoded(array: pa.Array, codec: str, kind: pa.DataType | None) -> Decoded:
    """Decode an array to a type; what values hold beyond it is passed over."""
    array = _plain(array)
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


def _by_hand(
    array: pa.Array, codec: str
) -> tuple[list[object], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what the values hold, None for null; which are damaged, and which of another kind."""
    decode = CODECS[codec]
    raw = pylist(array)
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
    begins = pc.match_substring_regex(text, _BEGINS)
    other = present(text) & ~to_bools(pc.fill_null(begins, False))
    text = pc.fill_null(pc.if_else(begins, text, scalar(None)), "null")
    # Each in a list, so that what stands behind a value is no other key of the line.
    lines = pc.binary_join_element_wise(scalar(f'{{"{_KEY}":['), text, scalar("]}\n"), scalar(""))
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
                explicit_schema=pa.schema({_KEY: pa.list_(kind)}),
                unexpected_field_behavior="ignore",
                newlines_in_values=True,
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None
    if table.num_rows != len(array):
        return None
    lists = table.column(0).combine_chunks()
    if len(lists.values) != len(lists) or lists.null_count:
        return None
    return Decoded(lists.values, np.zeros(len(array), bool), other)


def begins_record(array: pa.Array) -> NDArray[np.bool_]:
    """Return which values are text that begins as an object or a list does, or no text at all."""
    array = _plain(array)
    if not (is_text(array.type) or is_bytes(array.type)):
        return present(array)
    return to_bools(pc.fill_null(pc.match_substring_regex(array, _BEGINS), False))


def _plain(array: pa.Array) -> pa.Array:
    """Return an array without a dictionary."""
    return array.cast(array.type.value_type) if pa.types.is_dictionary(array.type) else array


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
