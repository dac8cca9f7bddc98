"""The last step that shifts and scales, with other numbers: what a line through rows says."""

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
LARGEST = 1000
"""Whole factors that a unit may have; with larger ones every line has some whole factor."""


def on_a_line(
    feature: Feature, rows: SampledRows, left: Mask, served: FloatArray
) -> tuple[Mechanism, Mask] | None:
    """Fit the last step that shifts and scales, given those before and after it.

    `served` stands for the rows' own: shuffled, it tells how many rows a line meets by chance.
    """
    raw, steps = rows.raw.get(feature.name), feature.steps
    if raw is None:
        return None
    i, step = final_linear(steps) or (0, Affine(0.0, 1.0))
    x = forward(steps[:i], raw)
    y = inverse(steps[i + 1 :], served)
    usable = left & np.isfinite(x) & np.isfinite(y)
    lost = rows.served_tolerance
    found = fitted(x[usable], y[usable], lost[usable] if isinstance(lost, np.ndarray) else lost)
    if found is None:
        return None
    explained = np.zeros(len(rows), bool)
    explained[np.flatnonzero(usable)[found.explained]] = True
    if found.scale < 0 and len(np.unique(x[explained])) < 3:
        return None  # any two values that change places lie on a line
    other = like(step, found.offset, found.scale)
    if line(other) == line(step) and steps:
        return None
    instead = with_step(steps, i, other) if steps else (other,)
    if type(other) is not type(step):
        step = Affine(line(step)[0], 1 / line(step)[1])
    variant, details = "turned" if found.scale < 0 else "", {"training": figures(step)}
    cause, used = WRONG_PARAMETERS, figures(other)
    return Mechanism(cause, instead, used, variant=variant, details=details), explained


def whole_factor(feature: Feature, found: Mechanism) -> Mechanism | None:
    """Return the unit that a line through the origin is: raw values times, or by, a whole number.

    None where it is none. That it explains the rows is for them to say.
    """
    own, used = final_linear(feature.steps), final_linear(found.steps)
    if own is None or used is None or not is_affine(feature.steps[: own[0]]):
        return None
    (offset, scale), (other_offset, other_scale) = line(own[1]), line(used[1])
    factor = scale / other_scale
    whole = round(factor if factor > 1 else 1 / factor)
    exact = float(whole) if factor > 1 else 1 / whole if whole else 0.0
    if not 2 <= whole <= LARGEST or abs(factor / exact - 1) > 1e-5:
        return None
    if abs(other_offset - offset / exact) > 1e-5 * abs(other_scale):
        return None
    steps, found_of = (Affine(0.0, exact), *feature.steps), {"factor": exact, "offset": 0.0}
    variant, details = "multiplied" if factor > 1 else "divided", {"whole": whole}
    return Mechanism(UNIT_CHANGE, steps, found_of, variant=variant, details=details)
