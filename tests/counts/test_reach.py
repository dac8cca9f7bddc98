"""Which windows of time keep the same rows: told by a few numbers, checked by keeping them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laws import assert_commutes, assert_monoid

from skewcheck.logs.reach import Reach

moments = st.sampled_from([-np.inf, np.inf, np.nan, *np.arange(8.0)])
times = st.lists(moments, max_size=12).map(lambda values: np.array(values, np.float64))
ends = st.tuples(
    st.sampled_from([-np.inf, *np.arange(-0.5, 8, 0.5)]),
    st.sampled_from([np.inf, *np.arange(-0.5, 8, 0.5)]),
)


def kept(values: np.ndarray, since: float, until: float) -> list[int]:
    """Return which rows a window keeps, by its definition."""
    if since == -np.inf and until == np.inf:
        return list(range(len(values)))
    return [i for i, value in enumerate(values.tolist()) if since <= value < until]


@given(st.tuples(times, times, times), ends)
def test_the_reach_of_parts_adds_up(
    parts: tuple[np.ndarray, ...], window: tuple[float, float]
) -> None:
    found = [Reach.of(part, *window) for part in parts]
    assert_monoid(Reach(), found, Reach.of(np.concatenate(parts), *window))
    assert_commutes(found[0], found[1])


@given(times, ends, ends)
def test_a_window_that_it_holds_for_keeps_the_same_rows(
    values: np.ndarray, one: tuple[float, float], other: tuple[float, float]
) -> None:
    reach = Reach.of(values, *one)
    if reach.holds(*other):
        assert kept(values, *one) == kept(values, *other)
    assert reach.left == len(values) - len(kept(values, *one))


@given(times, ends, ends)
def test_it_holds_for_every_such_window_of_plain_times(
    values: np.ndarray, one: tuple[float, float], other: tuple[float, float]
) -> None:
    plain = values[np.isfinite(values)]
    same = kept(plain, *one) == kept(plain, *other)
    if same and len(kept(plain, *one)):
        assert Reach.of(plain, *one).holds(*other)
