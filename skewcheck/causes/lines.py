"""Other parameters of the last step that shifts and scales, from a line through rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import UNIT_CHANGE, WRONG_PARAMETERS
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import Mechanism, figures, final_linear, like, line, with_step
from skewcheck.causes.recovering import fitted
from skewcheck.features.steps import Affine, bounds, forward, inverse, is_affine
from skewcheck.features.types import Feature, FloatArray

Mask = NDArray[np.bool_]
MAX_WHOLE_FACTOR = 1000
"""Whole factors are looked for up to this: larger ones are within the error of any line."""
MIN_RATIOS = 40
"""Rows whose deviations are compared with those that a mechanism makes."""
MAX_RATIO_ERROR = 0.05
"""Of a deviation: what float32 and six digits of a file leave of the smallest that matters."""
MIN_OWN_ROWS = 0.1
"""Share of rows with the scale of a mechanism from which on it may be that of some rows."""
MAX_SCALE_ERROR = 1e-5
"""Of a scale: a file with numbers of five digits has such errors."""


def on_a_line(
    feature: Feature, rows: SampledRows, left: Mask, served: FloatArray
) -> tuple[Mechanism, Mask] | None:
    """Fit the last step that shifts and scales, and return the mask of the rows on the line.

    The steps before and after are training's. `served` takes the place of the rows' values:
    shuffled, it shows how many rows lie on a line by chance. None without raw values, and where
    the line is training's.
    """
    raw, steps = rows.raw.get(feature.name), feature.steps
    if raw is None:
        return None
    i, step = final_linear(steps) or (0, Affine(0.0, 1.0))
    x = forward(steps[:i], raw)
    y = inverse(steps[i + 1 :], served)
    usable = left & np.isfinite(x) & np.isfinite(y)
    tolerance = rows.served_tolerance
    fit = fitted(
        x[usable], y[usable], tolerance[usable] if isinstance(tolerance, np.ndarray) else tolerance
    )
    if fit is None:
        return None
    explained = np.zeros(len(rows), bool)
    explained[np.flatnonzero(usable)[fit.explained]] = True
    if fit.scale < 0 and len(np.unique(x[explained])) < 3:
        return None  # any two exchanged values lie on a line
    fitted_step = like(step, fit.offset, fit.scale)
    if line(fitted_step) == line(step) and steps:
        return None
    changed_steps = with_step(steps, i, fitted_step) if steps else (fitted_step,)
    if type(fitted_step) is not type(step):
        step = Affine(line(step)[0], 1 / line(step)[1])
    variant, details = "turned" if fit.scale < 0 else "", {"training": figures(step)}
    cause, parameters = WRONG_PARAMETERS, figures(fitted_step)
    return Mechanism(cause, changed_steps, parameters, variant=variant, details=details), explained


def contradicted(
    mechanism: Mechanism, feature: Feature, raw: FloatArray, served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> bool:  # fmt: skip
    """Return whether served values have another scale than a mechanism that only changes it.

    Of each row the deviation from the right value is divided by the one that the mechanism makes:
    the ratio is 1 in its rows and 0 in right ones, while values of another scale have a ratio of
    their own in common. A constant, as a mean that was rounded to float32 adds, does not count, nor
    what the digits of a text log lose. False for fewer than MIN_RATIOS rows, where some rows are
    the mechanism's, and for other mechanisms.
    """
    training, used = final_linear(feature.steps), final_linear(mechanism.steps)
    if mechanism.source is not None or training is None or used is None:
        return False
    if with_step(mechanism.steps, used[0], training[1]) != feature.steps:
        return False
    right, made = forward(feature.steps, raw), forward(mechanism.steps, raw)
    finite = np.isfinite(right) & np.isfinite(made) & np.isfinite(served)
    if finite.sum() < MIN_RATIOS:
        return False
    columns = (made - right)[finite], (served - right)[finite], right[finite]
    with np.errstate(divide="ignore", invalid="ignore"):
        plain = columns[1] / columns[0]
    change, deviation, right = (column - np.median(column) for column in columns)
    size = np.abs(change)
    far = size > np.median(size)  # rounding matters least there
    if far.sum() < MIN_RATIOS / 2:
        return False
    ratios, size = deviation[far] / change[far], size[far]
    lost = float(np.median(_lost(feature, raw, tolerance)[finite][far] / size))
    relative = float(np.median(size / np.maximum(np.abs(right[far]), 1e-300)))
    off = float(np.median(np.minimum(np.abs(ratios), np.abs(ratios - 1))))
    spread = float(np.median(np.abs(ratios - np.median(ratios))))
    # Among rows of other faults the constant is not theirs.
    own = max(float((np.abs(some - 1) < off / 3).mean()) for some in (ratios, plain))
    least = max(min(MAX_RATIO_ERROR, MAX_SCALE_ERROR / max(relative, 1e-300)), 2 * lost)
    return off > least and spread < off / 2 and own < MIN_OWN_ROWS


def _lost(feature: Feature, raw: FloatArray, tolerance: FloatArray | float) -> FloatArray:
    """Return by how much right values may be off in the same way in many rows.

    By their digits; of few distinct values also by rounding, which is then no noise.
    """
    lost = np.broadcast_to(tolerance, raw.shape)
    if len(np.unique(raw[np.isfinite(raw)])) >= MIN_RATIOS:
        return lost
    low, high = bounds(feature.steps, raw, raw)
    return lost + (high - low) / 2


def whole_factor(feature: Feature, mechanism: Mechanism) -> Mechanism | None:
    """Return the unit change that a line is: raw values times, or divided by, a whole number.

    None where it is none. The caller checks that it explains the rows.
    """
    training_linear, used_linear = final_linear(feature.steps), final_linear(mechanism.steps)
    if (
        training_linear is None
        or used_linear is None
        or not is_affine(feature.steps[: training_linear[0]])
    ):
        return None
    (offset, scale), (other_offset, other_scale) = line(training_linear[1]), line(used_linear[1])
    factor = scale / other_scale
    whole = round(factor if factor > 1 else 1 / factor)
    exact = float(whole) if factor > 1 else 1 / whole if whole else 0.0
    if not 2 <= whole <= MAX_WHOLE_FACTOR or abs(factor / exact - 1) > 1e-5:
        return None
    if abs(other_offset - offset / exact) > 1e-5 * abs(other_scale):
        return None
    steps, parameters = (Affine(0.0, exact), *feature.steps), {"factor": exact, "offset": 0.0}
    variant, details = "multiplied" if factor > 1 else "divided", {"whole": whole}
    return Mechanism(UNIT_CHANGE, steps, parameters, variant=variant, details=details)
