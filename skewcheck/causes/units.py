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

OUTSIDE = 0.8
"""Share of values outside training's range at which no drift looks like the opposite sign."""
KNOWN = 0.005
"""Of the way from 1 to a factor, in logarithms: what its standard error may be."""


@dataclass(frozen=True, slots=True)
class UnitConversion:
    """served raw = factor * raw + offset."""

    factor: float
    offset: float = 0.0
    variant: str = ""
    """Which phrase says what happened."""
    details: Mapping[str, object] = field(default_factory=dict)
    """What the phrase needs: the names of two units, `unit` for `training`."""

    @classmethod
    def named(cls, unit: str, training: str, factor: float, offset: float = 0.0) -> UnitConversion:
        """Return the conversion to one unit from the one that training has."""
        return cls(factor, offset, details={"unit": unit, "training": training})


_BOTH = (
    ("minutes", "seconds", 60.0), ("hours", "seconds", 3600.0), ("days", "hours", 24.0),
    ("days", "seconds", 86400.0), ("miles", "kilometres", 1.609344),
    ("pounds", "kilograms", 0.45359237), ("inches", "centimetres", 2.54),
    ("feet", "metres", 0.3048), ("degrees", "radians", math.pi / 180),
)  # fmt: skip
UNITS: tuple[UnitConversion, ...] = (
    *(UnitConversion(10.0**k, variant="times") for k in (1, 2, 3, 6, 9)),
    *(UnitConversion(10.0**-k, variant="parts", details={"parts": 10**k}) for k in (1, 2, 3, 6, 9)),
    *(UnitConversion.named(b, a, f) for a, b, f in _BOTH),
    *(UnitConversion.named(a, b, 1 / f) for a, b, f in _BOTH),
    UnitConversion.named("degrees Fahrenheit", "Celsius", 1.8, 32.0),
    UnitConversion.named("degrees Celsius", "Fahrenheit", 1 / 1.8, -32 / 1.8),
    UnitConversion(-1.0, variant="sign"),
)
"""Powers of ten also stand for percent and share, metres and kilometres, milliseconds."""


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the training steps on raw values in another unit, and on their logarithms."""
    if context.feature.type != "numeric":
        return
    for unit in UNITS:
        found: dict[str, object] = {"factor": unit.factor, "offset": unit.offset}
        steps: tuple[Step, ...] = (converted(unit), *context.feature.steps)
        yield Mechanism(UNIT_CHANGE, steps, found, variant=unit.variant, details=unit.details)
    for step in (Logarithm(), Log1p()):
        steps, function = (step, *context.feature.steps), {"function": step.op}
        yield Mechanism(UNIT_CHANGE, steps, function, variant="function")


def agrees(mechanism: Mechanism, reference: NumericReference, values: FloatArray) -> bool:
    """Tell whether the factor that finite raw values have by themselves is the unit's.

    Of served values: once training's steps are undone.

    It is the ratio of geometric means of absolute values, and must be known to a small part of
    the way from 1: of looser ones the known factors cover much of what a world may do. A sign has
    no such figure: there the values must lie where training had none.
    """
    factor = mechanism.parameters.get("factor")
    if not isinstance(factor, float) or mechanism.parameters.get("offset"):
        return True  # nothing but the unit has this offset and this factor
    histogram = reference.histogram
    if factor < 0:
        least, greatest = histogram.edges[0], histogram.edges[-1]
        return bool(((values < least) | (values > greatest)).mean() > OUTSIDE)
    between = histogram.between
    inner = np.divide(histogram.sums, between, where=between > 0, out=np.zeros(len(between)))
    expected, weights = _logs(
        np.concatenate((histogram.edges, inner)), np.concatenate((histogram.at, between))
    )
    found, _ = _logs(inverse(mechanism.steps[:1], values), np.ones(len(values)))
    rows = float(weights.sum())
    if not rows or not len(found):
        return False
    mean = float(expected @ weights) / rows
    variance = float((expected - mean) ** 2 @ weights) / rows
    error = math.sqrt(variance / rows + float(found.var()) / len(found))
    # Within 2.58 standard errors: a right factor is met in 99 % of logs.
    away = abs(float(found.mean()) - mean)
    return away <= 2.58 * error and error <= KNOWN * abs(math.log(factor))


def _logs(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the logarithms of absolute values, without zeros, and their weights."""
    some = (values != 0) & (weights > 0)
    return np.log(np.abs(values[some])), weights[some].astype(np.float64)


def converted(unit: UnitConversion) -> Affine:
    """Return the step that turns raw values into that unit."""
    return Affine(-unit.offset / unit.factor, unit.factor)
