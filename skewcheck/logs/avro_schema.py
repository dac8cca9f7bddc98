"""Schemas of Avro: which columns they announce, in Arrow's types, and a part of them to read.

Specification: https://avro.apache.org/docs/1.12.0/specification/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from skewcheck.logs.arrays import label

Schema = str | list["Schema"] | dict[str, object]
_DEEPEST = 16  # levels: what lies deeper is no feature, and Arrow's types are recursive
_WHOLE = {"int", "long"}
_NUMBERS = {"int", "long", "float", "double"}
_PRIMITIVE: Mapping[str, pa.DataType] = {
    "null": pa.null(), "boolean": pa.bool_(), "int": pa.int32(), "long": pa.int64(),
    "float": pa.float32(), "double": pa.float64(), "bytes": pa.binary(), "string": pa.string(),
}  # fmt: skip
_LOGICAL: Mapping[tuple[str, str], pa.DataType] = {
    ("int", "date"): pa.date32(),
    ("int", "time-millis"): pa.time32("ms"),
    ("long", "time-micros"): pa.time64("us"),
    ("long", "timestamp-millis"): pa.timestamp("ms", "UTC"),
    ("long", "timestamp-micros"): pa.timestamp("us", "UTC"),
    ("long", "timestamp-nanos"): pa.timestamp("ns", "UTC"),
    ("long", "local-timestamp-millis"): pa.timestamp("ms"),
    ("long", "local-timestamp-micros"): pa.timestamp("us"),
    ("long", "local-timestamp-nanos"): pa.timestamp("ns"),
}
_NAMED = {"record", "error", "enum", "fixed"}
_DECIMALS = ((38, pa.decimal128), (76, pa.decimal256))
"""Digits that each type of Arrow holds."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields of a file's records."""

    schema: dict[str, object]
    """That of a record, with whole names."""
    named: Mapping[str, dict[str, object]]
    """Types that have a name."""

    @classmethod
    def of(cls, parsed: object) -> Columns | None:
        """Return the columns of a schema whose names are whole; None of what is no record."""
        if not isinstance(parsed, dict) or parsed.get("type") not in ("record", "error"):
            return None
        named: dict[str, dict[str, object]] = {}
        _collect(parsed, named)
        return cls(parsed, named)

    def names(self) -> list[str]:
        """Return the names of the columns."""
        return [name for name, _ in _fields(self.schema)]

    def types(self) -> dict[str, pa.DataType]:
        """Return the columns in Arrow's types; text where values have types that do not mix."""
        return {name: self._type(kind, 0) for name, kind in _fields(self.schema)}

    def part(self, wanted: Iterable[str] | None) -> Schema:
        """Return the schema of these columns alone, all for None, with raw numbers for times."""
        return _Part(self.named, None if wanted is None else {*wanted}).of(self.schema, top=True)

    def _type(self, schema: Schema, depth: int) -> pa.DataType:
        if depth > _DEEPEST:
            return pa.string()
        if isinstance(schema, list):
            return self._union(schema, depth)
        if isinstance(schema, str):
            named = self.named.get(schema)
            return _PRIMITIVE[schema] if named is None else self._type(named, depth + 1)
        kind = schema["type"]
        if not isinstance(kind, str) or kind in self.named:
            return self._type(_as_schema(kind), depth)
        if kind in ("record", "error"):
            fields = [(name, self._type(inner, depth + 1)) for name, inner in _fields(schema)]
            return pa.struct(fields)
        if kind == "array":
            return pa.list_(self._type(_as_schema(schema["items"]), depth + 1))
        if kind == "map":
            return pa.map_(pa.string(), self._type(_as_schema(schema["values"]), depth + 1))
        return _decimal(schema) or _simple(kind, schema)

    def _union(self, branches: list[Schema], depth: int) -> pa.DataType:
        types = [kind for kind in branches if kind != "null"]
        if len(types) == 1:
            return self._type(types[0], depth)
        names = {kind if isinstance(kind, str) else "" for kind in types}
        if names and names <= _WHOLE:
            return pa.int64()
        return pa.float64() if names and names <= _NUMBERS else pa.string() if types else pa.null()


def as_type(values: list[object], kind: pa.DataType) -> list[object]:
    """Return values that Arrow takes for a type: text of those whose types do not mix."""
    if pa.types.is_string(kind):
        return [value if value is None or isinstance(value, str) else _text(value)
                for value in values]  # fmt: skip
    if pa.types.is_struct(kind) and _has_text(kind):
        inner = [kind.field(i) for i in range(kind.num_fields)]
        columns = [
            as_type([v.get(f.name) if isinstance(v, dict) else None for v in values], f.type)
            for f in inner
        ]
        rows = zip(*columns, strict=True) if columns else ([()] * len(values))
        names = [f.name for f in inner]
        return [
            None if value is None else dict(zip(names, row, strict=True))
            for value, row in zip(values, rows, strict=True)
        ]
    if pa.types.is_list(kind) and _has_text(kind):
        return [
            as_type(value, kind.value_type) if isinstance(value, list) else value
            for value in values
        ]
    if pa.types.is_map(kind):
        return [
            list(zip(value, as_type([*value.values()], kind.item_type), strict=True))
            if isinstance(value, dict)
            else value
            for value in values
        ]
    return values


def _has_text(kind: pa.DataType) -> bool:
    """Return whether a type holds text or a map somewhere, whose values may be of others."""
    if pa.types.is_struct(kind):
        return any(_has_text(kind.field(i).type) for i in range(kind.num_fields))
    if pa.types.is_list(kind):
        return _has_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_map(kind))


def _text(value: object) -> str | None:
    match value:
        case dict():
            return "{…}"  # never a number, and one label
        case list():
            return "[…]"
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case _:
            return label(value)


def _collect(schema: Schema, named: dict[str, dict[str, object]]) -> None:
    """Add the types in a schema that have a name."""
    if isinstance(schema, list):
        for branch in schema:
            _collect(branch, named)
    elif isinstance(schema, dict):
        if schema["type"] in ("record", "error", "enum", "fixed"):
            named[str(schema["name"])] = schema
        for inner in _inside(schema):
            _collect(inner, named)


def _inside(schema: dict[str, object]) -> list[Schema]:
    kind = schema["type"]
    if kind in ("record", "error"):
        return [inner for _, inner in _fields(schema)]
    if kind in ("array", "map"):
        return [_as_schema(schema["items" if kind == "array" else "values"])]
    return [_as_schema(kind)] if isinstance(kind, dict | list) else []


def _fields(schema: dict[str, object]) -> list[tuple[str, Schema]]:
    fields = schema["fields"]
    if not isinstance(fields, list):
        raise TypeError("fields")
    return [(str(item["name"]), _as_schema(item["type"])) for item in fields]


def _as_schema(kind: object) -> Schema:
    if not isinstance(kind, str | list | dict):
        raise TypeError("schema")
    return kind


def _simple(kind: str, schema: dict[str, object]) -> pa.DataType:
    if kind == "enum":
        return pa.string()
    if kind == "fixed":
        return pa.binary(int(str(schema["size"])))
    return _LOGICAL.get((kind, str(schema.get("logicalType")))) or _PRIMITIVE[kind]


def _decimal(schema: dict[str, object]) -> pa.DataType | None:
    """Return the type of a decimal; None of what is none, or has more digits than any type."""
    if schema.get("logicalType") != "decimal" or schema["type"] not in ("bytes", "fixed"):
        return None
    precision, scale = int(str(schema["precision"])), int(str(schema.get("scale", 0)))
    made = (made(precision, scale) for most, made in _DECIMALS if precision <= most)
    return next(made, None)


@dataclass(slots=True)
class _Part:
    """Makes a schema of some columns: a type with a name is whole where it first stands."""

    named: Mapping[str, dict[str, object]]
    wanted: set[str] | None
    done: set[str] = field(default_factory=set)

    def of(self, schema: Schema, top: bool = False) -> Schema:
        if isinstance(schema, list):
            return [self.of(branch) for branch in schema]
        if isinstance(schema, str):
            known = schema not in self.named or schema in self.done
            return schema if known else self.of(self.named[schema])
        kind = schema["type"]
        if not isinstance(kind, str) or (kind in self.named and kind not in _NAMED):
            return self.of(_as_schema(kind))
        if kind in _NAMED:
            self.done.add(str(schema["name"]))
        made = {
            key: value
            for key, value in schema.items()
            if not key.startswith("__") and (key != "logicalType" or _decimal(schema) is not None)
        }
        if kind in ("record", "error"):
            made["fields"] = [
                {"name": name, "type": self.of(inner)}
                for name, inner in _fields(schema)
                if not top or self.wanted is None or name in self.wanted
            ]
        elif kind in ("array", "map"):
            key = "items" if kind == "array" else "values"
            made[key] = self.of(_as_schema(schema[key]))
        return made
