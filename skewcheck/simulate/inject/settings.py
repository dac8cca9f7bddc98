"""A step with other settings: logarithms and exponents as the causes know them, bounds, fills."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from skewcheck import causes
from skewcheck.catalogue.causes import STEP_CHANGED
from skewcheck.causes.mechanism import Known, Mechanism, summary, with_step
from skewcheck.features.steps import Clip, Impute, Linear, OneHot, Step, Vocabulary
from skewcheck.simulate.inject.asked import Numbers, refused, replaced, sound


def step_changed(known: Known, numbers: Numbers) -> Mechanism:
    """Return the pipeline with another step: the causes' variants first, then any setting.

    By default the step that does most: a logarithm before a bound before a fill value.
    """
    found = [
        m
        for m in causes.candidates(known)
        if m.cause is STEP_CHANGED and numbers.items() <= dict(m.parameters).items()
    ]
    found += _settings(known, numbers)
    if not found:
        keys = dict.fromkeys(name for step in _bent(known) for name in _keys(step))
        if not numbers:
            raise refused(known, f"{STEP_CHANGED.code} needs a logarithm, a bound, or the like")
        told = f"{', '.join(numbers)}; there are {', '.join(['op', *keys])}"
        raise refused(known, f"--set: no step has other settings of {told}")
    return min(found, key=lambda m: rank(m.parameters.get("op")))


def rank(op: object) -> int:
    """Return how much a step does: a logarithm to every row, a fill value to few."""
    order = ("power", "quantile", "log", "log1p", "buckets", "clip", "impute")
    return order.index(op) if isinstance(op, str) and op in order else len(order)


def _bent(known: Known) -> Iterator[Step]:
    if known.feature.type == "numeric":
        for step in known.feature.steps:
            if not isinstance(step, Linear | Vocabulary | OneHot):
                yield step


def _keys(step: Step) -> list[str]:
    """Return the settings of a step that are one number or one word."""
    names = [one.name for one in fields(step)]
    plain = [n for n in names if isinstance(getattr(step, n), float | int | str | None)]
    return ["lambda" if name == "lambda_" else name for name in plain]


def _settings(known: Known, numbers: Numbers) -> Iterator[Mechanism]:
    """Yield each step with the settings asked for; without any, closer bounds and other fills."""
    wanted = {key: value for key, value in numbers.items() if key != "op"}
    for step in _bent(known):
        i = known.feature.steps.index(step)
        other: Step | None = None
        if numbers.get("op", step.op) != step.op:
            continue
        if wanted and wanted.keys() <= set(_keys(step)):
            other = sound(known, replaced(known, step, wanted))
        elif not wanted and isinstance(step, Clip):
            other = _closer(known, i, step)
        elif not wanted and isinstance(step, Impute) and not isinstance(step.value, str):
            other = Impute(0.0 if step.value else -1.0)
        if other is not None and other != step:
            steps = with_step(known.feature.steps, i, other)
            yield Mechanism(STEP_CHANGED, steps, {"op": step.op})


def _closer(known: Known, i: int, step: Clip) -> Clip | None:
    """Return bounds half-way to the mean of training; None where that is not known."""
    seen = summary(known, known.feature.steps[:i])
    if seen is None:
        return None
    low = None if step.min is None else (step.min + seen.mean) / 2
    high = None if step.max is None else (step.max + seen.mean) / 2
    other = Clip(low, high)
    return other if other.check() is None else None
