"""Read skops files as data: a zip of a tree of nodes and its arrays; nothing in it is imported."""

from __future__ import annotations

from skewcheck.features.types import Parameters
from skewcheck.parameters.source import FormatReader, ParameterSource
from skewcheck.parameters.zip_members import ZipMembers, names_with
from skewcheck.text.errors import ParameterError

SCHEMA = "schema.json"
"""The member that holds the tree of nodes."""


def recognised(source: ParameterSource) -> bool:
    """Return whether a file is a zip with a skops schema."""
    return bool(names_with(source.content, SCHEMA))


def read(source: ParameterSource) -> Parameters:
    """Return the steps of the transformers in the file, as of a pickle of them."""
    from skewcheck.parameters.sklearn import read_objects
    from skewcheck.parameters.skops.nodes import read_tree

    try:
        tree = read_tree(ZipMembers(source.content))
    except ParameterError as error:
        raise source.error(str(error)) from error
    return read_objects(source, tree)


READER = FormatReader(recognised, read)
