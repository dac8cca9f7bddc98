"""Read Great Expectations suites: expected types, ranges and levels of raw columns."""

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
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import NO_STEPS_NOTE, PipelineColumn
from skewcheck.parameters.source import FormatReader, ParameterSource, root_members
from skewcheck.parameters.tree import Node

_NUMERIC_WORDS = ("int", "float", "double", "decimal", "number", "long", "short", "numeric", "real")
_TEXT_WORDS = ("str", "object", "char", "text", "bool", "categor")


@dataclass(slots=True)
class _ColumnExpectations:
    """Expectations collected for one column."""

    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] | None = None
    numbers: bool = False
    """Whether the expected levels are numbers."""
    kind: FeatureType | None = None
    places: list[str] = field(default_factory=list)
    """Places of the expectations in the file."""


def _recognised(source: ParameterSource) -> bool:
    expected = root_members(source.root).get("expectations")
    return isinstance(expected, list) and all(
        isinstance(e, dict) and ("expectation_type" in e or "type" in e) and "kwargs" in e
        for e in expected)  # fmt: skip


def _read(source: ParameterSource) -> Parameters:
    if source.root is None:
        raise source.error("no JSON")
    columns: dict[str, _ColumnExpectations] = {}
    unread: dict[str, None] = {}
    for node in source.root.members()["expectations"].items():
        members = node.members()
        expectation_type = members[
            "expectation_type" if "expectation_type" in members else "type"
        ].text()
        settings = members["kwargs"].members()
        if "column" not in settings:
            unread[expectation_type] = None
            continue
        expectations = columns.setdefault(settings["column"].text(), _ColumnExpectations())
        if _apply_expectation(expectation_type, settings, expectations):
            expectations.places.append(node.place)
        else:
            unread[expectation_type] = None
    notes = [NO_STEPS_NOTE, *([f"not read: {', '.join(list(unread)[:5])}"] if unread else [])]
    return build_parameters(
        source, [_column(name, expectations) for name, expectations in columns.items()], notes=notes
    )


def _apply_expectation(
    expectation_type: str, settings: Mapping[str, Node], expectations: _ColumnExpectations
) -> bool:
    """Add one expectation to those of its column; False if it says nothing about values."""
    if expectation_type == "expect_column_values_to_be_between":
        bounds = [_number(settings.get(key)) for key in ("min_value", "max_value")]
        low, high = bounds
        expectations.low = expectations.low if low is None else low
        expectations.high = expectations.high if high is None else high
        expectations.kind = expectations.kind or ("numeric" if bounds != [None, None] else None)
        return bounds != [None, None]
    if expectation_type == "expect_column_values_to_be_in_set" and "value_set" in settings:
        node = settings["value_set"]
        values = list(node.items()) if isinstance(node.value, list) else []
        expectations.levels = tuple(dict.fromkeys(name for v in values if (name := label(v.value))))
        expectations.numbers = all(type(v.value) in (int, float) for v in values)
        return bool(expectations.levels)
    if expectation_type in (
        "expect_column_values_to_be_of_type",
        "expect_column_values_to_be_in_type_list",
    ):
        expectations.kind = (
            _feature_type(settings.get("type_", settings.get("type_list"))) or expectations.kind
        )
        return expectations.kind is not None
    return expectation_type == "expect_column_to_exist"


def _feature_type(node: Node | None) -> FeatureType | None:
    text = str(node.value).lower() if node is not None else ""
    if any(word in text for word in _TEXT_WORDS):
        return "categorical"
    return "numeric" if any(word in text for word in _NUMERIC_WORDS) else None


def _number(node: Node | None) -> float | None:
    if node is None or isinstance(node.value, str | dict) or node.value is None:
        return None  # a date, a parameter of the run, or no bound
    number = node.number()
    return number if math.isfinite(number) else None


def _column(name: str, expectations: _ColumnExpectations) -> PipelineColumn:
    reference: Reference | None = None
    if expectations.levels and expectations.kind != "numeric":
        reference = CategoricalReference(0, 0, dict.fromkeys(expectations.levels, 0))
        expectations.kind = "categorical"
    elif (
        expectations.low is not None
        and expectations.high is not None
        and expectations.low < expectations.high
    ):
        reference = NumericReference(0, min=expectations.low, max=expectations.high)
    return PipelineColumn(
        name,
        type=expectations.kind or "numeric",
        reference=reference,
        source="; ".join(expectations.places),
    )


READER = FormatReader(_recognised, _read)
