"""Transformations that are no mechanism we know: what some rows fit by chance is not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata
from servers import Array

import skewcheck
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
    assert max((cause.confidence for cause in causes), default=0.0) <= 0.5


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
    train, raw = (np.round(RNG.normal(centre, width, n), decimals) for n in (4000, 2000))
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
    assert cause.parameters == {"mean": 0.0, "std": pytest.approx(train.std())}


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
