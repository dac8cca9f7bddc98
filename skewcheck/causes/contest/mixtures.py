"""Hypotheses of some of the rows: those of which values are logged that training cannot give."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.contest.fit import Fit, effective_rows, fitted, may_fit, predicted
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.image import Image
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.features.types import FloatArray

MIN_STRANGE = 20
"""Values that training cannot give: of fewer any distribution is met."""
MIN_STRANGE_SHARE = 0.01
"""Their share of the log: fewer are beyond the ends by chance."""
MIN_VISIBLE = 0.2
"""Share of the values of a hypothesis that training cannot give: by fewer it is not seen."""
MAX_SHARE = 0.6
"""Share of the rows of a hypothesis: of more there are few right ones left to know."""
ROWS_OF_BIN = 10
"""Strange rows for each bin of a free distribution."""
FINER_WORLD = 12.0
"""What meeting images of a grid is charged: a source may have come to log otherwise."""
MAX_FACTS = 30.0
"""Logarithm of likelihood of meeting them, at most: more would hide how few rows there are."""
FAR = 10.0
"""What values are charged that a world has far beyond training's, in so many rows."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """A hypothesis of a share of the rows."""

    hypothesis: Hypothesis
    share: float
    fit: Fit
    """Of the strange values."""
    margin: float
    """Logarithm of its likelihood over that of strange values with a distribution of their own."""


def strange(values: FloatArray, noise: FloatArray | float, training: Training) -> Mask:
    """Return which values training cannot give: beyond its ends, or off its grid."""
    low, high = training.values[0], training.values[-1]
    mask: Mask = (values < low - 2 * noise) | (values > high + 2 * noise)
    if training.step is not None:
        off = np.abs(values - training.step * np.round(values / training.step))
        mask |= off > np.maximum(2 * noise, 1e-6 * training.step)
    return mask


def parts(tried: Iterable[Hypothesis], training: Training, logged: Logged) -> list[Part]:
    """Return the hypotheses that explain the strange values and leave the others as in training.

    The likeliest first; none where values are not known well enough to be strange.
    """
    if training.step is not None and logged.usual_noise > training.step / 8:
        return []
    mask = strange(logged.values, logged.noise, training)
    usual = float(training.weights[strange(training.values, 0.0, training)].sum())
    count = int(mask.sum())
    if count < max(MIN_STRANGE, (MIN_STRANGE_SHARE + 2 * usual) * len(mask)):
        return []
    seen, image = logged.only(mask), Image(training, logged.only(mask))
    explained = (_explained(hypothesis, training, logged, seen, image) for hypothesis in tried)
    return sorted((p for p in explained if p is not None), key=lambda p: -p.margin)


def _explained(
    hypothesis: Hypothesis, training: Training, logged: Logged, seen: Logged, image: Image
) -> Part | None:
    """Return the share of a hypothesis, if what it gives fits strange values and all values."""
    with np.errstate(all="ignore"):
        made = hypothesis.change(training.values)
    finite = np.isfinite(made)
    made, weights = made[finite], training.weights[finite]
    new = strange(made, 1e-7 * np.abs(made), training)
    visible = float(weights[new].sum())
    if visible < MIN_VISIBLE:
        return None
    share = len(seen.values) / len(logged.values) / visible
    prediction = predicted(made[new], weights[new], seen)
    if share > MAX_SHARE or prediction is None or not may_fit(prediction, seen, training):
        return None
    fit = fitted(prediction, seen, training)
    if not fit.within_noise or not _fits_all(made, weights, share, training, logged):
        return None
    facts = image.facts(hypothesis.change)
    if facts == -math.inf:
        return None
    rows = effective_rows(len(seen.values), training.rows)
    bins = min(fit.bins, max(len(seen.values) // ROWS_OF_BIN, 2))
    free = (bins - 1) / 2 * math.log(max(rows / (2 * math.pi), 2.0))
    charges = (hypothesis.fitted + 1) / 2 * math.log(rows) + math.log(hypothesis.chosen_among)
    # A world whose new values have a distribution of their own is charged for each of its bins.
    excess = max(fit.misfit - fit.bins / 2, 0.0)
    places = min(max((facts or 0.0) - FINER_WORLD, 0.0), MAX_FACTS)
    likelihood = free + places + FAR * _is_far(seen, training) - excess - charges
    return Part(hypothesis, share, fit, likelihood)


def _is_far(seen: Logged, training: Training) -> bool:
    """Return whether strange values lie beyond training's by more than these spread."""
    low, high = float(training.values[0]), float(training.values[-1])
    middle = float(np.median(seen.values))
    return max(low - middle, middle - high) > high - low


def _fits_all(
    made: FloatArray, weights: FloatArray, share: float, training: Training, logged: Logged
) -> bool:
    """Return whether all values are a mixture of training's and those of the hypothesis."""
    values = np.concatenate((training.values, made))
    both = np.concatenate(((1 - share) * training.weights, share * weights))
    prediction = predicted(values, both, logged)
    return prediction is not None and fitted(prediction, logged, training).within_noise
