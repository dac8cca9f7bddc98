"""The grid test of features without raw values, and the grids, which are evidence for causes."""

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
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.feature_profile import Counts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.rows import served_column
from skewcheck.counts.sides import NumericSide
from skewcheck.counts.windows import text_tolerance
from skewcheck.features.steps import Step, bounds
from skewcheck.features.types import FloatArray, NumericReference
from skewcheck.results.tests import Measurement, Outcome, Reason

MAX_PARTS = 16
"""Values of a column, the most frequent, whose rows are searched by themselves."""
MIN_SHARE_OF_ATOM = 0.005
"""Share of the training rows from which a value off the grid is an atom and no straggler."""
UNPROVEN = Reason("off_grid_unproven")
"""Values are off the grid, and no other parameters put them back on one."""


def find_grids(plan: Plan, profile: Profile) -> list[Grid | None]:
    """Return how the served values of each feature lie on the raw grid; None without a grid."""
    parts = tuple(_parts(profile))
    return [_find_grid(feature_plan, profile, parts) for feature_plan in plan.features]


def _find_grid(
    plan: FeaturePlan, profile: Profile, parts: Sequence[NDArray[np.bool_]] = ()
) -> Grid | None:
    """Return how sampled served values of a feature lie on the raw grid.

    `parts` are masks of the sampled rows. None where raw values are logged, and without a served
    value or a reference.
    """
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
        tolerance = np.maximum(
            tolerance, text_tolerance(served, significant, decimals, side.windows.step)
        )
    other_rows = ~_training_atoms(served, plan.feature.steps, reference, tolerance)
    if not other_rows.all():
        served, tolerance, parts = (
            served[other_rows],
            tolerance[other_rows],
            [part[other_rows] for part in parts],
        )
    steps = plan.feature.steps
    grid = inspect_grid(served, steps, reference, tolerance)
    if grid is None or not significantly_off(grid, usual_off_share(reference)):
        return grid
    return find_partial_grid(grid, served, steps, reference, parts, tolerance)


def _training_atoms(
    served: FloatArray, steps: tuple[Step, ...], reference: NumericReference, tolerance: FloatArray
) -> NDArray[np.bool_]:
    """Return the mask of rows with a value that is an atom off the grid in training, or a fill.

    Such as a mean in place of nulls, whose share is no evidence about the grid.
    """
    atoms = np.zeros(len(served), np.bool_)
    if reference.step is None:
        return atoms
    edges = reference.histogram.edges
    in_steps = edges / reference.step
    frequent = reference.histogram.at > MIN_SHARE_OF_ATOM * reference.finite
    off_grid = edges[frequent & (np.abs(in_steps - np.round(in_steps)) > 1e-6)]
    for value in np.append(off_grid, np.nan):  # what a step fills in for nulls
        low, high = bounds(steps, np.array([value]), np.array([value]))
        atoms |= (served >= low - tolerance) & (served <= high + tolerance)
    return atoms


def _parts(profile: Profile) -> Iterator[NDArray[np.bool_]]:
    """Yield the sampled rows of each value of the columns by which a cause may be located."""
    columns = profile.sample.rows().columns
    for name in sorted(profile.names):
        codes = columns.get(name, np.empty(0))
        values, counts = np.unique(codes, return_counts=True)
        if len(values) > 1:
            for value in values[np.argsort(-counts, kind="stable")][:MAX_PARTS]:
                yield codes == value


def grid_test(plan: FeaturePlan, grid: Grid | None, served: Counts | None = None) -> Outcome | None:
    """Test whether served values, undone, land on the grid that raw values had in training.

    `served` counts all of them, of which those of the sample have the grid.
    """
    reference = plan.feature.reference
    if plan.raw is not None or not isinstance(reference, NumericReference):
        return None
    if grid is not None and grid.narrow is not None:
        return Measurement(1.0, 1.0)
    if reference.step is None:
        return None
    if grid is None:
        logged = served is not None and served.rows > served.nulls
        # `verdict.gate` holds an audit for it.
        return Reason("served_not_sampled" if logged else "no_served_value")
    if grid.usable < MIN_USABLE_VALUES:
        return Reason("grid_hidden")
    share = grid.off / grid.usable
    if grid.scale is not None:
        return Measurement(share, share)
    if share <= usual_off_share(reference):
        return Measurement(share, 0.0)
    # Clean logs rarely have so many, but raw values may become finer: cents become tenths of
    # cents, integers estimates. Parameters are proven neither wrong nor right: the test warns and
    # fails no deployment. A few rows of another kind are only noted.
    if grid.on or not significantly_off(grid, usual_off_share(reference)):
        return UNPROVEN
    return Measurement(share, share, reason=UNPROVEN)
