"""Hypotheses of numbers that were read otherwise than they are printed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import VALUE_MAPPED
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.values import Training
from skewcheck.causes.functions import decimals_of
from skewcheck.features.types import FloatArray

MIN_OTHERS = 0.01
"""Share of training's values with other decimals than most: without them a lost point is a factor
of ten."""
CHOSEN_AMONG = 10
"""They are rarer than other units, which explain much the same."""


def hypotheses(training: Training) -> Iterator[Hypothesis]:
    """Yield numbers without their decimal point, and those read at a separator of thousands."""
    decimals = decimals_of(training.values)
    if not (decimals < 0).any():
        most = np.bincount(decimals, training.weights).max()
        if 1 - most >= MIN_OTHERS:
            yield Hypothesis(
                VALUE_MAPPED, _without_point, {"function": "decimal_point_lost"}, "point_lost",
                chosen_among=CHOSEN_AMONG,
            )  # fmt: skip
    if np.abs(training.values).max() >= 1000:
        for name, change in (
            ("read_to_thousands_separator", _before_thousands),
            ("thousands_separator_as_point", _thousands_as_point),
        ):
            yield Hypothesis(
                VALUE_MAPPED, change, {"function": name}, name, chosen_among=CHOSEN_AMONG
            )


def _without_point(x: FloatArray) -> FloatArray:
    return np.round(x * 10.0 ** np.maximum(decimals_of(x), 0))


def _before_thousands(x: FloatArray) -> FloatArray:
    """Return what stands before the first separator of thousands."""
    groups = np.floor(np.log10(np.maximum(np.abs(x), 1.0) * (1 + 1e-12)) / 3)
    return np.where(groups < 1, x, np.trunc(x / 1000.0**groups))


def _thousands_as_point(x: FloatArray) -> FloatArray:
    """Return whole numbers with a point for the separator; with two of them they are none."""
    whole, size = np.round(x), np.abs(np.round(x))
    return np.where(size < 1000, whole, np.where(size < 1e6, whole / 1000, np.nan))
