"""Causes from distributions: the training reference, pushed through a mechanism, is what is served.

For logs with one side only. A mechanism without free parameters that brings the distributions
together to within noise is hardly a coincidence; a line fitted to them is, as drift is one too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.causes.grids import off_grid, undone
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.causes.precision import consistent_with_rounding
from skewcheck.counts.numeric import NumericCounts, Windows
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.steps import Step, forward
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.statistics import two_sample

GLANCE = np.linspace(0.05, 0.95, 19)
NOISE = 1.95
"""Kolmogorov's statistic that clean logs stay under in 99.9 % of cases (Smirnov 1948, table)."""
SAME = 0.02
"""Distributions as near as this are one for all purposes, however many rows say otherwise."""
ON_GRID = 0.98
SWAPS = 4
"""Other features whose values or parameters are compared in full."""


@dataclass(frozen=True, slots=True)
class Match:
    """A mechanism, and how well it explains what was served."""

    mechanism: Mechanism
    distance: float
    """KS D between the served values and those it predicts."""
    within_noise: bool
    on_grid: bool | None = None
    """Whether the values, undone by its steps, land on the raw grid; None where no grid shows."""


def source_reference(context: FeatureContext, mechanism: Mechanism) -> NumericReference | None:
    """Return the training distribution of the raw values that a mechanism takes."""
    if mechanism.source is None:
        return context.reference
    other = next((f for f in context.others if f.name == mechanism.source), None)
    found = other.reference if other is not None else None
    return found if isinstance(found, NumericReference) and found.histogram else None


def distance(
    reference: NumericReference, steps: tuple[Step, ...], served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> float:  # fmt: skip
    """Return KS D between a reference pushed through steps and served values; 1 for no overlap.

    Served values are finite, in any order; `tolerance` is what the digits of a text log lose.
    """
    found = windows(reference, steps, served, tolerance)
    if found is None or not len(served):
        return 1.0
    pushed, edges = found
    counts = NumericCounts.of(served, edges)
    training = pushed.reference.histogram.interleaved
    if not training.sum() or not counts.finite:
        return 1.0
    return two_sample.ks(training, counts.histogram.interleaved).statistic


def windows(
    reference: NumericReference, steps: tuple[Step, ...], served: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> tuple[PropagatedReference, Windows] | None:  # fmt: skip
    """Return a reference pushed through steps, and where served values count as on its edges."""
    pushed = propagate(reference, steps)
    if pushed is None:
        return None
    edges = Windows(pushed.reference.histogram.edges, pushed.low, pushed.high)
    if np.max(tolerance, initial=0.0) > 0 and len(edges.edges) and len(served):
        order = np.argsort(served)
        lost = np.broadcast_to(tolerance, served.shape)[order]
        edges = edges.widened(np.interp(edges.edges, served[order], lost))
    return pushed, edges


def critical(reference: NumericReference, rows: int) -> float:
    """Return the D that two samples of one distribution stay under."""
    m = max(reference.finite, 1)
    return max(NOISE * math.sqrt((rows + m) / (rows * m)), SAME) if rows else 1.0


def far(reference: NumericReference, steps: tuple[Step, ...], values: FloatArray) -> bool:
    """Tell values so far from what steps give that the world hardly moved so by itself.

    That is where they spread three times as wide, or a third, or where their middle moved by half
    of the smaller width between the 5 % and 95 % quantiles.
    """
    pushed = propagate(reference, steps)
    if pushed is None:
        return True
    expected, found = quantiles(pushed.reference), np.quantile(values, GLANCE)
    widths = float(expected[-1] - expected[0]), float(found[-1] - found[0])
    if not min(widths) > 0 or max(widths) > 3 * min(widths):
        return True
    return abs(float(np.median(found - expected))) > 0.5 * min(widths)


def matches(
    context: FeatureContext, candidates: Iterable[Mechanism], served: FloatArray,
    step: float | None, tolerance: FloatArray | float = 0.0,
) -> list[Match]:  # fmt: skip
    """Return the mechanisms that explain finite served values, the best first.

    `step` is the raw grid, where one shows: then a mechanism must also put the values on it, as
    one that takes another feature's values must on that one's.
    """
    found: list[Match] = []
    for mechanism in worth_trying(context, candidates, served):
        reference = source_reference(context, mechanism)
        if reference is None or not consistent_with_rounding(mechanism, served, tolerance):
            continue
        d = distance(reference, mechanism.steps, served, tolerance)
        if d > 3 * critical(reference, len(served)):
            continue
        grid = step if mechanism.source is None else reference.step
        fits = None if grid is None else _fits(mechanism.steps, grid, served, tolerance)
        if fits is not False:
            found.append(Match(mechanism, d, d <= critical(reference, len(served)), fits))
    return sorted(found, key=lambda m: (not m.on_grid, not m.within_noise, round(m.distance, 3)))


def foreign(context: FeatureContext, match: Match) -> bool:
    """Tell another feature's values, normalized as that one is.

    They look much like any others that were normalized, so that distributions prove little.
    """
    mechanism = match.mechanism
    return mechanism.source is not None and mechanism.steps != context.feature.steps


def worth_trying(
    context: FeatureContext, candidates: Iterable[Mechanism], served: FloatArray
) -> list[Mechanism]:
    """Return the mechanisms whose predicted quantiles lie near the served ones.

    Of the many swaps that an audit of many features can think of, only the nearest.
    """
    tried, rows = [], []
    for mechanism in candidates:
        raw = _glance(context, mechanism)
        if raw is not None:
            tried.append(mechanism)
            rows.append(forward(mechanism.steps, raw))
    if not tried:
        return []
    predicted, ordered = np.sort(np.array(rows), axis=1), np.sort(served)
    spread = 1e-6 * (np.abs(predicted) + 1)
    below = np.searchsorted(ordered, predicted - spread, "left") / len(ordered)
    up_to = np.searchsorted(ordered, predicted + spread, "right") / len(ordered)
    # An atom covers many quantiles: the served share must reach each of them from one side.
    off = np.maximum(below - GLANCE, GLANCE - up_to).max(1)
    near = np.isfinite(predicted).all(1) & (off < 0.15 + 2 / math.sqrt(len(ordered)))
    swaps = [i for i in np.flatnonzero(near) if tried[i].cause.borrows]
    for i in sorted(swaps, key=lambda i: off[i])[SWAPS:]:
        near[i] = False
    return [mechanism for mechanism, kept in zip(tried, near, strict=True) if kept]


def _glance(context: FeatureContext, mechanism: Mechanism) -> FloatArray | None:
    """Return quantiles of the raw values that a mechanism takes; None where none are known."""
    name = mechanism.source or context.feature.name
    if name not in context.glances:
        reference = source_reference(context, mechanism)
        context.glances[name] = np.empty(0) if reference is None else quantiles(reference)
    found = context.glances[name]
    return found if len(found) else None


def quantiles(reference: NumericReference) -> FloatArray:
    """Return the values of a reference at the shares of GLANCE; it has counted rows and edges."""
    histogram = reference.histogram
    # Cell 2i + 1 is edge i; the interval below it stands for values up to it.
    place = np.minimum(np.searchsorted(histogram.shares, GLANCE) // 2, len(histogram) - 1)
    found: FloatArray = histogram.edges[place]
    return found


def _fits(
    steps: tuple[Step, ...], step: float, served: FloatArray, tolerance: FloatArray | float
) -> bool | None:
    """Return whether values undone by these steps land on the grid; None where none can tell."""
    raw, noise = undone(served, steps, tolerance)
    usable = noise <= step / 8
    if usable.sum() < 20:
        return None
    return bool((off_grid(raw[usable], noise[usable], step) <= 1e-9).mean() >= ON_GRID)


def raw_matches(
    context: FeatureContext, units: Iterable[Mechanism], raw: FloatArray,
    tolerance: FloatArray | float = 0.0,
) -> list[Match]:  # fmt: skip
    """Return the units in which raw values are distributed as training's, to within noise.

    The units' first step converts; what follows is normalization, which raw values have not had.
    """
    reference = context.reference
    if reference is None:
        return []
    converting = [replace(unit, steps=unit.steps[:1]) for unit in units]
    found = []
    for unit in worth_trying(context, converting, raw):
        d = distance(reference, unit.steps, raw, tolerance)
        if d <= critical(reference, len(raw)):
            found.append(Match(unit, d, within_noise=True))
    # Of those within the noise of most clean logs the first stands: units are listed by use.
    usual = 0.7 * critical(reference, len(raw))
    return sorted(found, key=lambda m: max(m.distance, usual))
