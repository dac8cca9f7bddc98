"""Every line of `power`: logs with the promised change fail as often as is promised."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import optimize

import skewcheck
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.numeric import count_numbers
from skewcheck.counts.windows import Windows
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Subject, of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.simulate.power import FeaturePower
from skewcheck.simulate.power.search import detectable
from skewcheck.verdict.categorical import CategoricalSample, categorical_tests
from skewcheck.verdict.decisions import judge_tests
from skewcheck.verdict.numeric import NumericSample, numeric_tests

LOGS = 100
M = 10_000
RNG = np.random.default_rng(5)
Values = NDArray[np.generic]
TRAIN: dict[str, Values] = {
    "few values": RNG.choice([0.0, 1.0, 2.0, 5.0], M, p=[0.6, 0.2, 0.15, 0.05]),
    "numbers with nulls": np.where(RNG.random(M) < 0.1, np.nan, RNG.normal(3_000, 10, M)),
    "two levels": RNG.choice(list("ab"), M, p=[0.9, 0.1]).astype(object),
    "levels with nulls": np.where(RNG.random(M) < 0.2, None, RNG.choice(list("abc"), M)),
}


def fails(feature: Feature, values: Values) -> bool:
    """Count, measure and judge the values of a log as an audit does."""
    if isinstance(feature.reference, NumericReference):
        numbers = values.astype(np.float64)
        counts = count_numbers(numbers, Windows.exact(feature.reference.histogram.edges), None)
        outcomes = numeric_tests(NumericSample(counts, feature.reference, feature.steps, False))
    else:
        assert isinstance(feature.reference, CategoricalReference)
        levels = Levels.text(tuple(feature.reference.counts))
        codes, names = pd.factorize(values)  # -1 for a null
        logged = CategoricalCounts.of_text(codes.astype(np.int32), [*map(str, names)], levels)
        outcomes = categorical_tests(CategoricalSample(logged, levels, feature.reference))
    judged = judge_tests({Subject("x"): outcomes}, Policy(), "")
    return of_feature(judged[Subject("x")]) is Verdict.SKEW


def reweighted(values: Values, moment: Callable[[Values], Values], goal: float) -> Values:
    """Return weights exp(t moment(z)) of training's rows with which the mean of it is the goal."""
    numbers = values.astype(np.float64)
    known = np.isfinite(numbers)
    z = moment((numbers[known] - numbers[known].mean()) / numbers[known].std())

    def weights(t: float) -> NDArray[np.float64]:
        tilted = np.exp(t * z - (t * z).max())
        return tilted / tilted.sum()

    found = optimize.brentq(lambda t: float(weights(t) @ z) - goal, -10, 10)
    every = np.zeros(len(values))
    every[known] = weights(found)
    return every


def changed(values: Values, line: str, size: float) -> tuple[Values, float]:
    """Return weights of training's rows with a value, and the share of nulls."""
    null = pd.isna(values)
    share, weights = float(null.mean()), (~null).astype(float)
    if line == "nulls":
        return weights, share + size
    if line == "level":
        shares = pd.Series(values).value_counts(normalize=True)
        p = shares.iloc[0]
        other = p + size if p < 0.5 else p - size
        return np.where(
            values == shares.index[0], other / p, (1 - other) / (1 - p)
        ) * weights, share
    if line == "scale":
        return reweighted(values, np.square, size**2), share
    return reweighted(values, np.array, size if line == "up" else -size), share


def failing(feature: Feature, train: Values, line: str, size: float, rows: int) -> float:
    """Return the share of failing audits of logs of rows of training with a change."""
    rng = np.random.default_rng(9)
    weights, nulls = changed(train, line, size)
    hits = 0
    for _ in range(LOGS):
        log = train[rng.choice(len(train), rows, p=weights / weights.sum())]
        log[rng.random(rows) < nulls] = None if log.dtype == object else np.nan
        hits += fails(feature, log)
    return hits / LOGS


@pytest.mark.parametrize(
    ("kind", "rows"),
    [("few values", 1_000), ("numbers with nulls", 200), ("two levels", 20_000),
     ("levels with nulls", 1_000)],
)  # fmt: skip
def test_logs_with_a_promised_change_fail_as_often_as_promised(kind: str, rows: int) -> None:
    train = TRAIN[kind]
    known = skewcheck.fit(pd.DataFrame({"x": train}))
    promised: FeaturePower = skewcheck.power(known, rows, audits=2).features[0]
    lines = {"nulls": ["nulls"], "level": ["level"], "shift": ["up", "down"], "scale": ["scale"]}
    compared = 0
    for name, directions in lines.items():
        found = getattr(promised, name)
        if found is None or found.likely is None:
            continue
        for size, power in ((found.likely, 0.8), (found.sure, 0.99)):
            assert size is not None
            seen = []
            for direction in directions:
                try:
                    seen.append(failing(known.features[0], train, direction, size, rows))
                except ValueError:  # no reweighting of training goes that far down
                    continue
            # 5 percentage points, and two standard errors of the share of so many logs.
            error = 2 * (power * (1 - power) / LOGS) ** 0.5
            assert abs(min(seen) - power) <= 0.05 + error, (name, size)
            compared += 1
    assert compared >= 4


@pytest.mark.parametrize(("middle", "width"), [(0.05, 0.01), (0.3, 0.002), (1.0, 0.4)])
def test_the_search_gives_the_sizes_of_a_known_power(middle: float, width: float) -> None:
    # Trials alarm where a normal effect of this width is above the middle.
    def alarms(size: float, logs: int, random: np.random.Generator) -> int:
        return int((size + width * random.standard_normal(logs) > middle).sum())

    found = detectable(alarms, 5.0, 5e-4)
    # scipy.stats.norm.ppf of 0.8 and 0.99, and by how much 0.75 and 0.85 are apart
    assert found.likely == pytest.approx(middle + 0.8416 * width, abs=0.19 * width)
    assert found.sure == pytest.approx(middle + 2.3263 * width, abs=0.45 * width)
    jump = detectable(lambda size, logs, _: logs * (size >= middle), 5.0, 5e-4)
    assert jump.likely == jump.sure == pytest.approx(middle, rel=2e-3)
    never = detectable(lambda _, n, random: int((random.random(n) < 0.5).sum()), 5.0, 5e-4)
    assert (never.likely, never.sure) == (None, None)
