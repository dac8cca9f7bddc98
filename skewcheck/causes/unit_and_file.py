"""Another unit and the parameters of an older file at once: one line, for two reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from skewcheck.catalogue.causes import STALE_PARAMETERS, UNIT_CHANGE, WRONG_PARAMETERS
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, like, line
from skewcheck.causes.mechanism_causes import cause_of
from skewcheck.causes.units import UNITS, UnitConversion
from skewcheck.features.steps import is_affine
from skewcheck.results.causes import Cause

MAX_SCALE_ERROR = 1e-5
"""Relative error of a scale that rows or a grid tell: no factor is another's by as little."""
MAX_OFFSET_ERROR = 1e-3
"""Of a scale: error of an offset, beside what the cause says of it."""


def resolved(causes: Iterable[Cause], context: FeatureContext) -> Iterator[Cause]:
    """Yield causes, each with other parameters as a unit and an older file that give just these."""
    for cause in causes:
        yield from _both(cause, context) or (cause,)


def _both(cause: Cause, context: FeatureContext) -> tuple[Cause, ...]:
    """Return the unit and the older file that a cause's parameters come from; none without."""
    last = final_linear(context.feature.steps)
    if cause.code != WRONG_PARAMETERS.code or last is None or not is_affine(context.feature.steps):
        return ()
    step = last[1]
    for file, older in context.history:
        before = final_linear(older.steps)
        if before is None or type(before[1]) is not type(step) or not is_affine(older.steps):
            continue
        offset, scale = line(before[1])
        for unit in UNITS:
            used = like(step, (offset - unit.offset) / unit.factor, scale / unit.factor)
            if _same(cause, Mechanism(WRONG_PARAMETERS, (used,))):
                return _of_unit(cause, unit), replace(
                    cause, code=STALE_PARAMETERS.code, parameters={"file": file}, variant="",
                    details={},
                )  # fmt: skip
    return ()


def _of_unit(cause: Cause, unit: UnitConversion) -> Cause:
    numbers: dict[str, object] = {"factor": unit.factor, "offset": unit.offset}
    mechanism = Mechanism(UNIT_CHANGE, (), numbers, variant=unit.variant, details=unit.details)
    return cause_of(mechanism, cause.share, cause.confidence, cause.place)


def _same(cause: Cause, mechanism: Mechanism) -> bool:
    """Return whether a cause's parameters are those of a mechanism, as far as it knows them."""
    last = final_linear(mechanism.steps)
    offset, scale = line(last[1]) if last is not None else (0.0, 0.0)
    get = cause.parameters.get
    spread, centre = get("std", get("scale")), get("mean", get("center", get("offset", 0.0)))
    low, high, within = get("min"), get("max"), get("mean_within", 0.0)
    if isinstance(low, float) and isinstance(high, float):
        spread, centre = high - low, low
    if not isinstance(spread, float) or not isinstance(centre, float):
        return False
    error = MAX_OFFSET_ERROR * abs(scale) + (within if isinstance(within, float) else 0.0)
    near = abs(spread / scale - 1) <= MAX_SCALE_ERROR
    return near and abs(centre - offset) <= error
