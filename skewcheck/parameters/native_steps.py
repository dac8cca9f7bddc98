"""Read the steps of a feature in skewcheck's own parameter file."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from difflib import get_close_matches

from skewcheck.features.steps import (
    OPS,
    Expand,
    Impute,
    Map,
    NumericStep,
    OneHot,
    Standardize,
    Step,
    Vocabulary,
    numeric_steps,
)
from skewcheck.features.transform import column_names
from skewcheck.features.types import FeatureType
from skewcheck.parameters.tree import Node, known_members

MAX_STEPS = 1_000
"""Steps of a feature: a pipeline has some ten, and each is applied to every row."""
_TO_SEVERAL_OR_OF_LEVELS = (Vocabulary.op, OneHot.op, Map.op, Expand.op, Standardize.op)


def steps_of(node: Node) -> tuple[Step, ...]:
    """Return the steps of an array; ParameterError for a wrong step, and for very many."""
    steps: list[Step] = []
    for item in node.items():
        if len(steps) >= MAX_STEPS:
            raise node.error(f"has more than {MAX_STEPS:,} steps; a feature has a few")
        steps.append(step_of(item))
    return tuple(steps)


def check_step_order(node: Node, steps: tuple[Step, ...], feature_type: FeatureType) -> None:
    """Raise ParameterError if a step cannot take the output of the step before it."""
    is_numeric = feature_type == "numeric"
    for i, step in enumerate(steps):
        place = Node(None, node.file, f"{node.place}[{i}]")
        if column_names((step,)) and i < len(steps) - 1:
            raise place.error(f"{step.op} must be the last step where it makes several columns")
        if isinstance(step, Vocabulary | OneHot | Map):
            if is_numeric:
                raise place.error(f"{step.op} takes levels, but the feature is numeric here")
            is_numeric = True
        elif isinstance(step, Impute):
            if isinstance(step.value, str) == is_numeric:
                expected = "a number" if is_numeric else "a string"
                raise place.at("value").error(f"must be {expected}, as the feature is here")
        elif not is_numeric:
            raise place.error(f"{step.op} takes numbers; a vocabulary or onehot must come first")


def step_of(node: Node) -> Step:
    """Return one step; ParameterError names what is wrong with it."""
    members = node.table()
    if "op" not in members:
        raise node.at("op").error("is missing")
    name = members["op"].text()
    if name not in OPS:
        close = get_close_matches(name, list(OPS), 1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(OPS)}"
        raise members["op"].error(f"no op {json.dumps(name)}; {hint}")
    fields = {f.name.rstrip("_"): f for f in dataclasses.fields(OPS[name])}
    known_members(node, ("op", *fields))
    values: dict[str, object] = {}
    for key, field in fields.items():
        if key in members and members[key].value is not None:
            values[field.name] = _setting(name, key, members[key])
        elif key in members and key == "unknown":
            values[field.name] = None
        elif field.default is dataclasses.MISSING:
            raise node.at(key).error("is missing")
    step_class: Callable[..., Step] = OPS[name]
    step = step_class(**values)
    if problem := step.check():
        key, rule = problem
        value = members[key].value if key in members else None
        raise Node(value, node.file, f"{node.place}.{key}").error(
            rule if value is None or isinstance(value, list) else f"{rule}, got {json.dumps(value)}"
        )
    return step


def _numeric_step(node: Node) -> NumericStep:
    """Return a step within an expand; ParameterError for an expand, and for steps of levels."""
    operation = node.table().get("op")
    if operation is not None and operation.value in _TO_SEVERAL_OR_OF_LEVELS:
        raise operation.error("must be a step from a number to one number")
    (step,) = numeric_steps([step_of(node)])
    return step


def _of_map(key: str, node: Node) -> object:
    """Return one setting of a map: a number stands for a list of one."""
    if key == "columns":
        return tuple(item.text() for item in node.items())
    if key == "values":
        return {level: _vector(member) for level, member in node.table().items()}
    return _vector(node)


def _vector(node: Node) -> tuple[float, ...]:
    numbers = node.numbers() if isinstance(node.value, list) else [node.number()]
    return tuple(map(float, numbers))


def _setting(op: str, key: str, node: Node) -> object:
    """Return one setting of a step, converted to its type."""
    if key in ("method", "output", "dtype", "epsilon_in", "over", "group"):
        return node.text()
    if key == "unsaid":
        return node.flag()
    if op == "map":
        return _of_map(key, node)
    if op == "expand":
        return {name: tuple(map(_numeric_step, of.items())) for name, of in node.table().items()}
    if key in ("knots", "coefficients"):
        return tuple(_vector(of) if key == "coefficients" else float(of.number())
                     for of in node.items())  # fmt: skip
    if key in ("values", "edges"):
        if op in ("vocabulary", "onehot"):
            return tuple(item.text() for item in node.items())
        return tuple(float(x) for x in node.numbers())
    if key == "range":
        bounds = node.numbers()
        if len(bounds) != 2:
            raise node.error("must be two numbers")
        return float(bounds[0]), float(bounds[1])
    if key in ("decimals", "zero_point", "length", "ddof", "width"):
        number = node.number()
        if number != round(number):
            raise node.must("a whole number")
        return int(number)
    if (op == "impute" or op == "onehot") and isinstance(node.value, str):
        return node.text()
    if op == "onehot":
        raise node.must("one of values")
    return node.number()
