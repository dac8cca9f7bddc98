"""Faults of features whose normalization depends on a key, or on a scope of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.catalogue.causes import (
    DRIFT,
    GLOBAL_PARAMETERS,
    NOT_NORMALIZED,
    PRECISION_LOSS,
    RECOMPUTED_PARAMETERS,
    SCOPE_CHANGED,
    STEP_CHANGED,
    STEP_MISSING,
    STUCK_VALUE,
    SWAPPED_FEATURES,
    WRONG_GROUP,
)
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, line
from skewcheck.features.steps import Standardize, Step, ZScore, scope_of
from skewcheck.features.types import Feature, NumericReference
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    fault_error,
    number,
    setting_error,
)
from skewcheck.simulate.inject.faults import ChangedRawValues, Fault, fault, stuck

if TYPE_CHECKING:
    from skewcheck.simulate.inject.fault_plan import InjectionTask

_NEAR = 1e-3
"""Of a scale: numbers of a key that are nearer to those of all keys are hardly told apart."""
_MOVED = 1.25
"""Factor of a scale that moves it away from that of a key, as other parameters are moved."""
STUCK = 0.5
"""Served value of a stuck feature: within what most normalizations give."""


@dataclass(frozen=True, slots=True)
class KeyFaults:
    """What is done to the rows of each key; rows of others are served right."""

    by_key: Mapping[str, Mechanism | ChangedRawValues]

    @property
    def changes_raw(self) -> bool:
        """Whether raw values of any key are changed."""
        return any(isinstance(fault, ChangedRawValues) for fault in self.by_key.values())


@dataclass(frozen=True, slots=True)
class ScopeFault:
    """What is done to rows that are to be normalized over a scope."""

    steps: tuple[Step, ...] = ()
    of: str = "raw"
    """What the steps take: the `raw` value, or the `result` over the scope."""
    scope: Feature | None = None
    """The feature with another scope, whose result is served; None where it is training's."""
    raw: ChangedRawValues | None = None
    """Steps of raw values before all else; the server then does right."""

    @property
    def changes_raw(self) -> bool:
        """Whether raw values are changed."""
        return self.raw is not None


OwnFault = KeyFaults | ScopeFault


def own_fault(task: InjectionTask, feature: Feature) -> OwnFault:
    """Return the fault of such a feature; UsageError where it cannot have it."""
    if feature.groups:
        return KeyFaults(_by_key(task, feature))
    return _over_scope(task, feature)


def _by_key(task: InjectionTask, feature: Feature) -> Mapping[str, Mechanism | ChangedRawValues]:
    context, keys = task.context(feature), list(feature.groups)
    if task.code == WRONG_GROUP.code:
        check_keys(context, task.settings, ["group"])
        asked = task.settings.get("group")
        if asked is not None and asked not in feature.groups:
            raise setting_error(context, f" group: no key {asked!r}")
        if len(keys) < 2:
            raise fault_error(context, f"{task.code} needs parameters of several keys")
        others = {key: str(asked or keys[(i + 1) % len(keys)]) for i, key in enumerate(keys)}
        return {
            key: Mechanism(WRONG_GROUP, (*feature.groups[other], *feature.steps))
            for key, other in others.items()
            if other != key
        }
    if task.code == GLOBAL_PARAMETERS.code:
        step = _global_of_keys(context, task.settings)
        return dict.fromkeys(keys, Mechanism(GLOBAL_PARAMETERS, (step, *feature.steps)))
    if task.code in (RECOMPUTED_PARAMETERS.code, SWAPPED_FEATURES.code, SCOPE_CHANGED.code):
        raise fault_error(context, f"{task.code} is no fault of parameters by a key")
    faults: dict[str, Mechanism | ChangedRawValues] = {}
    for key in keys:
        of_key = _context_of(context, key)
        if task.code == STUCK_VALUE.code:
            made: Fault = stuck(of_key, task.settings.get("value", STUCK), task.settings)
        else:
            made = fault(task.code, of_key, task.settings)
        if isinstance(made, Mechanism | ChangedRawValues):
            faults[key] = made
    return faults


def _context_of(context: FeatureContext, key: str) -> FeatureContext:
    """Return a feature as the rows of a key have it; its spread is that of the last scaling."""
    feature = context.feature
    steps = (*feature.groups[key], *feature.steps)
    last = final_linear(steps)
    reference = None
    if last is not None:
        offset, scale = line(last[1])
        reference = NumericReference(0, mean=offset, std=abs(scale))
    history = tuple(
        (file, replace(f, steps=(*f.groups.get(key, ()), *f.steps), groups={}, by=None))
        for file, f in context.history
    )
    made = replace(feature, steps=steps, groups={}, by=None, reference=reference)
    return FeatureContext(made, context.others, history)


def _lines(feature: Feature) -> list[tuple[float, float]]:
    lasts = (final_linear(steps) for steps in feature.groups.values())
    return [line(last[1]) for last in lasts if last is not None]


def _global_of_keys(context: FeatureContext, settings: FaultSettings) -> ZScore:
    """Return one scaling for all keys, which is no key's own: that would be another key's.

    Numbers that were not asked for are moved away from those of keys.
    """
    feature = context.feature
    if len(feature.groups) < 2:
        raise fault_error(context, f"{GLOBAL_PARAMETERS.code} needs parameters of several keys")
    step = _global_step(context, settings, _lines(feature))
    for _ in feature.groups:
        key = _key_like(feature, step)
        if key is None:
            return step
        if "mean" in settings and "std" in settings:
            break
        if "mean" in settings:
            step = replace(step, std=step.std * _MOVED)
        else:
            step = replace(step, mean=step.mean + step.std)
    raise setting_error(context, f": these are the numbers of key {_key_like(feature, step)!r},"
                        f" which is {WRONG_GROUP.code}")  # fmt: skip


def _key_like(feature: Feature, step: ZScore) -> str | None:
    """Return a key whose own scaling is as good as this one; None without one."""
    for key, steps in feature.groups.items():
        last = final_linear(steps)
        if last is None or len(steps) > 1:
            continue
        offset, scale = line(last[1])
        near = max(abs(step.mean - offset), abs(step.std - scale)) <= _NEAR * abs(scale)
        if near:
            return key
    return None


def _global_step(
    context: FeatureContext, settings: FaultSettings, lines: Sequence[tuple[float, float]]
) -> ZScore:
    check_keys(context, settings, ["mean", "std"])
    if not lines and not settings.keys() >= {"mean", "std"}:
        raise fault_error(context, "has no numbers that all rows could share: set mean and std")
    mean, std = np.mean(lines, axis=0).tolist() if lines else (0.0, 1.0)
    step = ZScore(
        number(context, settings, "mean", mean), number(context, settings, "std", abs(std))
    )
    if step.check():
        raise setting_error(context, " std: must be > 0")
    return step


def _of_reference(feature: Feature) -> list[tuple[float, float]]:
    reference = feature.reference
    if not isinstance(reference, NumericReference) or reference.mean is None or not reference.std:
        return []
    return [(reference.mean, reference.std)]


def _over_scope(task: InjectionTask, feature: Feature) -> ScopeFault:
    context, scope = task.context(feature), scope_of(feature.steps)
    if scope is None:
        raise fault_error(context, "has no scope")
    behind = feature.steps[scope[0] + 1 :]
    if task.code == SCOPE_CHANGED.code:
        return ScopeFault(scope=_other_scope(context, task.settings, scope))
    if task.code == NOT_NORMALIZED.code:
        return ScopeFault()
    if task.code == GLOBAL_PARAMETERS.code:
        step = _global_step(context, task.settings, _of_reference(feature))
        return ScopeFault((*feature.steps[: scope[0]], step, *behind))
    if task.code == STUCK_VALUE.code:
        value = task.settings.get("value", STUCK)
        return ScopeFault(stuck(context, value, task.settings).steps)
    if task.code not in (DRIFT.code, PRECISION_LOSS.code, STEP_CHANGED.code, STEP_MISSING.code):
        raise fault_error(context, f"{task.code} is no fault of a feature normalized over rows")
    # Behind the scope the reference says nothing of the values: only drift is of raw ones.
    reference = feature.reference if task.code == DRIFT.code else None
    after = replace(context, feature=replace(feature, steps=behind, reference=reference))
    made = fault(task.code, after, task.settings)
    if isinstance(made, ChangedRawValues):
        return ScopeFault(raw=made)
    if not isinstance(made, Mechanism):
        raise fault_error(context, f"{task.code} is no fault of a feature normalized over rows")
    return ScopeFault(made.steps, "result")


def _other_scope(
    context: FeatureContext, settings: FaultSettings, scope: tuple[int, Standardize]
) -> Feature:
    """Return the feature with another scope: of the settings, or with the other ddof or length."""
    check_keys(context, settings, [f.name for f in fields(Standardize)])
    place, step = scope
    if settings:
        values: dict[str, object] = {f.name: getattr(step, f.name) for f in fields(step)}
        for key, value in settings.items():
            whole = isinstance(value, float) and value.is_integer()
            values[key] = int(value) if whole and key != "epsilon" else value
        if values["over"] in ("row", "running") and "length" not in settings:
            values["length"] = None
        made: Callable[..., Standardize] = Standardize
        other = made(**values)
    elif step.length is not None:
        other = replace(step, length=step.length // 2 if step.length > 3 else step.length + 1)
    else:
        other = replace(step, ddof=1 - step.ddof)
    if problem := other.check():
        raise setting_error(context, f" {problem[0]}: {problem[1]}")
    steps = list(context.feature.steps)
    steps[place] = other
    return replace(context.feature, steps=tuple(steps))
