"""Mechanisms whose settings are read off failing rows: constants, fill values, bucket edges, clips.

Each is a list of steps as any other mechanism is, with numbers that come from the rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import STEP_CHANGED, STUCK_VALUE
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import FeatureContext, Mechanism, with_step
from skewcheck.causes.precision import quantized
from skewcheck.causes.undoing import undone
from skewcheck.features.steps import Buckets, Clip, Impute, Step, forward, inverse
from skewcheck.features.types import Feature, FloatArray
from skewcheck.text.numbers import shortest_within

Mask = NDArray[np.bool_]
MIN_EQUAL_ROWS = 5
"""Rows with one and the same value that make a setting; fewer may be equal by chance."""
DIGITS_OF_UNTYPED = 17
"""Stands for the digits of a number that is no short decimal: nobody typed it."""


def read_off(
    context: FeatureContext, rows: SampledRows, left: Mask, log: SampledRows
) -> Iterator[Mechanism]:
    """Yield mechanisms with settings of the rows that are `left`; `log` are rows of any kind.

    Nothing without raw values.
    """
    feature = context.feature
    raw = rows.raw.get(feature.name)
    if raw is None:
        return
    yield from _constants(rows, raw, left)
    yield from _fill_values(feature, rows, raw, left)
    yield from _moved_edges(feature, rows, raw, left)
    everywhere = log.raw.get(feature.name, raw)
    for clipped in _clip_bounds(feature, rows, raw, left):
        # Bounds that change every value are the same as a constant.
        if (forward(clipped.steps, everywhere) == forward(feature.steps, everywhere)).any():
            yield clipped
    finite = left & np.isfinite(raw) & np.isfinite(rows.served)
    finite_rows = rows.only(finite)
    quantization = quantized(context, finite_rows.served, raw[finite], finite_rows.served_tolerance)
    if quantization is not None:
        yield quantization


def _moved_edges(
    feature: Feature, rows: SampledRows, raw: FloatArray, left: Mask
) -> Iterator[Mechanism]:
    """Yield buckets with other edges, as far as raw values on the wrong side show it."""
    i = next((i for i, s in enumerate(feature.steps) if isinstance(s, Buckets)), -1)
    old = feature.steps[i] if i >= 0 else None
    if not isinstance(old, Buckets) or i + 1 < len(feature.steps):
        return
    x = forward(feature.steps[:i], raw)
    edges = [_edge_from(edge, k, x[left], rows.served[left]) for k, edge in enumerate(old.edges)]
    new = Buckets(tuple(edges))
    if new != old and new.check() is None:
        moved = tuple((b, a) for a, b in zip(old.edges, edges, strict=True) if a != b)
        yield Mechanism(
            STEP_CHANGED, with_step(feature.steps, i, new), {"op": "buckets", "edges": edges},
            variant="edges", details={"moved": moved},
        )  # fmt: skip


def _edge_from(edge: float, k: int, x: FloatArray, served: FloatArray) -> float:
    """Return edge k, moved beyond the values that were counted on its other side.

    It is the shortest decimal within three mean distances of the outermost of these values.
    """
    below, above = x[(x < edge) & (served > k)], x[(x >= edge) & (served <= k)]
    if len(below) >= MIN_EQUAL_ROWS and not len(above):
        end = float(below.min())
        return shortest_within(end - 3 * (edge - end) / len(below), end)
    if len(above) >= MIN_EQUAL_ROWS and not len(below):
        end = float(above.max())
        gap = float(np.diff(np.unique(above)).min(initial=np.inf))
        distance = max(3 * (end - edge) / len(above), gap if np.isfinite(gap) else 0.0)
        return shortest_within(math.nextafter(end, math.inf), end + distance)
    return edge


def shortest_decimal(value: float) -> tuple[float, int]:
    """Return the decimal of at most four digits within float32 rounding of a value, and its digits.

    Without one, the value itself and DIGITS_OF_UNTYPED.
    """
    for digits in range(1, 5):
        short = float(f"{value:.{digits}g}")
        if abs(short - value) <= 1e-6 * abs(value):
            return short, digits
    return value, DIGITS_OF_UNTYPED


def _constants(rows: SampledRows, raw: FloatArray, left: Mask) -> Iterator[Mechanism]:
    """Yield the most frequent served value if it stands for several raw ones."""
    finite = left & np.isfinite(rows.served)
    if finite.sum() < MIN_EQUAL_ROWS:
        return
    value = _mode(rows.served[finite])
    equal = finite & (rows.served == value)
    if equal.sum() >= max(MIN_EQUAL_ROWS, 0.2 * finite.sum()) and len(np.unique(raw[equal])) > 1:
        steps = (Impute(value), Clip(value, value))
        yield Mechanism(STUCK_VALUE, steps, {"value": value})


def _fill_values(
    feature: Feature, rows: SampledRows, raw: FloatArray, left: Mask
) -> Iterator[Mechanism]:
    """Yield the most frequent value that nulls are served as, before or after normalization."""
    nulls = left & np.isnan(raw) & np.isfinite(rows.served)
    if not nulls.any():
        return
    mechanism = filled_with(feature, _mode(rows.served[nulls]))
    if mechanism is not None:
        yield mechanism


def filled_with(feature: Feature, value: float) -> Mechanism | None:
    """Return the steps that serve nulls as this value; None where none does."""
    i = next((i for i, s in enumerate(feature.steps) if isinstance(s, Impute)), -1)
    before, rest = feature.steps[: max(i, 0)], feature.steps[i + 1 :]
    # A fill value beyond a clip bound is served as that bound.
    raw_fill = float(inverse([s for s in rest if not isinstance(s, Clip)], np.array([value]))[0])
    (short_served, digits), (_, digits_of_raw) = shortest_decimal(value), shortest_decimal(raw_fill)
    if (
        rest
        and digits < DIGITS_OF_UNTYPED
        and (value == 0 != raw_fill or digits_of_raw == DIGITS_OF_UNTYPED)
    ):
        # A round served value was typed, not the long raw number that gives it (0, not the mean).
        steps, typed_value, variant = (*before, *rest, Impute(value)), short_served, "filled_after"
    elif np.isfinite(raw_fill):
        raw_fill = _shortest(raw_fill, value, rest)
        steps, typed_value, variant = (*before, Impute(raw_fill), *rest), raw_fill, "filled"
    else:
        return None
    settings = {"op": "impute", "value": typed_value}
    return Mechanism(STEP_CHANGED, steps, settings, variant=variant)


def _shortest(raw: float, served: float, steps: Sequence[Step]) -> float:
    """Return the raw value of fewest decimals that these steps serve as this one."""
    used, noise = (float(x[0]) for x in undone(np.array([served]), steps))
    return shortest_within(used - noise, used + noise) if math.isfinite(used + noise) else raw


def _clip_bounds(
    feature: Feature, rows: SampledRows, raw: FloatArray, left: Mask
) -> Iterator[Mechanism]:
    """Yield clips whose bounds are atoms of the served values, at one end or both."""
    finite = left & np.isfinite(raw) & np.isfinite(rows.served)
    served = rows.served[finite]
    if len(served) < MIN_EQUAL_ROWS:
        return
    low, high = (
        next((v for v in (end, _mode(served)) if _is_atom(v, rows.served, raw, finite)), None)
        for end in (float(served.min()), float(served.max()))
    )
    # Bounds may be new, moved inwards or outwards, or removed (infinite).
    ends = ((low, high), (None, high), (low, None), (None, low), (high, None),
            (low, math.inf), (-math.inf, high))  # fmt: skip
    for lower, upper in dict.fromkeys(ends):
        # Equal bounds are the same as a constant.
        if lower != upper:
            yield from at_bounds(feature, lower, upper)


def at_bounds(feature: Feature, low: float | None, high: float | None) -> Iterator[Mechanism]:
    """Yield the clip that serves nothing beyond these served values, if there is one.

    A bound of None is training's own, an infinite one is none.
    """
    clip_indices = [i for i, s in enumerate(feature.steps) if isinstance(s, Clip)]
    indices = clip_indices[:1] or sorted({0, len(feature.steps)}, reverse=True)
    mechanisms = [_clipped(feature, i, bool(clip_indices), low, high) for i in indices]
    # A clip before or after a linear step does the same: the bounds with fewer digits were typed.
    yield from sorted(
        (mechanism for mechanism in mechanisms if mechanism is not None), key=_digits_of
    )[:1]


def _clipped(
    feature: Feature, i: int, replaces: bool, low: float | None, high: float | None
) -> Mechanism | None:
    """Return the steps with a clip as step i that gives these served bounds; None without one.

    It replaces the training step there if `replaces`. A bound of None is training's own, an
    infinite one is none.
    """
    after = feature.steps[i + replaces :]
    replaced = feature.steps[i] if replaces else None
    training_clip = replaced if isinstance(replaced, Clip) else Clip()
    ends: dict[str, float | None] = {"min": training_clip.min, "max": training_clip.max}
    later_steps = [step for step in after if not isinstance(step, Impute)]
    bounds: dict[str, float] = {}
    for key, value in (("min", low), ("max", high)):
        if value is not None:
            ends[key] = None
            if math.isfinite(value):
                bounds[key] = ends[key] = shortest_decimal(
                    float(inverse(later_steps, np.array([value]))[0])
                )[0]
    step = Clip(ends["min"], ends["max"])
    if not bounds or not np.isfinite(list(bounds.values())).all() or step.check() is not None:
        return None
    removed = tuple(
        key for key, end in (("min", low), ("max", high)) if end in (-math.inf, math.inf)
    )
    return Mechanism(
        STEP_CHANGED, (*feature.steps[:i], step, *after), {"op": "clip", **bounds},
        variant="clipped_after" if feature.steps and not after else "clipped",
        details={"used": bounds, "lost": removed},
    )  # fmt: skip


def _digits_of(clipped: Mechanism) -> int:
    """Return the digits of all bounds."""
    return sum(
        shortest_decimal(end)[1] for end in clipped.parameters.values() if isinstance(end, float)
    )


def _is_atom(value: float, served: FloatArray, raw: FloatArray, selected: Mask) -> bool:
    """Return whether at least three distinct raw values are served as this one."""
    equal = selected & (served == value)
    return bool(equal.sum() >= MIN_EQUAL_ROWS and len(np.unique(raw[equal])) >= 3)


def _mode(values: FloatArray) -> float:
    """Return the most frequent value, the lowest of equals."""
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[int(np.argmax(counts))])
