"""Statistics over counts, against SciPy on the raw samples (the call stands beside each)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special
from scipy import stats as scipy_stats
from scipy.spatial import distance
from strategies import seeds

from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.statistics import two_sample, wasserstein
from skewcheck.training import binning as choosing

Column = NDArray[np.generic]
SHAPES = {
    "normal": lambda rng, n: rng.normal(3, 2, n),
    "heavy tail": lambda rng, n: rng.pareto(1.5, n),
    "ties": lambda rng, n: np.round(rng.gamma(2, 2, n), 1),
    "half zeros": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.gamma(1, 5, n)),
    "constant": lambda _, n: np.full(n, 4.2),
    "integers": lambda rng, n: rng.poisson(40, n),
    "large integers": lambda rng, n: rng.integers(10**9, 10**9 + 10**6, n),
    "float32": lambda rng, n: rng.normal(0, 1, n).astype(np.float32),
    "float32 ties": lambda rng, n: np.round(rng.normal(50, 9, n), 1).astype(np.float32),
}
shapes = st.sampled_from(sorted(SHAPES))
shifts = st.sampled_from([0.0, 0.1, 1.0])


def drawn(shape: str, seed: int, shift: float) -> tuple[Column, Column]:
    """Draw training of 20,000 rows and serving of 5,000, moved by so many spreads."""
    rng = np.random.default_rng(seed)
    reference, serving = SHAPES[shape](rng, 20_000), SHAPES[shape](rng, 5_000)
    moved = serving + np.asarray(shift * (reference.std() or 1.0)).astype(serving.dtype)
    return reference, moved


def counted(reference: Column, serving: Column) -> tuple[Histogram, Histogram]:
    """Count both at the edges that fit would choose."""
    values = reference.astype(np.float64)
    distinct = np.unique(values)
    ends = float(values.min()), float(values.max())
    cuts = choosing.choose_edges(distinct if len(distinct) <= 1000 else None, values, ends, ())
    a, b = (NumericCounts.of(sample, Windows.exact(cuts)) for sample in (reference, serving))
    return a.histogram, b.histogram


def every_value_an_edge(a: Column, b: Column) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells of both samples, where each value of either is an edge."""
    cuts = np.unique(np.concatenate((a, b)).astype(np.float64))
    windows = Windows(cuts, cuts, cuts)
    x, y = (NumericCounts.of(sample.astype(np.float64), windows) for sample in (a, b))
    return x.histogram.interleaved, y.histogram.interleaved


@settings(max_examples=60)
@given(shapes, seeds, shifts)
def test_ks_is_never_above_scipys_and_at_most_0_002_below(
    shape: str, seed: int, shift: float
) -> None:
    reference, serving = drawn(shape, seed, shift)
    truth = scipy_stats.ks_2samp(reference, serving, method="asymp").statistic
    found = two_sample.ks(*(h.interleaved for h in counted(reference, serving)))
    assert truth - 0.002 <= found.statistic <= truth + 1e-12
    n, m = len(serving), len(reference)
    # The contract: scipy.special.kolmogorov(D sqrt(nm / (n + m))).
    expected = special.kolmogorov(found.statistic * np.sqrt(n * m / (n + m)))
    assert found.p_value == pytest.approx(expected, rel=1e-12)


@settings(max_examples=30)
@given(seeds, st.integers(1, 1000))
def test_ks_is_scipys_where_serving_has_only_values_of_training(seed: int, distinct: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.unique(rng.normal(0, 1, distinct))
    reference = np.concatenate((values, rng.choice(values, 3000)))
    serving = rng.choice(values, 700, p=rng.dirichlet(np.ones(len(values))))
    truth = scipy_stats.ks_2samp(reference, serving, method="asymp").statistic
    found = two_sample.ks(*(h.interleaved for h in counted(reference, serving))).statistic
    assert found == pytest.approx(truth, abs=1e-12)


def test_ks_p_is_beside_scipys_asymptotic_and_exact_ones() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(0, 1, 9000), rng.normal(0.03, 1, 8000)
    p = two_sample.ks(*every_value_an_edge(a, b)).p_value
    # scipy.stats.ks_2samp with method="asymp" (Hodges' finite law) and method="exact"
    assert p == pytest.approx(scipy_stats.ks_2samp(a, b, method="asymp").pvalue, rel=0.05)
    assert p == pytest.approx(scipy_stats.ks_2samp(a, b, method="exact").pvalue, rel=0.05)


@settings(max_examples=40)
@given(seeds, st.sampled_from(["ties", "integers", "half zeros", "normal"]), shifts)
def test_mannwhitney_is_scipys(seed: int, shape: str, shift: float) -> None:
    rng = np.random.default_rng(seed)
    a, b = SHAPES[shape](rng, 900), SHAPES[shape](rng, 400) + shift
    # scipy.stats.mannwhitneyu(serving, reference, use_continuity=False, method="asymptotic")
    truth = scipy_stats.mannwhitneyu(b, a, use_continuity=False, method="asymptotic")
    found = two_sample.mannwhitney(*every_value_an_edge(a, b))
    assert found.statistic == pytest.approx(truth.statistic / (900 * 400), rel=1e-12)
    assert found.p_value == pytest.approx(truth.pvalue, rel=1e-9, abs=1e-300)


def test_mannwhitney_of_one_value_says_nothing() -> None:
    same = two_sample.mannwhitney(np.array([0, 9, 0]), np.array([0, 4, 0]))
    assert (same.statistic, same.p_value) == (0.5, 1.0)


tables = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 300)), min_size=2, max_size=12)


@given(tables)
def test_chi2_is_scipys_on_the_pooled_counts(table: list[tuple[int, int]]) -> None:
    reference, serving = np.array(table).T + np.array([[30], [20]]) * (np.arange(len(table)) < 2)
    pooled = np.array(two_sample.pooled(reference, serving))
    # scipy.stats.chi2_contingency(table, correction=False)
    truth = scipy_stats.chi2_contingency(pooled, correction=False)
    found = two_sample.chi2(*pooled)
    assert found.statistic == pytest.approx(truth.statistic, rel=1e-9, abs=1e-12)
    assert found.p_value == pytest.approx(truth.pvalue, rel=1e-9, abs=1e-300)
    assert pooled.sum(1).tolist() == [reference.sum(), serving.sum()]


def test_categories_expected_under_5_in_either_sample_are_one_cell() -> None:
    # Of 1,100 rows serving has 100: 55 rows of both are expected 5 times, 54 are not.
    reference = np.array([500, 350, 50, 49, 0, 51])
    serving = np.array([50, 35, 5, 5, 0, 5])
    p, q = two_sample.pooled(reference, serving)
    assert p.tolist() == [500, 350, 50, 51, 49]
    assert q.tolist() == [50, 35, 5, 5, 5]
    p, q = two_sample.pooled(np.array([9, 3]), np.array([4, 0]))
    assert (len(p), len(q)) == (1, 1)


def test_categories_that_training_never_saw_are_pooled_with_the_rare_ones() -> None:
    # What training missed is made up for by the rare levels that it happened to see: both of
    # them together are as frequent in new rows, either alone is not.
    p, q = two_sample.pooled(np.array([900, 60, 40, 0]), np.array([90, 6, 1, 30]))
    assert (p.tolist(), q.tolist()) == ([900, 60, 40], [90, 6, 31])
    p, q = two_sample.pooled(np.array([950, 50, 0]), np.array([90, 8, 30]))
    assert (p.tolist(), q.tolist()) == ([950, 50, 0], [90, 8, 30])


def test_chi2_of_popmon_and_of_evidentlys_counts() -> None:
    # popmon tests/.../test_comparisons.py: uu_chi2([1, 2, 0, 5], [3, 4, 0, 2]) = 2.9036, p 0.2341
    found = two_sample.chi2(np.array([1, 2, 0, 5]), np.array([3, 4, 0, 2]))
    assert found.statistic == pytest.approx(2.9036, abs=1e-4)
    assert found.p_value == pytest.approx(0.2341, abs=1e-4)
    # Evidently tests/stattests/test_stattests.py, its counts by scipy.stats.chi2_contingency.
    found = two_sample.chi2(np.array([16, 18, 16, 14, 12, 12]), np.array([16, 16, 16, 16, 16, 8]))
    assert found.p_value == pytest.approx(0.8985262394026607, rel=1e-9)


@settings(max_examples=40)
@given(shapes.filter(lambda shape: shape not in {"constant", "heavy tail"}), seeds, shifts)
def test_wasserstein_is_scipys_to_one_percent(shape: str, seed: int, shift: float) -> None:
    reference, serving = drawn(shape, seed, shift)
    spread = float(reference.std())
    # scipy.stats.wasserstein_distance(reference, serving), in training standard deviations
    truth = scipy_stats.wasserstein_distance(reference, serving) / spread
    found = wasserstein.wasserstein(*counted(reference, serving)) / spread
    assert found == pytest.approx(truth, rel=0.01, abs=0.001)


def test_wasserstein_beyond_the_outer_edges_is_exact() -> None:
    reference, serving = np.arange(5.0), np.array([-30.0, 2.0, 90.0])
    truth = scipy_stats.wasserstein_distance(reference, serving)
    assert wasserstein.wasserstein(*counted(reference, serving)) == pytest.approx(truth, rel=1e-12)


@given(seeds)
def test_wasserstein_of_single_rows_between_edges_is_exact(seed: int) -> None:
    # Columns that are 0 or 1 but for a row: sagemaker_churn's, where the functions cross inside.
    rng = np.random.default_rng(seed)
    samples = [rng.integers(0, 2, rows).astype(float) for rows in (40, 37)]
    for sample in samples:
        sample[:3] = [0, 1, rng.choice([0, 1, 0.3, 0.8])]
    edges = np.array([0.0, 1.0])
    found = []
    for x in samples:
        inside = (x > 0) & (x < 1)
        at = np.array([(x == 0).sum(), (x == 1).sum()])
        between = np.array([0, inside.sum(), 0])
        found.append(Histogram(edges, at, between, np.array([0, x[inside].sum(), 0])))
    truth = scipy_stats.wasserstein_distance(*samples)
    assert wasserstein.wasserstein(*found) == pytest.approx(truth, rel=1e-9, abs=1e-12)


@given(tables)
def test_js_and_kl_are_scipys(table: list[tuple[int, int]]) -> None:
    reference, serving = np.array(table).T + np.array([[1], [1]]) * (np.arange(len(table)) < 1)
    # scipy.spatial.distance.jensenshannon(p, q, base=2)
    js = distance.jensenshannon(reference / reference.sum(), serving / serving.sum(), base=2)
    assert two_sample.js(reference, serving) == pytest.approx(float(js), abs=1e-7)
    # scipy.stats.entropy(q + 0.5, p + 0.5): it normalizes both
    kl = scipy_stats.entropy(serving + 0.5, reference + 0.5)
    assert two_sample.kl(reference, serving) == pytest.approx(kl, rel=1e-9, abs=1e-12)


def test_psi_and_kl_of_popmons_vectors() -> None:
    # popmon tests/popmon/analysis/comparison/test_comparisons.py: p, q, PSI 1.69993 without its
    # epsilon, KL(q|p) 0.90105 and KL(p|q) 0.79875. Counts so large that half a row is nothing.
    p, q = np.array([85, 5, 5, 5]) * 10**8, np.array([25, 25, 25, 25]) * 10**8
    assert two_sample.psi(p, q).statistic == pytest.approx(1.6999280064337297, rel=1e-6)
    assert two_sample.kl(p, q) == pytest.approx(0.90105, rel=1e-4)
    assert two_sample.kl(q, p) == pytest.approx(0.79875, rel=1e-4)
    # Independently: PSI is the sum of both directions of scipy.stats.entropy.
    both = scipy_stats.entropy(p, q) + scipy_stats.entropy(q, p)
    assert two_sample.psi(p, q).statistic == pytest.approx(both, rel=1e-7)


def test_psi_expects_what_samples_of_one_distribution_have() -> None:
    rng = np.random.default_rng(4)
    share = np.full(10, 0.1)
    runs = [
        two_sample.psi(rng.multinomial(2000, share), rng.multinomial(500, share))
        for _ in range(600)
    ]
    expected = 9 * (1 / 2000 + 1 / 500)  # Yurdakul 2018
    assert runs[0].expected == pytest.approx(expected, rel=0.02)
    assert np.mean([run.statistic for run in runs]) == pytest.approx(expected, rel=0.06)
    p_values = np.array([run.p_value for run in runs])
    assert scipy_stats.kstest(p_values, "uniform").pvalue > 0.001


def test_quantile_bins_keep_ties_together_and_heavy_values_alone() -> None:
    at = np.array([300, 100, 0, 50, 50, 500])  # of 1,000 rows: edges 0, 1 and 5 are heavy
    counts = Histogram.discrete(np.arange(6.0), at).interleaved
    bins = two_sample.quantile_bins(counts)
    of_edges = bins[1::2]
    assert len({*of_edges[:2], of_edges[3], of_edges[5]}) == 4
    assert of_edges[3] == of_edges[4]
    assert (np.diff(bins) >= 0).all()
    assert (np.diff(bins) <= 1).all()
    even = Histogram.discrete(np.arange(1000.0), np.full(1000, 7)).interleaved
    assert two_sample.binned(even, two_sample.quantile_bins(even)).tolist() == [700] * 10
    assert two_sample.quantile_bins(np.zeros(5, np.int64)).tolist() == [0] * 5


def test_linf_is_the_largest_difference_of_a_share() -> None:
    # TFDV's two-value example: 0.2.
    assert two_sample.linf(np.array([4, 6]), np.array([6, 4]), 10, 10) == (pytest.approx(0.2), 0)
    assert two_sample.linf(np.array([5, 5, 0]), np.array([1, 1, 8]), 10, 10) == (
        pytest.approx(0.8),
        2,
    )


def test_one_outlier_leaves_psi_and_ks_where_they_are() -> None:
    # Trap: bins over reference and current together, where one 1e6 turns a PSI of 1.01 to 0.00007.
    rng = np.random.default_rng(8)
    reference, serving = rng.normal(0, 1, 5000), rng.normal(1, 1, 5000)
    wild = np.append(serving, 1e6)
    (a, b), (c, d) = counted(reference, serving), counted(reference, wild)
    bins = two_sample.quantile_bins(a.interleaved)
    tame = two_sample.psi(*(two_sample.binned(x.interleaved, bins) for x in (a, b))).statistic
    assert tame > 0.8
    assert two_sample.psi(
        *(two_sample.binned(x.interleaved, bins) for x in (c, d))
    ).statistic == pytest.approx(tame, rel=0.01)
    assert two_sample.ks(c.interleaved, d.interleaved).statistic == pytest.approx(
        two_sample.ks(a.interleaved, b.interleaved).statistic, abs=1e-3
    )


def test_psi_and_kl_are_finite_with_empty_bins() -> None:
    # Trap: hidden smoothing; ours is (c + 0.5)/(n + 0.5 B), so that both stay finite.
    p, q = np.array([10, 0, 90]), np.array([0, 50, 50])
    a, b = np.array([10.5, 0.5, 90.5]) / 101.5, np.array([0.5, 50.5, 50.5]) / 101.5
    assert two_sample.psi(p, q).statistic == pytest.approx(float(((b - a) * np.log(b / a)).sum()))
    assert two_sample.kl(p, q) == pytest.approx(float((b * np.log(b / a)).sum()))


def test_one_unseen_category_does_not_make_p_zero() -> None:
    # Trap: the scaled reference taken as exact expects 0 of it, and p is 0.
    p, q = two_sample.pooled(np.array([500, 500, 0]), np.array([50, 50, 1]))
    assert two_sample.chi2(p, q).p_value > 0.001


@pytest.mark.parametrize(("n", "m"), [(1000, 1000), (5000, 1000)])
def test_chi2_is_a_two_sample_test(n: int, m: int) -> None:
    # Trap: one-sample chi-square raises false alarms in 30 % and 83 % of these at 0.05.
    rng = np.random.default_rng(n + 1)
    share = np.array([0.4, 0.3, 0.2, 0.1])
    p = [
        two_sample.chi2(rng.multinomial(m, share), rng.multinomial(n, share)).p_value
        for _ in range(2000)
    ]
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.015)  # three standard errors
