"""`inject` for features by a key and over scopes: what is written is by hand, and is named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.results.verdicts import Verdict
from skewcheck.text.errors import UsageError

ROWS = 1_500
rng = np.random.default_rng(6)
MEAN, STD = {"a": 5.0, "b": 60.0, "c": -20.0}, {"a": 2.0, "b": 7.0, "c": 3.0}
KEYS = rng.choice(list(MEAN), ROWS)
M, S = (np.array([table[k] for k in KEYS]) for table in (MEAN, STD))
X = pd.Series(M + S * rng.normal(size=ROWS))
LOG = pd.DataFrame({"k": KEYS, "x": X})
BY_KEY = {"by": "k", "groups": {
    k: {"steps": [{"op": "zscore", "mean": MEAN[k], "std": STD[k]}]} for k in MEAN}}  # fmt: skip
WINDOW = {"steps": [{"op": "standardize", "over": "window", "length": 10}]}


def windows(length: int, ddof: int = 0) -> pd.Series:
    rolling = X.rolling(length)
    return (X - rolling.mean()) / rolling.std(ddof=ddof)


def other(k: str) -> np.ndarray:
    return np.asarray((X - MEAN[k]) / STD[k])


@pytest.mark.parametrize(
    ("feature", "fault", "numbers", "expected"),
    [
        (BY_KEY, "wrong_group", {"group": "b"}, other("b")),
        (BY_KEY, "wrong_group", {},
         np.select([KEYS == "a", KEYS == "b"], [other("b"), other("c")], other("a"))),
        (BY_KEY, "global_parameters", {"mean": 3, "std": 9}, (X - 3) / 9),
        (BY_KEY, "not_normalized", {}, X),
        (BY_KEY, "normalized_twice", {}, ((X - M) / S - M) / S),
        (BY_KEY, "unit_change", {"factor": 60}, (60 * X - M) / S),
        (BY_KEY, "stuck_value", {"value": 0.125}, np.full(ROWS, 0.125)),
        (BY_KEY, "precision_loss", {"decimals": 1}, np.round((X - M) / S, 1)),
        (WINDOW, "scope_changed", {"ddof": 1}, windows(10, 1)),
        (WINDOW, "scope_changed", {}, windows(5)),
        (WINDOW, "not_normalized", {}, X),
        (WINDOW, "global_parameters", {"mean": 3, "std": 9}, (X - 3) / 9),
        (WINDOW, "stuck_value", {"value": 0.125}, np.full(ROWS, 0.125)),
    ],
)  # fmt: skip
def test_faults_are_written_and_named(
    tmp_path: Path, feature: object, fault: str, numbers: dict[str, float | str], expected: object
) -> None:
    parameters, log = tmp_path / "p.json", tmp_path / "log.parquet"
    parameters.write_text(json.dumps({"features": {"x": feature}}))
    LOG.to_parquet(log)
    out = tmp_path / "out.parquet"
    skewcheck.inject(fault, parameters, log, out, numbers=numbers)
    made = pd.read_parquet(out)
    np.testing.assert_allclose(made["x_norm"], np.asarray(expected), rtol=0, atol=1e-9)
    assert made["x"].equals(LOG["x"])
    audit = skewcheck.audit(parameters, out, served="{feature}_norm")
    assert audit.features[0].causes[0].code == fault


@pytest.mark.parametrize("feature", [BY_KEY, WINDOW])
def test_other_rows_are_served_right(tmp_path: Path, feature: object) -> None:
    parameters, log = tmp_path / "p.json", tmp_path / "log.parquet"
    parameters.write_text(json.dumps({"features": {"x": feature}}))
    LOG.assign(host=np.where(np.arange(ROWS) % 3, "w1", "w2")).to_parquet(log)
    out = tmp_path / "out.parquet"
    skewcheck.inject("not_normalized", parameters, log, out, where={"host": "w2"})
    (cause,) = skewcheck.audit(parameters, out, served="{feature}_norm").features[0].causes
    assert cause.code == "not_normalized"
    assert cause.place is not None
    assert cause.place.values == ("w2",)


@pytest.mark.parametrize("feature", [BY_KEY, WINDOW])
def test_drift_changes_raw_values_and_is_served_right(tmp_path: Path, feature: object) -> None:
    log, out = tmp_path / "log.parquet", tmp_path / "out.parquet"
    (tmp_path / "p.json").write_text(json.dumps({"features": {"x": feature}}))
    LOG.to_parquet(log)
    fitted = skewcheck.fit(log, parameters=tmp_path / "p.json")
    skewcheck.inject("drift", fitted, log, out, numbers={"shift": 1.0})
    made = pd.read_parquet(out)
    shift = made["x"] - LOG["x"]
    spread = S if feature is BY_KEY else np.full(ROWS, X.std(ddof=0))
    np.testing.assert_allclose(shift, spread)
    audit = skewcheck.audit(fitted, out, served="{feature}_norm")
    assert audit.exit_code == 1
    parity = audit.features[0].parity
    assert parity is not None
    assert parity.mismatched == 0


@pytest.mark.parametrize(
    ("feature", "fault"),
    [
        (BY_KEY, "scope_changed"),
        (BY_KEY, "recomputed_parameters"),
        (WINDOW, "wrong_group"),
        (WINDOW, "normalized_twice"),
        ({"steps": [{"op": "zscore", "mean": 1, "std": 2}]}, "wrong_group"),
        ({"steps": [{"op": "zscore", "mean": 1, "std": 2}]}, "scope_changed"),
    ],
)
def test_faults_that_a_feature_cannot_have_are_refused(
    tmp_path: Path, feature: object, fault: str
) -> None:
    parameters, log = tmp_path / "p.json", tmp_path / "log.parquet"
    parameters.write_text(json.dumps({"features": {"x": feature}}))
    LOG.to_parquet(log)
    with pytest.raises(UsageError, match=fault):
        skewcheck.inject(fault, parameters, log, tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists()


def test_power_of_features_by_a_key(tmp_path: Path) -> None:
    train = LOG.assign(k=KEYS)
    fitted = skewcheck.fit(train, by="k", features="x")
    power = skewcheck.power(fitted, rows=2000, audits=10)
    (feature,) = power.features
    assert feature.shift is not None
    assert feature.shift.sure is not None
    assert 0.05 < feature.shift.sure < 0.6
    assert not power.alarms.verdicts.get(Verdict.SKEW)
