"""YAML as a plain tree: a safe loader, no doubled key, no alias that swells, no cycle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

import numpy as np

from skewcheck.logs.arrays import label
from skewcheck.parameters.source import Source

LIMIT = 16 * 2**20
"""Bytes: larger YAML takes minutes to read, and is no parameter file."""
_MOST = 500_000
"""Values with every alias written out."""
_DEEPEST = 500
"""Brackets open at once: the library's time grows with their square."""
_LONGEST = 500_000
"""Values as the marks between them tell: the library takes 500 bytes for each."""
_BEGINS = re.compile(
    rb"(?:\s*(?:#[^\n]*|---[^\n]*|%YAML[^\n]*)?\n)*(?:- )?[\w\"'.][^\n:{}<>;]*:(?:[ \t\r]|\n|$)"
)
_FLOAT = re.compile(r"[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d+)[eE][-+]?\d+")
"""YAML 1.2 has 1e-5 for a number; PyYAML follows 1.1, where that is text."""
_MARK = 2
_KINDS = np.zeros(256, np.int8)
"""Of each byte: 1 opens a bracket, -1 closes one, 2 stands between values."""
_KINDS[[*b"[{"]], _KINDS[[*b"]}"]], _KINDS[[*b",:\n"]] = 1, -1, _MARK


def looks_yaml(source: Source) -> bool:
    """Whether it begins as YAML does: a key, a colon and white space."""
    return not source.folder and bool(_BEGINS.match(source.content[:65536]))


def yaml_tree(source: Source) -> object:
    """Return what the file holds: dicts with keys as text, lists, numbers, text, None.

    Dates become text. Raises ParameterError naming the line, or `pip install 'skewcheck[yaml]'`.
    """
    yaml = _library(source)
    if len(source.content) > LIMIT:
        raise source.error("larger than 16 MiB, no YAML parameter file")
    _foreseen(source)
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(source.content)
        try:
            node = loader.get_single_node()
            _sized(source, node, {}, 0)
            _doubled(source, node, set())
            return _plain(loader.construct_document(node)) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        what = error.problem or "an error"
        raise source.error(f"no valid YAML: {what}{where}") from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, LookupError) as error:
        line = str(error).partition("\n")[0]
        raise source.error(f"no valid YAML: {line}") from error
    except RecursionError as error:
        raise source.error("nested too deep to be a parameter file") from error


def _library(source: Source) -> ModuleType:
    try:
        return import_module("yaml")
    except ModuleNotFoundError as error:
        raise source.error("is YAML, which needs PyYAML; pip install 'skewcheck[yaml]'") from error


def _foreseen(source: Source) -> None:
    """Refuse what would take the library long, before it looks at it."""
    content = np.frombuffer(source.content, np.uint8)
    kinds = _KINDS[content]
    if int((kinds == _MARK).sum()) > _LONGEST:
        raise source.error("more values than a parameter file has")
    depth = np.cumsum(kinds * (kinds != _MARK), dtype=np.int32)
    if int((depth - np.minimum.accumulate(depth)).max(initial=0)) > _DEEPEST:
        raise source.error("nested too deep to be a parameter file")


def _children(node: object) -> list[object]:
    value = getattr(node, "value", None)
    if not isinstance(value, list):
        return []
    return [part for item in value for part in (item if isinstance(item, tuple) else (item,))]


def _sized(source: Source, node: object, known: dict[int, int], depth: int) -> int:
    """Return how many values a node has with its aliases written out; refuse what swells."""
    if known.get(id(node)) == 0:
        raise source.error("an alias that contains itself")
    if depth > 50:
        raise source.error("nested too deep to be a parameter file")
    if id(node) not in known:
        known[id(node)] = 0
        known[id(node)] = 1 + sum(_sized(source, c, known, depth + 1) for c in _children(node))
    if known[id(node)] > _MOST:
        raise source.error("aliases that swell to more values than a parameter file has")
    return known[id(node)]


def _doubled(source: Source, node: object, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    value = getattr(node, "value", None)
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        keys = [str(key.value) for key, _ in value if isinstance(key.value, str)]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise source.error(f"key {twice!r} stands twice in one object")
    for child in _children(node):
        _doubled(source, child, seen)


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
