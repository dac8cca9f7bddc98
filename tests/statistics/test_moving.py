"""Statistics per row against those of lists of values, and against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skewcheck.statistics.moving import Rule, Sequence, decaying, decaying_at, weighted

RNG = np.random.default_rng(4)
X = np.where(RNG.random(200) < 0.1, np.nan, RNG.normal(1e4, 3, 200))
START = np.repeat([0, 120], [120, 80])
END = np.repeat([120, 200], [120, 80])
SERIES = Sequence(X, START, END)
FINITE = RNG.normal(1e4, 3, 200)


@pytest.mark.parametrize("length", [1, 2, 7, 64, 500])
@pytest.mark.parametrize("kind", ["window", "batch"])
def test_windows_and_batches_of_each_series(length: int, kind: str) -> None:
    low, high = SERIES.window(length) if kind == "window" else SERIES.batch(length)
    of = SERIES.with_ends(SERIES.between(low, high), low, high)
    for i in range(len(X)):
        if kind == "window":
            rows = X[max(START[i], i + 1 - length) : i + 1]
        else:
            first = START[i] + (i - START[i]) // length * length
            rows = X[first : min(first + length, END[i])]
        rows = rows[np.isfinite(rows)]
        assert of.n[i] == len(rows)
        if len(rows):
            assert of.mean[i] == pytest.approx(rows.mean(), rel=1e-12)
            assert of.variance[i] == pytest.approx(rows.var(), abs=1e-9)
            assert (of.least[i], of.most[i]) == (rows.min(), rows.max())


def test_the_place_before_is_none_at_the_start_of_a_series() -> None:
    of = SERIES.between(*SERIES.window(5)).before(START)
    assert np.flatnonzero(np.isnan(of.n)).tolist() == [0, 120]
    assert of.n[1] == np.isfinite(X[0])


@pytest.mark.parametrize("ddof", [0, 1])
def test_rules_give_offset_and_divisor(ddof: int) -> None:
    whole = Sequence(FINITE, np.zeros(200, np.int64), np.full(200, 200))
    low, high = np.zeros(1, np.int64), np.full(1, 200)
    of = whole.with_ends(whole.between(low, high), low, high)
    offset, divisor = of.line(Rule("zscore", ddof, 0.5, "variance"))
    assert divisor[0] == pytest.approx(np.sqrt(FINITE.var(ddof=ddof) + 0.5))
    assert offset[0] == pytest.approx(FINITE.mean())
    offset, divisor = of.line(Rule("minmax", range=(-1.0, 1.0)))
    ends = (np.array([FINITE.min(), FINITE.max()]) - offset) / divisor
    assert ends == pytest.approx([-1.0, 1.0])


def test_weighted_statistics_are_those_of_pandas() -> None:
    for adjust, of in (
        (True, weighted(FINITE, 0.9)),
        (False, decaying(FINITE, 0.9, FINITE[0], 0.0, 0.9)),
    ):
        frame = pd.Series(FINITE).ewm(alpha=0.1, adjust=adjust)
        assert of.mean == pytest.approx(frame.mean().to_numpy())
        assert of.variance == pytest.approx(frame.var(bias=True).to_numpy(), abs=1e-6)
        divisor = of.line(Rule("zscore", 1))[1]
        assert divisor[1:] == pytest.approx(frame.std().to_numpy()[1:], rel=1e-6)


def test_stretches_that_hold_a_place_have_the_ends_of_their_values() -> None:
    place, low = 60, np.array([0, 13, 60, 41])
    high = np.array([61, 64, 61, 120])
    of = SERIES.with_ends_around(SERIES.between(low, high), place, low, high)
    for i, (first, last) in enumerate(zip(low, high, strict=True)):
        rows = X[first:last]
        assert (of.least[i], of.most[i]) == (np.nanmin(rows), np.nanmax(rows))


def test_recursions_that_run_together_are_those_that_run_alone() -> None:
    begins, arounds = [(float(FINITE[0]), 0.0), (0.0, 1.0)], [0.9, 1.0]
    places = np.array([[0, 7, 199], [1, 50, 120]])
    of = decaying_at(FINITE, 0.9, begins, arounds, places)
    alone = [
        *(decaying(FINITE, 0.9, *begin, around) for begin in begins for around in arounds),
        weighted(FINITE, 0.9),
    ]
    for i, one in enumerate(alone):
        taken = one.take(places)
        for together, apart in ((of.n, taken.n), (of.mean, taken.mean)):
            assert together[i].tolist() == apart.tolist()
        assert of.variance[i].tolist() == taken.variance.tolist()
