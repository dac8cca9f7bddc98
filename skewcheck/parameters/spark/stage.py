"""A stage of a Spark pipeline: class, input and output columns, settings and fitted values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.parameters.tree import Node

MAX_DIMENSIONS = 50_000
"""Dimensions of a vector: a sparse one may announce any number in a few bytes."""
_NUMBER_WORDS = {"NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf")}
_NUMBER_WORDS |= {"Infinity": _NUMBER_WORDS["Inf"], "-Infinity": _NUMBER_WORDS["-Inf"]}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage with Spark's names, whether it comes from Spark's folder or from a bundle."""

    kind: str
    """Class name without its package: `StandardScalerModel`."""
    node: Node
    """Place of the stage, for errors."""
    place: str
    """Path of the stage in the file or folder: the beginning of every number's place."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    settings: Mapping[str, Node] = field(default_factory=dict)
    """The user's settings, including defaults."""
    data: Mapping[str, Node] = field(default_factory=dict)
    """Fitted values."""
    package: str = ""
    """Package of the class."""

    @property
    def input(self) -> str:
        """The first input column; ParameterError if there is none."""
        if not self.inputs:
            raise self.node.at("inputCol").error("is missing")
        return self.inputs[0]

    @property
    def output(self) -> str:
        """The first output column; ParameterError if there is none."""
        if not self.outputs:
            raise self.node.at("outputCol").error("is missing")
        return self.outputs[0]

    def required(self, key: str) -> Node:
        """Return a fitted value or a setting; ParameterError if it is missing."""
        node = self.data.get(key) or self.settings.get(key)
        if node is None or node.value is None:
            raise self.node.at(key).error("is missing")
        return node

    def flag(self, key: str, default: bool) -> bool:
        """Return a boolean setting; `default` is Spark's default."""
        node = self.settings.get(key)
        if node is None:
            return default
        if not isinstance(node.value, bool):
            raise node.must("true or false")
        return node.value

    def number(self, key: str, default: float) -> float:
        """Return a setting that is a number, perhaps NaN or infinite."""
        return any_float(self.settings[key]) if key in self.settings else default

    def word(self, key: str, default: str) -> str:
        """Return a setting that is a string."""
        return self.settings[key].text() if key in self.settings else default

    def vector(self, key: str) -> tuple[float, ...]:
        """Return a vector; its values may be NaN or infinite."""
        return vector(self.required(key))


def any_float(node: Node) -> float:
    """Return a number, perhaps NaN or infinite, which Spark writes as words."""
    if isinstance(node.value, str) and node.value in _NUMBER_WORDS:
        return _NUMBER_WORDS[node.value]
    if isinstance(node.value, float):
        return node.value
    return node.number()


def vector(node: Node) -> tuple[float, ...]:
    """Return a dense or sparse vector ({type, size, indices, values}), or an array of numbers."""
    if isinstance(node.value, list):
        return tuple(any_float(item) for item in node.items())
    members = node.members()
    if "values" not in members:
        raise node.must("a vector")
    values = [any_float(item) for item in members["values"].items()]
    kind = members.get("type")
    if len(values) > MAX_DIMENSIONS:
        raise node.error(f"has {len(values):,} dimensions; {MAX_DIMENSIONS:,} are allowed")
    if kind is None or kind.value == 1:
        return tuple(values)
    if kind.value != 0 or "size" not in members or "indices" not in members:
        raise node.must("a vector")
    size = members["size"].count()
    if size > MAX_DIMENSIONS:
        raise members["size"].must(f"at most {MAX_DIMENSIONS:,}")
    indices = [item.count() for item in members["indices"].items()]
    if len(indices) != len(values) or any(index >= size for index in indices):
        raise members["indices"].must("as many as values, and below size")
    dense = [0.0] * size
    for index, value in zip(indices, values, strict=True):
        dense[index] = value
    return tuple(dense)


def string_items(node: Node) -> tuple[str, ...]:
    """Return an array of strings."""
    return tuple(item.text() for item in node.items())
