"""Great Expectations suites: the types, ranges and levels that somebody expects of raw columns."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.features.types import (
    CategoricalReference,
    FeatureType,
    NumericReference,
    Parameters,
    Reference,
)  # fmt: skip
from skewcheck.logs.arrays import label
from skewcheck.parameters.columns import Column, gathered
from skewcheck.parameters.source import Reader, Source, table
from skewcheck.parameters.tree import Node

_RAW = "says no normalization: audited as it is logged"
_NUMBERS = ("int", "float", "double", "decimal", "number", "long", "short", "numeric", "real")
_TEXTS = ("str", "object", "char", "text", "bool", "categor")


@dataclass(slots=True)
class _Said:
    """What a suite says of one column."""

    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] | None = None
    numbers: bool = False
    kind: FeatureType | None = None
    places: list[str] = field(default_factory=list)


def _recognised(source: Source) -> bool:
    expected = table(source.root).get("expectations")
    return isinstance(expected, list) and all(
        isinstance(e, dict) and ("expectation_type" in e or "type" in e) and "kwargs" in e
        for e in expected)  # fmt: skip


def _read(source: Source) -> Parameters:
    if source.root is None:
        raise source.error("no JSON")
    columns: dict[str, _Said] = {}
    unread: dict[str, None] = {}
    for node in source.root.members()["expectations"].items():
        members = node.members()
        kind = members["expectation_type" if "expectation_type" in members else "type"].text()
        settings = members["kwargs"].members()
        if "column" not in settings:
            unread[kind] = None
            continue
        said = columns.setdefault(settings["column"].text(), _Said())
        if _told(kind, settings, said):
            said.places.append(node.place)
        else:
            unread[kind] = None
    notes = [_RAW, *([f"not read: {', '.join(list(unread)[:5])}"] if unread else [])]
    return gathered(source, [_column(name, said) for name, said in columns.items()], notes=notes)


def _told(kind: str, settings: Mapping[str, Node], said: _Said) -> bool:
    """Keep what one expectation says of its column; False where it is of no use here."""
    if kind == "expect_column_values_to_be_between":
        ends = [_number(settings.get(key)) for key in ("min_value", "max_value")]
        said.low, said.high = (new if new is not None else old for new, old in
                               zip(ends, (said.low, said.high), strict=True))  # fmt: skip
        said.kind = said.kind or ("numeric" if ends != [None, None] else None)
        return ends != [None, None]
    if kind == "expect_column_values_to_be_in_set" and "value_set" in settings:
        node = settings["value_set"]
        values = list(node.items()) if isinstance(node.value, list) else []
        said.levels = tuple(dict.fromkeys(name for v in values if (name := label(v.value))))
        said.numbers = all(type(v.value) in (int, float) for v in values)
        return bool(said.levels)
    if kind in ("expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"):
        said.kind = _kind(settings.get("type_", settings.get("type_list"))) or said.kind
        return said.kind is not None
    return kind == "expect_column_to_exist"


def _kind(node: Node | None) -> FeatureType | None:
    text = str(node.value).lower() if node is not None else ""
    if any(word in text for word in _TEXTS):
        return "categorical"
    return "numeric" if any(word in text for word in _NUMBERS) else None


def _number(node: Node | None) -> float | None:
    if node is None or isinstance(node.value, str | dict) or node.value is None:
        return None  # a date, a parameter of the run, or no bound
    number = node.number()
    return number if math.isfinite(number) else None


def _column(name: str, said: _Said) -> Column:
    reference: Reference | None = None
    if said.levels and said.kind != "numeric":
        reference = CategoricalReference(0, 0, dict.fromkeys(said.levels, 0))
        said.kind = "categorical"
    elif said.low is not None and said.high is not None and said.low < said.high:
        reference = NumericReference(0, min=said.low, max=said.high)
    return Column(name, type=said.kind or "numeric", reference=reference,
                  source="; ".join(said.places))  # fmt: skip


READER = Reader(_recognised, _read)
