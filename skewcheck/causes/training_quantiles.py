"""Quantiles of training, and of what mechanisms make of it: what distributions are screened by.

There are as many mechanisms as pairs of features: each by itself costs more in calls than in
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.steps import Affine, Log1p, MaxAbs, Robust, Step, ZScore, forward
from skewcheck.features.types import FloatArray, NumericReference

PROBABILITIES = np.linspace(0.05, 0.95, 19)
"""Of the quantiles at which distributions are compared before KS D is computed."""
MAX_ATOM = 0.97
"""Share of a value of another feature beyond which its distribution is no evidence of a swap."""


def source_reference(context: FeatureContext, mechanism: Mechanism) -> NumericReference | None:
    """Return the training distribution of the raw values that a mechanism takes; None without.

    None, too, where those of another feature are nearly constant.
    """
    source, cache = mechanism.source, context.source_cache
    if source is None:
        return context.reference
    if source == context.feature.name:  # which is no other feature, but in the cache of those
        return _of_other(context, source)
    if source not in cache:
        cache[source] = _of_other(context, source)
    return cache[source]


def _of_other(context: FeatureContext, name: str) -> NumericReference | None:
    other = next((f for f in context.others if f.name == name), None)
    reference = other.reference if other is not None else None
    if not isinstance(reference, NumericReference) or not reference.histogram:
        return None
    return None if _is_nearly_constant(reference) else reference


def _is_nearly_constant(reference: NumericReference) -> bool:
    """Return whether most rows have the same value, which rows of another feature may have, too."""
    return int(reference.histogram.at.max(initial=0)) > MAX_ATOM * reference.finite


def quantiles(reference: NumericReference) -> FloatArray:
    """Return the quantiles of a reference, which has counted rows and edges, at PROBABILITIES."""
    histogram = reference.histogram
    # Cell 2i + 1 is edge i; the interval below it stands for values up to it.
    indices = np.minimum(np.searchsorted(histogram.shares, PROBABILITIES) // 2, len(histogram) - 1)
    values: FloatArray = histogram.edges[indices]
    return values


def predicted_quantiles(
    context: FeatureContext, candidates: Iterable[Mechanism]
) -> tuple[list[Mechanism], FloatArray]:
    """Return the candidates of which training is known, and what each makes of its quantiles.

    Mechanisms x PROBABILITIES, each ascending; not finite where a mechanism makes no number.
    """
    mechanisms, raw = list[Mechanism](), list[FloatArray]()
    for mechanism in candidates:
        values = _raw_quantiles(context, mechanism)
        if values is not None:
            mechanisms.append(mechanism)
            raw.append(values)
    made = np.empty((len(raw), len(PROBABILITIES)))
    alike: dict[tuple[type[Step], ...], list[int]] = {}
    for i, mechanism in enumerate(mechanisms):
        kinds = tuple(map(type, mechanism.steps))
        if _BATCHED.issuperset(kinds):
            alike.setdefault(kinds, []).append(i)
        else:
            made[i] = forward(mechanism.steps, raw[i])
    for places in alike.values():
        made[places] = _forward_each(
            [mechanisms[i].steps for i in places], np.array([raw[i] for i in places])
        )
    return mechanisms, np.sort(made, axis=1)


_BATCHED = frozenset((Affine, Log1p, MaxAbs, Robust, ZScore))


def _forward_each(steps: Sequence[tuple[Step, ...]], x: FloatArray) -> FloatArray:
    """Apply steps of the same kinds, which are _BATCHED, to a row of values each.

    The operations are those of `forward`, so that the results are the same to the last digit.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for column in zip(*steps, strict=True):
            if isinstance(column[0], Log1p):
                x = np.log1p(x)
                continue
            numbers = np.array([_numbers(step) for step in column])
            x = x - numbers[:, :1]
            x = x * numbers[:, 1:] if isinstance(column[0], Affine) else x / numbers[:, 1:]
    return x


def _numbers(step: Step) -> tuple[float, float]:
    """Return what a step subtracts, and what it then multiplies or divides by."""
    if isinstance(step, Affine):
        return step.offset, step.scale
    if isinstance(step, MaxAbs | Robust | ZScore):
        return step.offset, step.divisor
    raise TypeError(step)


def _raw_quantiles(context: FeatureContext, mechanism: Mechanism) -> FloatArray | None:
    """Return quantiles of the raw values that a mechanism takes, from the cache; None without."""
    name = mechanism.source or context.feature.name
    if mechanism.source is not None and source_reference(context, mechanism) is None:
        return None  # the cache is that of all features
    if name not in context.quantile_cache:
        reference = source_reference(context, mechanism)
        context.quantile_cache[name] = np.empty(0) if reference is None else quantiles(reference)
    raw = context.quantile_cache[name]
    return raw if len(raw) else None
