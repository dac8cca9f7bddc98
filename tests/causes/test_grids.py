"""Grids: no false alarm on clean served values, and 0.01 % in mean or std found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from strategies import FloatArray, scaled_orders

from skewcheck.causes.grids import find_grid
from skewcheck.features.steps import Clip, Impute, Log1p, MinMax, Step, ZScore, forward

GRIDS = {"integers": (1.0, 40.0, 15.0), "cents": (0.01, 8.0, 3.0), "quarters": (0.25, 60.0, 5.0),
         "counts": (1.0, 300.0, 17.0), "halves": (0.5, -20.0, 4.0)}  # fmt: skip
"""Step, mean and std."""
grids = pytest.mark.parametrize("grid", GRIDS)
STRAGGLERS = 3 / 6000
"""What a training sample of 6,000 rows on the grid leaves open."""


def drawn(grid: str, seed: int, rows: int = 200) -> FloatArray:
    """Draw values on that grid."""
    step, mean, std = GRIDS[grid]
    return np.rint(np.random.default_rng(seed).normal(mean, std, rows) / step) * step


def logged(x: FloatArray, mean: float, std: float) -> Iterator[FloatArray]:
    """Yield z-scores in several orders of operations, as float64 and float32."""
    for z in scaled_orders(x, mean, std):
        yield z.astype(np.float64)
        yield z.astype(np.float32).astype(np.float64)


@grids
@pytest.mark.parametrize("rows", [50, 200, 3000])
def test_clean_values_lie_on_the_grid(grid: str, rows: int) -> None:
    step, mean, std = GRIDS[grid]
    mean, std = mean * 1.0123, std * 0.987
    x = drawn(grid, rows, rows)
    for z in logged(x, mean, std):
        seen_grid = find_grid(z, (ZScore(mean, std),), step, STRAGGLERS)
        assert seen_grid.off == 0
        assert seen_grid.usable == rows
        assert seen_grid.scale is None


@grids
def test_parameters_stored_as_float32_are_no_finding(grid: str) -> None:
    step, mean, std = GRIDS[grid]
    mean, std = mean * 1.0123, std * 0.987
    z = (drawn(grid, 1) - float(np.float32(mean))) / float(np.float32(std))
    assert find_grid(z, (ZScore(mean, std),), step, STRAGGLERS).off == 0


@grids
@pytest.mark.parametrize("wrong", ["mean", "std", "both"])
@pytest.mark.parametrize("seed", range(5))
def test_an_error_of_0_01_percent_is_found_in_200_float32_rows(
    grid: str, wrong: str, seed: int
) -> None:
    step, mean, std = GRIDS[grid]
    mean, std = mean * 1.0123, std * 0.987
    used_mean = mean * 1.0001 if wrong != "std" else mean
    used_std = std * 1.0001 if wrong != "mean" else std
    x = drawn(grid, seed).astype(np.float32)
    z = ((x - np.float32(used_mean)) / np.float32(used_std)).astype(float)
    seen_grid = find_grid(z, (ZScore(mean, std),), step, STRAGGLERS)
    assert seen_grid.off / seen_grid.usable > 0.1
    assert seen_grid.scale == pytest.approx(std / used_std, rel=1e-5)


def test_other_parameters_are_told() -> None:
    x = drawn("integers", 3)
    for factor in (0.5, 0.9, 1.05, 3.0):
        z = (x - 40.3) / (15 * factor)
        grid = find_grid(z, (ZScore(40.0, 15.0),), 1.0, STRAGGLERS)
        assert grid.scale == pytest.approx(1 / factor, rel=1e-6)
    grid = find_grid((x - 40.3) / 15, (ZScore(40.0, 15.0),), 1.0, STRAGGLERS)
    assert grid.offset == pytest.approx(-0.3, abs=1e-5)


@pytest.mark.parametrize("seed", range(10))
def test_the_world_may_leave_the_grid(seed: int) -> None:
    # Finer, or continuous, or two grids in one feature: no parameters put the values on ours.
    rng = np.random.default_rng(seed)
    steps: tuple[Step, ...] = (ZScore(40.0, 15.0),)
    x = rng.normal(40, 15, 400)
    for raw in (
        x,
        np.rint(x / 0.1) * 0.1,
        np.rint(x / 0.5) * 0.5,
        np.rint(x / 0.25) * 0.25,
        np.where(rng.random(400) < 0.5, np.rint(x), np.rint(x / 0.05) * 0.05),
        rng.lognormal(3, 1, 400),
    ):
        for z in (forward(steps, raw), forward(steps, raw).astype(np.float32).astype(float)):
            assert find_grid(z, steps, 1.0, STRAGGLERS).scale is None


def test_fill_values_and_clip_bounds_are_left_out() -> None:
    rng = np.random.default_rng(2)
    x = np.rint(rng.normal(40, 15, 500))
    x[::5] = np.nan
    steps = (Impute(40.123), Clip(12.34, 71.7), ZScore(40.0, 15.0))
    z = forward(steps, x)
    for served in (z, z.astype(np.float32).astype(float)):
        grid = find_grid(served, steps, 1.0, STRAGGLERS)
        assert grid.off == 0
        assert 300 < grid.usable < 401


def test_six_digits_are_noise() -> None:
    x = drawn("integers", 4)
    z = np.array([float(f"{v:.6g}") for v in (x - 40.3) / 15])
    tolerance = 10.0 ** (np.floor(np.log10(np.abs(z))) - 5) / 2 * 1.0001
    grid = find_grid(z, (ZScore(40.3, 15.0),), 1.0, STRAGGLERS, tolerance)
    assert grid.off == 0
    assert grid.usable > 190


def test_what_rounding_hides_is_not_used() -> None:
    seconds = 1.7e9 + np.arange(0.0, 5000, 11)
    z = ((seconds - 1.7e9) / 1000).astype(np.float32).astype(float)
    assert find_grid(z, (ZScore(1.7e9, 1000.0),), 1.0, STRAGGLERS).usable == 0


def test_nothing_to_look_at() -> None:
    steps = (ZScore(0.0, 1.0),)
    for served in (np.empty(0), np.full(50, np.nan), np.arange(3.0) + 0.5):
        grid = find_grid(served, steps, 1.0, STRAGGLERS)
        assert grid.usable == np.isfinite(served).sum()
        assert grid.scale is None


def test_through_a_logarithm_no_other_parameters_are_looked_for() -> None:
    x = np.rint(np.random.default_rng(5).lognormal(3, 0.5, 300))
    steps = (Log1p(), MinMax(0.0, 5.0))
    assert find_grid(forward(steps, x), steps, 1.0, STRAGGLERS).off == 0
    assert find_grid(forward((Log1p(), MinMax(0.0, 5.1)), x), steps, 1.0, STRAGGLERS).off > 100
