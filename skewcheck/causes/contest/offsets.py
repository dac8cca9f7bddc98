"""Hypotheses of numbers counted from elsewhere: more or less by a number, or subtracted from it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import VALUE_MAPPED
from skewcheck.causes.contest.drifting import beyond, leaves_atom
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.contest.values import Logged, Training
from skewcheck.features.types import FloatArray

NEIGHBOURS = 3
"""Steps of the grid about the difference of medians that are tried, on either side."""
MIN_ATOM = 0.02
"""Share of the most frequent values of both sides, from which one may have become the other."""
MAX_PERIOD = 400
"""Distinct whole numbers of training, of which an offset of one is usual: codes, months."""
MIN_NEW = 0.03
"""Share of values beyond training's ends: one of a few months, or codes, has more rows."""
MIN_TURNED = 0.3
"""The same for numbers less the value: the young for the old have the same range, turned round."""
QUANTILES = np.arange(1, 20) / 20


def hypotheses(training: Training, logged: Logged) -> Iterator[Hypothesis]:
    """Yield offsets by whole steps of the grid, and numbers less the value; nothing without one.

    Offsets only where a frequent value of training, as 0, is gone, or where a number that training
    cannot count to is frequent: else people grow older, and months pass.
    """
    step = training.step
    if step is None:
        return
    x, y = training.quantiles(QUANTILES), np.quantile(logged.values, QUANTILES)
    values, counts = np.unique(np.round(logged.values / step), return_counts=True)
    frequent = np.array(
        [values[counts.argmax()], training.values[training.weights.argmax()] / step]
    )
    atoms = min(counts.max() / counts.sum(), training.weights.max()) >= MIN_ATOM
    moved = leaves_atom(training, logged)
    outside = beyond(training, logged)
    new = outside >= MIN_NEW and _counts(training)
    for sign, by in ((1.0, y - x), (-1.0, y + x[::-1])):
        centre = float(np.round(np.median(by) / step))
        places = {centre + k for k in range(-NEIGHBOURS, NEIGHBOURS + 1)}
        if atoms:
            places.add(float(np.round(frequent[0] - sign * frequent[1])))
        for place in sorted(places):
            offset = float(np.round(place * step, 9))
            by_one = new and abs(offset) == 1
            turned = sign < 0 and outside >= MIN_TURNED
            if turned or (sign > 0 and offset and (moved or by_one)):
                yield _shifted(sign, offset, by_one=by_one)


def _counts(training: Training) -> bool:
    """Return whether training counts: its values are few whole numbers."""
    few = training.complete and len(training.values) <= MAX_PERIOD
    return few and bool((training.values == np.round(training.values)).all())


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
