"""Read what `yaml.dump` writes of fitted objects as data: its tags name what a pickle names.

The tags are those of PyYAML's Representer: `python/object:class` with attributes,
`python/object/apply:function` and `python/object/new:class` with arguments and a state,
`python/name:name` and `python/tuple`. Nothing is imported or called.
"""

from __future__ import annotations

import re
from typing import Protocol

from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.pickles.allowed_names import object_of_name
from skewcheck.parameters.pickles.calls import call_result
from skewcheck.parameters.pickles.objects import with_state
from skewcheck.parameters.pickles.plain_values import is_safe_key
from skewcheck.parameters.pickles.size_limits import check_limits
from skewcheck.parameters.pickles.stream import BYTES_PER_INSTRUCTION, Stream, damaged
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.yaml_tree import yaml_tree
from skewcheck.text.errors import ParameterError

_PREFIX = "tag:yaml.org,2002:"
_OBJECT = re.compile(r"python/object(?:/(?:apply|new))?:([\w.]+)\.(\w+)")
_NAME = re.compile(r"python/name:([\w.]+)\.(\w+)")
_PLAIN = re.compile(r"python/(?:list|dict|str|unicode|int|long|float|bool|none)")


class _Node(Protocol):
    """A node of PyYAML: a scalar's text, a sequence's nodes, or a mapping's pairs of nodes."""

    id: str
    tag: str
    value: object


class _Loader(Protocol):
    """What of a PyYAML loader makes plain values of scalars."""

    def construct_object(self, node: _Node) -> object:
        """Return the value of a node with a standard tag."""
        ...


def read_objects(source: ParameterSource) -> object:
    """Return what a pickle of the same objects gives; ParameterError for a name not allowed."""
    try:
        return check_limits(yaml_tree(source, lambda loader, node: _Reader(loader).value(node)))
    except ParameterError as error:
        text = str(error)
        raise error if text.startswith(str(source.path)) else source.error(text) from error


class _Reader:
    """Makes values of nodes; a node that is referred to again gives the same value."""

    def __init__(self, loader: _Loader) -> None:
        self._loader = loader
        self._stream = Stream(b"")
        self._values: dict[int, object] = {}

    def value(self, node: _Node) -> object:
        """Return the value of a node and of all below it."""
        if id(node) not in self._values:
            self._stream.spend(BYTES_PER_INSTRUCTION)
            self._values[id(node)] = self._made(node, node.tag.removeprefix(_PREFIX))
        return self._values[id(node)]

    def _made(self, node: _Node, tag: str) -> object:
        if found := _NAME.fullmatch(tag):
            return object_of_name(found[1], found[2])
        if found := _OBJECT.fullmatch(tag):
            return self._object(object_of_name(found[1], found[2]), node, tag)
        if tag == "python/tuple":
            return tuple(self._items(node))
        if node.id == "scalar":
            # As text, since the loader knows no python/ tag.
            node.tag = _PREFIX + "str" if _PLAIN.fullmatch(tag) else node.tag
            return self._loader.construct_object(node)
        return self._items(node) if node.id == "sequence" else self._members(node)

    def _object(self, named: PickledObject, node: _Node, tag: str) -> object:
        if tag.startswith("python/object:"):
            return with_state(named, self._members(node), self._stream)
        if node.id == "sequence":
            return call_result(named, tuple(self._items(node)), self._stream)
        parts = self._members(node)
        args = parts.get("args", [])
        made = call_result(named, tuple(args if isinstance(args, list) else ()), self._stream)
        return with_state(made, parts["state"], self._stream) if "state" in parts else made

    def _items(self, node: _Node) -> list[object]:
        return [self.value(item) for item in node.value] if isinstance(node.value, list) else []

    def _members(self, node: _Node) -> dict[object, object]:
        members: dict[object, object] = {}
        for pair in node.value if isinstance(node.value, list) else ():
            if not isinstance(pair, tuple):
                raise damaged("an object in it has no attributes")
            key = self.value(pair[0])
            if not is_safe_key(key):
                raise damaged("a dict in it has no pairs")
            members[key] = self.value(pair[1])
        return members
