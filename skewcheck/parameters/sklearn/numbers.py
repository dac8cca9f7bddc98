"""Pickles of plain numbers, without any transformer: read as home-made files of numbers are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.features import Parameters
from skewcheck.parameters.pickles import ITEMS, Inert
from skewcheck.parameters.sklearn.part import Reading, listed
from skewcheck.parameters.source import Source


def understood(source: Source, value: object) -> Parameters:
    """Return what a tree of numbers says; ParameterError where it is not understood."""
    from skewcheck.parameters import shapes  # most pickles hold transformers

    return shapes.understood(source, _plain(Reading(source), value))


def _plain(reading: Reading, value: object) -> object:
    """Return dicts, lists, numbers and text in place of arrays, tuples and the like."""
    reading.spend(1)
    if isinstance(value, Inert) and ITEMS in value.state:
        value = value.state[ITEMS]
    if isinstance(value, np.ndarray):
        reading.spend(value.size)
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(k): _plain(reading, v) for k, v in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(reading, item) for item in value]
    inside = listed(value)
    if inside is not None:
        return [_plain(reading, item) for item in inside]
    if isinstance(value, Inert):
        raise reading.source.error(f"holds a {value.name}, of which no parameters are known")
    return value
