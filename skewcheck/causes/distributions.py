"""Match distributions: the reference, propagated through a mechanism, against served values.

For logs with one side only. The distance is KS D. A mechanism without free parameters that matches
within noise is strong evidence; a fitted line is weak evidence, as drift is often linear, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.precision import consistent_with_rounding
from skewcheck.causes.raw_grids import is_own_grid, on_raw_grid
from skewcheck.causes.training_quantiles import (
    PROBABILITIES,
    predicted_quantiles,
    quantiles,
    source_reference,
)
from skewcheck.counts.cells import Cells
from skewcheck.counts.windows import Windows
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, NumericReference

KS_CRITICAL_01_PERCENT = 1.95
"""Critical value of sqrt(n m / (n + m)) D at the 0.1 % level (Smirnov, Annals of Mathematical
Statistics 19 (1948), table)."""
MIN_CRITICAL_DISTANCE = 0.02
"""KS D up to which distributions count as equal, however many rows there are."""
FIRST_CELLS = 16
"""One end of so many cells is looked at before the others, which do not matter beyond a limit."""
MAX_SWAPS = 4
"""Swaps of features that are compared in full, the nearest: there is one per pair of features."""


@dataclass(frozen=True, slots=True)
class Match:
    """A mechanism, and how well it explains the served values."""

    mechanism: Mechanism
    distance: float
    """KS D between the served values and the predicted distribution."""
    within_noise: bool
    on_grid: bool | None = None
    """Whether the values, undone by its steps, land on the raw grid; None where no grid shows."""


def distance(
    reference: NumericReference, steps: tuple[Step, ...], served: FloatArray,
    tolerance: FloatArray | float = 0.0, limit: float = math.inf,
) -> float:  # fmt: skip
    """Return KS D between a reference propagated through steps and served values.

    Served values are finite, in any order; `tolerance` is what the digits of a text log lose. 1
    where either side is empty, or the reference cannot be propagated. Beyond `limit` any number
    beyond it and up to D: the caller only asks whether it is.
    """
    counted = windows(reference, steps, served, tolerance)
    if counted is None or not len(served):
        return 1.0
    propagated, edges = counted
    training = propagated.reference.histogram.interleaved
    rows = training.sum()
    if not rows:
        return 1.0
    # Rows of a cell are those up to where it ends: no others need be counted for D.
    ends = Cells.of(edges, np.dtype(np.float64)).thresholds
    ordered, up_to = _ascending(_Served(served)), np.cumsum(training[:-1]) / rows
    d = 0.0
    for some in (slice(None, None, FIRST_CELLS), slice(None)):
        counts = np.searchsorted(ordered, ends[some]) / len(ordered)
        d = float(np.abs(up_to[some] - counts).max(initial=0.0))
        if d > limit:
            break
    return d


@dataclass(frozen=True, slots=True, eq=False)
class _Served:
    """Cache key of served values by identity: they are not hashable, and never change."""

    values: FloatArray

    def __hash__(self) -> int:
        return id(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Served) and other.values is self.values


@lru_cache(maxsize=4)  # the search for causes compares the same values with many mechanisms
def _ascending(served: _Served) -> FloatArray:
    return np.sort(served.values)


def windows(
    reference: NumericReference, steps: tuple[Step, ...], served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> tuple[PropagatedReference, Windows] | None:  # fmt: skip
    """Return a propagated reference, and the windows of served values that count as its edges."""
    propagated = propagate(reference, steps)
    if propagated is None:
        return None
    edges = Windows(propagated.reference.histogram.edges, propagated.low, propagated.high)
    if np.max(tolerance, initial=0.0) > 0 and len(edges.edges) and len(served):
        order = np.argsort(served)
        sorted_tolerance = np.broadcast_to(tolerance, served.shape)[order]
        edges = edges.widened(np.interp(edges.edges, served[order], sorted_tolerance))
    return propagated, edges


def critical(reference: NumericReference, rows: int) -> float:
    """Return the critical KS D of the reference and so many served rows; 1 without any."""
    m = max(reference.finite, 1)
    return (
        max(KS_CRITICAL_01_PERCENT * math.sqrt((rows + m) / (rows * m)), MIN_CRITICAL_DISTANCE)
        if rows
        else 1.0
    )


def critical_distance(context: FeatureContext, served: FloatArray) -> float:
    """Return the critical KS D of so many served values; 1 without a reference."""
    return critical(context.reference, len(served)) if context.reference is not None else 1.0


def within_noise(
    steps: tuple[Step, ...],
    context: FeatureContext,
    served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> bool:
    """Return whether finite values have the distribution of the reference after these steps."""
    reference = context.reference
    if reference is None:
        return False
    limit = critical(reference, len(served))
    return distance(reference, steps, served, tolerance, limit) <= limit


def far(reference: NumericReference, steps: tuple[Step, ...], values: FloatArray) -> bool:
    """Return whether values are so far from what steps give that drift is rarely the reason.

    That is where the distance of their 5 % and 95 % quantiles changed by a factor of three, or
    where they moved (median over quantiles) by half of the smaller of these distances.
    """
    propagated = propagate(reference, steps)
    if propagated is None:
        return True
    expected, observed = quantiles(propagated.reference), np.quantile(values, PROBABILITIES)
    widths = float(expected[-1] - expected[0]), float(observed[-1] - observed[0])
    if not min(widths) > 0 or max(widths) > 3 * min(widths):
        return True
    return abs(float(np.median(observed - expected))) > 0.5 * min(widths)


def matches(
    context: FeatureContext, candidates: Iterable[Mechanism], served: FloatArray,
    raw_step: float | None, tolerance: FloatArray | float = 0.0,
) -> list[Match]:  # fmt: skip
    """Return the mechanisms that explain finite served values, the best first.

    `raw_step` is the step of the raw grid, None where it is not visible. With it, a mechanism must
    also put undone values on the grid; one that takes another feature's values, on that one's,
    which tells nothing where the feature's own are on it.
    """
    match_list: list[Match] = []
    for mechanism in worth_trying(context, candidates, served):
        reference = source_reference(context, mechanism)
        if reference is None or not consistent_with_rounding(mechanism, served, tolerance):
            continue
        limit = 3 * critical(reference, len(served))
        d = distance(reference, mechanism.steps, served, tolerance, limit)
        if d > limit:
            continue
        grid_step = raw_step if mechanism.source is None else reference.step
        on_grid = (
            None
            if grid_step is None
            else on_raw_grid(mechanism.steps, grid_step, served, tolerance)
        )
        if (
            on_grid
            and mechanism.source is not None
            and is_own_grid(context.feature, reference, served)
        ):
            on_grid = None  # drift would put them there as well
        if on_grid is not False:
            match_list.append(Match(mechanism, d, d <= critical(reference, len(served)), on_grid))
    return sorted(
        match_list, key=lambda m: (not m.on_grid, not m.within_noise, round(m.distance, 3))
    )


def foreign(context: FeatureContext, match: Match) -> bool:
    """Return whether a mechanism serves another feature's values, normalized as that one is.

    Normalized values of most features look alike, so that a matching distribution is weak evidence.
    """
    mechanism = match.mechanism
    return mechanism.source is not None and mechanism.steps != context.feature.steps


def worth_trying(
    context: FeatureContext, candidates: Iterable[Mechanism], served: FloatArray
) -> list[Mechanism]:
    """Return the mechanisms whose predicted quantiles lie near the served ones (a prescreen).

    Of swaps with other features only the MAX_SWAPS nearest.
    """
    mechanisms, predicted = predicted_quantiles(context, candidates)
    ordered = _ascending(_Served(served))
    limit = 0.15 + 2 / math.sqrt(len(ordered))
    rank_distance = np.full(len(mechanisms), np.inf)
    near = np.flatnonzero(np.isfinite(predicted).all(1))
    for some in (slice(None, None, len(PROBABILITIES) - 1), slice(None)):
        # The ends are far off for most: the quantiles between them need not be looked at.
        rank_distance[near] = _rank_distance(ordered, predicted[near, some], PROBABILITIES[some])
        near = near[rank_distance[near] < limit]
    is_near = np.zeros(len(mechanisms), bool)
    is_near[near] = True
    swaps = [i for i in np.flatnonzero(is_near) if mechanisms[i].cause.borrows]
    for i in sorted(swaps, key=lambda i: rank_distance[i])[MAX_SWAPS:]:
        is_near[i] = False
    return [mechanism for mechanism, kept in zip(mechanisms, is_near, strict=True) if kept]


def _rank_distance(ordered: FloatArray, predicted: FloatArray, ranks: FloatArray) -> FloatArray:
    """Return how far the ranks of predicted quantiles among served values are from their own.

    An atom covers several quantiles: each must lie between the served ranks below and up to it.
    """
    spread = 1e-6 * (np.abs(predicted) + 1)
    below = np.searchsorted(ordered, predicted - spread, "left") / len(ordered)
    up_to = np.searchsorted(ordered, predicted + spread, "right") / len(ordered)
    distance: FloatArray = np.maximum(below - ranks, ranks - up_to).max(1, initial=-np.inf)
    return distance


def shares_of(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray
) -> FloatArray:
    """Return the share of training rows that a right server serves as each value."""
    propagated = propagate(reference, steps)
    if propagated is None or not (total := propagated.reference.histogram.total):
        return np.zeros(len(values))
    i = np.minimum(np.searchsorted(propagated.high, values), len(propagated.low) - 1)
    is_edge = (propagated.low[i] <= values) & (values <= propagated.high[i])
    shares: FloatArray = np.where(is_edge, propagated.reference.histogram.at[i] / total, 0.0)
    return shares


def raw_matches(
    context: FeatureContext, units: Iterable[Mechanism], raw: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> list[Match]:  # fmt: skip
    """Return the units in which raw values have training's distribution within noise.

    The first step of a unit's mechanism converts; the rest is normalization, which does not apply.
    """
    reference = context.reference
    if reference is None:
        return []
    converting = [replace(unit, steps=unit.steps[:1]) for unit in units]
    unit_matches = []
    for unit in worth_trying(context, converting, raw):
        limit = critical(reference, len(raw))
        d = distance(reference, unit.steps, raw, tolerance, limit)
        if d <= limit:
            unit_matches.append(Match(unit, d, within_noise=True))
    # Among those within the noise of most clean logs the first in the list of units wins.
    usual_noise = 0.7 * critical(reference, len(raw))
    return sorted(unit_matches, key=lambda m: max(m.distance, usual_noise))
