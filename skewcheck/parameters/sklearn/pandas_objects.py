"""Contents of pickled pandas objects (Index, Series, string arrays), without pandas."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from skewcheck.parameters.pickles import ITEMS, STATE, PickledObject


def as_list(value: object) -> list[object] | None:
    """Return the members of a list, tuple, array or pandas Index; None for anything else."""
    if isinstance(value, np.ndarray):
        return list(value) if value.ndim else None
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, PickledObject):
        return None
    if value.name == "_new_Index" and len(value.args) == 2 and isinstance(value.args[1], dict):
        return as_list(value.args[1].get("data"))
    if value.name == "ArrowStringArray":
        return _arrow_texts(value.state.get("_pa_array"))
    # A list that is an object: UserList and _RemainderColsList keep it as data.
    inner = value.state.get("data", value.state.get(ITEMS))
    return None if isinstance(inner, PickledObject) else as_list(inner)


def _arrow_texts(array: object) -> list[object] | None:
    """Return the texts of an Arrow array, pickled as type, length, nulls, offset and buffers.

    The buffers are [bitmap, offsets, bytes]: Arrow's columnar format, variable-size binary. None
    for any other form.
    """
    if not isinstance(array, PickledObject) or len(array.args) != 1:
        return None
    match array.args[0]:
        case (PickledObject(args=("string" | "large_string" as kind,)), int(length), 0, int(first),
              [None, PickledObject(args=(offsets,)), PickledObject(args=(data,))], *_):  # fmt: skip
            pass
        case _:
            return None
    width = 8 if kind == "large_string" else 4
    if not isinstance(offsets, bytes | bytearray) or not isinstance(data, bytes | bytearray):
        return None
    if min(first, length) < 0 or len(offsets) < (first + length + 1) * width:
        return None
    ends = np.frombuffer(offsets, f"<i{width}", length + 1, first * width).tolist()
    return [bytes(data[a:b]).decode("utf-8", "backslashreplace") for a, b in pairwise(ends)]


def series_values(value: PickledObject) -> Mapping[str, object] | None:
    """Return a pandas Series as a dict; None if it is none, or holds no plain values."""
    manager = value.state.get("_mgr", value.state.get("_data"))
    if value.name != "Series" or not isinstance(manager, PickledObject):
        return None
    match manager.state.get(STATE):
        case ([axis, *_], [values, *_], *_):
            names, members = as_list(axis), as_list(values)
        case _:
            return None
    if names is None or members is None or len(names) != len(members):
        return None
    return {str(name): member for name, member in zip(names, members, strict=True)}
