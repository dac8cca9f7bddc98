"""A layer of a Keras model: settings, calls and where its arrays are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.tree import Node

Origin = tuple[str, int, int]
"""A layer's name, the index of its call, and the index of the output tensor."""
_MAX_NESTING = 20
"""Levels of nested lists and objects in a setting or call."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as its JSON describes it."""

    kind: str
    name: str
    settings: Mapping[str, Node]
    calls: tuple[Node, ...]
    """The arguments of each call."""
    package: str
    """Module of its class; empty in older files, `custom` for a registered class."""
    default_name: str
    """Class in snake case and index among those: how older files name its arrays."""
    node: Node

    @property
    def custom(self) -> bool:
        """Whether its class is not part of Keras."""
        return bool(self.package) and self.package.split(".")[0] not in ("keras", "builtins")

    def setting(self, key: str) -> Node | None:
        """Return a setting; None if it is absent or null."""
        node = self.settings.get(key)
        return None if node is None or node.value is None else node

    def text(self, key: str, default: str) -> str:
        """Return a string setting."""
        node = self.setting(key)
        return default if node is None else node.text()

    def count(self, key: str, default: int) -> int:
        """Return a setting that is an integer of at least 0."""
        node = self.setting(key)
        return default if node is None else node.count()

    def flag(self, key: str) -> bool:
        """Return whether a setting is true."""
        node = self.setting(key)
        return node is not None and node.value is True

    def numbers(self, key: str, default: float | None = None) -> NDArray[np.float64] | None:
        """Return a setting that is a number or a nested array, as a flat array; None if absent."""
        node = self.setting(key)
        if node is None:
            return None if default is None else np.array([default])
        return np.array(list(_flat(node, _MAX_NESTING)))

    def shape(self) -> tuple[int | None, ...] | None:
        """Return the input shape with the batch axis; None if it is not stated."""
        for key in ("batch_shape", "batch_input_shape"):
            if (node := self.setting(key)) is not None:
                return tuple(None if item.value is None else item.count() for item in node.items())
        return None


def _flat(node: Node, max_depth: int) -> Iterator[float]:
    if not isinstance(node.value, list):
        yield node.number()
    elif not max_depth:
        raise node.error("nested too deep")
    else:
        for item in node.items():
            yield from _flat(item, max_depth - 1)


def parse_layers(config: Mapping[str, Node]) -> list[Layer]:
    """Return the layers of a model's config in order."""
    class_counts: dict[str, int] = {}
    nodes = config["layers"].items() if "layers" in config else ()
    return [parse_layer(node, class_counts) for node in nodes]


def parse_layer(node: Node, class_counts: dict[str, int]) -> Layer:
    """Return one layer; `class_counts`, the earlier layers by class, is updated."""
    members = node.members()
    kind = members["class_name"].text() if "class_name" in members else ""
    settings = members["config"].members() if "config" in members else {}
    name_node = members.get("name") or settings.get("name")
    snake_name = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", re.sub(r"\W+", "", kind)).lower()
    class_index = class_counts.get(snake_name, 0)
    class_counts[snake_name] = class_index + 1
    calls = members.get("inbound_nodes")
    package = members.get("module")
    registered_name = members.get("registered_name")
    custom = (
        registered_name is not None
        and isinstance(registered_name.value, str)
        and ">" in registered_name.value
    )
    return Layer(
        kind.rpartition(">")[2] or kind,
        name_node.text() if name_node is not None else snake_name,
        settings,
        tuple(calls.items()) if calls is not None else (),
        "custom" if custom or (package is not None and package.value is None)
        else package.text() if package is not None else "",
        f"{snake_name}_{class_index}" if class_index else snake_name,
        node,
    )  # fmt: skip


def origins(call: Node, max_depth: int = _MAX_NESTING) -> Iterator[Origin | float]:
    """Yield the tensors and numbers that a call gets, in both formats of Keras.

    Keras 3 writes `{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}`
    in args and kwargs, older versions `[name, 0, 0, {}]`.
    """
    value = call.value
    if not max_depth:
        raise call.error("nested too deep")
    if isinstance(value, dict):
        members = call.members()
        if members.get("class_name", call).value == "__keras_tensor__":
            history = members["config"].members() if "config" in members else {}
            yield _origin(history.get("keras_history", call))
            return
        for key in ("args", "kwargs") if "args" in members else members:
            if key in members:
                yield from origins(members[key], max_depth - 1)
    elif isinstance(value, list):
        if len(value) in (3, 4) and isinstance(value[0], str):
            yield _origin(call)
            return
        for item in call.items():
            yield from origins(item, max_depth - 1)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield call.number()


def _origin(node: Node) -> Origin:
    parts = list(node.items())
    if len(parts) < 3:
        raise node.must("a layer's name and two places")
    return parts[0].text(), parts[1].count(), parts[2].count()
