"""Profiles as bytes, to be read by a later run: data only, of a closed list of types.

After a header come a skeleton in JSON, in which an array is a place, and the arrays as they lie in
memory, which are read without a copy.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache

import numpy as np

from skewcheck.counts.calendar import CalendarCounts
from skewcheck.counts.categorical import CategoricalCounts
from skewcheck.counts.clusters import Clusters
from skewcheck.counts.dimensions import Rest, Spans, Stretches, Values
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.gaps import Gaps
from skewcheck.counts.intake import Intake, RowCounts
from skewcheck.counts.key_counts import KeyCounts
from skewcheck.counts.losses import Losses
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.parity import Mismatch, ParityCounts
from skewcheck.counts.parts import Parts
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import SampleColumn
from skewcheck.counts.sample import Chunk, Sample
from skewcheck.features.histogram import Histogram
from skewcheck.logs.reach import Reach
from skewcheck.logs.tree import ENTRY_MAGIC

KINDS: Mapping[str, Callable[..., object]] = {
    kind.__name__: kind
    for kind in (
        Profile, FeatureProfile, NumericCounts, Histogram, CategoricalCounts, Moments, ParityCounts,
        Mismatch, Sample, Chunk, Losses, Clusters, Parts, Spans, Stretches, Values, Rest,
        Reach, SampleColumn, Gaps, Intake, RowCounts, KeyCounts, CalendarCounts,
    )
}  # fmt: skip
"""What is read back."""
_HEADER = struct.Struct("<4sIQQ")
"""Magic, CRC-32 of all that follows it, bytes of the skeleton, bytes of the arrays."""
_START = 8
"""Where arrays may begin: at multiples, as processors like it."""


class DamagedError(Exception):
    """The bytes are not what was written, or were written by another version."""


class OtherVersionError(DamagedError):
    """The bytes were written by a version whose profiles have other fields."""


def to_bytes(value: object) -> bytes:
    """Return numbers, texts, arrays, mappings, tuples, sets and dataclasses of these as bytes.

    The same value gives the same bytes. TypeError for anything else; what is of another dataclass
    than those of a profile can be told apart by its bytes, but not read back.
    """
    arrays = _Arrays()
    skeleton = json.dumps([_layout(), _plain(value, arrays)], separators=(",", ":")).encode()
    skeleton += b" " * (-len(skeleton) % _START)
    sizes = struct.pack("<QQ", len(skeleton), arrays.size)
    check = 0
    for part in (sizes, skeleton, *arrays.parts):
        check = zlib.crc32(part, check)
    return b"".join((ENTRY_MAGIC, struct.pack("<I", check), sizes, skeleton, *arrays.parts))


def from_bytes(data: bytes, *, strict: bool = False) -> object:
    """Return the value; DamagedError for bytes that were changed or that another version wrote.

    Its arrays are read-only views of `data`. What somebody else may have made up is read `strict`:
    each field must be of its type, and arrays are not repeated without bound.
    """
    if len(data) < _HEADER.size:
        raise DamagedError("too short")
    magic, check, skeleton, arrays = _HEADER.unpack_from(data)
    if magic != ENTRY_MAGIC or len(data) != _HEADER.size + skeleton + arrays:
        raise DamagedError("other bytes than were written")
    if zlib.crc32(memoryview(data)[8:]) != check:
        raise DamagedError("the checksum is another")
    start = _HEADER.size + skeleton
    if not strict:
        layout, value = json.loads(data[_HEADER.size : start])
        if layout != _layout():
            raise OtherVersionError("written by another version")
        return _read(value, data, start)
    from skewcheck.counts.strict import read  # what this machine wrote itself needs no second look

    return read(data, _HEADER.size, start, _layout())


@cache
def _layout() -> int:
    """Return a number that changes with the fields of what is read back."""
    layout = [
        (name, [(item.name, str(item.type)) for item in fields(kind)])
        for name, kind in KINDS.items()
        if isinstance(kind, type) and is_dataclass(kind)
    ]
    return zlib.crc32(repr(layout).encode())


class _Arrays:
    """The arrays of a value, one behind the other; those of the same bytes are written once."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0
        self._starts: dict[bytes, int] = {}

    def put(self, data: bytes) -> int:
        """Return where an array's bytes begin, once they are there."""
        start = self._starts.setdefault(data, self.size)
        if start == self.size:
            gap = -len(data) % _START
            self.parts += [data, bytes(gap)]
            self.size += len(data) + gap
        return start


def _plain(value: object, arrays: _Arrays) -> object:
    """Return a value as JSON has it: a list begins with what it is."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise TypeError(f"an array of {value.dtype} has no bytes of its own")
        little = value.astype(value.dtype.newbyteorder("<"), copy=False)
        return ["array", little.dtype.str, arrays.put(little.tobytes()), *value.shape]
    if isinstance(value, tuple):
        return ["tuple", *(_plain(item, arrays) for item in value)]
    if isinstance(value, Mapping):
        return ["dict", *(_plain(item, arrays) for pair in value.items() for item in pair)]
    if isinstance(value, frozenset):
        return ["set", *sorted((_plain(item, arrays) for item in value), key=json.dumps)]
    if isinstance(value, Enum):
        return [type(value).__name__, value.value]
    if is_dataclass(value):
        items = (_plain(getattr(value, item.name), arrays) for item in fields(value))
        return [type(value).__name__, *items]
    raise TypeError(f"{type(value).__name__} is nothing that profiles are made of")


def _read(value: object, data: bytes, start: int) -> object:
    if not isinstance(value, list):
        return value
    kind = value[0]
    if kind == "array":
        _, dtype, place, *shape = value
        flat = np.frombuffer(data, dtype, math.prod(shape), start + place)
        return flat if len(shape) == 1 else flat.reshape(shape)
    items = [_read(item, data, start) if isinstance(item, list) else item for item in value]
    if kind in KINDS:
        return KINDS[kind](*items[1:])
    if kind == "tuple":
        return tuple(items[1:])
    if kind == "dict":
        return dict(zip(items[1::2], items[2::2], strict=True))
    if kind == "set":
        return frozenset(items[1:])
    raise DamagedError(f"no {kind} is read back")
