"""Training and serving after the training normalization: shifts in standard deviations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.features.propagate import moments, propagate
from skewcheck.features.steps import Impute, Step, is_affine
from skewcheck.features.types import NumericReference
from skewcheck.results.tests import Reason
from skewcheck.statistics import wasserstein

NO_RATIO = 99.0
"""Stands for |ln ratio| of a ratio of 0, which is infinite."""


def log_ratio(ratio: float) -> float:
    """Return |ln ratio|; a large number where the ratio is 0."""
    return abs(math.log(ratio)) if ratio > 0 else NO_RATIO


@dataclass(frozen=True, slots=True)
class Normalized:
    """Both distributions after the training normalization."""

    cells: tuple[wasserstein.Cells, wasserstein.Cells]
    """Training's and serving's."""
    std: float
    """Standard deviation of training."""
    distance: float
    """Wasserstein distance in these."""
    shift: float
    """Of the mean, in these."""
    ratio: float
    """Serving's standard deviation by training's."""


def normalized(
    reference: NumericReference, serving: NumericReference, steps: Sequence[Step]
) -> Normalized | Reason:
    """Return both sides after the steps, or why they cannot be compared."""
    if not is_affine(steps):
        bare = [step for step in steps if not isinstance(step, Impute)]
        one, two = (propagate(_without_moments(side), bare) for side in (reference, serving))
        if one is None or two is None or not two.reference.finite:
            return Reason("nothing_finite")
        reference, serving = one.reference, two.reference
    (mean, std), (served_mean, served_std) = moments(reference), moments(serving)
    if not std > 0:
        return Reason("single_value")
    with np.errstate(over="ignore", invalid="ignore"):
        sides = _cells(reference), _cells(serving)
        distance = wasserstein.wasserstein(*sides) / std
    shift, ratio = (served_mean - mean) / std, served_std / std
    if not np.isfinite([distance, shift, ratio]).all():
        return Reason("too_large")
    return Normalized(sides, std, distance, shift, ratio)


def _cells(reference: NumericReference) -> wasserstein.Cells:
    return wasserstein.Cells(reference.edges, reference.at, reference.between, reference.sums)


def _without_moments(reference: NumericReference) -> NumericReference:
    """Drop what the steps would bend: mean and std of raw values, and the nulls."""
    return NumericReference(
        rows=int(reference.at.sum() + reference.between.sum()),
        min=reference.min, max=reference.max,
        edges=reference.edges, at=reference.at, between=reference.between, sums=reference.sums,
    )  # fmt: skip
