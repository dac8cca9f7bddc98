"""Where to count, and what grid values lie on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from skewcheck.features.steps import Buckets, Clip, Impute, Log1p, ZScore
from skewcheck.training.binning import MAX_QUANTILES, choose_edges, grid

NONE = np.empty(0)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_few_distinct_values_are_all_edges() -> None:
    distinct = np.array([-2.0, 0.0, 0.5])
    assert choose_edges(distinct, NONE, (-2.0, 0.5), ()).tolist() == [-2.0, 0.0, 0.5]


def test_many_values_give_about_1000_edges_of_about_equal_mass(rng: np.random.Generator) -> None:
    sample = rng.lognormal(size=100_000)
    found = choose_edges(None, sample, (1e-9, 1e9), ())
    assert (np.diff(found) > 0).all()
    assert (
        MAX_QUANTILES - 5 <= len(found) <= MAX_QUANTILES + 16
    )  # the least and greatest ranks are cut finer
    assert (found[0], found[-1]) == (1e-9, 1e9)
    masses = np.histogram(sample, found)[0] / len(sample)
    assert masses.max() <= 2 / MAX_QUANTILES


def test_every_heavy_value_is_an_edge(rng: np.random.Generator) -> None:
    heavy = 3.0 + np.arange(50) / 7
    sample = rng.normal(size=100_000)
    for i, value in enumerate(heavy):
        sample[i * 150 : (i + 1) * 150] = value  # 1.5 thousandths each
    rng.shuffle(sample)
    found = choose_edges(None, sample, (sample.min(), sample.max()), ())
    assert np.isin(heavy, found).all()
    assert len(found) < MAX_QUANTILES + 60


@pytest.mark.parametrize(
    ("steps", "cuts"),
    [
        ((Clip(1.0, 5.0),), [1.0, 5.0]),
        ((Clip(max=5.0), ZScore(0.0, 2.0)), [5.0]),
        ((Log1p(), Clip(max=np.log1p(4.0))), [4.0]),
        ((ZScore(1.0, 2.0), Buckets((0.0, 1.0))), [1.0, 3.0]),
        ((Impute(2.5), Log1p()), [2.5]),
        ((Clip(-50.0, 50.0),), []),  # nothing is cut
    ],
)
def test_what_the_steps_cut_at_is_an_edge(
    rng: np.random.Generator, steps: tuple[Clip, ...], cuts: list[float]
) -> None:
    distinct = np.array([0.0, 10.0])
    assert choose_edges(distinct, NONE, (0.0, 10.0), steps)[1:-1] == pytest.approx(cuts, rel=1e-12)
    found = choose_edges(None, rng.uniform(0, 10, 5000), (0.0, 10.0), steps)
    assert all(np.isclose(found, cut, rtol=1e-12).any() for cut in cuts)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize(
    ("step", "make"),
    [
        (1.0, lambda n: n * 1.0),
        (0.01, lambda n: np.round(n / 100, 2)),
        (0.25, lambda n: n / 4),
        (0.1, lambda n: np.round(n / 10, 1)),
        (0.5, lambda n: n / 2),
        (5.0, lambda n: n * 5.0),
        (0.01, lambda n: np.round(n / 100, 2).astype(np.float32).astype(np.float64)),
        (0.1, lambda n: np.round(n / 10, 1).astype(np.float32).astype(np.float64)),
        (0.01, lambda n: -np.cumsum(np.full(len(n), 0.01))),  # sums have rounding of their own
    ],
)
def test_a_grid_is_found(
    rng: np.random.Generator, step: float, make: Callable[..., np.ndarray]
) -> None:
    assert grid(make(rng.integers(0, 9000, 5000))) == (step, 1.0)


def test_the_share_on_the_grid(rng: np.random.Generator) -> None:
    values = rng.integers(0, 1000, 1000) * 1.0
    values[:6] += 0.1234567891234
    assert grid(values) == (1.0, 0.994)
    values[:20] += 0.1234567891234
    assert grid(values) is None


def test_many_zeros_make_no_grid_of_a_few_others(rng: np.random.Generator) -> None:
    """97 % of the rows are on any grid: of the losses of Adult 7 in 10 are even."""
    others = np.where(rng.random(120) < 0.7, 2 * rng.integers(300, 1500, 120), 1501)
    assert grid(np.concatenate((np.zeros(12_000), others))) == (1.0, 1.0)
    assert grid(np.concatenate((np.zeros(12_000), 2 * others))) == (2.0, 1.0)


@pytest.mark.parametrize("narrow", [False, True])
def test_continuous_values_have_no_grid(rng: np.random.Generator, narrow: bool) -> None:
    for values in (rng.normal(size=5000), rng.lognormal(3, 2, 5000), rng.uniform(0, 1e6, 5000)):
        assert grid(values.astype(np.float32).astype(np.float64) if narrow else values) is None


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0, 3.0, 4.0], [0.0] * 50, [1e308, 1e300]])
def test_too_little_to_tell(values: list[float]) -> None:
    assert grid(np.array(values)) is None


def test_huge_values_do_no_harm() -> None:
    assert grid(np.array([1e308, -1e308, 1.0, 2.0, 3.0, 1e-300])) is None


@pytest.mark.parametrize("scale", [1e-4, 4e-3, 1e-12])
def test_values_much_smaller_than_a_step_are_on_no_grid(
    scale: float, rng: np.random.Generator
) -> None:
    tiny = rng.normal(scale, scale / 10, 5_000)
    assert grid(tiny) is None or grid(tiny)[0] < scale
    outliers = np.concatenate((tiny, rng.uniform(1, 9, 20)))
    assert grid(outliers) is None or grid(outliers)[0] < scale
