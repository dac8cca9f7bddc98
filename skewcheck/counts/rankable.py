"""A feature's logged values as variables of which ranks are compared with those of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.measured import measured, sampled_column
from skewcheck.counts.rows import SampleColumn
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.features.steps import encode, forward
from skewcheck.features.types import FloatArray, NumericReference


def rankable(
    plan: FeaturePlan, columns: Mapping[SampleColumn, FloatArray], order: Sequence[str]
) -> tuple[FloatArray, float] | None:
    """Return a feature's values (n rows), levels as places in an order, and the sign of its steps.

    `columns` are those of a sample of whole rows. The sign is -1 where served values fall as raw
    ones rise. NaN for rows without a value, and for levels that are not in the order. None where
    what is logged cannot be ranked as raw values were: steps that neither rise nor fall, levels
    that are served as one, features by a key (other keys have another dependence), columns that are
    not logged.
    """
    side = measured(plan)
    logged = columns.get(sampled_column(plan))
    if logged is None or plan.feature.groups:
        return None
    if isinstance(side, CategoricalSide):
        places = _levels(plan, side, logged, order)
        return None if places is None else (places, 1.0)
    if plan.raw is not None:
        return logged, 1.0
    sign = _sign(plan, side)
    return None if sign is None else (logged, sign)


def _sign(plan: FeaturePlan, side: NumericSide | None) -> float | None:
    """Return 1 if a feature's steps rise over training's values, -1 if they fall, else None."""
    reference = plan.feature.reference
    if side is None or not plan.feature.by_itself or not isinstance(reference, NumericReference):
        return None
    served = forward(plan.feature.steps, reference.histogram.edges)
    steps = np.diff(served[np.isfinite(served)])
    if not len(steps):
        return None
    if (steps >= 0).all():
        return 1.0
    return -1.0 if (steps <= 0).all() else None


def _levels(
    plan: FeaturePlan, side: CategoricalSide, logged: FloatArray, order: Sequence[str]
) -> FloatArray | None:
    if side.vectors is not None or not order or (plan.raw is None and not side.numbers):
        return None
    if plan.raw is not None:
        numbers = np.asarray(side.levels.of_names(list(order)), np.float64)
    else:
        numbers = encode(plan.all_steps or plan.feature.steps, list(order)).values
    if len(np.unique(numbers)) < len(numbers):
        return None
    places = np.full(len(logged), np.nan)
    for place, number in enumerate(numbers.tolist()):
        places[logged == number] = place
    return places
