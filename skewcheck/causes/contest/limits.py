"""Hypotheses of values that a type or a form cuts off at a bound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import VALUE_MAPPED
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.text.numbers import shortest_within

VARIANTS = ("most", "least")
"""Of the cause, by the end."""
MIN_SHARE = 0.01
"""Share of the log's values at its end that makes a bound of it."""
MIN_DISTINCT_BEYOND = 3
"""Distinct values of training beyond a bound: with fewer an end has only moved."""
MIN_EXCESS = 3.0
"""Share of the rows at the bound over that in training."""


def hypotheses(training: Training, logged: Logged) -> Iterator[Hypothesis]:
    """Yield the ends of the log's values at which training's are collected."""
    values = logged.values
    for i, upper in ((-1, True), (0, False)):
        near = 2 * float(logged.noise[i]) + 1e-9
        bound = shortest_within(float(values[i]) - near, float(values[i]) + near)
        share = float((np.abs(values - bound) <= 2 * near).mean())
        at = float(training.weights[np.abs(training.values - bound) <= 2 * near].sum())
        over = training.values - bound if upper else bound - training.values
        beyond = len(np.unique(training.values[over > 2 * near]))
        if share >= max(MIN_SHARE, MIN_EXCESS * at) and beyond >= MIN_DISTINCT_BEYOND:
            yield _limited(bound, upper=upper)


def _limited(bound: float, *, upper: bool) -> Hypothesis:
    keep = np.minimum if upper else np.maximum
    return Hypothesis(
        VALUE_MAPPED, lambda x: keep(x, bound), {"max" if upper else "min": bound},
        VARIANTS[not upper], fitted=1, chosen_among=2,
    )  # fmt: skip
