"""The trees in files of every syntax: JSON and TOML as they are, YAML, NPZ, NPY and CSV."""

from __future__ import annotations

from skewcheck.parameters.shapes import arrays, tables
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.yaml_tree import looks_yaml, yaml_tree
from skewcheck.text.errors import ParameterError


def peeked(source: ParameterSource) -> object:
    """Return the tree of a file as far as it shows whether it is ours; None if it has none.

    Raises ParameterError where it has the syntax of a kind, but is damaged.
    """
    return source.root.value if source.root is not None else _other(source)


def tree(source: ParameterSource) -> object:
    """Return the tree of a file, with every rule of its syntax checked."""
    return source.root.free() if source.root is not None else _other(source)


def certain(source: ParameterSource) -> bool:
    """Whether the syntax alone says that it is ours, and what is wrong in it is ours to tell."""
    return source.root is None and (
        arrays.looks_numpy(source.content) or tables.looks_table(source.content) or (
            looks_yaml(source) and source.path.suffix.lower() in (".yaml", ".yml")
            and b"\nflavors:" not in b"\n" + source.content)
    )  # fmt: skip


def _other(source: ParameterSource) -> object:
    try:
        if arrays.looks_numpy(source.content):
            return arrays.tree(source.content)
        if (table := tables.table(source.content)) is not None:
            return table
    except ParameterError as error:
        raise source.error(str(error)) from error
    return yaml_tree(source) if looks_yaml(source) else None
