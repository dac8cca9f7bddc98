"""One Arrow array becomes codes of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from skewcheck.arrays.arrow import scalar, to_numpy
from skewcheck.arrays.numeric import EXACT, is_text, numbers


@dataclass(frozen=True, slots=True)
class Labels:
    """A column as labels, a code per row."""

    codes: NDArray[np.int32]
    """Places in `levels`; -1 for a null and for a mistyped value."""
    levels: tuple[str, ...]
    """Distinct; some may not occur, as in the dictionaries that they come from."""
    mistyped: int = 0
    """Rows whose value is nested or binary."""

    @property
    def nulls(self) -> int:
        """Rows without a value; NaN counts as one."""
        return int(np.count_nonzero(self.codes < 0)) - self.mistyped


def labels(array: pa.Array) -> Labels:
    """Return the array as codes of its distinct labels.

    Text stays as it is. Numbers have one spelling whatever their type ("3" for 3, 3.0 and decimal
    3.00), booleans are "true" and "false", dates and times ISO 8601 (UTC); NaN is a null. Bytes
    that are no UTF-8 are shown as escapes. Of dictionaries only the values are looked at.
    """
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return labels(array.storage)
    if pa.types.is_run_end_encoded(kind):
        return labels(pc.run_end_decode(array))
    if not pa.types.is_dictionary(kind):
        if not _has_labels(kind):
            return Labels(np.full(len(array), -1, np.int32), (), len(array) - array.null_count)
        array = _plain(array).dictionary_encode()
    codes = _codes(array.indices)
    if not _has_labels(array.type.value_type):
        return Labels(np.full(len(codes), -1, np.int32), (), int(np.count_nonzero(codes >= 0)))
    names = _names(array.dictionary)
    known = {name: None for name in names if name is not None}
    if len(known) == len(names):
        return Labels(codes, tuple(known))
    places = {name: place for place, name in enumerate(known)}
    table = [-1 if name is None else places[name] for name in names]
    return Labels(np.array([*table, -1], np.int32)[codes], tuple(known))


def label(value: object) -> str | None:
    """Return a single value's label, spelled as `labels` does; None for None and NaN.

    Text that has no UTF-8 form (lone surrogates) is escaped; other objects give their `str`.
    """
    match value:
        case None:
            return None
        case bool() | np.bool_():
            return "true" if value else "false"
        case float() | np.floating():
            if np.isnan(value):
                return None
            whole = abs(float(value)) < EXACT and float(value).is_integer()
            return str(int(value)) if whole else str(value)
        case Decimal():
            spelled = format(value, "f")
            return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled
        case _:
            return str(value).encode("utf-8", "backslashreplace").decode()


def _has_labels(kind: pa.DataType) -> bool:
    return bool(
        is_text(kind)
        or pa.types.is_null(kind)
        or (pa.types.is_primitive(kind) and not pa.types.is_interval(kind))
        or pa.types.is_decimal(kind)
    )


def _plain(array: pa.Array) -> pa.Array:
    """Return the array in a type that Arrow can encode as a dictionary."""
    if pa.types.is_float16(array.type):
        return array.cast(pa.float32())
    return array.cast(pa.large_string()) if "view" in str(array.type) else array


def _codes(indices: pa.Array) -> NDArray[np.int32]:
    if indices.type != pa.int32():
        indices = indices.cast(pa.int32())
    if indices.null_count:
        indices = indices.fill_null(scalar(-1).cast(pa.int32()))
    return to_numpy(indices, np.int32)


def _names(values: pa.Array) -> Sequence[str | None]:
    kind = values.type
    if pa.types.is_floating(kind):
        return [label(value) for value in numbers(values).values]
    if pa.types.is_duration(kind):
        return [label(value) for value in numbers(values).values]
    if pa.types.is_temporal(kind):
        return _moments(values)
    if not is_text(kind):
        return [label(value) for value in values.to_pylist()]
    try:
        names: list[str | None] = values.to_pylist()
    except UnicodeDecodeError:
        raw = values.cast(pa.large_binary()).to_pylist()
        return [None if item is None else item.decode("utf-8", "backslashreplace") for item in raw]
    return names


def _moments(values: pa.Array) -> list[str | None]:
    zone = ""
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values, zone = values.view(pa.int64()).view(pa.timestamp(values.type.unit)), "Z"
    spelled = pc.replace_substring(values.cast(pa.string()), " ", "T")
    # The unit of the column must not show: 12:00:00.000 is 12:00:00.
    spelled = pc.replace_substring_regex(spelled, r"(\.\d*?)0+$", r"\1")
    spelled = pc.replace_substring_regex(spelled, r"\.$", "")
    return [None if item is None else item + zone for item in spelled.to_pylist()]
