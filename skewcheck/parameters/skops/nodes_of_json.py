"""Checked access to the nodes of a skops schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from skewcheck.text.errors import ParameterError

Node = Mapping[str, object]


def damaged(reason: str) -> ParameterError:
    """Return the error about content that skops does not write."""
    return ParameterError(f"is no whole skops file: {reason}; copy it again or save it anew")


def node_of(value: object) -> Node:
    """Return a value that must be an object of JSON."""
    if not isinstance(value, dict):
        raise damaged("a node in it is none")
    return value


def text_of(node: Node, key: str) -> str:
    """Return a text of a node; ParameterError if it has none."""
    value = node.get(key)
    if not isinstance(value, str):
        raise damaged(f"a node in it has no {key.strip('_')}")
    return value


def members_of(node: Node) -> Sequence[object]:
    """Return the nodes in the content of a node; ParameterError if it is no list."""
    content = node.get("content")
    if not isinstance(content, list):
        raise damaged("a node in it has no content")
    return content
