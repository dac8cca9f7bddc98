"""Hypotheses of other units, as rivals of functions; in raw columns their grid may prove them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from skewcheck.catalogue.causes import UNIT_CHANGE
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.units import UNITS, UnitConversion
from skewcheck.features.types import FloatArray

CHOSEN_AMONG = 10
"""Fewer than are listed: most of them are usual."""
LOGARITHMS = {"log": np.log, "log1p": np.log1p}


def hypotheses() -> Iterator[Hypothesis]:
    """Yield the factors, and the two natural logarithms."""
    for unit in UNITS:
        yield Hypothesis(
            UNIT_CHANGE, _converted(unit), {"factor": unit.factor, "offset": unit.offset},
            unit.variant, unit.details, chosen_among=CHOSEN_AMONG,
        )  # fmt: skip
    for name, function in LOGARITHMS.items():
        yield Hypothesis(
            UNIT_CHANGE, function, {"function": name}, "function", chosen_among=len(UNITS)
        )


def _converted(unit: UnitConversion) -> Callable[[FloatArray], FloatArray]:
    def change(x: FloatArray) -> FloatArray:
        return unit.factor * x + unit.offset

    return change
