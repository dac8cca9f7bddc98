"""Settings read off failing rows: fill values, clip bounds, one value for all.

Each is a list of steps as any other mechanism is, only that its numbers come from the rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import STEP_CHANGED, STUCK_VALUE
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.causes.precision import quantized
from skewcheck.features.steps import Buckets, Clip, Impute, forward, inverse
from skewcheck.features.types import Feature, FloatArray

Mask = NDArray[np.bool_]
FEW = 5
"""Rows with one and the same value that make a setting; fewer are chance."""
UNTYPED = 17
"""Digits of a number that nobody typed."""


def read_off(
    context: FeatureContext, rows: SampledRows, left: Mask, log: SampledRows
) -> Iterator[Mechanism]:
    """Yield mechanisms with the numbers that these rows show; `log` are rows of any kind."""
    feature = context.feature
    raw = rows.raw.get(feature.name)
    if raw is None:
        return
    yield from _stuck(rows, raw, left)
    yield from _fills(feature, rows, raw, left)
    yield from _edges(feature, rows, raw, left)
    everywhere = log.raw.get(feature.name, raw)
    for clipped in _clips(feature, rows, raw, left):
        # Bounds that leave no value as it is say no more than that one is stuck.
        if (forward(clipped.steps, everywhere) == forward(feature.steps, everywhere)).any():
            yield clipped
    finite = left & np.isfinite(raw) & np.isfinite(rows.served)
    some = rows.only(finite)
    found = quantized(context, some.served, raw[finite], some.served_tolerance)
    if found is not None:
        yield found


def _edges(feature: Feature, rows: SampledRows, raw: FloatArray, left: Mask) -> Iterator[Mechanism]:
    """Buckets whose edges lie elsewhere: the raw values on the wrong side tell how far."""
    i = next((i for i, s in enumerate(feature.steps) if isinstance(s, Buckets)), -1)
    old = feature.steps[i] if i >= 0 else None
    if not isinstance(old, Buckets) or i + 1 < len(feature.steps):
        return
    x = forward(feature.steps[:i], raw)
    edges = [_moved(edge, k, x[left], rows.served[left]) for k, edge in enumerate(old.edges)]
    new = Buckets(tuple(edges))
    if new != old and new.check() is None:
        moved = tuple((b, a) for a, b in zip(old.edges, edges, strict=True) if a != b)
        yield Mechanism(
            STEP_CHANGED, with_step(feature.steps, i, new), {"op": "buckets", "edges": edges},
            variant="edges", details={"moved": moved},
        )  # fmt: skip


def _moved(edge: float, k: int, x: FloatArray, served: FloatArray) -> float:
    """Return where the k-th edge lies, given values that were counted on its other side.

    It is the shortest number within three of their mean distances of the outermost.
    """
    below, above = x[(x < edge) & (served > k)], x[(x >= edge) & (served <= k)]
    if len(below) >= FEW and not len(above):
        end = float(below.min())
        return _shortest(end - 3 * (edge - end) / len(below), end)
    if len(above) >= FEW and not len(below):
        end = float(above.max())
        gap = float(np.diff(np.unique(above)).min(initial=np.inf))
        away = max(3 * (end - edge) / len(above), gap if np.isfinite(gap) else 0.0)
        return _shortest(math.nextafter(end, math.inf), end + away)
    return edge


def _shortest(low: float, high: float) -> float:
    """Return the number with the fewest decimals from low to high."""
    for places in range(-6, 16):
        found = round(math.floor(high * 10.0**places + 1e-9) / 10.0**places, max(places, 0))
        if low <= found <= high:
            return found
    return high


def typed(value: float) -> tuple[float, int]:
    """Return the short number that float32 arithmetic made this one of, if any, and its digits."""
    for digits in range(1, 5):
        short = float(f"{value:.{digits}g}")
        if abs(short - value) <= 1e-6 * abs(value):
            return short, digits
    return value, UNTYPED


def _stuck(rows: SampledRows, raw: FloatArray, left: Mask) -> Iterator[Mechanism]:
    """One served value, whatever the raw one."""
    finite = left & np.isfinite(rows.served)
    if finite.sum() < FEW:
        return
    value = _mode(rows.served[finite])
    on = finite & (rows.served == value)
    if on.sum() >= max(FEW, 0.2 * finite.sum()) and len(np.unique(raw[on])) > 1:
        steps = (Impute(value), Clip(value, value))
        yield Mechanism(STUCK_VALUE, steps, {"value": value})


def _fills(feature: Feature, rows: SampledRows, raw: FloatArray, left: Mask) -> Iterator[Mechanism]:
    """Nulls that are all served as one value, and not as the one that training would give."""
    nulls = left & np.isnan(raw) & np.isfinite(rows.served)
    if not nulls.any():
        return
    value = _mode(rows.served[nulls])
    i = next((i for i, s in enumerate(feature.steps) if isinstance(s, Impute)), -1)
    before, rest = feature.steps[: max(i, 0)], feature.steps[i + 1 :]
    # At a clip bound the fill value may lie beyond it: the bound stands for it.
    filled = float(inverse([s for s in rest if not isinstance(s, Clip)], np.array([value]))[0])
    (after, digits), (_, more) = typed(value), typed(filled)
    if rest and digits < UNTYPED and (value == 0 != filled or more == UNTYPED):
        # Nobody types the raw number behind a round served one, such as the mean behind 0.
        steps, typed_value, variant = (*before, *rest, Impute(value)), after, "filled_after"
    elif np.isfinite(filled):
        steps, typed_value, variant = (*before, Impute(filled), *rest), filled, "filled"
    else:
        return
    settings = {"op": "impute", "value": typed_value}
    yield Mechanism(STEP_CHANGED, steps, settings, variant=variant)


def _clips(feature: Feature, rows: SampledRows, raw: FloatArray, left: Mask) -> Iterator[Mechanism]:
    """Bounds at which served values pile up, before or after normalization, at either end."""
    finite = left & np.isfinite(raw) & np.isfinite(rows.served)
    served = rows.served[finite]
    if len(served) < FEW:
        return
    low, high = (
        next((v for v in (end, _mode(served)) if _piled(v, rows.served, raw, finite)), None)
        for end in (float(served.min()), float(served.max()))
    )
    # As training's own bound is narrower or wider, or gone, these are ends of either kind.
    ends = ((low, high), (None, high), (low, None), (None, low), (high, None),
            (low, math.inf), (-math.inf, high))  # fmt: skip
    for least, most in dict.fromkeys(ends):
        # Of one value for all rows bounds say no more than that it is stuck.
        if least != most:
            yield from at_bounds(feature, least, most)


def at_bounds(feature: Feature, low: float | None, high: float | None) -> Iterator[Mechanism]:
    """Yield the clip that serves nothing beyond these served values, if there is one.

    None is training's own bound, infinite is no bound.
    """
    own = [i for i, s in enumerate(feature.steps) if isinstance(s, Clip)]
    places = own[:1] or sorted({0, len(feature.steps)}, reverse=True)
    found = [_clipped(feature, i, bool(own), low, high) for i in places]
    # On both sides of a line bounds do the same: the rounder ones were typed.
    yield from sorted((one for one in found if one is not None), key=_digits)[:1]


def _clipped(
    feature: Feature, i: int, own: bool, low: float | None, high: float | None
) -> Mechanism | None:
    """Return the steps with bounds in the i-th place that give these served ones.

    None is training's own bound, infinite is no bound.
    """
    after = feature.steps[i + own :]
    old = feature.steps[i] if own else None
    kept = old if isinstance(old, Clip) else Clip()
    ends: dict[str, float | None] = {"min": kept.min, "max": kept.max}
    back = [step for step in after if not isinstance(step, Impute)]
    bounds: dict[str, float] = {}
    for key, value in (("min", low), ("max", high)):
        if value is not None:
            ends[key] = None
            if math.isfinite(value):
                bounds[key] = ends[key] = typed(float(inverse(back, np.array([value]))[0]))[0]
    step = Clip(ends["min"], ends["max"])
    if not bounds or not np.isfinite(list(bounds.values())).all() or step.check() is not None:
        return None
    lost = tuple(key for key, end in (("min", low), ("max", high)) if end in (-math.inf, math.inf))
    return Mechanism(
        STEP_CHANGED, (*feature.steps[:i], step, *after), {"op": "clip", **bounds},
        variant="clipped_after" if feature.steps and not after else "clipped",
        details={"used": bounds, "lost": lost},
    )  # fmt: skip


def _digits(clipped: Mechanism) -> int:
    return sum(typed(end)[1] for end in clipped.parameters.values() if isinstance(end, float))


def _piled(value: float, served: FloatArray, raw: FloatArray, some: Mask) -> bool:
    """Tell whether several different raw values are served as this one."""
    on = some & (served == value)
    return bool(on.sum() >= FEW and len(np.unique(raw[on])) >= 3)


def _mode(values: FloatArray) -> float:
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[int(np.argmax(counts))])
