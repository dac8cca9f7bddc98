"""The grid test of a served-only feature, and what it saw, which causes build on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.grids import (
    MIN_USABLE_VALUES,
    Grid,
    inspect_grid,
    significantly_off,
    usual_off_share,
)
from skewcheck.causes.off_grid import find_partial_grid
from skewcheck.counts.feature_plan import FeaturePlan, NumericSide
from skewcheck.counts.numeric import text_tolerance
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import served_column
from skewcheck.features.steps import Step, bounds
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.results.tests import Measurement, Outcome, Reason

PARTS = 16
"""Values of a column, the most frequent, whose rows are looked at by themselves."""
USUAL = 0.005
"""Share of the training rows at which a value is no straggler."""
UNPROVEN = Reason("off_grid_unproven")
"""Values lie off the grid, and no other parameters put them back on one."""


def find_grids(plan: Plan, profile: Profile) -> list[Grid | None]:
    """Return what the served values of each feature say of their grid."""
    parts = tuple(_parts(profile))
    return [find_grid(one, profile, parts) for one in plan.features]


def find_grid(
    plan: FeaturePlan, profile: Profile, parts: Sequence[NDArray[np.bool_]] = ()
) -> Grid | None:
    """Look for the raw grid in the sampled served values; None where there is none to look for."""
    reference, side = plan.feature.reference, plan.served
    if plan.raw is not None or not isinstance(side, NumericSide):
        return None
    if not isinstance(reference, NumericReference) or not reference.histogram:
        return None
    served = profile.sample.rows().columns.get(served_column(plan.feature.name))
    if served is None or not len(served):
        return None
    tolerance = np.zeros(len(served))
    for significant, decimals in profile.digits.get(side.column, ()):
        tolerance = np.maximum(tolerance, text_tolerance(served, significant, decimals))
    new = ~_usual(served, plan.feature.steps, reference, tolerance)
    if not new.all():
        served, tolerance, parts = served[new], tolerance[new], [part[new] for part in parts]
    found, steps = (
        inspect_grid(served, plan.feature.steps, reference, tolerance),
        plan.feature.steps,
    )
    if found is None or not significantly_off(found, usual_off_share(reference)):
        return found
    return find_partial_grid(found, served, steps, reference, parts, tolerance)


def _usual(
    served: FloatArray, steps: tuple[Step, ...], reference: NumericReference, tolerance: FloatArray
) -> NDArray[np.bool_]:
    """Return which rows have one of the values that many rows had off the grid in training.

    Such as a mean in place of nulls: how many of them there are the grid is not asked.
    """
    found = np.zeros(len(served), np.bool_)
    if reference.step is None:
        return found
    edges = reference.histogram.edges
    places = edges / reference.step
    heavy = reference.histogram.at > USUAL * reference.finite
    for edge in edges[heavy & (np.abs(places - np.round(places)) > 1e-6)]:
        low, high = bounds(steps, np.array([edge]), np.array([edge]))
        found |= (served >= low - tolerance) & (served <= high + tolerance)
    return found


def _parts(profile: Profile) -> Iterator[NDArray[np.bool_]]:
    """Yield the sampled rows of each value of the columns by which a cause may be located."""
    columns = profile.sample.rows().columns
    for name in sorted(profile.names):
        codes = columns.get(name, np.empty(0))
        values, counts = np.unique(codes, return_counts=True)
        if len(values) > 1:
            for value in values[np.argsort(-counts, kind="stable")][:PARTS]:
                yield codes == value


def grid_test(plan: FeaturePlan, grid: Grid | None) -> Outcome | None:
    """Test whether served values, undone, land on the grid that raw values had in training."""
    reference = plan.feature.reference
    if plan.raw is not None or not isinstance(reference, NumericReference):
        return None
    if grid is not None and grid.narrow is not None:
        return Measurement(1.0, 1.0)
    if reference.step is None:
        return None
    if grid is None:
        return Reason("no_served_value")
    if grid.usable < MIN_USABLE_VALUES:
        return Reason("grid_hidden")
    share = grid.off / grid.usable
    if grid.scale is not None:
        return Measurement(share, share)
    if share <= usual_off_share(reference):
        return Measurement(share, 0.0)
    # A clean log hardly has so many, but the world may: cents become tenths of cents, integers
    # estimates. Parameters are not proven wrong, nor proven right: someone must look, and no
    # deployment should fail. What a few new rows of another kind bring is only noted.
    if grid.on or not significantly_off(grid, usual_off_share(reference)):
        return UNPROVEN
    return Measurement(share, share, reason=UNPROVEN)
