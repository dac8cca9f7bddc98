"""Parse YAML into plain values safely: no duplicate keys, no cycles, no exponential aliases."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from skewcheck.logs.arrays import label
from skewcheck.parameters.source import ParameterSource

MAX_BYTES = 16 * 2**20
"""Size of a file: larger YAML takes minutes to parse."""
_MAX_VALUES = 500_000
"""Values with every alias expanded: as many take about a second."""
_MAX_NESTING = 500
"""Brackets open at once: the library's time grows with their square."""
_MAX_SEPARATORS = 500_000
"""Separators, a bound on the number of values: the library takes 500 bytes for each value."""
_START = re.compile(
    rb"(?:\s*(?:#[^\n]*|---[^\n]*|%YAML[^\n]*)?\n)*(?:- )?[\w\"'.][^\n:{}<>;]*:(?:[ \t\r]|\n|$)"
)
_OBJECTS = re.compile(rb"!!python/object(?:/apply|/new)?:(?:sklearn|imblearn|numpy|pandas)\b")
_FLOAT = re.compile(r"[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d+)[eE][-+]?\d+")
"""YAML 1.2 has 1e-5 for a number; PyYAML follows 1.1, where that is text."""
_SEPARATOR = 2
_BYTE_CLASSES = np.zeros(256, np.int8)
"""For each byte value: 1 for an opening bracket, -1 for a closing one, 2 for a separator."""
_BYTE_CLASSES[[*b"[{"]], _BYTE_CLASSES[[*b"]}"]], _BYTE_CLASSES[[*b",:\n"]] = 1, -1, _SEPARATOR


def looks_yaml(source: ParameterSource) -> bool:
    """Return whether the content begins like YAML: a key, a colon and white space; no objects."""
    begins = not source.folder and bool(_START.match(source.content[:65536]))
    return begins and not has_objects(source)


def has_objects(source: ParameterSource) -> bool:
    """Return whether the content is YAML with objects or arrays, as yaml.dump writes them."""
    if source.folder or not _OBJECTS.search(source.content[:65536]):
        return False
    start = source.content[:65536]
    return start.startswith((b"!!python/", b"- !!python/")) or bool(_START.match(start))


def yaml_tree(
    source: ParameterSource, construct: Callable[[Any, Any], object] | None = None
) -> object:
    """Return the file's content: dicts with text keys, lists, numbers, text, None.

    Dates become text. `construct` makes other values, of the loader and the root node. Raises
    ParameterError naming the line, or `pip install 'skewcheck[yaml]'`.
    """
    yaml = _library(source)
    if len(source.content) > MAX_BYTES:
        raise source.error("larger than 16 MiB, no YAML parameter file")
    _refuse_slow(source)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(source.content)
        try:
            node = loader.get_single_node()
            _expanded_size(source, node, {}, 0)
            _refuse_duplicate_keys(source, node, set())
            if construct is not None and node is not None:
                return construct(loader, node)
            return _plain(loader.construct_document(node)) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        problem = error.problem or "an error"
        raise source.error(f"no valid YAML: {problem}{position}") from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, LookupError) as error:
        line = str(error).partition("\n")[0]
        raise source.error(f"no valid YAML: {line}") from error
    except RecursionError as error:
        raise source.error("nested too deep to be a parameter file") from error


def _library(source: ParameterSource) -> ModuleType:
    try:
        return import_module("yaml")
    except ModuleNotFoundError as error:
        raise source.error("is YAML, which needs PyYAML; pip install 'skewcheck[yaml]'") from error


def _refuse_slow(source: ParameterSource) -> None:
    """Raise ParameterError for content that the library would take long to parse."""
    content = np.frombuffer(source.content, np.uint8)
    classes = _BYTE_CLASSES[content]
    if int((classes == _SEPARATOR).sum()) > _MAX_SEPARATORS:
        raise source.error("more values than a parameter file has")
    depth = np.cumsum(classes * (classes != _SEPARATOR), dtype=np.int32)
    if int((depth - np.minimum.accumulate(depth)).max(initial=0)) > _MAX_NESTING:
        raise source.error("nested too deep to be a parameter file")


def _children(node: object) -> list[object]:
    value = getattr(node, "value", None)
    if not isinstance(value, list):
        return []
    return [part for item in value for part in (item if isinstance(item, tuple) else (item,))]


def _expanded_size(source: ParameterSource, node: object, sizes: dict[int, int], depth: int) -> int:
    """Return a node's number of values with aliases expanded; ParameterError if too large."""
    if sizes.get(id(node)) == 0:
        raise source.error("an alias that contains itself")
    if depth > 50:
        raise source.error("nested too deep to be a parameter file")
    if id(node) not in sizes:
        sizes[id(node)] = 0
        sizes[id(node)] = 1 + sum(
            _expanded_size(source, c, sizes, depth + 1) for c in _children(node)
        )
    if sizes[id(node)] > _MAX_VALUES:
        raise source.error("aliases that swell to more values than a parameter file has")
    return sizes[id(node)]


def _refuse_duplicate_keys(source: ParameterSource, node: object, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    value = getattr(node, "value", None)
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        keys = [str(key.value) for key, _ in value if isinstance(key.value, str)]
        if len(set(keys)) < len(keys):
            duplicate = next(key for key in keys if keys.count(key) > 1)
            raise source.error(f"key {duplicate!r} stands twice in one object")
    for child in _children(node):
        _refuse_duplicate_keys(source, child, seen)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {label(key) or "null": _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return float(value) if _FLOAT.fullmatch(value) else value
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)
