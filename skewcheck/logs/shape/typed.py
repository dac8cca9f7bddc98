"""Records whose values stand in a record with the name of their type: `{"doubleValue": 3.2}`.

DynamoDB, MongoDB's extended JSON, Avro's JSON of unions, JSON of Protocol Buffers, OpenTelemetry,
BigQuery's event parameters and tf.Example are such.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

_NUMBERS = (
    "N", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "numberValue",
    "number_value", "doubleValue", "double_value", "floatValue", "float_value", "intValue",
    "int_value", "int", "long", "double", "float", "int32_value", "int64_value", "int64Value",
    "int32Value",
)  # fmt: skip
_PLAIN = (
    "S", "BOOL", "SS", "NS", "$oid", "$date", "stringValue", "string_value", "boolValue",
    "bool_value", "string", "boolean", "bytes", "bytesValue", "timestampValue",
)  # fmt: skip
_NESTED = (
    "L", "M", "structValue", "struct_value", "listValue", "list_value", "arrayValue",
    "array_value", "kvlistValue", "kvlist_value", "fields", "array", "map", "floatList",
    "float_list", "int64List", "int64_list", "bytesList", "bytes_list", "feature",
)  # fmt: skip
_NOTHING = ("NULL", "nullValue", "null_value", "null")
_LISTS = ("floatList", "float_list", "int64List", "int64_list", "bytesList", "bytes_list")
_INSIDE = ("fields", "values", "value", "feature")
"""What may stand between a type and what it holds, as the only key."""
KEYS = frozenset((*_NUMBERS, *_PLAIN, *_NESTED, *_NOTHING))
_SURE = KEYS - {"fields", "feature", "array", "map", "bytes", "null", "M", "L", "S"}
"""Keys that hardly are names of anything else."""
MAX_DEPTH = 12


def is_typed(value: object, depth: int = 0) -> bool:
    """Return whether something in a value is a number or a text inside of its type."""
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, list):
        return any(is_typed(item, depth + 1) for item in value[:20])
    if not isinstance(value, dict) or not value:
        return False
    held = _held(value)
    if held is not None and held[0] in _SURE and _fits(*held):
        return True
    return any(is_typed(inside, depth + 1) for inside in [*value.values()][:200])


def typed_of(value: object) -> object:
    """Return a value with all that are inside of their types taken out; ValueError without any."""
    if not is_typed(value):
        raise ValueError
    return _plain(value, 0)


def _held(record: Mapping[str, object]) -> tuple[str, object] | None:
    """Return the type that a record names, and what it holds; None for any other record.

    A table has all types as columns, of which all but one are null.
    """
    if not record.keys() <= KEYS:
        return None
    present = [(key, held) for key, held in record.items() if held is not None]
    if len(present) == 1:
        return present[0]
    return ("null", None) if not present else None


def _fits(key: str, held: object) -> bool:
    """Return whether what a record holds can be of the type that it names."""
    if key in _NUMBERS:
        if isinstance(held, str):
            try:
                float(held)
            except ValueError:
                return False
            return True
        return isinstance(held, int | float) and not isinstance(held, bool)
    if key in _NESTED:
        return isinstance(held, dict | list)
    return True


def _plain(value: object, depth: int) -> object:
    if depth > 4 * MAX_DEPTH:
        raise ValueError
    if isinstance(value, list):
        items = [_plain(item, depth + 1) for item in value]
        pairs = [i for i in items if isinstance(i, dict) and i.keys() == {"key", "value"}]
        named = {str(pair["key"]): pair["value"] for pair in pairs}
        # Values of several types under one key would be of none in a table.
        return named if items and len(named) == len(items) else items
    if not isinstance(value, dict):
        return value
    held = _held(value) if value else None
    if held is None or not _fits(*held):
        return {key: _plain(inside, depth + 1) for key, inside in value.items()}
    key, inside = held
    if key in _NOTHING:
        return None
    if key in _NUMBERS:
        return _number(inside)
    if key not in _NESTED:
        return _plain(inside, depth + 1)
    bare = _bare(inside)
    plain = _plain(bare, depth + 1)
    if key in ("bytesList", "bytes_list") and isinstance(plain, list):
        plain = [_text(item) for item in plain]
    single = key in _LISTS and isinstance(plain, list) and len(plain) == 1
    return plain[0] if single and isinstance(plain, list) else plain


def _bare(held: object) -> object:
    """Return what stands behind a type, without the key between: `{"values": [...]}`."""
    if isinstance(held, dict) and len(held) == 1:
        ((key, inside),) = held.items()
        if key in _INSIDE and isinstance(inside, dict | list):
            return inside
    return held


def _text(held: object) -> object:
    """Return the text that JSON has as base64; what is none, as it is."""
    try:
        return base64.b64decode(held, validate=True).decode() if isinstance(held, str) else held
    except (binascii.Error, ValueError):
        return held


def _number(held: object) -> object:
    if not isinstance(held, str):
        return held
    try:
        return int(held)
    except ValueError:
        return float(held)
