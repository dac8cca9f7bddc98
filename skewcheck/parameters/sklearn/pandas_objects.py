"""Contents of pickled pandas objects (Index, Series, DataFrame, string arrays), without pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from skewcheck.parameters.pickles import ITEMS, STATE, PickledObject

_MAX_RANGE = 10_000_000
"""Members of a range, which a file names in a few bytes: as many as are read of any file."""


def as_list(value: object) -> list[object] | None:
    """Return the members of a list, tuple, array or pandas Index; None for anything else."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else None
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, PickledObject):
        return None
    if value.name in _INDEXES and len(value.args) == 2 and isinstance(value.args[1], dict):
        settings = value.args[1]
        return as_list(settings["data"]) if "data" in settings else _range(settings)
    if value.name == "ArrowStringArray":
        return _arrow_texts(value.state.get("_pa_array"))
    if value.name == "Categorical":
        return _categories(value.state.get("_dtype"), value.state.get("_codes"))
    if value.name == "__pyx_unpickle_NDArrayBacked":
        return _backed(value.state.get(STATE))
    # A list that is an object: UserList and _RemainderColsList keep it as data.
    inner = value.state.get("data", value.state.get(ITEMS, value.state.get("_ndarray")))
    return None if isinstance(inner, PickledObject) else as_list(inner)


_INDEXES = ("_new_Index", "_new_DatetimeIndex", "_new_PeriodIndex")
"""Functions of pandas that make an index of its class and its settings."""


def _range(settings: Mapping[object, object]) -> list[object] | None:
    """Return the members of a RangeIndex; None if it is none, or longer than any file is read."""
    ends = [settings.get(key) for key in ("start", "stop", "step")]
    start, stop, step = (end if isinstance(end, int) else 0 for end in ends)
    if not step or abs(stop - start) > _MAX_RANGE:
        return None
    return list(range(start, stop, step))


def _backed(state: object) -> list[object] | None:
    """Return the members of an array that is a NumPy array with a type of pandas' own.

    Its state has both, in an order that differs with pandas' version: of levels the array holds
    their codes.
    """
    parts = state if isinstance(state, tuple) else ()
    array = next((part for part in parts if isinstance(part, np.ndarray)), None)
    kind = next((part for part in parts if isinstance(part, PickledObject)), None)
    if kind is not None and kind.name == "CategoricalDtype":
        return _categories(kind, array)
    return as_list(array)


def _categories(kind: object, codes: object) -> list[object] | None:
    """Return the level of each code; None for one that is -1, a null."""
    levels = as_list(kind.state.get("categories")) if isinstance(kind, PickledObject) else None
    if levels is None or not isinstance(codes, np.ndarray) or codes.dtype.kind not in "iu":
        return None
    places: list[int] = codes.reshape(-1).tolist()
    if not all(-1 <= place < len(levels) for place in places):
        return None
    return [None if place < 0 else levels[place] for place in places]


def _arrow_texts(array: object) -> list[object] | None:
    """Return the texts of an Arrow array, pickled as type, length, nulls, offset and buffers.

    The buffers are [bitmap, offsets, bytes]: Arrow's columnar format, variable-size binary, with a
    bit for each text, which is 0 for a null. None for any other form.
    """
    if not isinstance(array, PickledObject) or len(array.args) != 1:
        return None
    match array.args[0]:
        case (PickledObject(args=("string" | "large_string" as kind,)), int(length), int(nulls),
              int(first), [bitmap, PickledObject(args=(offsets,)), PickledObject(args=(data,))],
              *_):  # fmt: skip
            pass
        case _:
            return None
    width = 8 if kind == "large_string" else 4
    if not isinstance(offsets, bytes | bytearray) or not isinstance(data, bytes | bytearray):
        return None
    if min(first, length) < 0 or len(offsets) < (first + length + 1) * width:
        return None
    ends = np.frombuffer(offsets, f"<i{width}", length + 1, first * width).tolist()
    texts = [bytes(data[a:b]).decode("utf-8", "backslashreplace") for a, b in pairwise(ends)]
    return [*texts] if not nulls else _with_nulls(texts, bitmap, first)


def _with_nulls(texts: Sequence[str], bitmap: object, first: int) -> list[object] | None:
    """Return texts with None where a bitmap has a 0; None without a bitmap of that length."""
    buffer = bitmap.args[0] if isinstance(bitmap, PickledObject) and bitmap.args else None
    if not isinstance(buffer, bytes | bytearray) or len(buffer) * 8 < first + len(texts):
        return None
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8), bitorder="little")
    present = bits[first : first + len(texts)].tolist()
    return [text if bit else None for text, bit in zip(texts, present, strict=True)]


def series_items(value: object) -> tuple[list[object], list[object]] | None:
    """Return index and values of a pandas Series; None if it is none, or holds no plain values."""
    if not isinstance(value, PickledObject) or value.name != "Series":
        return None
    manager = value.state.get("_mgr", value.state.get("_data"))
    if not isinstance(manager, PickledObject):
        return None
    match manager.state.get(STATE):
        case ([axis, *_], [values, *_], *_):
            names, members = as_list(axis), as_list(values)
        case _:
            return None
    if names is None or members is None or len(names) != len(members):
        return None
    return names, members


def series_values(value: PickledObject) -> Mapping[str, object] | None:
    """Return a pandas Series as a dict; None if it is none, or holds no plain values."""
    items = series_items(value)
    return None if items is None else {str(k): v for k, v in zip(*items, strict=True)}


def frame_items(value: object) -> tuple[list[object], list[object], list[list[object]]] | None:
    """Return columns, index and the values of each row of a pandas DataFrame of numbers.

    None if it is none, or has other blocks than NumPy arrays.
    """
    if not isinstance(value, PickledObject) or value.name != "DataFrame":
        return None
    manager = value.state.get("_mgr", value.state.get("_data"))
    parts = _blocks(manager) if isinstance(manager, PickledObject) else None
    if parts is None:
        return None
    (axes, blocks), rows = parts, 0
    columns, index = (as_list(axis) for axis in axes)
    if columns is None or index is None:
        return None
    rows = len(index)
    values: list[list[object]] = [[None] * len(columns) for _ in range(rows)]
    for array, places in blocks:
        block = np.atleast_2d(array) if isinstance(array, np.ndarray) else np.empty((0, 0))
        numbers = _places(places, len(columns))
        if numbers is None or block.shape != (len(numbers), rows):
            return None
        for place, members in zip(numbers, block.tolist(), strict=True):
            for row, member in zip(values, members, strict=True):
                row[place] = member
    return columns, index, values


def _blocks(
    manager: PickledObject,
) -> tuple[tuple[object, object], list[tuple[object, object]]] | None:
    """Return the axes (columns, index) and the blocks, each an array and the columns it is of.

    pandas before 1.3 kept them in the state (`BlockManager.__getstate__`), later versions in the
    arguments, where each block is a call of `_unpickle_block`.
    """
    match manager.args:
        case ([*blocks], [columns, index]) if all(_is_block(block) for block in blocks):
            pairs = [block.args[:2] for block in blocks if isinstance(block, PickledObject)]
            return (columns, index), [(pair[0], pair[1]) for pair in pairs]
    match manager.state.get(STATE):
        case (_, _, _, {"0.14.1": {"axes": [columns, index], "blocks": [*blocks]}}):
            members = [block for block in blocks if isinstance(block, dict)]
            return (columns, index), [(b.get("values"), b.get("mgr_locs")) for b in members]
    return None


def _is_block(block: object) -> bool:
    return isinstance(block, PickledObject) and len(block.args) >= 2


def _places(value: object, count: int) -> list[int] | None:
    """Return the columns of a block: a slice, an array of places, or an object that holds one."""
    if isinstance(value, PickledObject):
        value = value.args[0] if value.args else None
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        is_valid = all(end is None or isinstance(end, int) for end in ends) and ends[2] != 0
        return [*range(count)[value]] if is_valid else None
    members = as_list(value)
    if members is None:
        return None
    places = [int(member) for member in members if isinstance(member, int | np.integer)]
    valid = len(places) == len(members) and all(0 <= place < count for place in places)
    return places if valid else None
