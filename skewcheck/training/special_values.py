"""Raw values at which the normalization of a feature may go wrong: its ends, branches and levels.

They are made of the steps and of the reference distribution alone, so that no row of the training
data is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from skewcheck.features.golden import Value
from skewcheck.features.steps import (
    Affine,
    Buckets,
    Cast,
    Clip,
    Expand,
    Impute,
    Map,
    MaxAbs,
    MinMax,
    OneHot,
    Piecewise,
    Quantile,
    Quantize,
    Robust,
    Step,
    Vocabulary,
    ZScore,
    forward,
    inverse,
)
from skewcheck.features.transform import vocabulary
from skewcheck.features.types import CategoricalReference, Feature, FloatArray, NumericReference

UNKNOWN = "unknown level"
"""A level that training has not seen, where it is none of training's."""
REFUSES_UNKNOWN = "refused"
"""`x-unknown` of a feature whose encoder fails for levels that training has not seen."""
QUANTILES = tuple((i + 0.5) / 48 for i in range(48))
"""Those of the training values that are tried, beside its ends: a curve that was fitted on other
data is told by forty values."""
MAX_BRANCHES = 24
"""Edges of buckets and quantiles of which the neighbourhood is tried: of a thousand some do."""
MAX_LEVELS = 60
"""Levels that are tried: of more the rarest and the most frequent, half of each."""
DEVIATIONS = (-3.0, -1.5, -0.5, 0.0, 0.5, 1.5, 3.0)
"""Scales from the centre at which a feature without a distribution is tried."""
_PLACEHOLDERS = ("nan", "NaN", "NaT", "None", "<NA>")
"""Levels that stand for a null."""
_BEYOND = (Clip, Buckets, Expand, Quantile, Cast, Quantize)
"""Steps by which values outside of training's range become others than by a line."""


def special_values(feature: Feature) -> list[Value]:
    """Return distinct raw values of a feature, the most telling first; at least one."""
    values = _levels(feature) if feature.type == "categorical" else _numbers(feature)
    return [*dict.fromkeys(values)] or [None]


def _numbers(feature: Feature) -> Iterator[Value]:
    steps, reference = feature.steps, feature.reference
    known = reference if isinstance(reference, NumericReference) else None
    if (known is not None and known.nulls) or any(isinstance(step, Impute) for step in steps):
        yield None
    ends = (known.min, known.max) if known is not None and not known.assumed else (None, None)
    inside = [*_quantiles(known), *_steps_centres(steps)] if known else [*_steps_centres(steps)]
    low = min(inside, default=0.0) if ends[0] is None else ends[0]
    high = max(inside, default=1.0) if ends[1] is None else ends[1]
    whole = known is not None and known.step is not None and known.step_share == 1.0
    candidates = [low, high, 0.0, *_beyond(steps, low, high), *_branches(steps), *inside]
    if known is not None and known.min is not None and known.max is not None:
        outside = any(isinstance(step, _BEYOND) for step in steps)
        candidates = [x for x in candidates if outside or known.min <= x <= known.max or x == 0.0]
    step = known.step if whole and known is not None and known.step else None
    for x in candidates:
        rounded = x if step is None else round(x / step) * step
        value = float(f"{rounded:.15g}")
        if low <= value <= high or np.isfinite(forward(steps, np.array([value]))).all():
            yield value


def _quantiles(reference: NumericReference) -> Iterator[float]:
    """Yield quantiles of the counted values, as edges of the histogram."""
    histogram = reference.histogram
    if not len(histogram):
        yield from (x for x in (reference.mean, reference.min, reference.max) if x is not None)
        return
    shares = histogram.up_to / max(histogram.total, 1)
    for q in QUANTILES:
        yield float(histogram.edges[min(int(np.searchsorted(shares, q)), len(histogram) - 1)])


def _steps_centres(steps: Sequence[Step]) -> Iterator[float]:
    """Yield raw values about the centre of the first step that has one."""
    for i, step in enumerate(steps):
        span = _span(step)
        if span is None:
            continue
        centre, scale = span
        points = np.array([centre + scale * d for d in DEVIATIONS])
        yield from _finite(inverse(steps[:i], points))
        return


def _span(step: Step) -> tuple[float, float] | None:
    """Return where values lie that a step takes: a centre and a scale; None of other steps."""
    if isinstance(step, ZScore):
        return step.mean, step.std
    if isinstance(step, MinMax):
        return (step.min + step.max) / 2, (step.max - step.min) / 6
    if isinstance(step, Robust):
        return step.center, step.scale
    if isinstance(step, MaxAbs):
        return 0.0, step.scale / 3
    if isinstance(step, Affine):
        return step.offset, 1 / step.scale
    if isinstance(step, Quantile):
        return float(np.mean(step.values)), float(np.ptp(step.values)) / 6
    return None


def _beyond(steps: Sequence[Step], low: float, high: float) -> Iterator[float]:
    if any(isinstance(step, _BEYOND) for step in steps):
        span = (high - low) or abs(low) or 1.0
        yield from (low - span / 8, high + span / 8)


def _branches(steps: Sequence[Step]) -> Iterator[float]:
    """Yield raw values on both sides of bounds and edges: at an edge itself either side counts."""
    for i, step in enumerate(steps):
        edges = _edges(step)
        if not edges:
            continue
        chosen = np.array(edges)[_spread(len(edges), MAX_BRANCHES)]
        gap = np.diff(chosen)
        width = float(gap[gap > 0].min(initial=np.inf)) if len(gap) else np.inf
        width = width if np.isfinite(width) else float(np.abs(chosen).max()) or 1.0
        around = np.concatenate((chosen - width / 4, chosen + width / 4))
        yield from _finite(inverse(steps[:i], around))


def _edges(step: Step) -> list[float]:
    if isinstance(step, Clip):
        return [bound for bound in (step.min, step.max) if bound is not None]
    if isinstance(step, Buckets):
        return [*step.edges]
    if isinstance(step, Expand):
        pieces = (s for later in step.columns.values() for s in later if isinstance(s, Piecewise))
        return sorted({knot for piece in pieces for knot in piece.knots})
    return [*step.values] if isinstance(step, Quantile) else []


def _finite(values: FloatArray) -> list[float]:
    finite: list[float] = values[np.isfinite(values)].tolist()
    return finite


def _levels(feature: Feature) -> Iterator[Value]:
    steps, reference = feature.steps, feature.reference
    counts = reference.counts if isinstance(reference, CategoricalReference) else {}
    # The rarest first: they are what a server most likely lacks.
    known = dict.fromkeys((*sorted(counts, key=lambda x: (counts[x], x)), *vocabulary(steps)))
    levels = [x for x in known if x not in _PLACEHOLDERS and not x.endswith("_sklearn")]
    takes_null, takes_unknown = _takes(feature)
    unsaid = any(isinstance(step, Vocabulary) and step.unsaid for step in steps)
    if takes_null or (reference is not None and reference.nulls and not unsaid):
        yield None
    if takes_unknown:
        yield UNKNOWN if UNKNOWN not in known else f"{UNKNOWN} 2"
    chosen = levels
    if len(levels) > MAX_LEVELS:
        chosen = levels[: MAX_LEVELS // 2] + levels[-MAX_LEVELS // 2 :]
    yield from chosen


def _takes(feature: Feature) -> tuple[bool, bool]:
    """Return whether the steps say how a null is served, and how an unknown level is."""
    filled = any(isinstance(s, Impute) for s in feature.steps)
    refused = feature.extra.get("x-unknown") == REFUSES_UNKNOWN
    for step in feature.steps:
        if isinstance(step, Vocabulary):
            known = step.unknown is not None and not refused
            return filled, known
        if isinstance(step, OneHot):
            return filled, not refused
        if isinstance(step, Map):
            # Readers state a number for nulls that training's encoder may have refused.
            null = step.null is not None and feature.reference is None
            return filled or null, step.unknown is not None and not refused
    return filled, False


def _spread(count: int, most: int) -> list[int]:
    """Return at most `most` places of so many, evenly spread."""
    if count <= most:
        return [*range(count)]
    return [round(i * (count - 1) / (most - 1)) for i in range(most)]


def spread(values: Iterable[Value], most: int) -> list[Value]:
    """Return at most `most` of the values, evenly spread, in their order."""
    listed = [*values]
    return [listed[i] for i in _spread(len(listed), most)]
