"""Parameters recovered from the distribution of served values: from quantiles and from atoms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import STEP_CHANGED, UNIT_CHANGE, WRONG_PARAMETERS
from skewcheck.causes.distributions import Match, critical, distance
from skewcheck.causes.mechanism import (
    FeatureContext,
    Mechanism,
    figures,
    final_linear,
    like,
    with_step,
)
from skewcheck.causes.read_off import at_bounds
from skewcheck.causes.training_quantiles import PROBABILITIES, quantiles
from skewcheck.features.histogram import Histogram
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.steps import Affine, Clip, Impute, Linear, Step, inverse
from skewcheck.features.types import FloatArray

MIN_ATOM_SHARE = 0.01
"""Share of the rows at one value (an atom) from which it may be a clip bound or a fill value."""


def fitted_line(
    context: FeatureContext, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> Match | None:
    """Fit the last step that shifts and scales by least squares to quantiles.

    None where the fitted distribution is not within noise of the served one, or the slope is not
    positive. `served` is finite.
    """
    last, reference = final_linear(context.feature.steps), context.reference
    if reference is None:
        return None
    i, step = last if last is not None else (0, Affine(0.0, 1.0))
    steps = context.feature.steps
    propagated = propagate(reference, steps[:i])
    if propagated is None:
        return None
    expected = quantiles(propagated.reference)
    observed = np.quantile(served, PROBABILITIES)
    spread = float(((expected - expected.mean()) ** 2).sum())
    slope = (
        float(((expected - expected.mean()) * (observed - observed.mean())).sum()) / spread
        if spread
        else 0.0
    )
    if not slope > 0:
        return None
    offset, slope = _through_atoms(
        propagated, served, float(expected.mean() - observed.mean() / slope), slope
    )
    fitted_step: Linear = like(step, offset, 1 / slope)
    steps_with_fit = with_step(steps, i, fitted_step) if last is not None else (fitted_step,)
    d = distance(reference, steps_with_fit, served, tolerance)
    if d > critical(reference, len(served)):
        return None
    mechanism = Mechanism(WRONG_PARAMETERS, steps_with_fit, figures(fitted_step), variant="about")
    return Match(mechanism, d, within_noise=True)


def _through_atoms(
    propagated: PropagatedReference, served: FloatArray, offset: float, slope: float
) -> tuple[float, float]:
    """Refine a line by atoms, values that many rows share: both sides know them exactly."""
    training = propagated.reference.histogram
    x = training.edges[training.at > 0.015 * max(training.total, 1)]
    values, counts = np.unique(served, return_counts=True)
    heavy = values[counts > 0.01 * len(served)]
    if len(x) < 2 or len(heavy) < 2:
        return offset, slope
    distances = np.abs(heavy[None, :] - slope * (x - offset)[:, None])
    near = distances.argmin(1)
    close = distances.min(1) < 0.1 * float(served.std())
    if close.sum() < 2 or len(np.unique(near[close])) < 2:
        return offset, slope
    x, y = x[close], heavy[near[close]]
    refined_slope = float(((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum())
    return (
        (float(x.mean() - y.mean() / refined_slope), refined_slope)
        if refined_slope > 0
        else (offset, slope)
    )


def new_atom(
    context: FeatureContext, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> Match | None:
    """Explain one frequent value: another clip bound at an end, another fill value inside.

    None where the training steps with that setting do not give what is served. `tolerance` is
    what the digits of a text log lose.
    """
    steps, reference = context.feature.steps, context.reference
    if reference is None:
        return None
    distinct, counts = np.unique(served, return_counts=True)
    atom_matches: list[Match] = []
    for value in (distinct[0], distinct[-1], distinct[int(np.argmax(counts))]):
        if (np.abs(served - value) <= 1e-9 + np.max(tolerance)).sum() < MIN_ATOM_SHARE * len(
            served
        ):
            continue
        for i, step in enumerate(steps):
            later_steps = [s for s in steps[i + 1 :] if not isinstance(s, Clip)]
            setting = float(inverse(later_steps, np.array([value]))[0])
            if not np.isfinite(setting):
                continue
            changed_step = _other_setting(step, setting, upper=value == distinct[-1])
            if changed_step is None or changed_step == step:
                continue
            changed = with_step(steps, i, changed_step)
            d = distance(reference, changed, served, tolerance)
            if d <= critical(reference, len(served)):
                used = _settings(changed_step)
                mechanism = Mechanism(
                    STEP_CHANGED, changed, {"op": step.op, **used}, variant="settings",
                    details={"used": used},
                )  # fmt: skip
                atom_matches.append(Match(mechanism, d, within_noise=True))
    nearest = min(atom_matches, key=lambda m: m.distance, default=None)
    return nearest or _new_bounds(context, served, (distinct, counts), tolerance)


def _new_bounds(
    context: FeatureContext, served: FloatArray, counted: tuple[FloatArray, NDArray[np.intp]],
    tolerance: FloatArray | float,
) -> Match | None:  # fmt: skip
    """Explain atoms at one end or both by a clip, where training has none."""
    reference, (distinct, counts) = context.reference, counted
    if reference is None or any(isinstance(step, Clip) for step in context.feature.steps):
        return None
    propagated = propagate(reference, context.feature.steps)
    if propagated is None:
        return None
    shares = np.array([counts[0], counts[-1]]) / len(served)
    beyond = _shares_beyond(propagated.reference.histogram, float(distinct[0]), float(distinct[-1]))
    # The atom at a clip bound has the rows that training has beyond it.
    low, high = (
        float(distinct[i]) if shares[i] >= MIN_ATOM_SHARE and beyond[i] > 0.5 * shares[i] else None
        for i in (0, -1)
    )
    if low == high:
        return None
    for mechanism in at_bounds(context.feature, low, high):
        d = distance(reference, mechanism.steps, served, tolerance)
        if d <= critical(reference, len(served)):
            return Match(mechanism, d, within_noise=True)
    return None


def _shares_beyond(training: Histogram, low: float, high: float) -> tuple[float, float]:
    """Return the shares of counted rows below one value and above another.

    Without the heaviest value there: alone at the end of what is served it has only moved.
    """
    total = max(training.total, 1)
    first = int(np.searchsorted(training.edges, low - 1e-6 * abs(low)))
    last = int(np.searchsorted(training.edges, high + 1e-6 * abs(high), "right"))
    below, above = training.at[:first], training.at[last:]
    rows_below = below.sum() + training.between[:first].sum() - below.max(initial=0)
    rows_above = above.sum() + training.between[last + 1 :].sum() - above.max(initial=0)
    return float(rows_below / total), float(rows_above / total)


def _other_setting(step: Step, value: float, *, upper: bool) -> Step | None:
    """Return the clip or imputation with another value; None for other steps."""
    if isinstance(step, Clip):
        if upper:
            return replace(step, max=value) if step.min is None or value > step.min else None
        return replace(step, min=value) if step.max is None or value < step.max else None
    return Impute(value) if isinstance(step, Impute) else None


def _settings(step: Step) -> dict[str, float]:
    """Return the bounds of a clip, or the fill value, by the keys of a parameter file."""
    if isinstance(step, Clip):
        both = {"min": step.min, "max": step.max}
        return {key: value for key, value in both.items() if value is not None}
    if isinstance(step, Impute) and not isinstance(step.value, str):
        return {"value": step.value}
    return {}


def negated(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the served value with the opposite sign; the raw value's is among the units."""
    if context.feature.steps and context.feature.type == "numeric":
        steps = (*context.feature.steps, Affine(0.0, -1.0))
        yield Mechanism(UNIT_CHANGE, steps, {"factor": -1.0}, variant="served_sign")
