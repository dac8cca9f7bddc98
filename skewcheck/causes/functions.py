"""Functions of raw values that servers take by mistake: a shifted clock, a root, cut multiples.

Each is a mechanism of steps that the parameter file has ops for. Rows with raw and served values
tell which are worth trying; as distributions they are what drift may do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from skewcheck.catalogue.causes import PRECISION_LOSS, TIME_SHIFT, VALUE_MAPPED
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.undoing import undone
from skewcheck.features.steps import (
    Affine,
    Cast,
    Logarithm,
    Piecewise,
    PowerTransform,
    Round,
    Step,
    forward,
)
from skewcheck.features.types import FloatArray, IntArray

PERIODS = (7, 12, 24, 60)
"""Numbers that begin anew: days of the week, months and hours of the clock, hours, minutes."""
CLOCK, DAY = 12, 24
MULTIPLES = (
    5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 60.0, 100.0, 300.0, 500.0, 600.0, 900.0, 1000.0, 1800.0,
    3600.0, 86400.0, 0.5, 0.25, 0.05,
)  # fmt: skip
"""Steps to which people cut: minutes and hours in seconds, round numbers, coins, quarters."""
MAX_EDGES = 400
"""Distinct raw values of a feature that counts a period: it has no more."""
FIRST_ROWS = 64
"""Rows that tell which functions are worth trying."""
MIN_MET = 0.3
"""Share of these that a function must meet: several faults at a time are common."""
POINTLESS = "\0without point"
"""Under this name stand the raw values without their decimal point: no column is called so."""
MAX_DECIMALS = 4
"""Decimals that are looked for; values with more were computed, and not typed."""
MIN_OTHERS, MIN_SHARE_OF_OTHERS = 5, 0.01
"""Rows, and their share, with other decimals than most: without them a lost point is a factor."""
_POWERS = {"sqrt": 0.5, "cbrt": 1 / 3, "square": 2.0, "cube": 3.0, "reciprocal": -1.0}
"""Exponents by what NumPy or people call them."""
FUNCTIONS: Mapping[str, tuple[Step, ...]] = {
    # A power is Box and Cox's (x**p - 1) / p, whose line is undone; of negative values, too, where
    # it is a polynomial.
    **{name: (PowerTransform("box-cox", p), Affine(-1 / p, p)) for name, p in _POWERS.items()},
    "square": (Piecewise((), ((0.0, 0.0, 1.0),)),),
    "cube": (Piecewise((), ((0.0, 0.0, 0.0, 1.0),)),),
    "log10": (Logarithm(10.0),),
    "log2": (Logarithm(2.0),),
    "abs": (Piecewise((0.0,), ((0.0, -1.0), (0.0, 1.0))),),
}
"""Steps by what they are called."""
TYPES = {"int8": (-128, 256), "uint8": (0, 256), "int16": (-32_768, 65_536), "uint16": (0, 65_536)}
"""Least value and number of values of the types that whole numbers may overflow."""
MAX_TURNS = 64
"""Times that values may go around such a type: more are no overflow, but other numbers."""
_ROUNDINGS: Mapping[str, Step] = {"cut": Cast("int64"), "rounded": Round(0)}


def with_pointless(evidence: Evidence) -> Evidence:
    """Return the evidence of a numeric feature with raw values without their decimal point.

    As it is where few values are decimals, or nearly all have as many.
    """
    name = evidence.context.feature.name
    raw = evidence.rows.raw.get(name)
    if raw is None or evidence.all_rows is None or name not in evidence.all_rows.raw:
        return evidence
    decimals = decimals_of(raw)
    most = np.bincount(np.maximum(decimals, 0)).max(initial=0)
    others = len(decimals) - most
    if (decimals < 0).any() or others < max(MIN_OTHERS, MIN_SHARE_OF_OTHERS * len(decimals)):
        return evidence
    return replace(
        evidence, rows=_with(evidence.rows, name), all_rows=_with(evidence.all_rows, name)
    )


def _with(rows: SampledRows, name: str) -> SampledRows:
    raw = rows.raw[name]
    pointless = np.round(raw * 10.0 ** np.maximum(decimals_of(raw), 0))
    return rows.with_raw({POINTLESS: pointless})


def decimals_of(values: FloatArray) -> IntArray:
    """Return the decimals of each value; 0 for NaN, -1 for more than MAX_DECIMALS.

    A float32 holds a decimal to seven digits.
    """
    decimals = np.full(len(values), -1)
    for n in reversed(range(MAX_DECIMALS + 1)):
        with np.errstate(over="ignore", invalid="ignore"):
            near = np.abs(values - np.round(values, n)) <= 1e-7 * np.abs(values)
        decimals[near] = n
    decimals[~np.isfinite(values)] = 0
    return decimals


def candidates(evidence: Evidence) -> Iterator[Mechanism]:
    """Yield the training steps after a function of the raw value that some failing rows meet.

    Nothing for levels and without raw values, and but for a lost decimal point nothing where the
    steps cannot be undone.
    """
    context = evidence.context
    steps, raw = context.feature.steps, evidence.rows.raw.get(context.feature.name)
    if context.feature.type != "numeric" or raw is None:
        return
    if POINTLESS in evidence.rows.raw:
        settings: dict[str, object] = {"function": "decimal_point_lost"}
        yield Mechanism(VALUE_MAPPED, steps, settings, POINTLESS, "point_lost")
    few = evidence.rows.only(np.arange(len(raw)) < FIRST_ROWS)
    used, noise = undone(few.served, steps, few.served_tolerance)
    known = np.isfinite(used) & np.isfinite(raw[:FIRST_ROWS])
    if not known.any():
        return
    x, used, noise = raw[:FIRST_ROWS][known], used[known], noise[known]
    yield from _shifted(context, x, used)
    yield from _powers(context, x, used, noise)
    yield from _multiples(context, used, noise)
    yield from _overflows(context, raw, x, used)


def _powers(
    context: FeatureContext, x: FloatArray, used: FloatArray, noise: FloatArray
) -> Iterator[Mechanism]:
    """Yield roots and powers, and the absolute value, that some of these rows were served from."""
    for name, function in FUNCTIONS.items():
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            made = forward(function, x)
            near = np.abs(used - made) <= noise + 1e-6 * np.abs(made)
        if near.mean() >= MIN_MET:
            yield _function(context, name, function)


def _overflows(
    context: FeatureContext, raw: FloatArray, x: FloatArray, used: FloatArray
) -> Iterator[Mechanism]:
    """Yield the types that whole numbers went around in, of `raw` in some rows that are `x`."""
    known = raw[np.isfinite(raw)]
    if (known != np.round(known)).any() or not len(known):
        return
    low, high = float(known.min()), float(known.max())
    for name, (least, values) in TYPES.items():
        first, last = ((end - least) // values for end in (low, high))
        if (first, last) == (0, 0) or last - first > MAX_TURNS:
            continue
        if (np.abs(used - ((x - least) % values + least)) < 0.5).mean() < MIN_MET:
            continue
        knots = tuple(least + values * turn - 0.5 for turn in np.arange(first + 1, last + 1))
        starts = (*knots[:1], *knots) if knots else (0.0,)
        turns = np.arange(first, last + 1)
        pieces = [(at - values * turn, 1.0) for at, turn in zip(starts, turns, strict=True)]
        around_type = Piecewise(knots, tuple(pieces))
        yield _function(context, name, (around_type,), "overflow")


def _function(
    context: FeatureContext, name: str, steps: tuple[Step, ...], variant: str = "function"
) -> Mechanism:
    return Mechanism(
        VALUE_MAPPED, (*steps, *context.feature.steps), {"function": name}, variant=variant
    )


def _multiples(context: FeatureContext, used: FloatArray, noise: FloatArray) -> Iterator[Mechanism]:
    """Yield cuts and roundings to multiples that many of these rows are."""
    for multiple in MULTIPLES:
        off = np.abs(used - multiple * np.round(used / multiple))
        if (off <= np.minimum(noise + 1e-7 * np.abs(used), multiple / 20)).mean() < MIN_MET:
            continue
        for method in _ROUNDINGS:
            yield Mechanism(
                PRECISION_LOSS, (*to_multiple(multiple, method), *context.feature.steps),
                {"multiple": multiple, "method": method}, variant=f"multiple_{method}",
            )  # fmt: skip


def to_multiple(multiple: float, method: str) -> tuple[Step, ...]:
    """Return the steps that cut or round (`method`: cut, rounded) to multiples of a number."""
    return Affine(0.0, 1 / multiple), _ROUNDINGS[method], Affine(0.0, multiple)


def _shifted(context: FeatureContext, x: FloatArray, used: FloatArray) -> Iterator[Mechanism]:
    """Yield offsets of whole numbers, and shifts around a period, as some of these rows have."""
    steps, (first, length) = context.feature.steps, _whole_range(context) or (0, 0)
    by = np.round(used - x).astype(np.int64)
    if not length or not (by != 0).any():
        return
    offsets, rows = np.unique(by[by != 0], return_counts=True)
    for offset in (1, -1):
        if rows[offsets == offset].sum() >= MIN_MET * len(by):
            plus = Affine(-float(offset), 1.0)
            yield Mechanism(VALUE_MAPPED, (plus, *steps), {"offset": offset}, variant="offset")
    if counted_period(context) is None:
        return
    offset = int(offsets[rows.argmax()])
    for start in (first, 1 - first):
        turn = (offset - (start - first)) % length
        if turn:
            settings: dict[str, object] = {
                "offset": turn if 2 * turn <= length else turn - length, "modulo": length
            }  # fmt: skip
            settings |= {"first": start} if start != first else {}
            variant = "first" if start != first else ""
            shift = around(first, turn, length, start)
            yield Mechanism(TIME_SHIFT, (shift, *steps), settings, variant=variant)
    if length == DAY and offset in (CLOCK, -CLOCK):
        for start in (1, 0):
            clock = around(first, (CLOCK - 1) * start, CLOCK, start, turns=2)
            settings = {"modulo": CLOCK, "first": start}
            yield Mechanism(TIME_SHIFT, (clock, *steps), settings, variant="clock")


def _whole_range(context: FeatureContext) -> tuple[int, int] | None:
    """Return the least of training's values and how many there are up to the largest.

    None where they are no whole numbers, or too many.
    """
    if context.reference is None or len(context.reference.histogram) > MAX_EDGES:
        return None
    edges = context.reference.histogram.edges
    if context.reference.histogram.between.any() or (edges != np.round(edges)).any():
        return None
    return int(edges[0]), int(edges[-1] - edges[0]) + 1


def counted_period(context: FeatureContext) -> tuple[int, int] | None:
    """Return the first number of a period that training counts, and its length; None without."""
    first, length = _whole_range(context) or (0, 0)
    return (first, length) if first in (0, 1) and length in PERIODS else None


def around(first: int, offset: int, period: int, start: int, turns: int = 1) -> Piecewise:
    """Return x -> start + (x - first + offset) modulo period, of whole numbers of so many periods.

    Knots lie between whole numbers, so that no interval of rounding holds both sides.
    """
    knots = tuple(first - offset + period * turn - 0.5 for turn in range(1, turns + 1))
    lines = [start - first + offset - period * turn for turn in range(turns + 1)]
    starts = knots[:1] + knots
    return Piecewise(knots, tuple((line + at, 1.0) for line, at in zip(lines, starts, strict=True)))
