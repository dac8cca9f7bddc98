"""An ONNX model as its bytes say it: inputs, nodes and the tensors that they hold.

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
"""Numbers, or text as objects."""
Kind = Literal["float", "integer", "text", "truth", "other"]

LARGEST = 10_000_000
"""Numbers of a tensor: larger ones are weights, which nobody here asks for."""
_KNOWN = frozenset((1, 2, 3, 4, 5, 6, 7, 8, 14, 20, 25, 26))
_RAW = MappingProxyType({
    1: "<f4", 2: "u1", 3: "i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?", 10: "<f2",
    11: "<f8", 12: "<u4", 13: "<u8",
})  # fmt: skip
"""Types of tensors as NumPy writes them; 8 is text."""


def kind(code: int) -> Kind:
    """Return what a tensor's type is to a column."""
    if code == 8:
        return "text"
    if code == 16:  # bfloat16
        return "float"
    letter = _RAW.get(code, "x").strip("<")[0]
    kinds: Mapping[str, Kind] = {"f": "float", "i": "integer", "u": "integer", "?": "truth"}
    return kinds.get(letter, "other")


@dataclass(frozen=True, slots=True)
class Input:
    """What the model takes."""

    name: str
    kind: Kind
    shape: tuple[int | None, ...]
    """None for a size that the model leaves open."""


@dataclass(frozen=True, slots=True)
class Node:
    """One operation."""

    op: str
    name: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Message]

    @property
    def called(self) -> str:
        """What a person would look for: its own name, or else its kind."""
        return self.name or self.op

    def has(self, name: str) -> bool:
        """Whether it has an attribute."""
        return name in self.attributes

    def integer(self, name: str, default: int) -> int:
        """Return an attribute that is a whole number."""
        return self.attributes[name].integer(3, default) if self.has(name) else default

    def number(self, name: str, default: float) -> float:
        """Return an attribute that is a float32, exactly."""
        found = self.attributes[name].number(2, "<f4") if self.has(name) else None
        return default if found is None else found

    def text(self, name: str, default: str) -> str:
        """Return an attribute that is text."""
        return self.attributes[name].text(4) if self.has(name) else default

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return an attribute that is a list of float32."""
        return self.attributes[name].floats(7, "<f4") if self.has(name) else np.empty(0)

    def integers(self, name: str) -> list[int]:
        """Return an attribute that is a list of whole numbers."""
        return self.attributes[name].integers(8) if self.has(name) else []

    def texts(self, name: str) -> list[str]:
        """Return an attribute that is a list of texts."""
        return self.attributes[name].texts(9) if self.has(name) else []

    def tensor(self, name: str) -> Constant | None:
        """Return an attribute that is a tensor."""
        return constant(self.attributes[name].message(5)) if self.has(name) else None


@dataclass(frozen=True, slots=True)
class Graph:
    """A model's main graph."""

    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    nodes: tuple[Node, ...]
    tensors: Mapping[str, Message]
    """Constants by name, not read yet: most of them are weights."""


def recognised(source: ParameterSource) -> bool:
    """Return whether the content is a model with a graph of nodes."""
    if source.folder or source.content[:1] != b"\x08":  # the version stands first
        return False
    try:
        model = ProtobufParser(source, 1000).message(source.content)
        if not {1, 7} <= model.fields.keys() <= _KNOWN:
            return False
        graph = ProtobufParser(source).message(model.content(7))
        return any(node.text(4) for node in islice(graph.messages(1), 1))
    except ParameterError:
        return False


def graph(source: ParameterSource, wanted: Container[str]) -> Graph:
    """Return the model's graph; ParameterError where it is damaged.

    Only the operations that are wanted keep their attributes: those of a forest hold its trees.
    """
    found = ProtobufParser(source).message(source.content).message(7)
    tensors = {tensor.text(8): tensor for tensor in found.messages(5)}
    inputs = (_input(message) for message in found.messages(11))
    return Graph(
        tuple(item for item in inputs if item.name not in tensors),
        tuple(message.text(1) for message in found.messages(12)),
        tuple(_node(message, wanted) for message in found.messages(1)),
        tensors,
    )


def _node(message: Message, wanted: Container[str]) -> Node:
    op = message.text(4)
    attributes = {a.text(1): a for a in message.messages(5)} if op in wanted else {}
    return Node(
        op, message.text(3), message.text(7), tuple(message.texts(1)),
        tuple(message.texts(2)), attributes,
    )  # fmt: skip


def _input(message: Message) -> Input:
    said = message.message(2)
    tensor = said.message(1)
    shape = tuple(
        size.integer(1) if 1 in size.fields else None for size in tensor.message(2).messages(1)
    )
    return Input(message.text(1), kind(tensor.integer(1)), shape)


def constant(message: Message) -> Constant:
    """Return a tensor's values in its shape; ParameterError where they do not fit each other."""
    name = message.text(8) or "a tensor"
    if message.integer(14) or 13 in message.fields:
        raise message.parser.error(
            f"{name} stands in another file (external data): save the model as one file"
        )
    shape, code = message.integers(1), message.integer(2)
    count = math.prod(shape)
    if any(size < 0 for size in shape) or len(shape) > 8 or count > LARGEST:
        raise message.parser.error(f"{name} announces {count:,} values, no parameters")
    values = _values(message, code)
    if values is None or len(values) != count:
        held = "of a type that is not read" if values is None else f"but holds {len(values):,}"
        raise message.parser.error(f"{name} announces {count:,} values, {held}")
    return values.reshape(shape)


def _values(message: Message, code: int) -> Constant | None:
    if code == 8:
        return np.array(message.texts(6), dtype=object)
    kept = _RAW.get(code)
    if kept is None:
        return None
    whole = kind(code) != "float"
    if message.content(9):
        raw = message.content(9)
        if len(raw) % np.dtype(kept).itemsize:
            return None
        values = np.frombuffer(raw, kept)
        return values.astype(np.int64) if whole else values.astype(np.float64)
    if code in (1, 11):
        return message.floats(4, "<f4") if code == 1 else message.floats(10, "<f8")
    if code == 10:
        bits = np.array(message.integers(5), np.int64).astype("<u2")
        return bits.view("<f2").astype(np.float64)
    field = {7: 7, 12: 11, 13: 11}.get(code, 5)
    return np.array(message.integers(field), np.int64)
