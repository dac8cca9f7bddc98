"""What a pandas Index or Series holds, as far as its inert form still says it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from skewcheck.parameters.pickles.inert import STATE, Inert


def plain(value: object) -> object:
    """Return an Index as a list and a Series as a dict by its labels; any other value as it is.

    Also as it is: an Index or Series of a form that is not known here (levels, dates, categories).
    """
    if not isinstance(value, Inert) or value.module.partition(".")[0] != "pandas":
        return value
    if value.name in ("_new_Index", "Index", "RangeIndex"):
        labels = _index(value)
        return value if labels is None else labels
    manager = value.state.get("_mgr", value.state.get("_data"))
    if value.name != "Series" or not isinstance(manager, Inert):
        return value
    labels, values = _manager(manager)
    if labels is None or values is None or len(labels) != len(values):
        return value
    return dict(zip(map(_label, labels), values, strict=True))


def _label(value: object) -> object:
    return value if isinstance(value, str | int | float) else str(value)


def _manager(manager: Inert) -> tuple[list[object] | None, list[object] | None]:
    """Return labels and values of a SingleBlockManager: (axes, values, items, the same by name)."""
    match manager.state.get(STATE):
        case (_, _, _, {"0.14.1": {"axes": [index], "blocks": [{"values": values}]}}):
            return _index(index), _values(values)
    return None, None


def _index(value: object) -> list[object] | None:
    match value:
        case Inert(name="_new_Index", args=(Inert(), {"start": start, "stop": stop, "step": step})):
            return _range(start, stop, step)
        case Inert(name="_new_Index", args=(Inert(), {"data": data})):
            return _values(data)
    return None


def _range(start: object, stop: object, step: object) -> list[object] | None:
    if not isinstance(start, int) or not isinstance(stop, int) or not isinstance(step, int):
        return None
    found = range(start, stop, step) if step else range(0)
    return list(found) if max(abs(start), abs(stop)) < 2**20 else None


def _values(value: object) -> list[object] | None:
    if isinstance(value, np.ndarray):
        return list(value.tolist()) if value.ndim == 1 else None
    if isinstance(value, Inert) and isinstance(value.state.get("_pa_array"), Inert):
        return _arrow(value.state["_pa_array"])
    return None


def _arrow(value: object) -> list[object] | None:
    """Return the texts of an Arrow array: a bitmap of what is there, offsets, and all as UTF-8.

    The layout is that of Arrow's columnar format, variable-size binary.
    """
    match value:
        case Inert(
            name="_restore_array",
            args=((Inert(args=(kind,)), int(size), 0, 0, [_, offsets, texts], _, _),),
        ) if kind in ("large_string", "string"):
            width = np.dtype("<i8" if kind == "large_string" else "<i4")
            ends, content = _buffer(offsets), _buffer(texts)
        case _:
            return None
    if size < 0 or len(ends) < (size + 1) * width.itemsize:
        return None
    at = np.frombuffer(ends, width, size + 1).tolist()
    if at != sorted(at) or at[0] < 0 or at[-1] > len(content):
        return None
    return [content[a:b].decode("utf-8", "replace") for a, b in pairwise(at)]


def _buffer(value: object) -> bytes:
    match value:
        case Inert(name="py_buffer", args=(bytes() | bytearray() as content,)):
            return bytes(content)
    return b""
