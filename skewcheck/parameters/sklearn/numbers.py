"""Pickles of plain numbers, without any transformer: read as home-made files of numbers are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.features.types import Parameters
from skewcheck.parameters.pickles import ITEMS, Inert
from skewcheck.parameters.sklearn.part import Reading
from skewcheck.parameters.sklearn.tables import listed, series
from skewcheck.parameters.source import ParameterSource


def understood(source: ParameterSource, value: object) -> Parameters:
    """Return what a tree of numbers says; ParameterError where it is not understood."""
    from skewcheck.parameters import shapes  # most pickles hold transformers

    return shapes.understood(source, _plain(Reading(source), value))


def _plain(reading: Reading, value: object) -> object:
    """Return dicts, lists, numbers and text in place of arrays, tuples and the like."""
    reading.spend(1)
    if isinstance(value, Inert):
        value = value.state[ITEMS] if ITEMS in value.state else series(value) or value
    if isinstance(value, np.ndarray):
        reading.spend(value.size)
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(reading, inside) for key, inside in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    members = list(value) if isinstance(value, set | frozenset) else listed(value)
    if members is not None:
        return [_plain(reading, member) for member in members]
    if isinstance(value, Inert):
        raise reading.source.error(
            f"holds {value.module}.{value.name}, of which no parameters are known: save a fitted"
            ' transformer, or numbers by name, such as {"mean": {...}, "std": {...}}'
        )
    return value
