"""Differences between the normalizations of two parameter files, without references."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from typing import Literal

import numpy as np

from skewcheck.features.steps import (
    Buckets,
    Cast,
    Map,
    Quantize,
    Round,
    Standardize,
    Step,
    bounds,
    forward,
    has_encoder,
    inverse,
)
from skewcheck.features.steps.rounding import UNIT
from skewcheck.features.types import Feature, FloatArray, NumericReference, Parameters

Kind = Literal[
    "removed", "added", "order", "type", "role", "untested", "step_order", "step_removed",
    "step_added", "setting", "importance", "model_error", "model_hash", "fingerprint", "rounding",
    "key",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between two parameter files, or from what was locked."""

    kind: Kind
    feature: str | None = None
    """None where it is of the file as a whole."""
    old: object = None
    """What it was, None where it was not there: the feature (`removed`, `added`, `untested`), all
    steps (`rounding`: they differ by no more than arithmetic in float32 loses), a
    type, role or step, the names of all steps (`step_order`), the value of a setting, an
    importance, the model's error, a hash, a key column."""
    new: object = None
    """What it is, likewise."""
    op: str = ""
    """The step of a setting."""
    setting: str = ""
    """The setting's key in the file."""


def changes(old: Parameters, new: Parameters) -> tuple[Difference, ...]:
    """Return each difference in features, types, roles, order and steps, in the order of `new`.

    Empty if both normalize alike, to the rounding of parameters to float32 (`normalize_alike`).
    Reference distributions, notes and the model are not compared.
    """
    before, after = _by_name(old), _by_name(new)
    differences = [
        Difference("removed", name, f) for name, f in before.items() if name not in after
    ]
    for name, feature in after.items():
        if name in before:
            differences += _feature(before[name], feature)
        else:
            differences.append(Difference("added", name, new=feature))
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        differences.append(Difference("order"))
    return tuple(differences)


def remarks(old: Parameters, new: Parameters) -> tuple[Difference, ...]:
    """Return what else changed and is no other normalization.

    That is steps that only round otherwise, importances, and the model's error.
    """
    before = _by_name(old)
    pairs = [(before[name], f) for name, f in _by_name(new).items() if name in before]
    differences = [
        Difference("rounding", b.name, a.steps, b.steps)
        for a, b in pairs
        if a.steps != b.steps and normalize_alike(a, b)
    ]
    differences += [
        Difference("importance", b.name, a.importance, b.importance)
        for a, b in pairs
        if a.importance != b.importance
    ]
    errors = [None if e is None else (e.metric, e.value) for e in (old.error, new.error)]
    if errors[0] != errors[1]:
        differences.append(Difference("model_error", None, errors[0], errors[1]))
    return tuple(differences)


def _by_name(parameters: Parameters) -> dict[str, Feature]:
    """Return the features by name; one with parameters by a key is one for each: `fare[a]`."""
    features: dict[str, Feature] = {}
    for feature in parameters.features:
        if not feature.groups:
            features[feature.name] = feature
        for key, steps in feature.groups.items():
            name = f"{feature.name}[{key}]"
            features[name] = replace(
                feature, name=name, steps=(*steps, *feature.steps), groups={}, reference=None
            )
    return features


def _feature(old: Feature, new: Feature) -> Iterator[Difference]:
    name = new.name
    if old.type != new.type:
        yield Difference("type", name, old.type, new.type)
    if old.role != new.role:
        yield Difference("role", name, old.role, new.role)
    if old.by != new.by:
        yield Difference("key", name, old.by, new.by)
    if old.untested != new.untested:
        yield Difference("untested", name, old, new)
        return
    if normalize_alike(old, new):
        return
    ops = [tuple(step.op for step in feature.steps) for feature in (old, new)]
    if sorted(ops[0]) == sorted(ops[1]) and ops[0] != ops[1]:
        yield Difference("step_order", name, ops[0], ops[1])
    for tag, a, b, c, d in SequenceMatcher(a=ops[0], b=ops[1], autojunk=False).get_opcodes():
        if tag == "equal":
            for before, after in zip(old.steps[a:b], new.steps[c:d], strict=True):
                yield from _settings(name, before, after)
            continue
        # A step that stands elsewhere as it is only moved, which `step_order` says.
        gone = [step for step in old.steps[a:b] if step not in new.steps]
        come = [step for step in new.steps[c:d] if step not in old.steps]
        yield from (Difference("step_removed", name, step) for step in gone)
        yield from (Difference("step_added", name, new=step) for step in come)


def _settings(feature: str, old: Step, new: Step) -> Iterator[Difference]:
    """Yield the settings that differ of two steps of the same op."""
    for setting in fields(old):
        before, after = getattr(old, setting.name), getattr(new, setting.name)
        if before != after:
            yield Difference("setting", feature, before, after, old.op, key_of(setting.name))


def normalize_alike(old: Feature, new: Feature) -> bool:
    """Tell whether two numeric features' steps give the same numbers, to the rounding of float32.

    Compared over the range of training, beyond it, and on both sides of every number that a step
    holds (a bound, an edge, a fill value): a result may differ by what one rounding of each
    parameter to float32 does, and so may a number of a map. Other steps of levels, and those that
    round, are compared as they are.
    """
    if has_encoder((*old.steps, *new.steps)) or "categorical" in (old.type, new.type):
        return _levels_alike(old, new)
    (old_fine, old_coarse), (new_fine, new_coarse) = _split(old.steps), _split(new.steps)
    return old_coarse == new_coarse and all(
        _alike(a, b, (old, new)) for a, b in zip(old_fine, new_fine, strict=True)
    )


def _levels_alike(old: Feature, new: Feature) -> bool:
    """Tell whether steps of levels give the same numbers: those of a map to float32's rounding."""
    places = [
        next((i for i, step in enumerate(f.steps) if isinstance(step, Map)), None)
        for f in (old, new)
    ]
    i = places[0]
    if old.steps == new.steps or old.type != new.type or i is None or places[1] != i:
        return old.steps == new.steps
    before, after = old.steps[i], new.steps[i]
    same = isinstance(before, Map) and isinstance(after, Map) and _maps_alike(before, after)
    behind = [replace(f, type="numeric", steps=f.steps[i + 1 :]) for f in (old, new)]
    return same and old.steps[:i] == new.steps[:i] and normalize_alike(*behind)


def _maps_alike(old: Map, new: Map) -> bool:
    """Tell whether two maps have the same levels, and numbers to one rounding to float32."""
    if old.values.keys() != new.values.keys() or old.names != new.names or old.width != new.width:
        return False
    levels = [*old.values, None, "\x00"]
    before, after = old.vectors(levels), new.vectors(levels)
    near = np.abs(after - before) <= UNIT * np.maximum(np.abs(before), np.abs(after))
    return bool((near | (np.isnan(before) & np.isnan(after))).all())


def _split(steps: tuple[Step, ...]) -> tuple[list[tuple[Step, ...]], list[Step]]:
    """Return the runs of steps between the steps that leave few values, and those steps.

    Those are compared as they are: at the values that are probed, two roundings may well agree.
    """
    fine: list[tuple[Step, ...]] = [()]
    coarse: list[Step] = []
    for step in steps:
        if isinstance(step, Buckets | Cast | Round | Quantize | Standardize):
            coarse.append(step)
            fine.append(())
        else:
            fine[-1] += (step,)
    return fine, coarse


def _alike(old: tuple[Step, ...], new: tuple[Step, ...], features: tuple[Feature, Feature]) -> bool:
    if old == new:
        return True
    seen = [
        f.reference.histogram.edges for f in features if isinstance(f.reference, NumericReference)
    ]
    x = np.concatenate([_probes([*_numbers(old), *_numbers(new), *seen]), [np.nan]])
    with np.errstate(all="ignore"):
        before, after = forward(old, x), forward(new, x)
        low, high = bounds(old, x, x)
        # `bounds` grants five roundings to each operand.
        rounding = 2 / 5 * (high - low) / 2 + UNIT * np.abs(before)
        near = np.abs(after - before) <= rounding
    return bool((near | (before == after) | (np.isnan(before) & np.isnan(after))).all())


def _numbers(steps: tuple[Step, ...]) -> Iterator[FloatArray]:
    """Yield what enters `steps` where a step meets a number that it holds, and the usual range."""
    for i, step in enumerate(steps):
        held = [getattr(step, setting.name) for setting in fields(step)]
        flat = [x for value in held for x in (value if isinstance(value, tuple) else (value,))]
        stored = np.array([x for x in flat if isinstance(x, float | int)], np.float64)
        yield inverse(steps[:i], stored)
    yield inverse(steps, np.linspace(-5, 5, 41))


def _probes(numbers: list[FloatArray]) -> FloatArray:
    """Return values at, beside and beyond `numbers`, where two normalizations can be told apart."""
    ends = np.concatenate(numbers)
    ends = ends[np.isfinite(ends)]
    middle = (ends.min() + ends.max()) / 2 if len(ends) else 0.0
    wide = middle + 2 * (ends - middle)
    return np.concatenate([ends, np.nextafter(ends, np.inf), wide])


def key_of(name: str) -> str:
    """Return the key in the file of a step's field: `lambda_` is only Python's way to spell it."""
    return name.rstrip("_")
