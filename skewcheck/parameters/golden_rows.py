"""Read the golden rows of a parameter file and check every rule of the format."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.features.golden import MAX_ROWS, GoldenRows, Value
from skewcheck.parameters.tree import Node, known_members


def golden_rows(node: Node) -> GoldenRows:
    """Return the golden rows at a node; ParameterError names key and rule."""
    members = known_members(node, ("inputs", "expected", "tolerance"))
    for key in ("inputs", "expected"):
        if key not in members:
            raise node.at(key).error("is missing")
    inputs, expected = _columns(members["inputs"]), _columns(members["expected"])
    rows = GoldenRows(inputs, expected, _tolerance(members, expected))
    for key, columns in (("inputs", inputs), ("expected", expected)):
        for name, values in columns.items():
            if len(values) != len(rows):
                place = members[key].members()[name]
                raise place.error(f"has {len(values)} values for {len(rows)} rows")
    if not expected or not 1 <= len(rows) <= MAX_ROWS:
        raise node.error(f"must have 1 to {MAX_ROWS} rows, with inputs and outputs")
    return rows


def _columns(node: Node) -> dict[str, tuple[Value, ...]]:
    return {
        name: tuple(_value(item) for item in member.items())
        for name, member in node.members().items()
    }


def _value(node: Node) -> Value:
    """Return a text, a truth value, a finite number, or null."""
    if node.value is None or isinstance(node.value, str | bool):
        return node.value
    number = node.number()
    return node.value if isinstance(node.value, int) else number


def _tolerance(members: Mapping[str, Node], expected: Mapping[str, object]) -> dict[str, float]:
    if "tolerance" not in members:
        return {}
    result = {}
    for name, node in members["tolerance"].members().items():
        if name not in expected:
            raise node.error("is no column of expected")
        result[name] = node.number()
        if result[name] < 0:
            raise node.must("at least 0")
    return result
