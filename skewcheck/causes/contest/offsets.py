"""Hypotheses of numbers counted from elsewhere: more or less by a number, or subtracted from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import VALUE_MAPPED
from skewcheck.causes.contest.drifting import beyond, counts_beyond, leaves_atom
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.features.types import FloatArray

NEIGHBOURS = 3
"""Steps of the grid about the difference of medians that are tried, on either side."""
MIN_ATOM = 0.02
"""Share of the most frequent values of both sides, from which one may have become the other."""
MIN_ON_GRID = 0.98
"""Share of values on training's grid, which whole steps do not leave."""
MIN_TURNED = 0.3
"""Share of values beyond training's ends of numbers less the value: the young for the old have the
same range, turned round."""
QUANTILES = np.arange(1, 20) / 20


def hypotheses(training: Training, logged: Logged) -> Iterator[Hypothesis]:
    """Yield offsets by whole steps of the grid, and numbers less the value; nothing without one.

    Offsets only where a frequent value of training, as 0, is gone, or where a number that training
    cannot count to is frequent: else people grow older, and months pass. No number near 0 less the
    value, which is the opposite sign.
    """
    step = training.step
    if step is None or (logged.share_on(step) or 0.0) < MIN_ON_GRID:
        return
    x, y = training.quantiles(QUANTILES), np.quantile(logged.values, QUANTILES)
    values, counts = np.unique(np.round(logged.values / step), return_counts=True)
    frequent = np.array(
        [values[counts.argmax()], training.values[training.weights.argmax()] / step]
    )
    atoms = min(counts.max() / counts.sum(), training.weights.max()) >= MIN_ATOM
    moved = leaves_atom(training, logged)
    outside = beyond(training, logged)
    new = counts_beyond(training, logged)
    for sign, by in ((1.0, y - x), (-1.0, y + x[::-1])):
        centre = float(np.round(np.median(by) / step))
        places = {centre + k for k in range(-NEIGHBOURS, NEIGHBOURS + 1)}
        if atoms:
            places.add(float(np.round(frequent[0] - sign * frequent[1])))
        for place in sorted(places):
            offset = float(np.round(place * step, 9))
            by_one = new and abs(offset) == 1
            turned = sign < 0 and outside >= MIN_TURNED and abs(centre) * step > (x[-1] - x[0]) / 2
            if turned or (sign > 0 and offset and (moved or by_one)):
                yield _shifted(sign, offset, by_one=by_one)


def _shifted(sign: float, offset: float, *, by_one: bool) -> Hypothesis:
    def change(x: FloatArray) -> FloatArray:
        return offset + sign * x

    key, variant = ("offset", "offset") if sign > 0 else ("minuend", "difference")
    number = int(offset) if offset == int(offset) else offset
    return Hypothesis(
        VALUE_MAPPED, change, {key: number}, variant, fitted=0 if by_one else 1,
        chosen_among=2 if by_one else 2 * NEIGHBOURS + 2,
        as_worlds_do=sign > 0,
    )  # fmt: skip
