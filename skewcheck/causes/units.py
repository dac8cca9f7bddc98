"""Raw values in another unit than training's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from skewcheck.catalogue.causes import UNIT_CHANGE
from skewcheck.causes.mechanism import FeatureContext, Mechanism
from skewcheck.features.steps import Affine, Log1p, Logarithm, Step, inverse
from skewcheck.features.types import FloatArray, NumericReference

MIN_SHARE_OUTSIDE = 0.8
"""Share of values outside training's range from which a changed sign is no drift."""
MAX_RELATIVE_ERROR = 0.005
"""Standard error of the logarithm of an observed factor, over the logarithm of the unit's factor:
with larger errors the listed factors cover a good part of what drift may do."""


@dataclass(frozen=True, slots=True)
class UnitConversion:
    """served raw = factor * raw + offset."""

    factor: float
    offset: float = 0.0
    variant: str = ""
    """Variant of the cause's phrase."""
    details: Mapping[str, object] = field(default_factory=dict)
    """Fields of the phrase, as `unit` and `training`, the names of the two units."""
    rare: bool = False
    """Too rare to be believed where only a distribution speaks for it."""

    @classmethod
    def named(
        cls, unit: str, training: str, factor: float, offset: float = 0.0, *, rare: bool = False
    ) -> UnitConversion:
        """Return the conversion from the unit of training to another, both by name."""
        return cls(factor, offset, details={"unit": unit, "training": training}, rare=rare)


_UNIT_PAIRS = (
    ("minutes", "seconds", 60.0), ("hours", "seconds", 3600.0), ("days", "hours", 24.0),
    ("days", "seconds", 86400.0), ("miles", "kilometres", 1.609344),
    ("pounds", "kilograms", 0.45359237), ("inches", "centimetres", 2.54),
    ("feet", "metres", 0.3048), ("degrees", "radians", math.pi / 180),
)  # fmt: skip
_RARE_PAIRS = (
    ("weeks", "days", 7.0), ("years", "months", 12.0), ("months", "days", 30.0),
    ("years", "days", 365.0),
)  # fmt: skip
UNITS: tuple[UnitConversion, ...] = (
    *(UnitConversion(10.0**k, variant="times") for k in (1, 2, 3, 6, 9)),
    *(UnitConversion(10.0**-k, variant="parts", details={"parts": 10**k}) for k in (1, 2, 3, 6, 9)),
    *(UnitConversion.named(b, a, f) for a, b, f in _UNIT_PAIRS),
    *(UnitConversion.named(a, b, 1 / f) for a, b, f in _UNIT_PAIRS),
    UnitConversion.named("degrees Fahrenheit", "Celsius", 1.8, 32.0),
    UnitConversion.named("degrees Celsius", "Fahrenheit", 1 / 1.8, -32 / 1.8),
    UnitConversion(-1.0, variant="sign"),
    *(UnitConversion.named(b, a, f, rare=True) for a, b, f in _RARE_PAIRS),
    *(UnitConversion.named(a, b, 1 / f, rare=True) for a, b, f in _RARE_PAIRS),
)
"""Powers of ten also stand for percent and share, metres and kilometres, milliseconds."""
_RARE_FACTORS = frozenset(unit.factor for unit in UNITS if unit.rare)


def is_rare(mechanism: Mechanism) -> bool:
    """Return whether a mechanism converts to a unit that no distribution alone shows."""
    return mechanism.cause.converts and mechanism.parameters.get("factor") in _RARE_FACTORS


def candidates(context: FeatureContext, *, rare: bool = True) -> Iterator[Mechanism]:
    """Yield the training steps applied to raw values in another unit, and to their logarithms.

    Without `rare`, only in units that a distribution alone may show.
    """
    if context.feature.type != "numeric":
        return
    for unit in UNITS:
        if unit.rare and not rare:
            continue
        parameters: dict[str, object] = {"factor": unit.factor, "offset": unit.offset}
        steps: tuple[Step, ...] = (converted(unit), *context.feature.steps)
        yield Mechanism(UNIT_CHANGE, steps, parameters, variant=unit.variant, details=unit.details)
    for step in (Logarithm(), Log1p()):
        steps, function = (step, *context.feature.steps), {"function": step.op}
        yield Mechanism(UNIT_CHANGE, steps, function, variant="function")


def agrees(mechanism: Mechanism, reference: NumericReference, values: FloatArray) -> bool:
    """Return whether the factor between training and finite raw values is that of the unit.

    Served values are given with training's steps undone. The factor is the ratio of geometric
    means of absolute values, without zeros. It must agree within 2.58 standard errors, which a
    right factor does in 99 % of logs, and be known well (MAX_RELATIVE_ERROR). For a changed sign
    the values must lie outside training's range instead. True for a unit with an offset.
    """
    factor = mechanism.parameters.get("factor")
    if not isinstance(factor, float) or mechanism.parameters.get("offset"):
        return True  # drift does not have this offset and this factor at once
    histogram = reference.histogram
    if factor < 0:
        least, greatest = histogram.edges[0], histogram.edges[-1]
        return bool(((values < least) | (values > greatest)).mean() > MIN_SHARE_OUTSIDE)
    between = histogram.between
    inner = np.divide(histogram.sums, between, where=between > 0, out=np.zeros(len(between)))
    expected, weights = _logs(
        np.concatenate((histogram.edges, inner)), np.concatenate((histogram.at, between))
    )
    observed, _ = _logs(inverse(mechanism.steps[:1], values), np.ones(len(values)))
    rows = float(weights.sum())
    if not rows or not len(observed):
        return False
    mean = float(expected @ weights) / rows
    variance = float((expected - mean) ** 2 @ weights) / rows
    error = math.sqrt(variance / rows + float(observed.var()) / len(observed))
    deviation = abs(float(observed.mean()) - mean)
    return deviation <= 2.58 * error and error <= MAX_RELATIVE_ERROR * abs(math.log(factor))


def _logs(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the logarithms of absolute values, without zeros, and their weights."""
    usable = (values != 0) & (weights > 0)
    return np.log(np.abs(values[usable])), weights[usable].astype(np.float64)


def converted(unit: UnitConversion) -> Affine:
    """Return the step that turns raw values into that unit."""
    return Affine(-unit.offset / unit.factor, unit.factor)
