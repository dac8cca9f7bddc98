"""Hypotheses of normalized values that were cast to whole numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import PRECISION_LOSS
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.multiples import on_multiples
from skewcheck.causes.contest.values import Logged, Training

MAX_TRAINING_SHARE = 0.1
"""Share of training's normalized values that may be whole numbers: hardly any is."""
CHOSEN_AMONG = 3


def hypotheses(training: Training, logged: Logged) -> Iterator[Hypothesis]:
    """Yield casts of normalized values, where nearly all of the log are whole numbers."""
    if not on_multiples(logged, 1.0):
        return
    whole = np.abs(training.values - np.round(training.values)) <= 1e-6
    share = float(training.weights[whole].sum())
    if share > MAX_TRAINING_SHARE:
        return
    facts = -len(logged.values) * math.log(max(share, 1 / training.rows))
    yield Hypothesis(
        PRECISION_LOSS, np.trunc, {"dtype": "int64"}, "cast", chosen_among=CHOSEN_AMONG, facts=facts
    )
    yield Hypothesis(
        PRECISION_LOSS, np.round, {"decimals": 0}, "rounded", chosen_among=CHOSEN_AMONG,
        facts=facts,
    )  # fmt: skip
