"""Causes from rows with raw and served value: each row is evidence by itself.

stuck_value: the same value over and over
    Detected: one value that is served, or logged raw, in at least a fifth of the rows more than
    training lets expect, whatever the other columns say.
    What to do: look for a cache, a default, or a sensor that stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.mechanism import (
    Known,
    Mechanism,
    figures,
    final_linear,
    like,
    line,
    with_step,
)
from skewcheck.causes.methods import recognised
from skewcheck.causes.recovering import fitted
from skewcheck.features import Feature
from skewcheck.steps import Affine, Clip, Impute, Linear, Round, Step, bounds, forward, inverse
from skewcheck.wording import apart

Mask = NDArray[np.bool_]
GLANCE = 64
"""Rows on which all mechanisms are tried; only those that explain any of them go on."""
LEAST = 0.02
"""Share of the failing rows that a mechanism must explain to be named."""
MOST = 4
"""Mechanisms told of one feature."""


@dataclass(frozen=True, slots=True)
class Found:
    """A mechanism, and the failing rows that it explains and none before it did."""

    mechanism: Mechanism
    explained: Mask
    rivals: tuple[Mechanism, ...] = ()
    """Others that explain the very same rows: no data can decide between them."""


def explains(mechanism: Mechanism, name: str, rows: Rows) -> Mask:
    """Return the rows whose served value the mechanism predicts, to the rounding of arithmetic."""
    raw = rows.raw.get(mechanism.source or name)
    if raw is None:
        return np.zeros(len(rows), bool)
    low, high = bounds(mechanism.steps, raw - rows.raw_tolerance, raw + rows.raw_tolerance)
    low, high = low - rows.served_tolerance, high + rows.served_tolerance
    inside = (rows.served >= low) & (rows.served <= high)
    last = mechanism.steps[-1] if mechanism.steps else None
    if isinstance(last, Round):
        # A prediction about as wide as the grid holds whatever was served.
        inside &= high - low <= 0.2 * 10.0**-last.decimals
    return inside | (np.isnan(low) & np.isnan(rows.served))


def diagnosed(evidence: Evidence, candidates: Iterable[Mechanism]) -> tuple[list[Found], Mask]:
    """Return mechanisms, the one that explains most first, and the rows that none explains.

    Mixtures are normal: rows that one mechanism explains are set aside, and the rest is looked
    at again. Of mechanisms that explain the same rows the first, the simplest, is named.
    """
    feature, rows = evidence.known.feature, evidence.rows
    tried = list(_worth_trying(list(candidates), feature.name, rows))
    left = np.ones(len(rows), bool)
    found: list[Found] = []
    least = max(min(3, len(rows)), math.ceil(LEAST * len(rows)))
    while left.sum() >= least and len(found) < MOST:
        best = _best(tried, left, evidence.known, rows)
        if best is None or best.explained.sum() < least:
            break
        found.append(best)
        left &= ~best.explained
    return found, left


def _worth_trying(
    candidates: Sequence[Mechanism], name: str, rows: Rows
) -> Iterator[tuple[Mechanism, Mask]]:
    glance = np.zeros(len(rows), bool)
    glance[:GLANCE] = True
    few = rows.only(glance)
    own = rows.raw.get(name)
    nulls = np.zeros(len(rows), bool) if own is None else np.isnan(own)
    for mechanism in candidates:
        if not explains(mechanism, name, few).any():
            continue
        mask = explains(mechanism, name, rows)
        # Nulls that stay nulls show a step that was left out, never what was done to values.
        if mechanism.code.startswith("step_") or (mask & ~nulls).any():
            yield mechanism, mask


def _best(
    tried: Sequence[tuple[Mechanism, Mask]], left: Mask, known: Known, rows: Rows
) -> Found | None:
    """Return what explains most of the rows that are left.

    What is recovered has free numbers: a line must explain clearly more than what has none; one
    value for all rows leaves nothing to chance, and needs only be more.
    """
    scores = [int((mask & left).sum()) for _, mask in tried]
    most = max(scores, default=0)
    recovered = [one for one in recoveries(known.feature, rows, left) if one.explained.any()]
    widest = max(recovered, key=lambda one: int(one.explained.sum()), default=None)
    if widest is not None:
        free = widest.mechanism.code == "wrong_parameters"
        if widest.explained.sum() > (1.05 * most + 1 if free else most):
            return replace(widest, mechanism=recognised(known, widest.mechanism))
    if not most:
        return None
    near = [i for i, score in enumerate(scores) if score >= 0.99 * most]
    mechanism, mask = tried[near[0]]
    stuck = next((one for one in recovered if one.mechanism.code == "stuck_value"), None)
    if (
        mechanism.code == "precision_loss"
        and stuck is not None
        and not (mask & left & ~stuck.explained).any()
    ):
        # Rounded so far that one value is left: a value that is stuck looks the same.
        return Found(stuck.mechanism, stuck.explained, (mechanism,))
    same = [tried[i][0] for i in near[1:] if tried[i][0].code != mechanism.code]
    return Found(mechanism, mask & left, tuple(same[:1]))


def recoveries(feature: Feature, rows: Rows, left: Mask) -> Iterator[Found]:
    """Yield what can be recovered from the rows: numbers, fill values, bounds, a stuck value."""
    raw = rows.raw.get(feature.name)
    if raw is None:
        return
    yield from _other_fill(feature, rows, raw, left)
    yield from _other_bound(feature, rows, raw, left)
    yield from _stuck(rows, left)
    last = final_linear(feature.steps)
    if last is None:
        yield from _line(feature, 0, Affine(0.0, 1.0), rows, raw, left)
    else:
        yield from _line(feature, *last, rows, raw, left)


def _line(
    feature: Feature, i: int, step: Linear, rows: Rows, raw: FloatArrayLike, left: Mask
) -> Iterator[Found]:
    """Fit the last step that shifts and scales, given those before and after it."""
    steps = feature.steps
    x = forward(steps[:i], raw)
    y = inverse(steps[i + 1 :], rows.served) if len(steps) > i + 1 else rows.served
    usable = left & np.isfinite(x) & np.isfinite(y)
    tolerance = rows.served_tolerance
    if isinstance(tolerance, np.ndarray):
        tolerance = tolerance[usable]
    found = fitted(x[usable], y[usable], tolerance)
    if found is None:
        return
    explained = np.zeros(len(rows), bool)
    explained[np.flatnonzero(usable)[found.explained]] = True
    other: Linear = (
        like(step, found.offset, found.scale)
        if found.scale > 0
        else Affine(found.offset, 1 / found.scale)
    )
    if line(other) == line(step) and steps:
        return
    used, own = apart(_numbers(figures(other)), _numbers(figures(step)))
    did = f"with {used}, where training has {own}"
    instead = with_step(steps, i, other) if steps else (other,)
    yield Found(Mechanism("wrong_parameters", instead, did, figures(other)), explained)


FloatArrayLike = NDArray[np.float64]


def _numbers(found: Mapping[str, object]) -> dict[str, float]:
    return {key: value for key, value in found.items() if isinstance(value, float | int)}


def _other_fill(feature: Feature, rows: Rows, raw: FloatArrayLike, left: Mask) -> Iterator[Found]:
    """Nulls that are all served as one value, and not as the one that training would give."""
    nulls = left & np.isnan(raw) & np.isfinite(rows.served)
    if not nulls.any():
        return
    value = _mode(rows.served[nulls])
    explained = nulls & (rows.served == value)
    fills = [i for i, s in enumerate(feature.steps) if isinstance(s, Impute)]
    i = fills[0] if fills else 0
    rest = feature.steps[i + 1 :] if fills else feature.steps
    # At a clip bound the fill value may lie beyond it: the bound stands for it.
    filled = float(inverse([s for s in rest if not isinstance(s, Clip)], np.array([value]))[0])
    if not np.isfinite(filled):
        return
    step = Impute(filled)
    steps: tuple[Step, ...] = (*feature.steps[:i], step, *rest)
    did = f"with nulls filled by {filled:.6g}"
    found: dict[str, object] = {"op": "impute", "value": filled}
    yield Found(Mechanism("step_changed", steps, did, found), explained)


def _other_bound(feature: Feature, rows: Rows, raw: FloatArrayLike, left: Mask) -> Iterator[Found]:
    """One served value for all raw ones beyond a bound that training does not have."""
    expected = forward(feature.steps, raw)
    finite = left & np.isfinite(expected) & np.isfinite(rows.served)
    if finite.sum() < 5:
        return
    value = _mode(rows.served[finite])
    on = finite & (rows.served == value)
    above, below = (expected[on] > value).all(), (expected[on] < value).all()
    if on.sum() < 5 or above == below or len(np.unique(raw[on])) < 3:
        return
    clips = [i for i, s in enumerate(feature.steps) if isinstance(s, Clip)]
    i = clips[0] if clips else len(feature.steps)
    after = feature.steps[i + 1 :]
    bound = float(inverse(after, np.array([value]))[0])
    if not np.isfinite(bound):
        return
    old = feature.steps[i] if clips else Clip(None, None)
    if not isinstance(old, Clip):
        return
    step = replace(old, max=bound) if above else replace(old, min=bound)
    side = "max" if above else "min"
    did = f"clipped at a {side} of {bound:.6g}"
    steps = (*feature.steps[:i], step, *after)
    found: dict[str, object] = {"op": "clip", side: bound}
    yield Found(Mechanism("step_changed", steps, did, found), on)


def _stuck(rows: Rows, left: Mask) -> Iterator[Found]:
    """One served value, whatever the raw one."""
    finite = left & np.isfinite(rows.served)
    if finite.sum() < 5:
        return
    value = _mode(rows.served[finite])
    on = finite & (rows.served == value)
    if on.sum() >= max(5, 0.2 * finite.sum()):
        did = "as one and the same value"
        yield Found(Mechanism("stuck_value", (), did, {"value": value}), on)


def _mode(values: FloatArrayLike) -> float:
    distinct, counts = np.unique(values, return_counts=True)
    return float(distinct[int(np.argmax(counts))])
