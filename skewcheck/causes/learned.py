"""A function that is learned from the rows: each raw value has one served value.

Looked for where no mechanism explains most of the rows that fail: values of other rows, and those
of a server with a state, are no function of the raw value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import PRECISION_LOSS, VALUE_MAPPED
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.functions import MULTIPLES
from skewcheck.causes.mechanism import Mechanism
from skewcheck.causes.row_search import RowExplanation
from skewcheck.causes.undoing import undone
from skewcheck.features.types import FloatArray
from skewcheck.text.numbers import shortest_within

Mask = NDArray[np.bool_]
MIN_SHARE_LEFT = 0.5
"""Share of the failing rows without a mechanism from which on a function of these is looked for."""
MIN_SHARE_OF_NEIGHBOURS = 0.9
"""Of the raw values that a line meets, those in a row, as of a host with other values."""
MIN_ROWS = 50
"""Rows that must agree: the chance that so many meet a function of few values is none."""
MAX_VALUES = 100
"""Raw values of which each is listed with what was served; of more a curve is told."""
MIN_ROWS_OF_VALUE = 5
"""Mean rows of a raw value that show that it has one served value."""
MIN_VALUES = 3
"""Raw values, and distinct served ones: fewer are any function's."""
MIN_VALUES_OF_CURVE = 30
"""Raw values that rise with what was served without an exception: as good as never by chance."""
MIN_REPEATED = 100
"""Rows whose raw value came before and was served so: by a state, or by chance, hardly any is."""
MIN_LEVELS = 5
"""Distinct served values of a curve."""
POINTS = 9
"""Points of a curve that are told, at equal ranks."""
_OTHERS: Mapping[str, Callable[[FloatArray], FloatArray]] = {"exp": np.exp, "expm1": np.expm1}
"""Functions that no step is, by what NumPy calls them."""
EQUAL = 1e-6
"""Relative difference of served values that are one: twice what float32 loses."""


def with_function(
    evidence: Evidence, explanations: list[RowExplanation], left: Mask
) -> tuple[list[RowExplanation], Mask]:
    """Return explanations, and the rows that they leave, with a learned function where one is.

    Of all rows where most are left, or where only some of the raw values meet a line; else of those
    that are left.
    """
    every, most_left = np.ones(len(left), bool), left.mean() > MIN_SHARE_LEFT
    met = [e.explained for e in explanations if e.mechanism.cause.recovered]
    few_values = bool(met) and _by_chance(evidence, met[0])
    if most_left or few_values:
        function = _learned(evidence, every)
        if function is not None and (most_left or function.mechanism.variant == "map"):
            return [function], ~function.explained
    function = _learned(evidence, left) if most_left and explanations else None
    if function is None:
        return explanations, left
    return [*explanations, function], left & ~function.explained


def _by_chance(evidence: Evidence, met: Mask) -> bool:
    """Return whether the rows of a line are those of some raw values that are no neighbours."""
    raw = evidence.rows.raw[evidence.context.feature.name]
    finite = np.isfinite(raw)
    values, codes = np.unique(raw[finite], return_inverse=True)
    on = np.unique(codes[met[finite]])
    ends = np.flatnonzero(np.diff(on, append=len(values) + 1) > 1)
    longest = int(np.diff(ends, prepend=-1).max(initial=0))  # values in a row
    few = len(on) < MIN_VALUES or longest < MIN_SHARE_OF_NEIGHBOURS * len(on)
    return len(on) < len(values) and few


def _learned(evidence: Evidence, left: Mask) -> RowExplanation | None:
    """Return the function of which all rows that are left are values; None without one.

    Rows with a null or an infinity on either side are set aside.
    """
    raw = evidence.rows.raw.get(evidence.context.feature.name)
    if raw is None:
        return None
    rows = left & np.isfinite(raw) & np.isfinite(evidence.rows.served)
    if rows.sum() < MIN_ROWS:
        return None
    order = np.argsort(raw[rows], kind="stable")
    x, y = raw[rows][order], evidence.rows.served[rows][order]
    first = np.flatnonzero(np.diff(x, prepend=-np.inf))
    lost = float(np.max(evidence.rows.served_tolerance))
    same = 2 * lost + EQUAL * float(np.abs(y).max())
    if (np.maximum.reduceat(y, first) - np.minimum.reduceat(y, first) > same).any():
        return None
    mechanism = None
    if len(first) >= MIN_VALUES_OF_CURVE:
        mechanism = _curve(evidence, x[first], y[first], same)
    if mechanism is None and MIN_VALUES <= len(first) <= MAX_VALUES:
        repeated = len(x) >= MIN_ROWS_OF_VALUE * len(first)
        mechanism = _mapped(evidence, x[first], y[first]) if repeated else None
    if mechanism is None and len(x) - len(first) >= MIN_REPEATED:
        mechanism = _unnamed(evidence, x[first], y[first])
    return None if mechanism is None else RowExplanation(mechanism, rows, as_settings=True)


def _mapped(evidence: Evidence, x: FloatArray, y: FloatArray) -> Mechanism | None:
    """Return the table of few values, in raw units where the steps can be undone."""
    if len(np.unique(y)) < MIN_VALUES:
        return None
    table = {
        f"{raw:.15g}": float(value) for raw, value in zip(x, _raw_of(evidence, y), strict=True)
    }
    return Mechanism(VALUE_MAPPED, (), {"map": table}, variant="map")


def _curve(evidence: Evidence, x: FloatArray, y: FloatArray, same: float) -> Mechanism | None:
    """Return a rising or falling function by some of its points."""
    if len(np.unique(y)) < MIN_LEVELS:
        return None
    steps = np.diff(y)
    named = _named(evidence, x, y)
    if named is not None:
        return named
    variant = "rising" if (steps >= -same).all() else "falling" if (steps <= same).all() else ""
    if not variant:
        return None
    return Mechanism(VALUE_MAPPED, (), {"points": _points(evidence, x, y)}, variant=variant)


def _named(evidence: Evidence, x: FloatArray, y: FloatArray) -> Mechanism | None:
    """Return a function that no steps of a parameter file make: exponentials, rounding up."""
    used, noise = undone(y, evidence.context.feature.steps)
    with np.errstate(over="ignore", invalid="ignore"):
        for name, function in _OTHERS.items():
            made = function(x)
            if (np.abs(made - used) <= noise + EQUAL * np.abs(made)).all():
                return Mechanism(VALUE_MAPPED, (), {"function": name}, variant="function")
        for multiple in (1.0, *MULTIPLES):
            made = np.ceil(x / multiple - EQUAL) * multiple
            if (np.abs(made - used) <= noise + EQUAL * np.abs(made)).all():
                return Mechanism(
                    PRECISION_LOSS, (), {"multiple": multiple, "method": "up"},
                    variant="multiple_up",
                )  # fmt: skip
    return None


def _unnamed(evidence: Evidence, x: FloatArray, y: FloatArray) -> Mechanism | None:
    """Return that there is a function, by some of its points: values that came again had it."""
    if len(x) <= MAX_VALUES or len(np.unique(y)) < MIN_VALUES_OF_CURVE:
        return None
    return Mechanism(VALUE_MAPPED, (), {"points": _points(evidence, x, y)}, variant="unnamed")


def _points(evidence: Evidence, x: FloatArray, y: FloatArray) -> list[list[float]]:
    at = np.linspace(0, len(x) - 1, POINTS).round().astype(np.intp)
    points: list[list[float]] = np.column_stack((x[at], _raw_of(evidence, y[at]))).tolist()
    return points


def _raw_of(evidence: Evidence, served: FloatArray) -> FloatArray:
    """Return the raw values that training would have served so; as they are where none is known.

    In as few decimals as their rounding leaves.
    """
    raw, noise = undone(served, evidence.context.feature.steps)
    if not np.isfinite(raw).all():
        return served
    ends = zip((raw - noise).tolist(), (raw + noise).tolist(), strict=True)
    return np.array([shortest_within(low, high) for low, high in ends])
