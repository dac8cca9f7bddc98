"""Parse handwritten files of every syntax (JSON, TOML, YAML, NPZ, NPY, CSV) to a plain tree."""

from __future__ import annotations

from skewcheck.parameters.handwritten import csv_tables, npy_names, numpy_files
from skewcheck.parameters.source import ParameterSource
from skewcheck.parameters.yaml_tree import looks_yaml, yaml_tree
from skewcheck.text.errors import ParameterError


def peek(source: ParameterSource) -> object:
    """Return a file's tree as far as needed to recognise the format; None if it has none.

    Raises ParameterError if the syntax is recognised, but damaged.
    """
    return source.root.value if source.root is not None else _parse_other(source)


def parse_file(source: ParameterSource) -> object:
    """Return the tree of a file, with every rule of its syntax checked."""
    return source.root.free() if source.root is not None else _parse_other(source)


def is_certain(source: ParameterSource) -> bool:
    """Return whether the syntax alone shows that this reader is responsible, also for errors."""
    return source.root is None and (
        _has_plain_arrays(source.content) or csv_tables.looks_like_table(source.content) or (
            looks_yaml(source) and source.path.suffix.lower() in (".yaml", ".yml")
            and b"\nflavors:" not in b"\n" + source.content)
    )  # fmt: skip


def _has_plain_arrays(content: bytes) -> bool:
    """Return whether it is a file of arrays that hold no fitted object."""
    return numpy_files.looks_numpy(content) and not numpy_files.holds_pickles(content)


def _parse_other(source: ParameterSource) -> object:
    try:
        if _has_plain_arrays(source.content):
            return numpy_files.read_arrays(source.content)
        if (table := csv_tables.read_table(source.content)) is not None:
            return table
    except ParameterError as error:
        if partners := npy_names.partners(source.path):
            raise source.error(
                f"holds one part of a normalization, and {', '.join(partners)} beside it"
                f" the rest: give their folder, {source.path.parent}"
            ) from error
        raise source.error(str(error)) from error
    return yaml_tree(source) if looks_yaml(source) else None
