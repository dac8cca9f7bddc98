"""Transformations that are no mechanism we know: what some rows fit by chance is not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from servers import Array

import skewcheck
from skewcheck.causes.chance import covers
from skewcheck.results.audit import FeatureAudit

RNG = np.random.default_rng(0)
SERVED = "{feature}_norm"


def paired(train: Array, raw: Array, served: Array, **others: Array) -> FeatureAudit:
    known = skewcheck.fit(pd.DataFrame({"x": train}), features=["x"])
    log = pd.DataFrame({"x": raw, "x_norm": served, **others})
    return skewcheck.audit(known, log, served=SERVED, by=["none"]).features[0]


def normalized(train: Array, raw: Array, ratio: float = 1.0) -> Array:
    scaled: Array = (raw - train.mean()) / (train.std() * ratio)
    return scaled


AGES, AGE_LOG = (RNG.integers(18, 90, n).astype(float) for n in (4000, 2000))
Z = normalized(AGES, AGE_LOG)
CURVES: Mapping[str, Array] = {
    "log": normalized(np.log1p(AGES), np.log1p(AGE_LOG)),
    "root": normalized(np.sqrt(AGES), np.sqrt(AGE_LOG)),
    "square": Z**2,
    "sigmoid": 1 / (1 + np.exp(-Z)),
    "tanh": np.tanh(Z),
    "ranks": rankdata(AGE_LOG) / 2000,
    "floor": np.floor(Z),
    "deciles": pd.qcut(AGE_LOG, 10, labels=False).astype(float),
}


@pytest.mark.parametrize("curve", CURVES)
def test_curves_of_whole_numbers_are_no_lines_bounds_or_constants(curve: str) -> None:
    causes = paired(AGES, AGE_LOG, CURVES[curve]).causes
    variant = "map" if curve in ("square", "floor") else "rising"
    assert [(cause.code, cause.variant, cause.share) for cause in causes] == [
        ("value_mapped", variant, pytest.approx(1.0, abs=0.03))
    ]


def test_servers_with_parameters_of_their_own_are_named() -> None:
    server = RNG.integers(0, 3, 2000)
    served = (AGE_LOG - np.array([50, 53, 56])[server]) / np.array([20, 21, 25])[server]
    causes = paired(AGES, AGE_LOG, served).causes
    assert [cause.code for cause in causes] == ["wrong_parameters"] * 3
    means = sorted(float(str(cause.parameters["mean"])) for cause in causes)
    assert means == pytest.approx([50, 53, 56], abs=1e-3)
    assert min(cause.confidence for cause in causes) >= 0.9


def test_lines_of_hosts_whose_values_differ_are_named() -> None:
    young = AGE_LOG < 50
    served = np.where(young, (AGE_LOG - 50) / 20, (AGE_LOG - 56) / 25)
    causes = paired(AGES, AGE_LOG, served).causes
    assert [cause.code for cause in causes] == ["wrong_parameters"] * 2
    assert min(cause.confidence for cause in causes) >= 0.9


GRIDS: Mapping[str, Callable[[int], Array]] = {
    "normal": lambda n: RNG.normal(5, 2, n),
    "whole": lambda n: RNG.integers(0, 50, n).astype(float),
    "tenths": lambda n: np.round(RNG.normal(5, 2, n), 1),
    "hours": lambda n: RNG.integers(0, 24, n).astype(float),
}


@pytest.mark.parametrize("values", GRIDS)
def test_mirrored_values_are_not_those_of_other_rows(values: str) -> None:
    for _ in range(5):
        train, raw = GRIDS[values](4000), GRIDS[values](2000)
        (cause,) = paired(train, raw, -normalized(train, raw)).causes
        assert (cause.code, cause.variant) == ("wrong_parameters", "turned")
        assert cause.parameters["std"] == pytest.approx(-train.std(), rel=1e-4)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("centre", "width", "decimals", "ratio"),
    [(41.88, 0.04, 5, 1.0002), (41.88, 0.04, 5, 1.00025), (2006, 9.8, 0, 1.0001),
     (100, 1, 9, 1.0001), (1013, 3, 1, 1.0001), (300, 1, 9, 1.0001)],
)  # fmt: skip
def test_another_scale_is_not_that_of_another_ddof(
    centre: float, width: float, decimals: int, ratio: float, dtype: str
) -> None:
    rng = np.random.default_rng(1)
    train, raw = (np.round(rng.normal(centre, width, n), decimals) for n in (4000, 2000))
    feature = paired(train, raw, normalized(train, raw, ratio).astype(dtype))
    for cause in feature.causes:
        assert cause.code == "wrong_parameters"
        assert cause.parameters["std"] == pytest.approx(train.std() * ratio, rel=2e-5)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_another_ddof_is_named(dtype: str) -> None:
    train, raw = (np.round(RNG.normal(100, 20, n)) for n in (500, 2000))
    right, wrong = normalized(train, raw), normalized(train, raw, (500 / 499) ** 0.5)
    for served in (wrong, np.where(RNG.random(2000) < 0.4, wrong, right)):
        (cause,) = paired(train, raw, served.astype(dtype)).causes
        assert (cause.code, cause.confidence) == ("wrong_ddof", 0.99)


def test_years_served_alone_with_another_scale() -> None:
    train, raw = (np.round(RNG.normal(2006, 9.8, n)) for n in (4000, 2000))
    known = skewcheck.fit(pd.DataFrame({"x": train}))
    for ratio, code in ((1.0001, "wrong_parameters"), ((4000 / 3999) ** 0.5, "wrong_ddof")):
        log = pd.DataFrame({"x_norm": normalized(train, raw, ratio)})
        first = skewcheck.audit(known, log, served=SERVED).features[0].causes[0]
        assert first.code == code


def test_a_bound_is_no_rounding() -> None:
    train, raw = RNG.normal(5, 2, 4000), RNG.normal(5, 2, 2000)
    z = normalized(train, raw)
    for bound in (2.0, 2.5, 3.0):
        causes = paired(train, raw, np.clip(z, -bound, bound)).causes
        assert {cause.code for cause in causes} <= {"step_changed"}
    (cause,) = paired(train, raw, np.where(RNG.random(2000) < 0.3, z.round(2), z)).causes
    assert cause.code == "precision_loss"


def test_a_line_through_zero_explains_its_zeros() -> None:
    train, raw = (RNG.poisson(0.4, n).astype(float) for n in (4000, 2000))
    (cause,) = paired(train, raw, raw / train.std()).causes
    assert (cause.code, cause.share) == ("wrong_parameters", 1.0)
    assert cause.parameters == {"mean": 0.0, "std": pytest.approx(train.std()),
                                "relation": "only_divided"}  # fmt: skip


def test_nulls_of_two_features_are_no_swap() -> None:
    train = pd.DataFrame({"age": AGES, "fare": np.round(RNG.gamma(2, 7, 4000), 2)})
    known = skewcheck.fit(train)
    served = ((train - train.mean()) / train.std(ddof=0)).add_suffix("_norm")
    some = RNG.random(4000) < 0.5
    for rows in (some, np.ones(4000, bool)):
        log = pd.concat([train, served], axis=1)
        log.loc[rows, ["age_norm", "fare"]] = np.nan
        causes = skewcheck.audit(known, log, served=SERVED).features[0].causes
        assert [(cause.code, cause.variant) for cause in causes] == [("stuck_value", "null")]


def test_text_that_is_no_number_is_no_null() -> None:
    log = pd.DataFrame({"x": AGE_LOG, "x_norm": [f"{z:.4f}".replace(".", ",") for z in Z]})
    feature = skewcheck.audit(
        skewcheck.fit(pd.DataFrame({"x": AGES})), log, served=SERVED
    ).features[0]
    assert not feature.causes


def test_a_feature_that_is_nearly_constant_is_swapped_with_none() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        train, log = (
            pd.DataFrame({
                "temp": np.round(rng.normal(20, 5, n), 1),
                "fee": np.where(rng.random(n) < 0.999, 0, 2.5),
            })
            for n in (4000, 2000)
        )  # fmt: skip
        log["temp"] = log.temp.where(rng.random(2000) > 0.3, 0.0)
        served = (log - train.mean()) / train.std(ddof=0)
        audit = skewcheck.audit(skewcheck.fit(train), served, served="{feature}")
        assert "swapped_features" not in {cause.code for cause in audit.features[0].causes}


def in_text(
    raw: Array, served: Array, digits: str, folder: Path, **options: object
) -> FeatureAudit:
    log = pd.DataFrame({"x": raw, "x_norm": [digits % value for value in served]})
    log.to_csv(folder / "log.csv", index=False)
    known = skewcheck.fit(pd.DataFrame({"x": RATINGS}))
    return skewcheck.audit(known, folder / "log.csv", served=SERVED, **options).features[0]


RATINGS, RATED = (RNG.integers(1, 6, n).astype(float) for n in (4000, 2000))


@pytest.mark.parametrize("digits", ["%.3g", "%.4g", "%.6g"])
def test_few_values_in_text_of_few_digits(tmp_path: Path, digits: str) -> None:
    (cause,) = in_text(RATED, (RATED - RATED.mean()) / RATED.std(), digits, tmp_path).causes
    assert (cause.code, cause.share) == ("recomputed_parameters", 1.0)
    (cause,) = in_text(RATED, (RATED - 3.3) / 1.7, digits, tmp_path).causes
    assert (cause.code, cause.share) == ("wrong_parameters", 1.0)


def test_of_two_hosts_that_are_wrong_both_are_named() -> None:
    train, raw = (np.round(RNG.normal(50, 10, n), 2) for n in (4000, 2000))
    host = RNG.choice(list("abc"), 2000, p=[0.3, 0.2, 0.5])
    z = normalized(train, raw)
    scaled = (raw - train.min()) / (train.max() - train.min())
    causes = paired(train, raw, np.select([host == "a", host == "b"], [z / 1.5, scaled], z)).causes
    assert [cause.code for cause in causes] == ["wrong_parameters", "wrong_method"]


def test_a_line_beside_another_fault_of_a_feature_with_many_zeros() -> None:
    x = np.where(RNG.random(6000) < 0.7, 0, np.round(RNG.exponential(20, 6000), 1))
    train, raw = x[:4000], x[4000:]
    host = RNG.choice(list("abc"), 2000, p=[0.3, 0.2, 0.5])
    z, right = normalized(train, raw), normalized(train, np.zeros(1))[0]
    other = (raw - 1.1 * train.mean()) / (1.2 * train.std())
    causes = paired(train, raw, np.select([host == "a", host == "b"], [right, other], z)).causes
    lines = [cause for cause in causes if cause.code == "wrong_parameters"]
    assert [cause.parameters["std"] for cause in lines] == [pytest.approx(1.2 * train.std())]


def test_a_sensor_that_stops_while_values_rise() -> None:
    i = np.arange(2000)
    raw = np.round(20 + 10 * i / 2000 + RNG.normal(0, 0.5, 2000), 2)
    z = normalized(raw, raw)
    known = skewcheck.fit(pd.DataFrame({"x": raw}), features=["x"])
    log = pd.DataFrame({
        "x": raw, "x_norm": np.select([i < 600, i < 1000], [z[0], raw], z),
        "ts": pd.date_range("2026-01-01", periods=2000, freq="min"),
    })  # fmt: skip
    causes = skewcheck.audit(known, log, served=SERVED, time_column="ts").features[0].causes
    assert [cause.code for cause in causes] == ["stuck_value", "not_normalized"]
    assert min(cause.confidence for cause in causes) >= 0.9


def test_a_swap_with_a_feature_that_is_mostly_zero() -> None:
    rows = pd.DataFrame({
        "age": RNG.integers(18, 80, 6000) * 1.0,
        "gain": np.where(RNG.random(6000) < 0.88, 0, np.round(RNG.lognormal(8, 1, 6000))),
    })  # fmt: skip
    train, log = rows[:4000], rows[4000:]
    z = (log - train.mean()) / train.std(ddof=0)
    log = log.assign(age_norm=z["gain"], gain_norm=z["age"])
    for feature in skewcheck.audit(skewcheck.fit(train), log, served=SERVED).features:
        assert [(c.code, c.share) for c in feature.causes] == [("swapped_features", 1.0)]


def test_a_constant_is_no_unit() -> None:
    train, raw = (RNG.poisson(3, n).astype(float) for n in (4000, 2000))
    feature = paired(train, raw, normalized(train, np.round(raw / 10) * 10))
    assert "unit_change" not in {cause.code for cause in feature.causes}


@pytest.mark.parametrize("ratio", [1.2, 1.1, 1.03])
def test_other_parameters_in_text_of_few_decimals_are_not_other_rows(
    tmp_path: Path, ratio: float
) -> None:
    train, raw = RNG.gamma(2, 10, 4000), RNG.gamma(2, 10, 2000)
    other = (raw - 1.1 * train.mean()) / (ratio * train.std())
    served = np.where(RNG.random(2000) < 0.3, other, normalized(train, raw))
    log = pd.DataFrame({"x": raw, "x_norm": [f"{z:.2f}" for z in served]})
    log.to_csv(tmp_path / "log.csv", index=False)
    known = skewcheck.fit(pd.DataFrame({"x": train}))
    causes = skewcheck.audit(known, tmp_path / "log.csv", served=SERVED).features[0].causes
    assert causes[0].code == "wrong_parameters"


def test_a_column_of_identifiers_is_no_place_of_a_bound() -> None:
    log = pd.DataFrame({
        "x": AGE_LOG, "x_norm": np.floor(Z), "pair": [f"p{i // 2}" for i in range(2000)],
    })  # fmt: skip
    known = skewcheck.fit(pd.DataFrame({"x": AGES}))
    causes = skewcheck.audit(known, log, served=SERVED, by=["pair"]).features[0].causes
    assert {(cause.code, cause.place) for cause in causes} == {("value_mapped", None)}


def test_a_line_through_two_raw_values_covers_none_between() -> None:
    """Without a warning, which a mean of no values is."""
    raw = np.array([1.0, 2.0, np.nan])
    assert not covers(raw, np.array([True, True, False]))
    assert covers(np.arange(50.0), np.ones(50, bool))
