"""Hypotheses of roots, powers, logarithms, signs and overflowing types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from skewcheck.catalogue.causes import VALUE_MAPPED
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.values import Training
from skewcheck.causes.functions import TYPES
from skewcheck.features.types import FloatArray

Change = Callable[[FloatArray], FloatArray]
FUNCTIONS: Mapping[str, Change] = {
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "square": np.square,
    "cube": lambda x: x**3,
    "reciprocal": np.reciprocal,
    "log10": np.log10,
    "log2": np.log2,
    "exp": np.exp,
    "abs": np.abs,
}
"""By the names that rows with both sides have them under."""


def hypotheses(training: Training) -> Iterator[Hypothesis]:
    """Yield the functions, and the types that training's whole numbers would overflow."""
    chosen = len(FUNCTIONS) + len(TYPES)
    for name, function in FUNCTIONS.items():
        if name == "abs" and not training.values[0] < 0 < training.values[-1]:
            continue
        yield Hypothesis(
            VALUE_MAPPED, function, {"function": name}, "function", chosen_among=chosen
        )
    whole = bool((training.values == np.round(training.values)).all())
    for name, (least, count) in TYPES.items() if whole else ():
        if training.values[0] >= least and training.values[-1] < least + count:
            continue
        yield Hypothesis(
            VALUE_MAPPED, _around(least, count), {"function": name}, "overflow",
            chosen_among=chosen,
        )  # fmt: skip


def _around(least: int, count: int) -> Change:
    return lambda x: (x - least) % count + least
