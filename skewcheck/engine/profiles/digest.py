"""A digest of a plan: two profiles with the same were counted at the same edges and add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from hashlib import sha256

import numpy as np

from skewcheck.counts.codec import to_bytes
from skewcheck.counts.dimensions import Stretches
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan

DIGITS = 33
"""Binary digits of a number that count: edges of logarithms differ in the last ones between
processors, as rows that lie at them do."""


def digest(plan: Plan) -> str:
    """Return a digest of all that counts by a plan depend on, beside the log.

    Counts are the same for other spans of time with the same rows, for any number of least rows,
    and for other columns that may locate a fault.
    """
    division = plan.division
    if division is not None:
        same = tuple(
            replace(d, starts={}) if isinstance(d, Stretches) else d for d in division.dimensions
        )
        division = replace(division, dimensions=same)
    counted = replace(
        plan, features=tuple(map(_counted, plan.features)), window=None, division=division,
        segments=(), likely=(), min_rows=1, max_bad=1.0,
    )  # fmt: skip
    times = None if plan.window is None else plan.window.column
    return sha256(to_bytes((_rounded(counted), times))).hexdigest()


def _counted(plan: FeaturePlan) -> FeaturePlan:
    """Return a feature's plan without what changes no count."""
    return replace(plan, feature=replace(plan.feature, extra={}, importance=None))


def _rounded(value: object) -> object:
    """Return a value of which numbers have `DIGITS` binary digits, and dataclasses are tuples."""
    if isinstance(value, bool | str | Enum) or value is None:
        return value
    if isinstance(value, float | np.floating):
        return float(_significant(np.float64(value)))
    if isinstance(value, np.ndarray):
        return _significant(value) if value.dtype.kind == "f" else value
    if is_dataclass(value):
        items = (_rounded(getattr(value, item.name)) for item in fields(value))
        return (type(value).__name__, *items)
    if isinstance(value, tuple):
        return tuple(map(_rounded, value))
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def _significant(values: np.ndarray | np.float64) -> np.ndarray | np.float64:
    mantissa, exponent = np.frexp(np.asarray(values, np.float64))
    rounded: np.ndarray = np.ldexp(np.rint(np.ldexp(mantissa, DIGITS)), exponent - DIGITS)
    return rounded
