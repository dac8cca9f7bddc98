"""What is found of many simulated logs at once is what the audit of each finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import NumericReference
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Measurement
from skewcheck.simulate.power.changes import AuditedFeature
from skewcheck.simulate.power.screen import Figures
from skewcheck.simulate.power.simulated_logs import SimulatedNumbers
from skewcheck.verdict.measures import effect_of, estimates

ROWS = 300


@pytest.fixture(scope="module")
def numbers() -> dict[str, NumericReference]:
    random = np.random.default_rng(5)
    holes = np.where(random.random(4_000) < 0.2, np.nan, random.lognormal(1, 1, 4_000))
    frame = pd.DataFrame({
        "normal": random.normal(10, 3, 4_000), "whole": random.poisson(2, 4_000).astype(float),
        "holes": holes, "flag": random.integers(0, 2, 4_000).astype(float),
    })  # fmt: skip
    features = skewcheck.fit(frame).features
    return {f.name: f.reference for f in features if isinstance(f.reference, NumericReference)}


def logs_of(reference: NumericReference) -> tuple[SimulatedNumbers, np.ndarray]:
    """Draw logs from training's shares, and from shares that are moved more and more."""
    logs, random = SimulatedNumbers.of(reference), np.random.default_rng(6)
    place = np.linspace(-1, 1, len(logs.rows))
    drawn = [
        random.multinomial(ROWS, shares / shares.sum(), 4)
        for tilt in np.linspace(-1.5, 1.5, 9)
        for shares in [logs.rows * np.exp(tilt * place)]
    ]
    nowhere = np.zeros((1, len(logs.rows)), np.int64)
    nowhere[0, -2] = ROWS  # all rows null
    return logs, np.vstack([*drawn, nowhere])


@pytest.mark.parametrize("name", ["normal", "whole", "holes", "flag"])
def test_figures_are_those_of_the_tests(numbers: dict[str, NumericReference], name: str) -> None:
    logs, drawn = logs_of(numbers[name])
    figures = Figures.of(logs.reference, drawn)
    for i, log in enumerate(drawn[:-1]):
        measured = dict(estimates(logs.sample(log, logs.reference, part=True), "ks"))
        assert figures.effects.keys() == measured.keys()
        for code in ("ks", "mannwhitney"):
            test = measured[code]
            assert isinstance(test, Measurement)
            assert figures.effects[code][i] == pytest.approx(effect_of(test), rel=1e-12)
            assert figures.p_values[code][i] == pytest.approx(test.p_value, rel=1e-9)
        psi = measured["psi"]
        assert isinstance(psi, Measurement)
        assert figures.effects["psi"][i] == pytest.approx(psi.statistic, rel=1e-12)
        for code in ("psi", "nulls", "nonfinite", "range"):
            assert max(figures.effects[code][i], 0) >= effect_of(measured[code]) - 1e-12
    assert figures.open({"ks": 0.1})[-1]
    assert not figures.sure({"ks": 0.1}, 0.01)[-1]


@pytest.mark.parametrize(
    "policy",
    [
        Policy(), Policy(fail_on="warn"), Policy(thresholds={"psi": 0.1, "mean": 0.2}),
        Policy(feature_thresholds={"n*": {"ks": 0.02}}, correction="bh"), Policy(thresholds={}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("p_values", [3, 400])
def test_as_many_fail_as_one_by_one(
    numbers: dict[str, NumericReference], policy: Policy, p_values: int
) -> None:
    for name, reference in numbers.items():
        logs, drawn = logs_of(reference)
        audited = AuditedFeature(name, logs, ROWS, policy, p_values)
        each = [audited.alarms(log[None, :], "nulls") for log in drawn]
        slowly = [audited._fails(log, "nulls") for log in drawn]
        assert each == slowly
        assert audited.alarms(drawn, "ks") == sum(slowly)
        assert not policy.thresholds or 0 < sum(slowly) < len(drawn)


def test_a_test_without_figures_leaves_all_open(numbers: dict[str, NumericReference]) -> None:
    logs, drawn = logs_of(numbers["normal"])
    figures = Figures.of(logs.reference, drawn)
    assert figures.open({"ks": 2.0, "new": 2.0}).all()
    assert not figures.open({"ks": 2.0})[:-1].any()
    assert not replace(figures, logs=0).open({}).any()


def test_logs_are_drawn_at_once_as_one_by_one() -> None:
    shares, rows = [0.2, 0.0, 0.5, 0.3], 40
    first, second = np.random.default_rng(0), np.random.default_rng(0)
    at_once = first.multinomial(rows, shares, 30)
    assert (at_once == [second.multinomial(rows, shares) for _ in range(30)]).all()
    assert first.random() == second.random()
