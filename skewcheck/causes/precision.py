"""Values rounded, or in a narrower type than the file says."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import PRECISION_LOSS
from skewcheck.causes.grids import LEVELS, decimal, eight_bits, undone
from skewcheck.causes.mechanism import Known, Mechanism
from skewcheck.features.propagate import moments, propagate
from skewcheck.features.steps import (
    Affine,
    Buckets,
    Cast,
    Clip,
    Interval,
    Quantize,
    Round,
    Step,
    bounds,
    forward,
    inverse,
)
from skewcheck.features.steps.rounding import ROUNDING, UNIT, widened
from skewcheck.features.types import FloatArray

_ON_PURPOSE = (Cast, Round, Quantize, Buckets)
WIDE, FINE = 0.5, 0.2
"""Of a rounding's grid: wider a value must not be known before it, and after it."""
STRAY = 0.02
"""Share of the rows that may be none of a rounding's."""
LEAST = 3
"""Distinct values that must show it."""


def narrowed(
    known: Known, told: str, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> Mechanism:
    """Return the cause of served values that all fit into a narrow type, or few decimals."""
    scale = eight_bits(served, tolerance) if told == "int8" else None
    if scale is not None:
        return _eight(known, scale, back=True)
    step = Round(int(told)) if told.isdigit() else Cast(told)
    variant, found = _narrow(step)
    return Mechanism(PRECISION_LOSS, (*known.feature.steps, step), found, variant=variant)


def _narrow(step: Round | Cast) -> tuple[str, dict[str, object]]:
    """Return the phrase and the parameters of a rounding."""
    if isinstance(step, Round):
        return "rounded", {"decimals": step.decimals}
    return "cast", {"dtype": step.dtype}


def quantized(
    known: Known, served: FloatArray, raw: FloatArray, tolerance: FloatArray | float = 0.0
) -> Mechanism | None:
    """Return the eight-bit quantization of which all these rows are: q * scale, or q itself.

    Of values that were scaled back the spacing is the scale; of bare whole numbers every row
    bounds it, as its right value lies within half a scale of its own (`raw`, without NaN).
    """
    scale = None if _on_purpose(known) else eight_bits(served, tolerance)
    if scale is None:
        return None
    made = forward(known.feature.steps, raw)
    if len(np.unique(served)) >= len(np.unique(raw)) and _straight(made, served, scale):
        return None  # a raw grid leaves a spacing as well
    if scale != 1.0:
        return None if decimal(scale) else _eight(known, scale, back=True)
    level, right = np.abs(served), made * np.sign(served)
    inner = (level > 0) & (level < LEVELS // 2 - 1)
    if not inner.any():
        return None
    least = float((right / (level + 0.5))[inner].max())
    most = float((right[inner] / (level[inner] - 0.5)).min())
    scale = (least + most) / 2
    return _eight(known, scale, back=False) if scale > 0 and abs(most / least - 1) < 0.1 else None


def _straight(right: FloatArray, served: FloatArray, scale: float) -> bool:
    """Tell values that lie on a line over the right ones from those that were rounded to `scale`.

    Finite values. Rounding leaves up to half of a scale.
    """
    x, y = right - right.mean(), served - served.mean()
    size = float(x @ x)
    slope = float(x @ y) / size if size else 0.0
    return bool(np.abs(y - slope * x).max() < 0.1 * scale)


def _eight(known: Known, scale: float, *, back: bool) -> Mechanism:
    to: tuple[Step, ...] = (Affine(0.0, 1 / scale), Round(0), Clip(-LEVELS / 2, LEVELS / 2 - 1))
    steps = (*known.feature.steps, *to, *((Affine(0.0, scale),) if back else ()))
    found, variant = {"dtype": "int8", "scale": scale}, "quantized" if back else "bare"
    return Mechanism(PRECISION_LOSS, steps, found, variant=variant)


def bare(known: Known, served: FloatArray) -> Mechanism | None:
    """Return the eight-bit quantization of which these are the whole numbers, not scaled back.

    Without raw values the spread of the distributions tells its scale, to a few per cent.
    """
    reference = known.reference
    pushed = propagate(reference, known.feature.steps) if reference is not None else None
    whole = (served == np.round(served)) & (np.abs(served) <= LEVELS / 2)
    if pushed is None or not whole.all() or _on_purpose(known) or len(np.unique(served)) < LEAST:
        return None
    scale = moments(pushed.reference)[1] / float(served.std())
    return _eight(known, float(f"{scale:.2g}"), back=False) if scale > 0 else None


def _on_purpose(known: Known) -> bool:
    return any(isinstance(step, _ON_PURPOSE) for step in known.feature.steps)


def holds(mechanism: Mechanism, served: FloatArray, tolerance: FloatArray | float = 0.0) -> bool:
    """Tell whether nearly all served values are what a rounding leaves, and not only near that.

    A distribution alone forgives too much: rounded edges are wide. Finite values; of other
    mechanisms than roundings it is true.
    """
    if not mechanism.cause.rounds or not mechanism.steps:
        return True
    first, last = mechanism.steps[0], mechanism.steps[-1]
    if isinstance(last, Round | Cast):
        off = np.abs(last.forward(served) - served) > 4 * UNIT * np.abs(served) + tolerance
    else:
        raw, noise = undone(served, mechanism.steps[1:], tolerance)
        off = ~(np.abs(forward((first,), raw) - raw) <= noise + 4 * UNIT * np.abs(raw))
    return bool(off.mean() <= STRAY)


def windows(
    steps: tuple[Step, ...], low: FloatArray, high: FloatArray, lost: FloatArray | float, *,
    rounds: bool,
) -> Iterator[Interval]:  # fmt: skip
    """Yield the intervals in which served values of raw ones in [low, high] may lie.

    `lost` is what the digits of the served ones lose, `rounds` whether a step of these rounds.

    One, but for a rounding: a value near a tie may go to either of its neighbours, to nothing
    between them. A prediction about as wide as the grid holds nothing: any value would fit it.
    """
    narrow = [(i, s) for i, s in enumerate(steps) if isinstance(s, Round | Cast)]
    if not narrow or not rounds:
        yield widened(*bounds(steps, low, high), lost)
        return
    i, step = narrow[0]
    low, high = bounds(steps[:i], low, high)
    grid = 10.0**-step.decimals if isinstance(step, Round) else np.inf
    wide = high - low > WIDE * grid
    for end in step.bounds(low, high):
        made = step.forward(end)
        least, most = bounds(steps[i + 1 :], *widened(made, made, ROUNDING * np.abs(made)))
        wide |= most - least + 2 * lost > FINE * grid
        yield np.where(wide, np.inf, least - lost), np.where(wide, -np.inf, most + lost)


def on_grid(
    known: Known, served: FloatArray, step: float, tolerance: FloatArray | float = 0.0
) -> Mechanism | None:
    """Return the rounding that makes the served values of the raw grid points next to them.

    On a raw grid the value that a right server had before it rounded is known, row by row.
    """
    if _on_purpose(known):
        return None
    raw = np.round(inverse(known.feature.steps, served) / step) * step
    right = forward(known.feature.steps, raw)
    if len(np.unique(served)) < LEAST:
        return None
    start, width = forward(known.feature.steps, np.array([0.0, step]))
    for told in ("3", "2", "1", "0", "float16", "bfloat16"):
        found = narrowed(known, told, served)
        coarse = 10.0 ** -int(told) if told.isdigit() else _LAST[told] * float(np.abs(served).max())
        if coarse > abs(float(width - start)) / 3:
            continue  # which grid point it was, rounding so coarse would not tell
        lost = 4 * UNIT * np.abs(served) + tolerance
        off = np.abs(forward(found.steps[-1:], right) - served) > lost
        if off.mean() <= STRAY and (lost < 0.05 * np.abs(served - right)).mean() > 0.5:
            return found
    return None


def partly(
    known: Known, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> tuple[Mechanism, NDArray[np.bool_]] | None:
    """Return the rounding that far more rows show than training would, and which rows do."""
    reference, steps = known.reference, known.feature.steps
    pushed = propagate(reference, steps) if reference is not None else None
    if pushed is None or not steps or _on_purpose(known):
        return None
    edges, rows = pushed.reference.histogram.edges, pushed.reference.histogram.at
    for places in (0, 1, 2):
        fixed = _fixed(Round(places), served, tolerance)
        usual = rows[_fixed(Round(places), edges, float(np.median(tolerance)))].sum()
        more = float(fixed.mean()) - usual / max(pushed.reference.finite, 1)
        if more > 0.03 and len(np.unique(served[fixed])) >= LEAST and usual < 0.01 * rows.sum() + 1:
            return narrowed(known, str(places), served), fixed
    return None


def _fixed(step: Round, values: FloatArray, tolerance: FloatArray | float) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (
        np.abs(step.forward(values) - values) <= 4 * UNIT * np.abs(values) + tolerance
    )
    return found & bool(np.max(tolerance, initial=0.0) < 0.01 * 10.0**-step.decimals)


_LAST = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""The last bit of a number, relative to it."""
_TYPES = ("float16", "bfloat16", "int64", "int8")


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield rounding and casts of the served value, then of the raw one.

    Nothing where the file itself rounds or casts: that is on purpose.
    """
    steps = known.feature.steps
    if known.feature.type != "numeric" or _on_purpose(known):
        return
    # The widest that explains the rows is named: 3 decimals before 2, float16 before bfloat16.
    # Of more than 4 decimals the arithmetic's own rounding leaves nothing to see.
    narrow: list[Round | Cast] = [*(Round(d) for d in (4, 3, 2, 1, 0)), *(Cast(t) for t in _TYPES)]
    for step in narrow:
        variant, found = _narrow(step)
        yield Mechanism(PRECISION_LOSS, (*steps, step), found, variant=variant)
    for step in narrow if steps else ():
        variant, found = _narrow(step)
        of_raw = {**found, "raw": True}
        yield Mechanism(PRECISION_LOSS, (step, *steps), of_raw, variant=f"raw_{variant}")
