"""Mechanisms: lists of steps that a server applied to raw values instead of training's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.catalogue.cause_spec import CauseSpec
from skewcheck.features.propagate import PropagatedReference, propagate
from skewcheck.features.reference_moments import moments
from skewcheck.features.steps import (
    Affine,
    Linear,
    MaxAbs,
    MinMax,
    Robust,
    Step,
    ZScore,
    spread_of,
)
from skewcheck.features.types import CategoricalReference, Feature, FloatArray, NumericReference

_LINEAR = (ZScore, MinMax, Robust, MaxAbs, Affine)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A prediction: these steps, applied to raw values, give the served values."""

    cause: CauseSpec
    steps: tuple[Step, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)
    source: str | None = None
    """The feature whose raw values were taken; None for the feature's own."""
    variant: str = ""
    """Variant of the cause's phrase."""
    details: Mapping[str, object] = field(default_factory=dict)
    """Fields of the phrase beside the parameters, such as the training parameters."""


@dataclass(frozen=True, slots=True)
class FeatureContext:
    """What mechanisms are predicted from: the feature, the other features, older files."""

    feature: Feature
    others: tuple[Feature, ...] = ()
    history: tuple[tuple[str, Feature], ...] = ()
    """The same feature in the files given as history, by the file's name."""
    quantile_cache: dict[str, FloatArray] = field(default_factory=dict, compare=False, repr=False)
    """Quantiles of references by feature, computed once; all features share the cache."""
    source_cache: dict[str, NumericReference | None] = field(
        default_factory=dict, compare=False, repr=False
    )
    """References of other features whose values may be served, likewise; None of the rest."""

    @property
    def reference(self) -> NumericReference | None:
        """Return the reference of a numeric feature; None without one that has a histogram."""
        reference = self.feature.reference
        return (
            reference if isinstance(reference, NumericReference) and reference.histogram else None
        )

    @property
    def levels(self) -> CategoricalReference | None:
        """Return the reference of a categorical feature; None without one."""
        reference = self.feature.reference
        return reference if isinstance(reference, CategoricalReference) else None


def final_linear(steps: Sequence[Step]) -> tuple[int, Linear] | None:
    """Return the last step that shifts and scales, and its index; None without one."""
    for i in range(len(steps) - 1, -1, -1):
        step = steps[i]
        if isinstance(step, _LINEAR):
            return i, step
    return None


def with_step(steps: Sequence[Step], i: int, *instead: Step) -> tuple[Step, ...]:
    """Return the steps with step i replaced by others, or left out."""
    return (*steps[:i], *instead, *steps[i + 1 :])


def line(step: Linear) -> tuple[float, float]:
    """Return offset and scale such that the step is y = (x - offset) / scale."""
    if isinstance(step, Affine):
        return step.offset, 1 / step.scale
    if not isinstance(step, MinMax):
        return step.offset, step.divisor
    low, high = step.range
    scale = step.divisor / (high - low)
    return step.min - low * scale, scale


def like(step: Linear, offset: float, scale: float) -> Linear:
    """Return a step of the same kind, with the same epsilon, that is y = (x - offset) / scale.

    The scale may be negative, where a server changed the sign. Without the epsilon where no spread
    gives that scale with it.
    """
    if isinstance(step, Affine) or (isinstance(step, MaxAbs) and abs(offset) > 1e-6 * abs(scale)):
        return Affine(offset, 1 / scale if scale else math.inf)
    low, high = step.range if isinstance(step, MinMax) else (0.0, 1.0)
    spread, epsilon = spread_of(step, (high - low) * scale)
    if isinstance(step, ZScore):
        return replace(step, mean=offset, std=spread, epsilon=epsilon)
    if isinstance(step, Robust):
        return replace(step, center=offset, scale=spread, epsilon=epsilon)
    if isinstance(step, MaxAbs):
        return replace(step, scale=spread, epsilon=epsilon)
    start = offset + low * scale
    return replace(step, min=start, max=start + spread, epsilon=epsilon)


def figures(step: Linear) -> dict[str, object]:
    """Return the step's parameters by the keys of a parameter file."""
    if isinstance(step, ZScore):
        return {"mean": step.mean, "std": step.std}
    if isinstance(step, MinMax):
        return {"min": step.min, "max": step.max}
    if isinstance(step, Robust):
        return {"center": step.center, "scale": step.scale}
    if isinstance(step, MaxAbs):
        return {"scale": step.scale}
    return {"offset": step.offset, "scale": step.scale}


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of the training values that are the input of a step."""

    mean: float
    std: float
    min: float
    max: float
    median: float
    iqr: float


def summary(context: FeatureContext, before: Sequence[Step]) -> Summary | None:
    """Return the statistics of the reference after some steps.

    None without a reference, where it cannot be propagated, and for a constant.
    """
    reference = context.reference
    propagated = propagate(reference, before) if reference is not None else None
    if propagated is None:
        return None
    mean, std = moments(propagated.reference)
    lowest, highest = propagated.reference.min, propagated.reference.max
    if lowest is None or highest is None or not std > 0:
        return None
    lower, median, upper = (quantile(propagated, q) for q in (0.25, 0.5, 0.75))
    return Summary(mean, std, lowest, highest, median, upper - lower)


def quantile(propagated: PropagatedReference, q: float) -> float:
    """Return a quantile of counted values, interpolated linearly between edges."""
    histogram = propagated.reference.histogram
    ends, weights = np.repeat(histogram.edges, 2), histogram.interleaved[:-1]
    rank = np.cumsum(weights) / max(int(weights.sum()), 1)
    return float(np.interp(q, rank, ends))
