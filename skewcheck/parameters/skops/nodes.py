"""The tree of nodes of a skops file as the values that a pickle of the same object gives.

A node says its class, its module and which loader reads it. What a node names is never imported:
classes become PickledObjects, under the rules of pickles for which may be made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from skewcheck.parameters.pickles import ITEMS, STATE, PickledObject
from skewcheck.parameters.pickles.allowed_names import object_of_name
from skewcheck.parameters.pickles.by_value import opaque
from skewcheck.parameters.pickles.calls import call_result
from skewcheck.parameters.pickles.plain_values import is_safe_key
from skewcheck.parameters.pickles.size_limits import MAX_DEPTH, check_limits
from skewcheck.parameters.pickles.stream import Stream
from skewcheck.parameters.skops.arrays import numpy_array, object_array
from skewcheck.parameters.skops.nodes_of_json import (
    Node,
    damaged,
    members_of,
    node_of,
    text_of,
)
from skewcheck.parameters.zip_members import ZipMembers
from skewcheck.text.errors import ParameterError

MAX_PROTOCOL = 2
"""The newest protocol that is known; 0 differs in how it names functions."""
MAX_SCHEMA_BYTES = 16 * 2**20
"""Of schema.json: that of 3,000 columns has less than one. Parsed, it takes 30 times as much."""
MAX_NODES = 2_000_000
"""Nodes of a file; each takes a microsecond and some hundred bytes."""
_KEY_TYPES: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {"str": str, "int": int, "float": float, "NoneType": lambda _: None}
)
"""How a key of a dict, which JSON holds as text, is read, by the name of its type."""


class _Reader:
    """Reads nodes, each by its loader, and counts them."""

    __slots__ = ("depth", "members", "nodes", "stream")

    def __init__(self, members: ZipMembers) -> None:
        self.members = members
        self.stream = Stream(b"")
        self.nodes = 0
        self.depth = 0

    def value(self, value: object) -> object:
        """Return the value of a node; ParameterError for one that skops does not write."""
        node = node_of(value)
        self.nodes += 1
        self.depth += 1
        if self.nodes > MAX_NODES or self.depth > MAX_DEPTH:
            limit = f"{MAX_DEPTH} levels" if self.depth > MAX_DEPTH else f"{MAX_NODES:,} nodes"
            raise ParameterError(f"refused: it has more than {limit}; nothing was executed")
        loader = _LOADERS.get(text_of(node, "__loader__"))
        made = loader(self, node) if loader is not None else _unknown(node)
        self.depth -= 1
        return made

    def values(self, node: Node) -> list[object]:
        """Return the values of the nodes in a list."""
        return [self.value(inner) for inner in members_of(node)]

    def called(self, node: Node, args: tuple[object, ...]) -> object:
        """Return what calling the class of a node means; ParameterError if it is refused."""
        return call_result(_named(node), args, self.stream)


def read_tree(members: ZipMembers) -> object:
    """Return the object of a skops file; ParameterError if it is damaged, or would be too large."""
    from skewcheck.parameters.skops import SCHEMA

    if members.size(SCHEMA) > MAX_SCHEMA_BYTES:
        raise ParameterError("refused: its schema is larger than that of any fitted object")
    try:
        schema = json.loads(members.read(SCHEMA).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise damaged("its schema is no JSON") from error
    protocol = node_of(schema).get("protocol", 0)
    if isinstance(protocol, bool) or not isinstance(protocol, int) or protocol > MAX_PROTOCOL:
        raise damaged(f"its protocol is not one up to {MAX_PROTOCOL}, the newest known")
    return check_limits(_Reader(members).value(schema))


def _named(node: Node) -> PickledObject:
    return object_of_name(text_of(node, "__module__"), text_of(node, "__class__"))


def _unknown(node: Node) -> PickledObject:
    """Return an object of which nothing but the name is known."""
    named = _named(node)
    return PickledObject(named.module, named.name, opaque=True)


def _function(_: _Reader, node: Node) -> PickledObject:
    content = node.get("content")
    if isinstance(content, Mapping):  # protocol 0
        return object_of_name(text_of(content, "module_path"), text_of(content, "function"))
    return _named(node)


def _dict(reader: _Reader, node: Node) -> object:
    content = node_of(node.get("content"))
    types = reader.value(node.get("key_types"))
    if not isinstance(types, list) or len(types) != len(content):
        raise damaged("a dict in it has keys without types")
    pairs: dict[object, object] = {}
    for kind, (key, value) in zip(types, content.items(), strict=True):
        pairs[_key(kind, key)] = reader.value(value)
    name = text_of(node, "__class__")
    if name in ("dict", "OrderedDict", "Bunch"):
        return pairs
    return PickledObject(text_of(node, "__module__"), name, state={ITEMS: pairs})


def _key(kind: object, key: str) -> object:
    """Return a key as its type says, which may be one of NumPy's: `int64`, `float32`."""
    name = kind.name if isinstance(kind, PickledObject) else ""
    if name in ("bool", "bool_"):
        return key == "true"
    if name.rstrip("0123456789_") in ("int", "uint", "float", "str"):
        name = name.rstrip("0123456789_").removeprefix("u")
    try:
        return _KEY_TYPES[name](key)
    except (KeyError, ValueError) as error:
        raise damaged("a dict in it has keys that no dict can have") from error


def _default_dict(reader: _Reader, node: Node) -> object:
    return reader.value(node_of(node.get("content")).get("main"))


def _set(reader: _Reader, node: Node) -> set[object]:
    members = reader.values(node)
    if not all(map(is_safe_key, members)):
        raise damaged("a set in it holds what no set can hold")
    return set(members)


def _object(reader: _Reader, node: Node) -> object:
    """Return an object with its attributes; of a list or dict that is one, with its items."""
    made = reader.called(node, ())
    content = node.get("content")
    state = None if content is None else reader.value(content)
    if not isinstance(made, PickledObject):
        return made
    halves = state if isinstance(state, tuple) and len(state) == 2 else (state,)
    if not all(isinstance(half, dict | None) for half in halves):
        made.state[STATE] = state
        return made
    for half in halves:
        for key, value in half.items() if isinstance(half, dict) else ():
            if not isinstance(key, str):
                raise damaged("an attribute in it has no name")
            made.state[key] = value
    return made


def _constructed(reader: _Reader, node: Node) -> object:
    args = reader.value(node.get("content"))
    if not isinstance(args, tuple):
        raise damaged("an object in it is made of what are no arguments")
    return reader.called(node, args)


def _partial(reader: _Reader, node: Node) -> PickledObject:
    return PickledObject(
        "functools", "partial", (reader.value(node_of(node.get("content")).get("func")),)
    )


def _method(_: _Reader, node: Node) -> PickledObject:
    """Return a bound method, without the object that it is bound to."""
    name = text_of(node_of(node.get("content")), "func")
    return opaque(f"{text_of(node, '__class__')}.{name}", text_of(node, "__module__"))


def _slice(_: _Reader, node: Node) -> slice:
    content = node_of(node.get("content"))
    ends = [content.get(key) for key in ("start", "stop", "step")]
    if not all(isinstance(end, int | str | None) for end in ends):
        raise damaged("a slice in it has no ends")
    return slice(*ends)


def _json(_: _Reader, node: Node) -> object:
    try:
        value = json.loads(text_of(node, "content"))
    except (ValueError, RecursionError) as error:
        raise damaged("a value in it is none") from error
    if not isinstance(value, str | int | float | None):
        raise damaged("a value in it is none")
    return value


def _bytes(reader: _Reader, node: Node) -> bytes:
    return reader.members.read(text_of(node, "file"))


def _array(reader: _Reader, node: Node) -> object:
    if text_of(node, "type") == "numpy":
        is_scalar = text_of(node, "__class__") not in ("ndarray", "matrix", "memmap", "recarray")
        return numpy_array(reader.members.read(text_of(node, "file")), is_scalar)
    return object_array(reader.values(node), reader.value(node.get("shape")))


def _dtype(reader: _Reader, node: Node) -> PickledObject:
    array = reader.value(node.get("content"))
    code = array.dtype.str if isinstance(array, np.ndarray) else ""
    return PickledObject("numpy", "dtype", (code,), opaque=not code)


_LOADERS: Mapping[str, Callable[[_Reader, Node], object]] = MappingProxyType(
    {
        "JsonNode": _json,
        "DictNode": _dict,
        "DefaultDictNode": _default_dict,
        "ListNode": lambda reader, node: reader.values(node),
        "TupleNode": lambda reader, node: tuple(reader.values(node)),
        "SetNode": _set,
        "SliceNode": _slice,
        "BytesNode": _bytes,
        "BytearrayNode": _bytes,
        "NdArrayNode": _array,
        "DTypeNode": _dtype,
        "ObjectNode": _object,
        "ConstructorFromReduceNode": _constructed,
        "TypeNode": lambda _, node: _named(node),
        "FunctionNode": _function,
        "PartialNode": _partial,
        "MethodNode": _method,
    }
)
"""What each loader reads. What others load, such as trees and random states, is left out."""
