"""Which types the objects of a JSON Lines file seem to have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa

from skewcheck.logs.arrays.arrow import from_texts

_DEEPEST = 16  # levels: what lies deeper is no feature, and Arrow's types are recursive
_MOMENTS = (pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"))


def guessed(objects: Iterable[Mapping[str, object]], depth: int = 0) -> dict[str, pa.DataType]:
    """Return a type per key, in order of appearance; keys that mix types are text."""
    values: dict[str, list[object]] = {}
    for item in objects:
        for key, value in item.items():
            if value is not None:
                values.setdefault(key, []).append(value)
            else:
                values.setdefault(key, [])
    return {key: _type(seen, depth) for key, seen in values.items()}


def _type(values: list[object], depth: int) -> pa.DataType:
    kinds = {type(value) for value in values}
    if not kinds:
        return pa.null()
    if kinds == {dict} and depth < _DEEPEST:
        fields = guessed((value for value in values if isinstance(value, dict)), depth + 1)
        return pa.struct(list(fields.items()))
    if kinds == {list} and depth < _DEEPEST:
        inner = [
            item
            for value in values
            if isinstance(value, list)
            for item in value
            if item is not None
        ]
        return pa.list_(_type(inner, depth + 1))
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        small = all(isinstance(value, int) and abs(value) < 2**63 for value in values)
        return pa.int64() if small else pa.float64()
    if kinds <= {int, float}:
        return pa.float64()
    return _text_type(values) if kinds == {str} else pa.string()


def _text_type(values: list[object]) -> pa.DataType:
    """Return a date or time type if every text reads as one."""
    texts = [str(value).encode("utf-8", "replace").decode() for value in values]
    if not all(text[:4].isdecimal() and text[4:5] == "-" for text in texts):
        return pa.string()
    for moment in _MOMENTS:
        try:
            from_texts(texts).cast(moment)
        except pa.ArrowInvalid:
            continue
        return moment
    return pa.string()
