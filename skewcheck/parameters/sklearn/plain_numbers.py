"""Read pickles of plain numbers without a transformer, like handwritten files of numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.features.types import Parameters
from skewcheck.parameters.pickles import ITEMS, PickledObject, name_of
from skewcheck.parameters.sklearn.fitted_object import ReadContext
from skewcheck.parameters.sklearn.pandas_objects import as_list, series_values
from skewcheck.parameters.source import ParameterSource


def read_numbers(source: ParameterSource, tree: object) -> Parameters:
    """Return the parameters in a tree of numbers; ParameterError if it is not understood."""
    from skewcheck.parameters import handwritten  # most pickles hold transformers

    return handwritten.read_tree(source, _plain(ReadContext(source), tree))


def _plain(context: ReadContext, value: object) -> object:
    """Return dicts, lists, numbers and text in place of arrays, tuples and pandas objects."""
    context.spend(1)
    if isinstance(value, PickledObject):
        value = value.state[ITEMS] if ITEMS in value.state else series_values(value) or value
    if isinstance(value, np.ndarray):
        context.spend(value.size)
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(context, item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    members = list(value) if isinstance(value, set | frozenset) else as_list(value)
    if members is not None:
        return [_plain(context, member) for member in members]
    if isinstance(value, PickledObject):
        raise context.source.error(
            f"holds {name_of(value)}, of which no parameters are known: save a fitted"
            ' transformer, or numbers by name, such as {"mean": {...}, "std": {...}}'
        )
    return value
