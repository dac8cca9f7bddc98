"""The smallest error that matters is found; none is seen where serving is right."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from servers import (
    FILL,
    GRIDDED,
    MEAN,
    STD,
    TRAIN,
    Columns,
    audited,
    first,
    known,
    mechanical,
    of,
    right,
    served_only,
    world,
)
from strategies import scaled_orders

import skewcheck
from skewcheck import Parameters
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message

OFF = 1e-4


def rows(log: Columns, n: int) -> Columns:
    return {name: values[:n] for name, values in log.items()}


@pytest.mark.parametrize("name", [*GRIDDED, "temp"])
@pytest.mark.parametrize(("mean", "std"), [(OFF, 0.0), (0.0, OFF), (-OFF, -OFF)])
def test_a_hundredth_of_a_percent_in_ten_paired_rows(name: str, mean: float, std: float) -> None:
    log = world(10, 5)
    used = {"mean": MEAN[name] * (1 + mean), "std": STD[name] * (1 + std)}
    served = {**right(log), name: (log[name] - used["mean"]) / used["std"]}
    audit = audited(log, served)
    assert (of(audit, name).verdict, audit.exit_code) == ("skew", 1)
    cause = first(audit, name)
    assert cause.code == "wrong_parameters"
    assert cause.parameters == pytest.approx(used, rel=1e-9)
    assert mechanical(audit, 0).keys() == {name}


@pytest.mark.parametrize("seed", range(6))
def test_ten_paired_rows_far_from_zero_were_not_rounded(seed: int) -> None:
    # Integers about 1,980: what float32 may lose of them is as much as some rows are off.
    random = np.random.default_rng(seed)
    train, x = (np.round(random.normal(1980, 20, n)) for n in (20_000, 10))
    mean, std = float(train.mean()), float(train.std())
    parameters = skewcheck.fit(
        pa.table({"x": train}),
        parameters=Parameters((Feature("x", "numeric", (ZScore(mean, std),)),), "sha256:0"),
    )
    log = pa.table({"x": x, "x_s": (x - mean) / (std * (1 + OFF))})
    audit = skewcheck.audit(parameters, log, served="{feature}_s")
    assert audit.exit_code == 1
    causes = audit.features[0].causes
    # Where hardly any of the ten rows is off by enough, nothing is named.
    assert [c.code for c in causes] == ["wrong_parameters"] * (seed != 5)
    assert all(c.parameters["std"] == pytest.approx(std * (1 + OFF), rel=1e-9) for c in causes)


@pytest.mark.parametrize("name", GRIDDED)
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_hundredth_of_a_percent_in_two_hundred_float32_values(name: str, seed: int) -> None:
    log = world(200, seed)
    std = STD[name] * (1 + OFF)
    served = right(log, np.float32)
    served[name] = (log[name].astype(np.float32) - np.float32(MEAN[name])) / np.float32(std)
    audit = served_only(served)
    assert (of(audit, name).verdict, audit.exit_code) == ("skew", 1)
    cause = first(audit, name)
    assert cause.code == "wrong_parameters"
    assert cause.parameters["std"] == pytest.approx(std, rel=1e-6)


@pytest.mark.parametrize("order", range(10))
def test_right_servers_have_no_cause_however_they_compute(order: int) -> None:
    log, served = world(2000, 6), {}
    for name in (*GRIDDED, "temp"):
        served[name] = list(scaled_orders(log[name], MEAN[name], STD[name]))[order]
    filled = np.where(np.isnan(log["gaps"]), FILL, log["gaps"])
    served["gaps"] = list(scaled_orders(filled, MEAN["gaps"], STD["gaps"]))[order]
    parameters = known(*served)
    raw = {name: log[name] for name in served}
    for audit in (audited(raw, served, parameters), served_only(served, parameters)):
        assert audit.verdict == "ok", [(f.name, message(f)) for f in audit.features]
        assert not audit.causes
        assert not any(feature.causes for feature in audit.features)


def test_two_grids_in_one_feature_are_no_cause() -> None:
    def values(n: int, seed: int) -> np.ndarray:
        rng = np.random.default_rng(seed)
        return np.where(rng.random(n) < 0.5, rng.poisson(30, n), rng.integers(0, 180, n) / 3.0)

    train, log = values(8000, 1), values(2000, 2)
    step = ZScore(float(train.mean()), float(train.std()))
    features = (Feature("x", "numeric", (step,)),)
    parameters = skewcheck.fit(pa.table({"x": train}), parameters=Parameters(features, "sha256:0"))
    served = {"x": (log - step.mean) / step.std}
    assert not served_only(served, parameters).features[0].causes
    assert not audited({"x": log}, served, parameters).features[0].causes


def test_what_does_no_harm_warns_and_says_so() -> None:
    log = world(2000, 8)
    served = right(log)
    for relative, verdict in ((2e-5, "warn"), (2e-4, "skew")):
        served["fare"] = (log["fare"] - MEAN["fare"]) / (STD["fare"] * (1 + relative))
        audit = audited(log, served)
        assert audit.verdict == verdict
        assert audit.exit_code == (verdict == "skew")
        assert first(audit, "fare").code == "wrong_parameters"
        assert ("less than matters" in sentence(first(audit, "fare"))) is (verdict == "warn")


def test_parameters_rounded_when_written_warn_and_say_so() -> None:
    features = (Feature("fare", "numeric", (ZScore(29.82, 21.14),)),)
    written = Parameters(features, "sha256:0")
    train = pa.table({"fare": TRAIN["fare"]})
    parameters = skewcheck.fit(train, parameters=written)
    log = {"fare": world(2000, 8)["fare"]}
    served = {"fare": (log["fare"] - 29.8236) / 21.1372}
    audit = audited(log, served, parameters)
    assert (audit.verdict, audit.exit_code) == ("warn", 0)
    assert "the digits that the file was written with" in message(of(audit, "fare"))
    elsewhere = {"fare": (log["fare"] - 29.8236) / 21.1472}
    assert audited(log, elsewhere, parameters).verdict == "skew"


@pytest.mark.parametrize(
    "drift",
    [
        lambda x: x + 0.5 * x.std(),
        lambda x: x * 1.3,
        lambda x: np.where(x > np.median(x), x * 1.2, x * 0.9),
    ],
    ids=["shift", "scale", "shape"],
)
@pytest.mark.parametrize("seed", [21, 22, 23])
def test_drift_of_the_world_has_no_mechanical_cause(drift: object, seed: int) -> None:
    assert callable(drift)
    log = world(3000, seed)
    # Grids stay: the world moves by whole steps.
    units = {"count": 1.0, "fare": 0.01, "quarter": 0.25, "temp": 1e-9}
    for name, step in units.items():
        log[name] = np.round(drift(log[name]) / step) * step
    names = tuple(units)
    parameters = known(*names)
    raw, served = {n: log[n] for n in names}, {n: right(log)[n] for n in names}
    audits = [
        skewcheck.audit(parameters, pa.table(raw)),
        served_only(served, parameters),
        audited(raw, served, parameters),
    ]
    for audit in audits:
        assert audit.verdict == "skew"
        assert mechanical(audit) == {}
        for feature in audit.features:
            assert ("drift" in [c.code for c in feature.causes]) is (feature.verdict != "ok")
