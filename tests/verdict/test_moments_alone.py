"""Moments of a scaler without a reference: heavy tails, placeholders, and logs of one value."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import TransformerMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

import skewcheck
from skewcheck.reports.words.reasons import reason
from skewcheck.results.audit import Audit
from skewcheck.results.tests import JudgedTest
from skewcheck.text.errors import NothingToTestError

HEAVY = {
    "lognormal1": stats.lognorm(1), "lognormal2": stats.lognorm(2), "lognormal3": stats.lognorm(3),
    "pareto1.2": stats.lomax(1.2), "pareto2": stats.lomax(2), "pareto3": stats.lomax(3),
    "t2": stats.t(2), "t3": stats.t(3), "t4": stats.t(4), "t5": stats.t(5),
}  # fmt: skip
LIGHT = {
    "normal": stats.norm(5, 2), "uniform": stats.uniform(), "exponential": stats.expon(),
    "gamma2": stats.gamma(2), "beta": stats.beta(2, 5),
}  # fmt: skip
Audited = Callable[..., dict[str, Audit]]


@pytest.fixture
def audited(tmp_path: Path) -> Audited:
    """Return the audits of a log, raw and served, by a pickled scaler fitted to training."""

    def of(scaler: TransformerMixin, train: pd.DataFrame, log: pd.DataFrame) -> dict[str, Audit]:
        path = tmp_path / "scaler.pkl"
        path.write_bytes(pickle.dumps(scaler.fit(train)))
        served = pd.DataFrame(scaler.transform(log), columns=[f"{name}_n" for name in log])
        return {
            "raw": skewcheck.audit(path, log, served="none"),
            "served": skewcheck.audit(path, served, served="{feature}_n"),
        }

    return of


def verdicts(audit: Audit) -> dict[str, str]:
    return {feature.name: str(feature.verdict) for feature in audit.features}


def by_name(audit: Audit, name: str) -> dict[str, JudgedTest]:
    feature = next(feature for feature in audit.features if feature.name == name)
    return {test.name: test for test in feature.tests}


def drawn(shapes: dict[str, Any], rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: shape.rvs(rows, random_state=rng) for name, shape in shapes.items()})


@pytest.mark.parametrize("seed", range(12))
def test_clean_logs_with_heavy_tails_are_no_skew(audited: Audited, seed: int) -> None:
    # Trap: by standard errors for light tails, 1 in 5 to 1 in 2 of these alarm.
    train, log = drawn(HEAVY, 5000, seed), drawn(HEAVY, 3000, seed + 100)
    for audit in audited(StandardScaler(), train, log).values():
        assert not {"skew", "warn"} & {*verdicts(audit).values()}


def test_the_spread_of_a_few_rows_is_untested(audited: Audited) -> None:
    train, log = drawn(HEAVY, 5000, 0), drawn(HEAVY, 3000, 1)
    test = by_name(audited(StandardScaler(), train, log)["raw"], "lognormal3")["std"]
    assert (test.verdict, test.statistic is not None) == ("untested", True)
    assert "most extreme values" in (reason(test) or "")


@pytest.mark.parametrize("change", ["spread", "shift"])
def test_light_tails_keep_their_power(audited: Audited, change: str) -> None:
    train, log = drawn(LIGHT, 5000, 2), drawn(LIGHT, 3000, 3)
    changed = 1.9 * (log - log.mean()) + log.mean() if change == "spread" else log + train.std()
    for audit in audited(StandardScaler(), train, changed).values():
        assert {*verdicts(audit).values()} == {"skew"}
        test = "std" if change == "spread" else "mean"
        assert all(by_name(audit, name)[test].verdict == "skew" for name in LIGHT)
    for audit in audited(StandardScaler(), train, log).values():
        assert {*verdicts(audit).values()} == {"ok"}


@pytest.mark.parametrize("factor", [10.0, 60.0])
def test_another_unit_is_seen_by_the_mean_in_spite_of_heavy_tails(
    audited: Audited, factor: float
) -> None:
    shapes = {name: HEAVY[name] for name in ("lognormal1", "pareto2", "pareto3")}
    train, log = drawn(shapes, 5000, 4), factor * drawn(shapes, 3000, 5)
    assert {*verdicts(audited(StandardScaler(), train, log)["raw"]).values()} == {"skew"}


def test_a_log_that_lacks_rare_far_values_is_no_skew(audited: Audited) -> None:
    # A sentinel in 2 of 5,000 training rows makes the spread of all: most logs have none.
    rng = np.random.default_rng(6)
    train, log = (pd.DataFrame({"x": rng.normal(0, 1, rows)}) for rows in (5000, 3000))
    train.loc[[7, 70], "x"] = 9999.0
    for audit in audited(StandardScaler(), train, log).values():
        assert by_name(audit, "x")["std"].verdict == "inconclusive"
        assert audit.exit_code == 3
    # So many rows would have some.
    log = pd.DataFrame({"x": rng.normal(0, 0.3, 150_000)})
    train = pd.DataFrame({"x": rng.normal(0, 1, 5000)})
    assert by_name(audited(StandardScaler(), train, log)["raw"], "x")["std"].verdict == "skew"


def test_centred_heavy_tails_do_not_pass_for_a_spread_of_nothing(audited: Audited) -> None:
    train, log = drawn(HEAVY, 5000, 7)[["t2"]], drawn(HEAVY, 3000, 8)[["t2"]] / 60
    assert audited(StandardScaler(), train, log)["raw"].exit_code == 3


def ages(rows: int, seed: int, constant: float = 3.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"age": rng.integers(18, 90, rows).astype(float), "c": constant})


@pytest.mark.parametrize(
    "scaler", [StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler()], ids=repr
)
@pytest.mark.parametrize("value", [3.0, 0.1, 0.0, -1e9])
def test_a_constant_stays_one(audited: Audited, scaler: TransformerMixin, value: float) -> None:
    train = ages(4000, 0, value)
    for audit in audited(scaler, train, ages(2000, 1, value)).values():
        assert (verdicts(audit), audit.exit_code) == ({"age": "ok", "c": "ok"}, 0)
    for audit in audited(scaler, train, ages(2000, 1, value + 1)).values():
        # 1 beside -1e9 is a billionth: the rounding of what was stored.
        expected = "skew" if value > -1 else "ok"
        assert verdicts(audit) == {"age": "ok", "c": expected}


def test_moments_that_are_stored_but_not_applied_are_training_s(audited: Audited) -> None:
    scaler, train = StandardScaler(with_mean=False), ages(4000, 2)[["age"]]
    moved = ages(2000, 3)[["age"]] + train.std()
    for mode, audit in audited(scaler, train, moved).items():
        shift = (moved.age.mean() - train.age.mean()) / train.age.std(ddof=0)
        assert by_name(audit, "age")["mean"].statistic == pytest.approx(shift), mode
        assert audit.exit_code == 1


@pytest.mark.parametrize(
    "scaler",
    [
        StandardScaler(with_std=False), MaxAbsScaler(), RobustScaler(),
        RobustScaler(with_centering=False), RobustScaler(with_scaling=False),
    ],
    ids=repr,
)  # fmt: skip
def test_what_was_not_measured_is_not_tested(audited: Audited, scaler: TransformerMixin) -> None:
    with pytest.raises(NothingToTestError):
        audited(scaler, ages(4000, 4)[["age"]], ages(2000, 5)[["age"]] + 40)


@pytest.mark.parametrize("numbers", ['"mean": 0, "std": 21', '"mean": 54, "std": 1'])
def test_placeholders_of_a_hand_written_file_are_no_measurements(
    tmp_path: Path, numbers: str
) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(f'{{"age": {{{numbers}, "count": 4000}}}}')
    audit = skewcheck.audit(path, ages(2000, 6)[["age"]], served="none")
    assert by_name(audit, "age")["mean"].threshold is None
    assert audit.exit_code == 3


@pytest.mark.parametrize("scaler", [MinMaxScaler(), StandardScaler()], ids=repr)
@pytest.mark.parametrize("seed", range(8))
def test_a_rare_flag_that_a_log_has_not_is_no_skew(
    audited: Audited, scaler: TransformerMixin, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    train, log = (
        pd.DataFrame({"flag": (rng.random(rows) < 0.002) * 1000.0}) for rows in (5000, 500)
    )
    for audit in audited(scaler, train, log).values():
        assert audit.exit_code in (0, 3)


def test_a_flag_of_training_s_share_was_not_fitted_to_the_log(audited: Audited) -> None:
    # Both moments are training's where the share is: of 500 rows with 0.2 %, in one log of three.
    train, log = (
        pd.DataFrame({"flag": (np.arange(rows) % 500 == 0) * 1000.0}) for rows in (5000, 500)
    )
    assert audited(StandardScaler(), train, log)["served"].exit_code in (0, 3)


@pytest.mark.parametrize(
    ("value", "rows", "verdict"),
    [(0.0, 100, "skew"), (90.0, 100, "skew"), (54.0, 2000, "inconclusive"), (54.0, 50_000, "skew")],
)
def test_one_value_is_a_fault_where_training_must_have_had_others(
    audited: Audited, value: float, rows: int, verdict: str
) -> None:
    # 54 is training's mean to within 0.02 deviations, 0 and 90 are 2.6 and 1.7 from it.
    stuck = pd.DataFrame({"age": np.full(rows, value)})
    for audit in audited(StandardScaler(), ages(4000, 7)[["age"]], stuck).values():
        test = by_name(audit, "age")["constant"]
        assert test.verdict == verdict
        assert (audit.exit_code, test.needed is None) == (
            (1, True) if verdict == "skew" else (3, False)
        )


def test_a_range_alone_does_not_say_what_one_value_means(audited: Audited) -> None:
    stuck = pd.DataFrame({"age": np.full(50_000, 40.0)})
    test = by_name(audited(MinMaxScaler(), ages(4000, 8)[["age"]], stuck)["raw"], "age")["constant"]
    assert (test.verdict, reason(test)) == (
        "inconclusive", "no reference distribution: give --reference, or fit one",
    )  # fmt: skip


def test_a_constant_of_float32_is_that_of_a_text_file(audited: Audited) -> None:
    train, log = (pd.DataFrame({"x": np.arange(rows), "c": 0.1}) for rows in (4000, 2000))
    log["x"] *= 2
    for audit in audited(StandardScaler(), train.astype(np.float32), log).values():
        assert verdicts(audit)["c"] == "ok"


def test_a_constant_stays_one_after_other_steps(audited: Audited) -> None:
    pipeline = make_pipeline(SimpleImputer(), FunctionTransformer(np.log1p), StandardScaler())
    train = ages(4000, 9).mask(np.random.default_rng(10).random((4000, 2)) < 0.1)
    for constant, verdict in ((3.0, "ok"), (3.1, "skew")):
        for audit in audited(pipeline, train, ages(2000, 11, constant)).values():
            assert verdicts(audit)["c"] == verdict
