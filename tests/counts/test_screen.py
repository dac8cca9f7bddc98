"""Screened rows: what parity finds is the same as if every row were taken through intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from skewcheck.counts import parity, screen
from skewcheck.counts.screen import not_surely_right
from skewcheck.features.steps import (
    Affine,
    Clip,
    Impute,
    Log1p,
    MaxAbs,
    MinMax,
    Robust,
    Step,
    ZScore,
    bounds,
    forward,
)
from skewcheck.logs.batch import RowOrigin

HERE = RowOrigin("a.csv", 0)
numbers = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
spreads = st.floats(1e-5, 1e6)
linear = st.one_of(
    st.builds(ZScore, numbers, spreads),
    st.builds(ZScore, numbers, spreads, st.floats(0, 1)),
    st.builds(Robust, numbers, spreads),
    st.builds(MaxAbs, spreads),
    st.builds(
        lambda low, width, a: MinMax(low, low + width, (a, a + 2)), numbers, spreads, numbers
    ),
    st.builds(Affine, numbers, st.floats(-1e4, 1e4).filter(lambda x: abs(x) > 1e-5)),
)
others = st.sampled_from([Impute(2.5), Clip(-3.0, 900.0), Log1p()])
chains = st.tuples(st.lists(others, max_size=2), linear).map(lambda pair: (*pair[0], pair[1]))
KERNELS = [None] if screen.kernel is None else [None, screen.kernel]


def _log(
    steps: Sequence[Step], rng: np.random.Generator, rows: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return raw and served values: right, near a bound on either side of it, wrong, or odd."""
    raw = np.abs(rng.lognormal(3, rng.choice([0.1, 2.0]), rows)) * rng.choice([1e-3, 1.0, 1e5])
    low, high = bounds(steps, raw, raw)
    place = rng.choice([0.0, 0.5, 1.0, -1e-9, 1 + 1e-9, 0.04, 0.96, -2.0, 1e4], rows)
    served = low + place * (high - low)
    served[rng.random(rows) < 0.2] = forward(steps, raw)[:1].astype(np.float32)[0]
    for values in (raw, served):
        odd = rng.random(rows) < 0.1
        values[odd] = rng.choice([np.nan, np.inf, -np.inf, 0.0, 1e300, -1e300], int(odd.sum()))
    return raw, served


@pytest.mark.parametrize("kernel", KERNELS, ids=["numpy", "kernel"][: len(KERNELS)])
@given(chains, st.integers(0, 2**32), st.sampled_from([np.inf, None, 1e-3, 1e-7]))
def test_the_same_rows_are_found(
    kernel: object, steps: tuple[Step, ...], seed: int, resolution: float | None
) -> None:
    raw, served = _log(steps, np.random.default_rng(seed), 300)
    with pytest.MonkeyPatch.context() as patched, np.errstate(all="ignore"):
        patched.setattr(screen, "kernel", kernel)
        screened = parity.numeric_parity(raw, served, steps, HERE, resolution=resolution)
        patched.setattr(parity, "not_surely_right", lambda *args: np.arange(len(args[1])))
        every = parity.numeric_parity(raw, served, steps, HERE, resolution=resolution)
    assert screened[1].tolist() == every[1].tolist()
    assert screened[0] == every[0]


@given(chains, st.integers(0, 2**32))
def test_a_row_that_is_left_out_is_within_its_bounds(steps: tuple[Step, ...], seed: int) -> None:
    raw, served = _log(steps, np.random.default_rng(seed), 300)
    with np.errstate(all="ignore"):
        rest = not_surely_right(steps, raw, served, np.inf)
        low, high = bounds(steps, raw, raw)
    right = np.ones(len(raw), bool)
    right[rest] = False
    assert ((low <= served) & (served <= high))[right].all()


def test_float32_output_of_a_scaler_is_screened_almost_whole() -> None:
    rng = np.random.default_rng(1)
    raw = rng.normal(40, 7, 50_000)
    step = ZScore(40.2, 7.1)
    served = ((raw.astype(np.float32) - np.float32(40.2)) / np.float32(7.1)).astype(np.float64)
    assert len(not_surely_right((step,), raw, served, np.inf)) < 50


def test_no_row_is_screened_without_a_linear_step_at_the_end() -> None:
    raw = np.arange(5.0)
    for steps in ((), (Log1p(),), (ZScore(1.0, 2.0), Clip(-1.0, 1.0)), (ZScore(1.0, 1e-9),)):
        assert not_surely_right(steps, raw, raw, np.inf).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.skipif(screen.kernel is None, reason="no compiler was there: no kernel")
def test_the_kernel_refuses_rows_that_do_not_pair() -> None:
    near = np.empty(3, np.uint8)
    with pytest.raises(ValueError, match="do not fit"):
        screen.kernel.screen(np.ones(3), np.ones(2), 0.0, 1.0, 1.0, 0.0, 1e-7, 1.0, near)
