"""Parse an ONNX model to its graph: inputs, nodes and constant tensors.

Field numbers: the ONNX project, onnx.proto3, IR version 3 and later.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.protobuf import Message, ProtobufParser
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

Constant = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.object_]
"""Numbers, or strings as objects."""
Kind = Literal["float", "integer", "text", "truth", "other"]

MAX_VALUES = 10_000_000
"""Numbers of a tensor: larger ones are weights, which no preprocessing uses."""
_MODEL_FIELDS = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26))
_NUMPY_TYPES = MappingProxyType({
    1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2",
    11: "<f8", 12: "<u4", 13: "<u8",
})  # fmt: skip
"""NumPy types of tensor types; 8 is text."""


def element_kind(code: int) -> Kind:
    """Return the kind of a tensor's elements."""
    if code == 8:
        return "text"
    if code == 16:  # bfloat16
        return "float"
    letter = _NUMPY_TYPES.get(code, "x").strip("<")[0]
    kinds: Mapping[str, Kind] = {"f": "float", "i": "integer", "u": "integer", "?": "truth"}
    return kinds.get(letter, "other")


@dataclass(frozen=True, slots=True)
class GraphInput:
    """An input of the model."""

    name: str
    kind: Kind
    shape: tuple[int | None, ...]
    """Sizes of the axes; None for a size that the model does not fix."""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """An operation of the graph."""

    op: str
    name: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Message]

    @property
    def label(self) -> str:
        """Its name, or its operation without one, for messages."""
        return self.name or self.op

    def has(self, name: str) -> bool:
        """Return whether an attribute is present."""
        return name in self.attributes

    def integer(self, name: str, default: int) -> int:
        """Return an integer attribute."""
        return self.attributes[name].integer(3, default) if self.has(name) else default

    def number(self, name: str, default: float) -> float:
        """Return a float32 attribute, exactly."""
        value = self.attributes[name].number(2, "<f4") if self.has(name) else None
        return default if value is None else value

    def text(self, name: str, default: str) -> str:
        """Return a string attribute."""
        return self.attributes[name].text(4) if self.has(name) else default

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return an attribute that is a list of float32; empty if absent."""
        return self.attributes[name].floats(7, "<f4") if self.has(name) else np.empty(0)

    def integers(self, name: str) -> list[int]:
        """Return an attribute that is a list of integers; empty if absent."""
        return self.attributes[name].integers(8) if self.has(name) else []

    def texts(self, name: str) -> list[str]:
        """Return an attribute that is a list of strings; empty if absent."""
        return self.attributes[name].texts(9) if self.has(name) else []

    def tensor(self, name: str) -> Constant | None:
        """Return a tensor attribute; None if absent."""
        return constant_value(self.attributes[name].message(5)) if self.has(name) else None


@dataclass(frozen=True, slots=True)
class Graph:
    """The main graph of a model."""

    inputs: tuple[GraphInput, ...]
    outputs: tuple[str, ...]
    nodes: tuple[GraphNode, ...]
    tensors: Mapping[str, Message]
    """Messages of the constants by name; not decoded, since most are weights."""


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a model with a graph of nodes."""
    if source.folder or source.content[:1] != b"\x08":  # the version is the first field
        return False
    try:
        model = ProtobufParser(source, 1000).message(source.content)
        if not {1, 7} <= model.fields.keys() <= _MODEL_FIELDS:
            return False
        graph = ProtobufParser(source).message(model.content(7))
        return any(node.text(4) for node in islice(graph.messages(1), 1))
    except ParameterError:
        return False


def parse_graph(source: ParameterSource, operations: Container[str]) -> Graph:
    """Return the model's graph; ParameterError if it is damaged.

    Only nodes of the given operations keep their attributes: those of a tree ensemble contain its
    trees.
    """
    graph_message = ProtobufParser(source).message(source.content).message(7)
    tensors = {tensor.text(8): tensor for tensor in graph_message.messages(5)}
    inputs = (_input(message) for message in graph_message.messages(11))
    return Graph(
        tuple(item for item in inputs if item.name not in tensors),
        tuple(message.text(1) for message in graph_message.messages(12)),
        tuple(_node(message, operations) for message in graph_message.messages(1)),
        tensors,
    )


def _node(message: Message, operations: Container[str]) -> GraphNode:
    op = message.text(4)
    attributes = {a.text(1): a for a in message.messages(5)} if op in operations else {}
    return GraphNode(
        op, message.text(3), message.text(7), tuple(message.texts(1)),
        tuple(message.texts(2)), attributes,
    )  # fmt: skip


def _input(message: Message) -> GraphInput:
    type_message = message.message(2)
    tensor = type_message.message(1)
    shape = tuple(
        dimension.integer(1) if 1 in dimension.fields else None
        for dimension in tensor.message(2).messages(1)
    )
    return GraphInput(message.text(1), element_kind(tensor.integer(1)), shape)


def constant_value(message: Message) -> Constant:
    """Return a tensor's values in its shape; ParameterError if they do not fit."""
    name = message.text(8) or "a tensor"
    if message.integer(14) or 13 in message.fields:
        raise message.parser.error(
            f"{name} stands in another file (external data): save the model as one file"
        )
    shape, code = message.integers(1), message.integer(2)
    count = math.prod(shape)
    if any(size < 0 for size in shape) or len(shape) > 8 or count > MAX_VALUES:
        raise message.parser.error(f"{name} announces {count:,} values, no parameters")
    values = _values(message, code)
    if values is None or len(values) != count:
        problem = "of a type that is not read" if values is None else f"but holds {len(values):,}"
        raise message.parser.error(f"{name} announces {count:,} values, {problem}")
    return values.reshape(shape)


def _values(message: Message, code: int) -> Constant | None:
    if code == 8:
        return np.array(message.texts(6), dtype=object)
    numpy_type = _NUMPY_TYPES.get(code)
    if numpy_type is None:
        return None
    is_integer = element_kind(code) != "float"
    if message.content(9):
        raw = message.content(9)
        if len(raw) % np.dtype(numpy_type).itemsize:
            return None
        values = np.frombuffer(raw, numpy_type)
        return values.astype(np.int64) if is_integer else values.astype(np.float64)
    if code in (1, 11):
        return message.floats(4, "<f4") if code == 1 else message.floats(10, "<f8")
    if code == 10:
        bits = np.array(message.integers(5), np.int64).astype("<u2")
        return bits.view("<f2").astype(np.float64)
    field = {7: 7, 12: 11, 13: 11}.get(code, 5)
    return np.array(message.integers(field), np.int64)
