"""Precision loss: values rounded to decimals, cast to a narrower type, or quantized to 8 bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import PRECISION_LOSS
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.narrow_types import LEVELS, eight_bits, is_power_of_ten
from skewcheck.causes.undoing import undone
from skewcheck.features.propagate import propagate
from skewcheck.features.reference_moments import moments
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

_ROUNDING_STEPS = (Cast, Round, Quantize, Buckets)
MAX_WIDTH_BEFORE, MAX_WIDTH_AFTER = 0.5, 0.2
"""Of the spacing of rounded values: how wide the interval of a predicted value may be before the
rounding, and after it. Wider intervals would contain any value."""
MAX_SHARE_OFF = 0.02
"""Share of rows that may not be rounded values: a few rows are strays of other kinds."""
MIN_DISTINCT_VALUES = 3
"""Distinct values that must be rounded: one or two are constants, whatever they are."""


def narrowed(
    context: FeatureContext, target: str, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> Mechanism:
    """Return the mechanism of served values that all fit into a narrow type, or few decimals.

    `target` is a number of decimals as text, `float16`, `bfloat16`, `int64` or `int8`.
    """
    scale = eight_bits(served, tolerance) if target == "int8" else None
    if scale is not None:
        return _eight_bit_mechanism(context, scale, back=True)
    step = Round(int(target)) if target.isdigit() else Cast(target)
    variant, parameters = _phrase(step)
    return Mechanism(PRECISION_LOSS, (*context.feature.steps, step), parameters, variant=variant)


def _phrase(step: Round | Cast) -> tuple[str, dict[str, object]]:
    """Return the variant of the cause's phrase and the parameters of a rounding."""
    if isinstance(step, Round):
        return "rounded", {"decimals": step.decimals}
    return "cast", {"dtype": step.dtype}


def quantized(
    context: FeatureContext,
    served: FloatArray,
    raw: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> Mechanism | None:
    """Return the eight-bit quantization that gives all these rows, as q * scale or as q itself.

    For q * scale the spacing of the values is the scale. For bare whole numbers q each row bounds
    it, as the expected value lies within half a scale of q * scale. `raw` is without NaN. None
    where training rounds, and where no quantization fits.
    """
    scale = None if training_rounds(context) else eight_bits(served, tolerance)
    if scale is None:
        return None
    expected = forward(context.feature.steps, raw)
    if len(np.unique(served)) >= len(np.unique(raw)) and _on_a_line(expected, served, scale):
        return None  # raw values on a grid give equally spaced served values, too
    if scale != 1.0:
        return None if is_power_of_ten(scale) else _eight_bit_mechanism(context, scale, back=True)
    levels, expected_here = np.abs(served), expected * np.sign(served)
    unsaturated = (levels > 0) & (levels < LEVELS // 2 - 1)
    if not unsaturated.any():
        return None
    low = float((expected_here / (levels + 0.5))[unsaturated].max())
    high = float((expected_here[unsaturated] / (levels[unsaturated] - 0.5)).min())
    scale = (low + high) / 2
    return (
        _eight_bit_mechanism(context, scale, back=False)
        if scale > 0 and abs(high / low - 1) < 0.1
        else None
    )


def _on_a_line(right: FloatArray, served: FloatArray, scale: float) -> bool:
    """Return whether finite served values are a linear function of the expected ones.

    Values rounded to `scale` are not: their residuals reach half of it.
    """
    x, y = right - right.mean(), served - served.mean()
    size = float(x @ x)
    slope = float(x @ y) / size if size else 0.0
    return bool(np.abs(y - slope * x).max() < 0.1 * scale)


def _eight_bit_mechanism(context: FeatureContext, scale: float, *, back: bool) -> Mechanism:
    """Return the quantization to eight bits; `back`: values are multiplied by the scale again."""
    rounding: tuple[Step, ...] = (
        Affine(0.0, 1 / scale),
        Round(0),
        Clip(-LEVELS / 2, LEVELS / 2 - 1),
    )
    steps = (*context.feature.steps, *rounding, *((Affine(0.0, scale),) if back else ()))
    parameters, variant = {"dtype": "int8", "scale": scale}, "quantized" if back else "bare"
    return Mechanism(PRECISION_LOSS, steps, parameters, variant=variant)


def bare_eight_bits(context: FeatureContext, served: FloatArray) -> Mechanism | None:
    """Return the eight-bit quantization whose whole numbers these are, not multiplied by the scale.

    The scale is the ratio of standard deviations, of training's and of the served values, which is
    right to a few per cent. None where the values are not whole numbers of eight bits.
    """
    reference = context.reference
    propagated = propagate(reference, context.feature.steps) if reference is not None else None
    whole = (served == np.round(served)) & (np.abs(served) <= LEVELS / 2)
    if (
        propagated is None
        or not whole.all()
        or training_rounds(context)
        or len(np.unique(served)) < MIN_DISTINCT_VALUES
    ):
        return None
    scale = moments(propagated.reference)[1] / float(served.std())
    return _eight_bit_mechanism(context, float(f"{scale:.2g}"), back=False) if scale > 0 else None


def training_rounds(context: FeatureContext) -> bool:
    """Return whether a step of training rounds by itself."""
    return any(isinstance(step, _ROUNDING_STEPS) for step in context.feature.steps)


def consistent_with_rounding(
    mechanism: Mechanism, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> bool:
    """Return whether nearly all finite served values are exactly what a rounding leaves.

    The distance of distributions is not enough: edges after a rounding are wide. True of mechanisms
    that do not round.
    """
    if not mechanism.cause.rounds or not mechanism.steps:
        return True
    first, last = mechanism.steps[0], mechanism.steps[-1]
    if isinstance(last, Round | Cast):
        off = np.abs(last.forward(served) - served) > 4 * UNIT * np.abs(served) + tolerance
    else:
        undone_values, noise = undone(served, mechanism.steps[1:], tolerance)
        off = ~(
            np.abs(forward((first,), undone_values) - undone_values)
            <= noise + 4 * UNIT * np.abs(undone_values)
        )
    return bool(off.mean() <= MAX_SHARE_OFF)


def windows(
    steps: tuple[Step, ...], low: FloatArray, high: FloatArray, tolerance: FloatArray | float, *,
    rounds: bool,
) -> Iterator[Interval]:  # fmt: skip
    """Yield the intervals, as arrays of rows, in which served values of raw [low, high] may lie.

    `tolerance` is what the digits of served values lose, `rounds` whether one of the steps rounds.
    There is one interval per row, but two after a rounding: a value near a tie goes to either of
    its neighbours, and to nothing between them. An interval about as wide as the spacing of the
    rounded values is empty, as any value would lie in it.
    """
    roundings = [(i, s) for i, s in enumerate(steps) if isinstance(s, Round | Cast)]
    if not roundings or not rounds:
        yield widened(*bounds(steps, low, high), tolerance)
        return
    i, step = roundings[0]
    low, high = bounds(steps[:i], low, high)
    grid = 10.0**-step.decimals if isinstance(step, Round) else np.inf
    wide = high - low > MAX_WIDTH_BEFORE * grid
    for end in step.bounds(low, high):
        rounded = step.forward(end)
        lowest, highest = bounds(
            steps[i + 1 :], *widened(rounded, rounded, ROUNDING * np.abs(rounded))
        )
        wide |= highest - lowest + 2 * tolerance > MAX_WIDTH_AFTER * grid
        yield (
            np.where(wide, np.inf, lowest - tolerance),
            np.where(wide, -np.inf, highest + tolerance),
        )


def on_grid(
    context: FeatureContext, served: FloatArray, step: float, tolerance: FloatArray | float = 0.0
) -> Mechanism | None:
    """Return the rounding that gives the served values from the raw grid points nearest to them.

    Where raw values lie on a grid, the value before the rounding is known row by row. None where
    training rounds, and where no rounding explains all but MAX_SHARE_OFF of the rows.
    """
    if training_rounds(context):
        return None
    raw = np.round(inverse(context.feature.steps, served) / step) * step
    expected = forward(context.feature.steps, raw)
    if len(np.unique(served)) < MIN_DISTINCT_VALUES:
        return None
    zero, one_step = forward(context.feature.steps, np.array([0.0, step]))
    for target in ("3", "2", "1", "0", "float16", "bfloat16"):
        mechanism = narrowed(context, target, served)
        coarse = (
            10.0 ** -int(target)
            if target.isdigit()
            else _RELATIVE_SPACING[target] * float(np.abs(served).max())
        )
        if coarse > abs(float(one_step - zero)) / 3:
            continue  # so coarse a rounding does not show which grid point it was
        lost = 4 * UNIT * np.abs(served) + tolerance
        off = np.abs(forward(mechanism.steps[-1:], expected) - served) > lost
        if off.mean() <= MAX_SHARE_OFF and (lost < 0.05 * np.abs(served - expected)).mean() > 0.5:
            return mechanism
    return None


def partly_rounded(
    context: FeatureContext, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> tuple[Mechanism, NDArray[np.bool_]] | None:
    """Return the rounding of which far more rows are than in training, and the mask of these.

    None where training rounds, without a reference, and where no rounding is frequent.
    """
    reference, steps = context.reference, context.feature.steps
    propagated = propagate(reference, steps) if reference is not None else None
    if propagated is None or not steps or training_rounds(context):
        return None
    edges, rows = propagated.reference.histogram.edges, propagated.reference.histogram.at
    for places in (0, 1, 2):
        unchanged = _unchanged(Round(places), served, tolerance)
        expected_rows = rows[_unchanged(Round(places), edges, float(np.median(tolerance)))].sum()
        excess = float(unchanged.mean()) - expected_rows / max(propagated.reference.finite, 1)
        if (
            excess > 0.03
            and len(np.unique(served[unchanged])) >= MIN_DISTINCT_VALUES
            and expected_rows < 0.01 * rows.sum() + 1
        ):
            return narrowed(context, str(places), served), unchanged
    return None


def _unchanged(step: Round, values: FloatArray, tolerance: FloatArray | float) -> NDArray[np.bool_]:
    """Return which values a rounding does not change; none where digits are lost at its spacing."""
    unchanged: NDArray[np.bool_] = (
        np.abs(step.forward(values) - values) <= 4 * UNIT * np.abs(values) + tolerance
    )
    return unchanged & bool(np.max(tolerance, initial=0.0) < 0.01 * 10.0**-step.decimals)


_RELATIVE_SPACING = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""Distance to the next number of the type, relative to the number (bits of the significand)."""
_NARROW_TYPES = ("float16", "bfloat16", "int64", "int8")


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield roundings and casts of the served value, then of the raw value.

    Nothing where training itself rounds or casts.
    """
    steps = context.feature.steps
    if context.feature.type != "numeric" or training_rounds(context):
        return
    # The finest that explains the rows is named: 3 decimals before 2, float16 before bfloat16.
    # More than 4 decimals are within the rounding of float32 arithmetic.
    roundings: list[Round | Cast] = [
        *(Round(d) for d in (4, 3, 2, 1, 0)),
        *(Cast(t) for t in _NARROW_TYPES),
    ]
    for step in roundings:
        variant, parameters = _phrase(step)
        yield Mechanism(PRECISION_LOSS, (*steps, step), parameters, variant=variant)
    for step in roundings if steps else ():
        variant, parameters = _phrase(step)
        raw_parameters = {**parameters, "raw": True}
        yield Mechanism(PRECISION_LOSS, (step, *steps), raw_parameters, variant=f"raw_{variant}")
