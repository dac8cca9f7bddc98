"""Other parameters of the last step that shifts and scales, from a line through rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import UNIT_CHANGE, WRONG_PARAMETERS
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import Mechanism, figures, final_linear, like, line, with_step
from skewcheck.causes.recovering import fitted
from skewcheck.features.steps import Affine, forward, inverse, is_affine
from skewcheck.features.types import Feature, FloatArray

Mask = NDArray[np.bool_]
MAX_WHOLE_FACTOR = 1000
"""Whole factors are looked for up to this: larger ones are within the error of any line."""
MIN_RATIOS = 40
"""Rows whose deviations are compared with those that a mechanism makes."""
MAX_RATIO_ERROR = 0.05
"""Of a deviation: what float32 and six digits of a file leave of the smallest that matters."""
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
    mechanism: Mechanism, feature: Feature, raw: FloatArray, served: FloatArray
) -> bool:
    """Return whether served values have another scale than a mechanism that only changes it.

    Of each row the deviation from the right value is divided by the one that the mechanism makes:
    the ratio is 1 in its rows and 0 in right ones, while values of another scale have a ratio of
    their own in common. A constant, as a mean that was rounded to float32 adds, does not count.
    False for fewer than MIN_RATIOS rows, and for other mechanisms.
    """
    training, used = final_linear(feature.steps), final_linear(mechanism.steps)
    if mechanism.source is not None or training is None or used is None:
        return False
    if with_step(mechanism.steps, used[0], training[1]) != feature.steps:
        return False
    if line(used[1])[0] != line(training[1])[0]:
        return False
    right, made = forward(feature.steps, raw), forward(mechanism.steps, raw)
    finite = np.isfinite(right) & np.isfinite(made) & np.isfinite(served)
    if finite.sum() < MIN_RATIOS:
        return False
    columns = (made - right)[finite], (served - right)[finite], right[finite]
    change, deviation, right = (column - np.median(column) for column in columns)
    far = np.abs(change) > np.median(np.abs(change))  # rounding matters least there
    if far.sum() < MIN_RATIOS / 2:
        return False
    ratios = deviation[far] / change[far]
    off = float(np.median(np.minimum(np.abs(ratios), np.abs(ratios - 1))))
    common = float(np.median(np.abs(ratios - np.median(ratios))))
    relative = float(np.median(np.abs(change[far] / right[far])))
    return off > min(MAX_RATIO_ERROR, MAX_SCALE_ERROR / relative) and common < off / 2


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
