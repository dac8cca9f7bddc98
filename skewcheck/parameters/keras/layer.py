"""One layer of a Keras model: its settings, what it learned, and who feeds it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.parameters.tree import Node

Origin = tuple[str, int, int]
"""A layer's name, which of its calls, which of the tensors that it makes."""
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as its JSON says it."""

    kind: str
    name: str
    settings: Mapping[str, Node]
    calls: tuple[Node, ...]
    """What it is called with, once for each call."""
    package: str
    """Where its class comes from; empty in older files."""
    usual: str
    """Its class in snake case and its place among those: what older files call its arrays."""
    node: Node

    @property
    def custom(self) -> bool:
        """Whether its class is no part of Keras."""
        return bool(self.package) and self.package.split(".")[0] not in ("keras", "builtins")

    def given(self, key: str) -> Node | None:
        """Return a setting; None where it is absent or null."""
        found = self.settings.get(key)
        return None if found is None or found.value is None else found

    def text(self, key: str, default: str) -> str:
        """Return a setting that is text."""
        found = self.given(key)
        return default if found is None else found.text()

    def count(self, key: str, default: int) -> int:
        """Return a setting that is a whole number from 0."""
        found = self.given(key)
        return default if found is None else found.count()

    def flag(self, key: str) -> bool:
        """Return a setting that is true or false."""
        found = self.given(key)
        return found is not None and found.value is True

    def numbers(self, key: str, default: float | None = None) -> NDArray[np.float64] | None:
        """Return a setting that is a number or an array of them, however nested."""
        found = self.given(key)
        if found is None:
            return None if default is None else np.array([default])
        return np.array(list(_flat(found, _DEEPEST)))

    def shape(self) -> tuple[int | None, ...] | None:
        """Return the shape of what it takes, rows included; None where it does not say."""
        for key in ("batch_shape", "batch_input_shape"):
            if (found := self.given(key)) is not None:
                return tuple(None if item.value is None else item.count() for item in found.items())
        return None


def _flat(node: Node, deepest: int) -> Iterator[float]:
    if not isinstance(node.value, list):
        yield node.number()
    elif not deepest:
        raise node.error("nested too deep")
    else:
        for item in node.items():
            yield from _flat(item, deepest - 1)


def layers(config: Mapping[str, Node]) -> list[Layer]:
    """Return the layers of a model's config in its order."""
    seen: dict[str, int] = {}
    listed = config["layers"].items() if "layers" in config else ()
    return [layer(node, seen) for node in listed]


def layer(node: Node, seen: dict[str, int]) -> Layer:
    """Return one layer; `seen` counts the classes before it."""
    members = node.members()
    kind = members["class_name"].text() if "class_name" in members else ""
    settings = members["config"].members() if "config" in members else {}
    own = members.get("name") or settings.get("name")
    snake = re.sub(r"([a-z\d])([A-Z])", r"\1_\2", re.sub(r"\W+", "", kind)).lower()
    place = seen.get(snake, 0)
    seen[snake] = place + 1
    calls = members.get("inbound_nodes")
    package = members.get("module")
    registered = members.get("registered_name")
    custom = (
        registered is not None and isinstance(registered.value, str) and ">" in registered.value
    )
    return Layer(
        kind.rpartition(">")[2] or kind,
        own.text() if own is not None else snake,
        settings,
        tuple(calls.items()) if calls is not None else (),
        "custom" if custom or (package is not None and package.value is None)
        else package.text() if package is not None else "",
        f"{snake}_{place}" if place else snake,
        node,
    )  # fmt: skip


def origins(call: Node, deepest: int = _DEEPEST) -> Iterator[Origin | float]:
    """Yield the tensors and numbers that a call is given, in both ways that Keras writes them.

    Keras 3 writes `{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}`
    within args and kwargs, older ones `[name, 0, 0, {}]`.
    """
    value = call.value
    if not deepest:
        raise call.error("nested too deep")
    if isinstance(value, dict):
        members = call.members()
        if members.get("class_name", call).value == "__keras_tensor__":
            history = members["config"].members() if "config" in members else {}
            yield _origin(history.get("keras_history", call))
            return
        for key in ("args", "kwargs") if "args" in members else members:
            if key in members:
                yield from origins(members[key], deepest - 1)
    elif isinstance(value, list):
        if len(value) in (3, 4) and isinstance(value[0], str):
            yield _origin(call)
            return
        for item in call.items():
            yield from origins(item, deepest - 1)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield call.number()


def _origin(node: Node) -> Origin:
    parts = list(node.items())
    if len(parts) < 3:
        raise node.must("a layer's name and two places")
    return parts[0].text(), parts[1].count(), parts[2].count()
