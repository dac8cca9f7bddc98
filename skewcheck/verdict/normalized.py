"""Training and serving after the training normalization: shifts in standard deviations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from skewcheck.counts.moments import Moments
from skewcheck.features.histogram import Histogram
from skewcheck.features.propagate import propagate
from skewcheck.features.reference_moments import moments
from skewcheck.features.steps import Impute, Piecewise, Step, is_affine
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

    histograms: tuple[Histogram, Histogram]
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
    training: NumericReference, serving: Histogram, served: Moments, steps: Sequence[Step]
) -> Normalized | Reason:
    """Return both sides after the steps, or why they cannot be compared.

    `serving` is at the edges of `training`, and `served` are the moments of its rows. What both
    sides are in units of training's standard deviation does not change by steps that shift and
    scale; of several numbers that are made of one, the raw values are compared.
    """
    if is_affine(steps) or any(isinstance(step, Piecewise) for step in steps):
        histograms = training.histogram, serving
        (mean, std), (served_mean, served_std) = moments(training), (served.mean, served.std)
    else:
        reference = _propagated(training.histogram, training.min, training.max, steps)
        log = _propagated(serving, served.min, served.max, steps)
        if reference is None or log is None or not log.finite:
            return Reason("nothing_finite")
        histograms = reference.histogram, log.histogram
        (mean, std), (served_mean, served_std) = moments(reference), moments(log)
    if not std > 0:
        return Reason("single_value")
    with np.errstate(over="ignore", invalid="ignore"):
        distance = wasserstein.wasserstein(*histograms) / std
    shift, ratio = (served_mean - mean) / std, served_std / std
    if not np.isfinite([distance, shift, ratio]).all():
        return Reason("too_large")
    return Normalized(histograms, std, distance, shift, ratio)


def _propagated(
    histogram: Histogram, least: float | None, greatest: float | None, steps: Sequence[Step]
) -> NumericReference | None:
    """Return finite values after the steps; None if no finite edge remains.

    Without mean and std of the raw values, which hold only after affine steps, and without fills.
    """
    unfilled_steps = [step for step in steps if not isinstance(step, Impute)]
    raw = NumericReference(histogram.total, min=least, max=greatest, histogram=histogram)
    propagated = propagate(raw, unfilled_steps)
    return None if propagated is None else propagated.reference
