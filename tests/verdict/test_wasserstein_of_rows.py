"""The Wasserstein distance of an audit against SciPy's on the rows themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats as scipy_stats

import skewcheck

Values = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Values]
TRAIN: dict[str, Draw] = {
    "two values": lambda rng, n: rng.integers(0, 2, n) * 1.0,
    "16 values": lambda rng, n: rng.integers(1, 17, n) * 1.0,
    "few uneven values": lambda rng, n: rng.choice(
        [0.0, 1, 2, 5, 10, 100], n, p=[0.5, 0.2, 0.1, 0.1, 0.09, 0.01]
    ),
    "counts": lambda rng, n: rng.poisson(3, n) * 1.0,
    "500 values": lambda rng, n: rng.integers(0, 500, n) * 1.0,
    "normal": lambda rng, n: rng.normal(0, 1, n),
    "lognormal": lambda rng, n: rng.lognormal(0, 2, n),
    "Pareto": lambda rng, n: rng.pareto(1.5, n),
    "t, 2 degrees": lambda rng, n: rng.standard_t(2, n),
    "two modes": lambda rng, n: rng.normal(0, 1, n) + 100 * rng.integers(0, 2, n),
    "zeros and a tail": lambda rng, n: rng.exponential(3, n) * (rng.random(n) < 0.3),
}  # fmt: skip
CHANGES = (
    "none", "new values between", "all new", "jitter", "uniform in the range", "scaled",
    "one new value", "narrow in the middle",
)  # fmt: skip


def changed(change: str, rng: np.random.Generator, x: Values, by: float) -> Values:
    """Return values of training's distribution, changed; `by` is from 0 to 1."""
    some, (low, high) = rng.random(len(x)) < by, np.quantile(x, [0.1, 0.9])
    match change:
        case "new values between":
            return x + by * (rng.random(len(x)) < 0.5)
        case "all new":
            return x + by
        case "jitter":
            return x + rng.uniform(-by, by, len(x))
        case "uniform in the range":
            return np.where(some, rng.uniform(low, high, len(x)), x)
        case "scaled":
            return x * (1 + by / 4)
        case "one new value":
            return np.where(some, low * 0.37 + high * 0.63, x)
        case "narrow in the middle":
            middle = (low + high) / 2 + (high - low) * rng.normal(0, 0.01, len(x))
            return np.where(some, middle, x)
    return x


def distances(train: Values, log: Values) -> tuple[float, float]:
    """Return the audit's distance, and SciPy's in training standard deviations."""
    audit = skewcheck.audit(skewcheck.fit(pd.DataFrame({"x": train})), pd.DataFrame({"x": log}))
    tests = {test.name: test for test in audit.features[0].tests}
    found = tests["wasserstein"].statistic
    assert found is not None
    # scipy.stats.wasserstein_distance(train, log)
    return found, scipy_stats.wasserstein_distance(train, log) / float(train.std())


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(sorted(TRAIN)), st.sampled_from(CHANGES), st.integers(0, 2**32 - 1),
    st.floats(0.05, 0.95), st.sampled_from([1_500, 8_000]),
)  # fmt: skip
@example("16 values", "all new", 1, 0.5, 8_000)
@example("two values", "uniform in the range", 1, 0.9, 8_000)
@example("two modes", "one new value", 1, 0.9, 8_000)
@example("two modes", "narrow in the middle", 1, 0.95, 8_000)
@example("lognormal", "none", 1, 0.5, 8_000)
def test_the_distance_is_scipys_to_one_percent_or_0_001(
    kind: str, change: str, seed: int, by: float, rows: int
) -> None:
    rng = np.random.default_rng(seed)
    train = TRAIN[kind](rng, rows)
    log = changed(change, rng, TRAIN[kind](rng, 1_200), by)
    found, truth = distances(train, log)
    assert found == pytest.approx(truth, rel=0.01, abs=0.001)


def test_rows_of_several_files_and_types_add_up(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    train = rng.integers(1, 17, 6_000) * 1.0
    log = np.where(rng.random(2_000) < 0.5, rng.integers(1, 17, 2_000), rng.uniform(1, 16, 2_000))
    known = skewcheck.fit(pd.DataFrame({"x": train}))
    for i, part in enumerate(np.array_split(log, 3)):
        column = part.astype(np.float32) if i else part
        pd.DataFrame({"x": column}).to_parquet(tmp_path / f"{i}.parquet")
    tests = {t.name: t for t in skewcheck.audit(known, tmp_path).features[0].tests}
    truth = scipy_stats.wasserstein_distance(train, log) / train.std()
    assert tests["wasserstein"].statistic == pytest.approx(truth, rel=0.01)
    # Served, in units of its own.
    step = known["x"].steps[0]
    served = pd.DataFrame({"x_norm": (log - step.mean) / step.std})  # type: ignore[union-attr]
    audit = skewcheck.audit(known, served, served="{feature}_norm")
    tests = {t.name: t for t in audit.features[0].tests}
    assert tests["wasserstein"].statistic == pytest.approx(truth, rel=0.01)
    # Whole numbers that training never had.
    wide = skewcheck.fit(pd.DataFrame({"x": train * 10}))
    whole = rng.integers(10, 160, 2_000)
    tests = {t.name: t for t in skewcheck.audit(wide, pd.DataFrame({"x": whole})).features[0].tests}
    truth = scipy_stats.wasserstein_distance(train * 10, whole) / (train * 10).std()
    assert tests["wasserstein"].statistic == pytest.approx(truth, rel=0.01, abs=0.001)
