"""Mixtures: a share of the rows, in no place of its own, was served by another mechanism.

The served distribution function is fitted by (1 - share) F + share G, F that of training and G that
of the mechanism, such that the largest difference (KS D) is least.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skewcheck.causes.distributions import KS_CRITICAL_01_PERCENT
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.mechanism_causes import cause_of, drift
from skewcheck.causes.training_quantiles import (
    PROBABILITIES,
    predicted_quantiles,
    quantiles,
    source_reference,
)
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, Cause

KS_CRITICAL_5_PERCENT = 1.36
"""Critical value of sqrt(n m / (n + m)) D at the 5 % level (Smirnov 1948, table)."""
MIN_ROWS = 200
"""Rows that a mixture needs: with fewer, noise is as large as the effect of most mixtures."""
MIN_RATIO_INSIDE_RANGE = 2.0
"""Factor by which D must exceed the noise for mixtures inside training's range, as drift is usual
there."""
MAX_MECHANISMS = 4
"""Mechanisms that are fitted, the best of a prescreen: more would match by chance."""
MAX_SHARE = 0.5
"""Share of a mechanism up to which it is likelier than drift: of the rest there are enough rows."""
CONFIDENCE_OF_TWO = 0.6
"""Confidence in the simpler of two mechanisms, both within noise."""
MAX_RESIDUAL = 0.08
"""Difference at quantiles that a mechanism may leave in the prescreen, beside twice the noise."""
MIN_SHARE_OUTSIDE = 0.8
"""Share of a mechanism's values outside training's range from which no drift looks like it."""


@dataclass(frozen=True, slots=True)
class MixtureFit:
    """A mechanism, and the share of rows that it was applied to."""

    mechanism: Mechanism
    share: float
    distance: float
    """KS D between the served values and the mixture."""
    apart: bool
    """Most of its values are outside training's range, and distributed there as served ones."""


def explain_mixture(
    context: FeatureContext, steps: tuple[Step, ...], candidates: Iterable[Mechanism],
    values: FloatArray, tolerance: FloatArray | float = 0.0, *, proven: bool = False,
) -> list[Cause]:  # fmt: skip
    """Return the mechanism of some of the rows, beside drift; empty where there is no mixture.

    `values` are finite, `steps` lead to them from the reference. `proven`: some of them are codes
    that no right server gives, so that no drift looks like a mechanism that gives them. Empty for
    fewer than MIN_ROWS, and without a reference.
    """
    training = propagate(context.reference, steps) if context.reference is not None else None
    if training is None or len(values) < MIN_ROWS:
        return []
    ordered, lost = np.sort(values), float(np.median(tolerance))
    m = max(training.reference.finite, 1)
    noise = math.sqrt((len(values) + m) / (len(values) * m))
    points = _evaluation_points((training,), lost)
    distance = float(np.abs(_empirical_cdf(ordered, points) - _cdf(training, points)).max())
    if distance < KS_CRITICAL_01_PERCENT * noise and not proven:
        return []
    mechanisms = _prescreened(context, training.reference, candidates, ordered, noise)
    min_outside = 0.0 if proven else MIN_SHARE_OUTSIDE
    fits = [
        _fit(context, mechanism, training, ordered, lost, min_outside) for mechanism in mechanisms
    ]
    within_noise = [
        fit
        for fit in fits
        if fit is not None
        and fit.distance <= KS_CRITICAL_5_PERCENT * noise
        and 0.02 < fit.share < 0.95
    ]
    large = distance >= MIN_RATIO_INSIDE_RANGE * KS_CRITICAL_01_PERCENT * noise
    return _ranked(within_noise, large=large, proven=proven)


def _ranked(fits: list[MixtureFit], *, large: bool, proven: bool) -> list[Cause]:
    """Return mixtures within noise and drift as causes, likeliest first.

    `large`: the served values differ much from training's.
    """
    apart = [fit for fit in fits if fit.apart]
    if not fits or not (apart or large):
        return []
    if not apart:
        # Inside training's range drift is more frequent.
        return [drift(OPEN), _cause(min(fits, key=lambda fit: fit.distance), OPEN)]
    best, rivals = apart[0], apart[1:2]
    if best.share > MAX_SHARE and not proven:
        # With few right rows left, drift of all rows looks the same.
        return [_cause(best, OPEN), drift(OPEN)]
    if not rivals:
        return [_cause(best, LIKELY), drift(round(1 - LIKELY, 2))]
    rival_causes = [_cause(fit, round(1 - CONFIDENCE_OF_TWO - 0.1, 2)) for fit in rivals]
    return [_cause(best, CONFIDENCE_OF_TWO), *rival_causes, drift(0.1)]


def _cause(fit: MixtureFit, confidence: float) -> Cause:
    return cause_of(fit.mechanism, fit.share, confidence)


def _prescreened(
    context: FeatureContext, training_reference: NumericReference, candidates: Iterable[Mechanism],
    ordered: FloatArray, noise: float,
) -> list[Mechanism]:  # fmt: skip
    """Return the mechanisms that explain most of the difference at 65 quantiles, simplest first.

    The share is estimated by least squares, between 0 and 1.
    """
    points = np.unique(ordered[np.linspace(0, len(ordered) - 1, 65).astype(np.int64)])
    training = quantiles(training_reference)
    difference = _empirical_cdf(ordered, points) - _empirical_cdf(training, points)
    scored: list[tuple[float, int, Mechanism]] = []
    limit = MAX_RESIDUAL + 2 * noise
    mechanisms, predicted = predicted_quantiles(
        context, (mechanism for mechanism in candidates if not mechanism.cause.rounds)
    )
    up_to = (predicted[:, :, None] <= points).sum(1) / len(PROBABILITIES)
    changes = up_to - _empirical_cdf(training, points)
    # No share of a change is nearer to the difference than one of its own for each point.
    least = np.maximum(difference - np.maximum(changes, 0), np.minimum(changes, 0) - difference)
    may = np.isfinite(predicted).all(1) & (least.max(1, initial=0) <= limit)
    for i in np.flatnonzero(may).tolist():
        change = changes[i]
        size = float(change @ change)
        share = min(max(float(difference @ change) / size, 0.0), 1.0) if size else 0.0
        residual = float(np.abs(difference - share * change).max())
        if share > 0.01 and residual < limit:
            scored.append((residual, i, mechanisms[i]))
    return [
        mechanism for _, mechanism in sorted(entry[1:] for entry in sorted(scored)[:MAX_MECHANISMS])
    ]


def _fit(
    context: FeatureContext, mechanism: Mechanism, training: PropagatedReference,
    ordered: FloatArray, tolerance: float, min_outside: float,
) -> MixtureFit | None:  # fmt: skip
    """Return the share of a mechanism's values that is nearest to the served distribution.

    It is apart if more than `min_outside` of its values are outside training's range. None where
    the mechanism cannot be propagated.
    """
    reference = source_reference(context, mechanism)
    wrong_reference = propagate(reference, mechanism.steps) if reference is not None else None
    if wrong_reference is None:
        return None
    points = _evaluation_points((training, wrong_reference), tolerance)
    observed, right_cdf, wrong_cdf = (
        _empirical_cdf(ordered, points),
        _cdf(training, points),
        _cdf(wrong_reference, points),
    )
    low, high = 0.0, 1.0
    # The largest of absolute linear functions is convex in the share: ternary search.
    for _ in range(24):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        at_a, at_b = (
            float(np.abs(observed - (1 - s) * right_cdf - s * wrong_cdf).max()) for s in (a, b)
        )
        low, high = (low, b) if at_a <= at_b else (a, high)
    share = (low + high) / 2
    ends = np.array([training.low[0] - tolerance, training.high[-1] + tolerance])
    inside = _cdf(wrong_reference, np.array([np.nextafter(ends[0], -np.inf), ends[1]]))
    distance = float(np.abs(observed - (1 - share) * right_cdf - share * wrong_cdf).max())
    apart = float(inside[1] - inside[0]) <= 1 - max(min_outside, 1e-9)
    return MixtureFit(
        mechanism,
        share,
        distance,
        apart and _same_outside(ordered, ends, wrong_reference, tolerance),
    )


def _same_outside(
    ordered: FloatArray,
    ends: FloatArray,
    mechanism_reference: PropagatedReference,
    tolerance: float,
) -> bool:
    """Return whether values outside training's range are distributed as the mechanism's there."""
    outside = ordered[(ordered < ends[0]) | (ordered > ends[1])]
    if len(outside) < 20:
        return False
    points = _evaluation_points((mechanism_reference,), tolerance)
    points = points[(points < ends[0]) | (points > ends[1])]
    bounds = _cdf(mechanism_reference, np.array([np.nextafter(ends[0], -np.inf), ends[1]]))
    share_inside = float(bounds[1] - bounds[0])
    cdf = _cdf(mechanism_reference, points)
    cdf = np.where(points > ends[1], cdf - share_inside, cdf) / max(1 - share_inside, 1e-12)
    distance = np.abs(_empirical_cdf(outside, points) - cdf).max(initial=0.0)
    m = max(mechanism_reference.reference.finite, 1)
    return bool(
        distance <= KS_CRITICAL_01_PERCENT * math.sqrt((len(outside) + m) / (len(outside) * m))
    )


def _evaluation_points(references: tuple[PropagatedReference, ...], tolerance: float) -> FloatArray:
    """Return the points just below and at every edge, where the distance is greatest."""
    ends = [
        np.concatenate((np.nextafter(p.low - tolerance, -np.inf), p.high + tolerance))
        for p in references
    ]
    return np.unique(np.concatenate(ends))


def _empirical_cdf(ordered: FloatArray, points: FloatArray) -> FloatArray:
    """Return the share of sorted values up to each point."""
    shares: FloatArray = np.searchsorted(ordered, points, "right") / len(ordered)
    return shares


def _cdf(propagated: PropagatedReference, points: FloatArray) -> FloatArray:
    """Return the share of counted values up to each point, linear between edges."""
    histogram = propagated.reference.histogram
    cumulated = np.cumsum(histogram.interleaved)
    ends = np.repeat(histogram.edges, 2).astype(np.float64)
    ends[::2], ends[1::2] = propagated.low, propagated.high
    ends[::2] = np.nextafter(ends[::2], -np.inf)
    ends, total = np.maximum.accumulate(ends), int(cumulated[-1])
    cdf: FloatArray = np.interp(points, ends, cumulated[:-1], left=0.0, right=float(total))
    return cdf / max(total, 1)
