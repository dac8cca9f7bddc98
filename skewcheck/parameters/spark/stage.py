"""A stage of a Spark pipeline: what it is, what it reads and writes, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.parameters.tree import Node

WIDEST = 50_000
"""Dimensions of a vector: a sparse one may announce any number in a few bytes."""
_WORDS = {"NaN": float("nan"), "Inf": float("inf"), "-Inf": float("-inf")}
_WORDS |= {"Infinity": _WORDS["Inf"], "-Infinity": _WORDS["-Inf"]}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage under Spark's own names, whichever file it stands in."""

    kind: str
    """The class, without its package: `StandardScalerModel`."""
    node: Node
    """Where it stands, for errors about it."""
    place: str
    """Where in the whole file or folder: it begins the place of every number."""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    settings: Mapping[str, Node] = field(default_factory=dict)
    """What the user chose, defaults included."""
    data: Mapping[str, Node] = field(default_factory=dict)
    """What was fitted."""
    package: str = ""
    """Of the class."""

    @property
    def input(self) -> str:
        """The first column that it reads; ParameterError if it names none."""
        if not self.inputs:
            raise self.node.at("inputCol").error("is missing")
        return self.inputs[0]

    @property
    def output(self) -> str:
        """The first column that it writes; ParameterError if it names none."""
        if not self.outputs:
            raise self.node.at("outputCol").error("is missing")
        return self.outputs[0]

    def found(self, key: str) -> Node:
        """Return a fitted value or a setting; ParameterError if it is not there."""
        node = self.data.get(key) or self.settings.get(key)
        if node is None or node.value is None:
            raise self.node.at(key).error("is missing")
        return node

    def flag(self, key: str, usual: bool) -> bool:
        """Return a setting that is true or false; `usual` is Spark's default."""
        node = self.settings.get(key)
        if node is None:
            return usual
        if not isinstance(node.value, bool):
            raise node.must("true or false")
        return node.value

    def number(self, key: str, usual: float) -> float:
        """Return a setting that is a number."""
        return real(self.settings[key]) if key in self.settings else usual

    def word(self, key: str, usual: str) -> str:
        """Return a setting that is a string."""
        return self.settings[key].text() if key in self.settings else usual

    def vector(self, key: str) -> tuple[float, ...]:
        """Return a vector; its numbers may be NaN or infinite."""
        return vector(self.found(key))


def real(node: Node) -> float:
    """Return a number, which may be NaN or infinite: Spark spells those as words."""
    if isinstance(node.value, str) and node.value in _WORDS:
        return _WORDS[node.value]
    if isinstance(node.value, float):
        return node.value
    return node.number()


def vector(node: Node) -> tuple[float, ...]:
    """Return a dense or sparse vector ({type, size, indices, values}), or an array of numbers."""
    if isinstance(node.value, list):
        return tuple(real(item) for item in node.items())
    members = node.members()
    if "values" not in members:
        raise node.must("a vector")
    values = [real(item) for item in members["values"].items()]
    kind = members.get("type")
    if len(values) > WIDEST:
        raise node.error(f"has {len(values):,} dimensions; {WIDEST:,} are allowed")
    if kind is None or kind.value == 1:
        return tuple(values)
    if kind.value != 0 or "size" not in members or "indices" not in members:
        raise node.must("a vector")
    size = members["size"].count()
    if size > WIDEST:
        raise members["size"].must(f"at most {WIDEST:,}")
    places = [item.count() for item in members["indices"].items()]
    if len(places) != len(values) or any(place >= size for place in places):
        raise members["indices"].must("as many as values, and below size")
    full = [0.0] * size
    for place, value in zip(places, values, strict=True):
        full[place] = value
    return tuple(full)


def texts(node: Node) -> tuple[str, ...]:
    """Return an array of strings."""
    return tuple(item.text() for item in node.items())
