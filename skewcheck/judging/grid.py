"""The grid test of a served-only feature, and what it saw, which causes build on."""

from __future__ import annotations

import numpy as np

from skewcheck.features import NumericReference
from skewcheck.grids import LEAST, Grid, seen, stragglers
from skewcheck.profile import Profile
from skewcheck.profile.numeric import text_tolerance
from skewcheck.profile.plan import FeaturePlan, NumericSide
from skewcheck.profile.rows import served_column
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
    return seen(served, plan.feature.steps, reference, tolerance)


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
    if grid.scale is None and share > stragglers(reference):
        reason = "values lie off the training grid, and no other parameters put them back on one"
        return untested("grid", reason)
    return Test("grid", statistic=share, effect=share if grid.scale is not None else 0.0)
