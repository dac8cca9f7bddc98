"""The grid test of a served-only feature, and what it saw, which causes build on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skewcheck.features import NumericReference
from skewcheck.grids import LEAST, Grid, looked_at, narrow
from skewcheck.profile import Profile
from skewcheck.profile.numeric import text_tolerance
from skewcheck.profile.plan import FeaturePlan, NumericSide
from skewcheck.profile.rows import served_column
from skewcheck.steps import Buckets, Cast, Quantize, Round, bounds, forward
from skewcheck.verdict import Test, untested


def looked(plan: FeaturePlan, profile: Profile) -> Grid | None:
    """Look for the raw grid in the sampled served values; None where there is none to look for."""
    reference, side = plan.feature.reference, plan.served
    if plan.raw is not None or not isinstance(side, NumericSide):
        return None
    if not isinstance(reference, NumericReference) or not len(reference.edges):
        return None
    served = profile.sample.rows().columns.get(served_column(plan.feature.name))
    if served is None or not len(served):
        return None
    tolerance = np.zeros(len(served))
    for significant, decimals in profile.digits.get(side.column, ()):
        tolerance = np.maximum(tolerance, text_tolerance(served, significant, decimals))
    steps = plan.feature.steps
    coarse = None
    if not any(isinstance(step, Cast | Round | Quantize | Buckets) for step in steps):
        # What float32 arithmetic leaves of a large offset is coarse by itself.
        low, high = bounds(steps, reference.edges, reference.edges)
        half = (high - low) / 2
        half = half[np.isfinite(half)]
        noise = float(np.median(half)) if len(half) else np.inf
        coarse = narrow(served, forward(steps, reference.edges), tolerance + noise)
    if reference.step is None:
        return None if coarse is None else Grid(len(served), len(served), narrow=coarse)
    found = looked_at(served, steps, reference.step, _stragglers(reference), tolerance)
    return replace(found, narrow=coarse)


def _stragglers(reference: NumericReference) -> float:
    """Return the share off the grid that is no news: three more than seen would still be likely."""
    return 1 - (reference.step_share or 0.0) + 3 / max(reference.finite, 1)


def grid_test(plan: FeaturePlan, grid: Grid | None) -> Test | None:
    """Test whether served values, undone, land on the grid that raw values had in training."""
    reference = plan.feature.reference
    if plan.raw is not None or not isinstance(reference, NumericReference):
        return None
    if grid is not None and grid.narrow is not None:
        return Test("grid", statistic=1.0, effect=1.0)
    if reference.step is None:
        return None
    if grid is None:
        return untested("grid", "no served value in the log")
    if grid.usable < LEAST:
        return untested("grid", "rounding hides the grid: too few values are known to step/8")
    share = grid.off / grid.usable
    if grid.scale is None and share > _stragglers(reference):
        reason = "values lie off the training grid, and no other parameters put them back on one"
        return untested("grid", reason)
    return Test("grid", statistic=share, effect=share if grid.scale is not None else 0.0)
