"""Rows that no place tells from the others: a share of them, at random, was served otherwise."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from skewcheck.causes.diagnosis import cause_of, drift
from skewcheck.causes.distributions import NOISE, quantiles, source_reference
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.steps import Step, forward
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, Cause

USUAL = 1.36
"""Kolmogorov's statistic that clean logs stay under in 95 % of cases."""
LOUD = 2.0
"""Times the noise: what values in training's range must differ by from its own."""
TRIED = 4
"""Mechanisms that a glance leaves; more would cost time, and be luck."""
MOST = 0.5
EITHER = 0.6
"""Confidence in the simpler of two mechanisms, both within noise."""
OUTSIDE = 0.8
"""Share of a mechanism's values that training never serves: then no drift looks like it."""


@dataclass(frozen=True, slots=True)
class MixtureFit:
    """A mechanism, and the share of rows that underwent it."""

    mechanism: Mechanism
    share: float
    distance: float
    apart: bool
    """Training never serves most of its values."""


def blended(
    context: FeatureContext, steps: tuple[Step, ...], candidates: Iterable[Mechanism],
    values: FloatArray, tolerance: FloatArray | float = 0.0, *, proven: bool = False,
) -> list[Cause]:  # fmt: skip
    """Return the mechanism that some rows underwent, beside drift; empty where none is seen.

    `values` are finite, `steps` lead to them from the reference. `proven`: some of them are codes
    that no right server gives, so that no drift looks like a mechanism that gives those.
    """
    pushed = propagate(context.reference, steps) if context.reference is not None else None
    if pushed is None or len(values) < 200:
        return []
    ordered = np.sort(values)
    lost = float(np.median(tolerance))
    m = max(pushed.reference.finite, 1)
    noise = math.sqrt((len(values) + m) / (len(values) * m))
    own = _miss(_served(ordered, _points((pushed,), lost)), pushed, _points((pushed,), lost))
    if own < NOISE * noise and not proven:
        return []
    found: list[MixtureFit] = []
    for mechanism in _glanced(context, pushed.reference, candidates, ordered, noise):
        one = _blend(context, mechanism, pushed, ordered, lost, least=0.0 if proven else OUTSIDE)
        if one is not None and one.distance <= USUAL * noise and 0.02 < one.share < 0.95:
            found.append(one)
    if not found:
        return []
    apart = [one for one in found if one.apart]
    if not apart and own < LOUD * NOISE * noise:
        return []
    if not apart:
        # Inside training's range the world moves as well, and more often.
        return [drift(OPEN), _cause(min(found, key=lambda one: one.distance), OPEN)]
    best, rivals = apart[0], apart[1:2]
    if best.share > MOST and not proven:
        # Few rows are left to be training's: a world that moved as a whole looks the same.
        return [_cause(best, OPEN), drift(OPEN)]
    if not rivals:
        return [_cause(best, LIKELY), drift(round(1 - LIKELY, 2))]
    either = [_cause(one, round(1 - EITHER - 0.1, 2)) for one in rivals]
    return [_cause(best, EITHER), *either, drift(0.1)]


def _cause(blend: MixtureFit, confidence: float) -> Cause:
    return cause_of(blend.mechanism, blend.share, confidence)


def _glanced(
    context: FeatureContext, own: NumericReference, candidates: Iterable[Mechanism],
    ordered: FloatArray, noise: float,
) -> list[Mechanism]:  # fmt: skip
    """Return the few mechanisms that explain most of the difference at a few dozen points."""
    points = np.unique(ordered[np.linspace(0, len(ordered) - 1, 65).astype(np.int64)])
    training = quantiles(own)
    missing = _share(points, ordered) - _share(points, training)
    scored: list[tuple[float, int, Mechanism]] = []
    for i, mechanism in enumerate(candidates):
        reference = source_reference(context, mechanism)
        if reference is None or mechanism.cause.rounds:
            continue
        predicted = np.sort(forward(mechanism.steps, quantiles(reference)))
        if not np.isfinite(predicted).all():
            continue
        change = _share(points, predicted) - _share(points, training)
        size = float(change @ change)
        share = min(max(float(missing @ change) / size, 0.0), 1.0) if size else 0.0
        rest = float(np.abs(missing - share * change).max())
        if share > 0.01 and rest < 0.08 + 2 * noise:
            scored.append((rest, i, mechanism))
    # Those that fit are told in the order of the families: the simplest first.
    return [mechanism for _, mechanism in sorted(one[1:] for one in sorted(scored)[:TRIED])]


def _blend(
    context: FeatureContext, mechanism: Mechanism, own: PropagatedReference,
    ordered: FloatArray, lost: float, least: float,
) -> MixtureFit | None:  # fmt: skip
    """Find the share of a mechanism's values that comes nearest to what is served.

    It is apart if more than `least` of its values are none of training's.
    """
    reference = source_reference(context, mechanism)
    pushed = propagate(reference, mechanism.steps) if reference is not None else None
    if pushed is None:
        return None
    points = _points((own, pushed), lost)
    served, right, wrong = _served(ordered, points), _rank(own, points), _rank(pushed, points)
    low, high = 0.0, 1.0
    # The largest of straight lines is convex in the share: a third is cut off each time.
    for _ in range(24):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        at_a, at_b = (float(np.abs(served - (1 - s) * right - s * wrong).max()) for s in (a, b))
        low, high = (low, b) if at_a <= at_b else (a, high)
    share = (low + high) / 2
    ends = np.array([own.low[0] - lost, own.high[-1] + lost])
    inside = _rank(pushed, np.array([np.nextafter(ends[0], -np.inf), ends[1]]))
    miss = float(np.abs(served - (1 - share) * right - share * wrong).max())
    apart = float(inside[1] - inside[0]) <= 1 - max(least, 1e-9)
    return MixtureFit(mechanism, share, miss, apart and _alike(ordered, ends, pushed, lost))


def _alike(ordered: FloatArray, ends: FloatArray, pushed: PropagatedReference, lost: float) -> bool:
    """Tell whether the values outside training's range are distributed as the mechanism's there."""
    outside = ordered[(ordered < ends[0]) | (ordered > ends[1])]
    if len(outside) < 20:
        return False
    points = _points((pushed,), lost)
    points = points[(points < ends[0]) | (points > ends[1])]
    bounds = _rank(pushed, np.array([np.nextafter(ends[0], -np.inf), ends[1]]))
    hidden = float(bounds[1] - bounds[0])
    rank = _rank(pushed, points)
    rank = np.where(points > ends[1], rank - hidden, rank) / max(1 - hidden, 1e-12)
    miss = np.abs(_served(outside, points) - rank).max(initial=0.0)
    m = max(pushed.reference.finite, 1)
    return bool(miss <= NOISE * math.sqrt((len(outside) + m) / (len(outside) * m)))


def _points(of: tuple[PropagatedReference, ...], lost: float) -> FloatArray:
    """Return just below and at every edge."""
    ends = [np.concatenate((np.nextafter(p.low - lost, -np.inf), p.high + lost)) for p in of]
    return np.unique(np.concatenate(ends))


def _served(ordered: FloatArray, points: FloatArray) -> FloatArray:
    return _share(points, ordered)


def _share(points: FloatArray, ordered: FloatArray) -> FloatArray:
    found: FloatArray = np.searchsorted(ordered, points, "right") / len(ordered)
    return found


def _rank(pushed: PropagatedReference, points: FloatArray) -> FloatArray:
    """Return the share of counted values up to each point, linear between edges."""
    histogram = pushed.reference.histogram
    cumulated = np.cumsum(histogram.interleaved)
    ends = np.repeat(histogram.edges, 2).astype(np.float64)
    ends[::2], ends[1::2] = pushed.low, pushed.high
    ends[::2] = np.nextafter(ends[::2], -np.inf)
    ends, total = np.maximum.accumulate(ends), int(cumulated[-1])
    found: FloatArray = np.interp(points, ends, cumulated[:-1], left=0.0, right=float(total))
    return found / max(total, 1)


def _miss(served: FloatArray, pushed: PropagatedReference, points: FloatArray) -> float:
    return float(np.abs(served - _rank(pushed, points)).max())
