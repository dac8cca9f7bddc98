"""Whether values are of the types that the fields of a profile state: of files that travel.

A checksum tells what was damaged on the way, not what somebody made up: numbers where texts belong
would fail far from where they were read.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from skewcheck.counts import feature_profile, moments, parity, sample
from skewcheck.counts import parts as counts_of_parts
from skewcheck.counts.calendar import CalendarCounts
from skewcheck.counts.clusters import Clusters
from skewcheck.counts.key_counts import KeyCounts
from skewcheck.counts.losses import Losses

Check = Callable[[object], bool]
_KINDS_OF_ARRAYS = {"float64": "f", "int64": "i", "uint64": "u", "int32": "i", "bool": "b"}
"""What kind of array a type stands for; the width of numbers may differ."""


@cache
def checks_of(kind: type) -> tuple[Check, ...]:
    """Return what tells for each field of a dataclass whether a value is of its type."""
    names: dict[str, object] = {
        **vars(feature_profile), **vars(moments), **vars(parity), **vars(sample),
        **vars(counts_of_parts), "Clusters": Clusters, "KeyCounts": KeyCounts,
        "CalendarCounts": CalendarCounts, "Losses": Losses,
        "Parts": counts_of_parts.Parts, "ParityCounts": parity.ParityCounts,
    }  # fmt: skip
    if not is_dataclass(kind):
        return ()
    hints = get_type_hints(kind, localns=names)
    return tuple(_check_of(hints[item.name]) for item in fields(kind))


def conform(kind: type, values: list[object]) -> bool:
    """Return whether values are those of all first fields of a dataclass, each of its type."""
    checks = checks_of(kind)
    return len(values) == len(checks) and all(
        check(value) for check, value in zip(checks, values, strict=True)
    )


def _check_of(hint: Any) -> Check:  # types of types have no better name
    """Return what tells whether a value is of a type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        options = [_check_of(option) for option in inner]
        return lambda value: any(option(value) for option in options)
    if origin is Literal:
        return lambda value: isinstance(value, str) and value in inner
    if origin is tuple:
        return _tuple_check(inner)
    if origin is frozenset:
        item = _check_of(inner[0])
        return lambda value: isinstance(value, frozenset) and all(map(item, value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, item = map(_check_of, inner)
        return lambda value: (
            isinstance(value, Mapping) and all(map(key, value)) and all(map(item, value.values()))
        )
    if origin is np.ndarray:
        (number,) = get_args(inner[1])
        letter = _KINDS_OF_ARRAYS.get(getattr(number, "__name__", ""), "biuf")
        return lambda value: isinstance(value, np.ndarray) and value.dtype.kind in letter
    return _plain_check(hint)


def _tuple_check(inner: tuple[Any, ...]) -> Check:
    if len(inner) == 2 and inner[1] is Ellipsis:
        item = _check_of(inner[0])
        return lambda value: isinstance(value, tuple) and all(map(item, value))
    items = [_check_of(kind) for kind in inner]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(items)
        and all(check(item) for check, item in zip(items, value, strict=True))
    )


def _plain_check(hint: Any) -> Check:  # as above
    if hint is None or hint is type(None):
        return lambda value: value is None
    if hint is float:
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool)
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if isinstance(hint, type):
        return lambda value: isinstance(value, hint)
    raise TypeError(f"{hint} is no type of a profile's field")
