"""tf.Example: features by name, of which each is a list of bytes, of floats or of whole numbers.

https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/example/example.proto
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.logs.arrays import label
from skewcheck.logs.arrays.arrow import from_texts
from skewcheck.logs.protobuf import BYTES, FIXED32, InvalidError, fields, signed, varint, varints

_FEATURES, _FEATURE_LISTS = 1, 2
BYTES_LIST, FLOAT_LIST, INT64_LIST = 1, 2, 3
"""The fields of a feature: kinds of lists."""
_TYPES = {BYTES_LIST: pa.binary(), FLOAT_LIST: pa.float32(), INT64_LIST: pa.int64()}
Value = bytes | float | int
Feature = tuple[int, list[Value]]
"""Which kind of list it is, and its values."""


class NoExampleError(ValueError):
    """A record that is something else; its text says what."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the values of a feature are."""

    of: int
    """Which kind of list."""
    several: bool
    """Whether it has other than one value in some record."""

    @property
    def arrow(self) -> pa.DataType:
        """Return the type of its column."""
        return pa.list_(_TYPES[self.of]) if self.several else _TYPES[self.of]


def features(data: bytes, wanted: Mapping[bytes, str] | None = None) -> dict[str, Feature]:
    """Return the features of an example that have values, all of them where None are wanted.

    InvalidError for what is no protocol buffer, NoExampleError for another message.
    """
    found: dict[str, Feature] = {}
    for number, kind, start, end in fields(data, 0, len(data)):
        if number == _FEATURE_LISTS:
            raise NoExampleError("a SequenceExample or another message")
        if number != _FEATURES or kind != BYTES:
            raise NoExampleError("a message that is no tf.Example")
        for of_map, kind_of_map, first, last in fields(data, start, end):
            if of_map == 1 and kind_of_map == BYTES:
                _add(found, data, first, last, wanted)
            else:
                raise NoExampleError("a message that is no tf.Example")
    return found


def _add(
    found: dict[str, Feature], data: bytes, place: int, end: int,
    wanted: Mapping[bytes, str] | None,
) -> None:  # fmt: skip
    """Add the feature that an entry of the map is; a later one of the same name holds."""
    key, feature = b"", None
    for number, kind, first, last in fields(data, place, end):
        if number == 1 and kind == BYTES:
            key = data[first:last]
        elif number == 2 and kind == BYTES:
            feature = first, last
    name = key.decode("utf-8", "backslashreplace") if wanted is None else wanted.get(key)
    if name is None:
        return
    found.pop(name, None)
    if feature is None:
        return
    for number, kind, first, last in fields(data, *feature):
        if number not in _TYPES or kind != BYTES:
            raise NoExampleError("a message that is no tf.Example")
        values = _values(number, data, first, last)
        if values:
            found[name] = number, values


def _values(kind: int, data: bytes, place: int, end: int) -> list[Value]:
    """Return the values of a list, packed or not."""
    if kind == FLOAT_LIST and end - place == 6 and data[place : place + 2] == b"\n\4":
        return [*struct.unpack_from("<f", data, place + 2)]  # one, as most features have
    values: list[Value] = []
    for number, wire, first, last in fields(data, place, end):
        if number != 1:
            raise InvalidError
        if kind == BYTES_LIST and wire == BYTES:
            values.append(data[first:last])
        elif kind == FLOAT_LIST and wire in (BYTES, FIXED32):
            if (last - first) % 4:
                raise InvalidError
            values += struct.unpack_from(f"<{(last - first) // 4}f", data, first)
        elif kind == INT64_LIST and wire == BYTES:
            values += varints(data, first, last)
        elif kind == INT64_LIST:
            values.append(signed(varint(data, first, last)[0]))
        else:
            raise InvalidError
    return values


def kinds(records: Iterable[Mapping[str, Feature]]) -> dict[str, Kind]:
    """Return what the values of each feature are, in order of appearance.

    One whose lists are of several kinds has the first of them: other values are text.
    """
    found: dict[str, Kind] = {}
    for record in records:
        for name, (kind, values) in record.items():
            known = found.get(name)
            several = len(values) > 1 or (known is not None and known.several)
            if known is None or several != known.several:
                found[name] = Kind(kind if known is None else known.of, several)
    return found


def column(values: Sequence[Feature | None], kind: Kind) -> pa.Array:
    """Return the column of a feature, null where it has no value: text where types change."""
    if kind.several:
        return _lists(values, kind)
    if all(value is None or (value[0] == kind.of and len(value[1]) == 1) for value in values):
        return pa.array([None if value is None else value[1][0] for value in values], kind.arrow)
    return from_texts([_text(value) for value in values])


def _lists(values: Sequence[Feature | None], kind: Kind) -> pa.Array:
    if all(value is None or value[0] == kind.of for value in values):
        return pa.array([None if value is None else value[1] for value in values], kind.arrow)
    texts = [
        None if value is None else [_text((value[0], [one])) for one in value[1]]
        for value in values
    ]
    return pa.array(texts, pa.list_(pa.string()))


def _text(value: Feature | None) -> str | None:
    if value is None:
        return None
    if len(value[1]) != 1:
        return "[…]"  # never a number, and one label
    (one,) = value[1]
    return one.decode("utf-8", "backslashreplace") if isinstance(one, bytes) else label(one)
