"""Power and quantile transforms fitted on other data: scikit-learn's own, in what a server logs."""

from __future__ import annotations

import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)

import skewcheck

ROWS = 3_000


def fares(seed: int, scale: float = 9.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"fare": np.round(rng.gamma(2.5, scale, ROWS) + 0.01, 2)})


def audited(
    folder: Path, training: TransformerMixin, raw: pd.DataFrame, served: np.ndarray
) -> dict[str, object]:
    """Return the first cause, as JSON has it; empty without one."""
    joblib.dump(training, folder / "t.joblib")
    parameters = skewcheck.fit(fares(1), parameters=folder / "t.joblib")
    log = raw.assign(fare_norm=served.astype("float32"))
    audit = skewcheck.audit(parameters, log, served="{feature}_norm")
    assert audit.exit_code == 1
    causes = json.loads(skewcheck.render(audit, "json"))["features"][0]["causes"]
    return causes[0] if causes else {}


@pytest.mark.parametrize("method", ["yeo-johnson", "box-cox"])
@pytest.mark.parametrize("behind", [False, True])
def test_a_power_transform_of_other_data(tmp_path: Path, method: str, *, behind: bool) -> None:
    def fitted(data: pd.DataFrame) -> TransformerMixin:
        power = PowerTransformer(method)
        return make_pipeline(power, MinMaxScaler()).fit(data) if behind else power.fit(data)

    later = fitted(fares(2, 14.0) + 3)
    raw = fares(3)
    cause = audited(tmp_path, fitted(fares(1)), raw, later.transform(raw)[:, 0])
    assert (cause["code"], cause["confidence"]) == ("step_changed", 0.99)
    power = later[0] if behind else later
    assert cause["parameters"]["lambda"] == pytest.approx(power.lambdas_[0], abs=1e-4)
    assert f"with lambda {power.lambdas_[0]:.3f}"[:15] in str(cause["message"])


def test_it_is_named_for_the_rows_that_it_is_of(tmp_path: Path) -> None:
    first, later = (PowerTransformer().fit(x) for x in (fares(1), fares(2, 14.0) + 3))
    raw = fares(3).assign(host=["a", "b", "c"] * (ROWS // 3))
    served = np.where(
        raw["host"] == "b",
        later.transform(raw[["fare"]])[:, 0],
        first.transform(raw[["fare"]])[:, 0],
    )
    cause = audited(tmp_path, first, raw, served)
    assert (cause["code"], cause["parameters"]["op"]) == ("step_changed", "power")
    assert cause["share"] == pytest.approx(1 / 3, abs=0.01)


def test_another_increasing_function_is_no_power_transform(tmp_path: Path) -> None:
    raw = fares(3)
    served = np.tanh(raw["fare"].to_numpy() / 20) + np.sin(raw["fare"].to_numpy()) / 50
    cause = audited(tmp_path, PowerTransformer().fit(fares(1)), raw, served)
    assert cause.get("parameters", {}).get("lambda") is None


@pytest.mark.parametrize("output", ["uniform", "normal"])
def test_quantiles_of_other_data(tmp_path: Path, output: str) -> None:
    first, later = (
        QuantileTransformer(n_quantiles=100, output_distribution=output).fit(x)
        for x in (fares(1), fares(2, 14.0))
    )
    raw = fares(3)
    cause = audited(tmp_path, first, raw, later.transform(raw)[:, 0])
    assert (cause["code"], cause["parameters"]) == ("step_changed", {"op": "quantile"})
    assert cause["confidence"] == 0.5  # any increasing function within the range looks alike
    noisy = np.clip(later.transform(raw)[:, 0] + np.linspace(-0.1, 0.1, ROWS), -5.1, 5.1)
    if output == "normal":
        cause = audited(tmp_path, first, raw, noisy)
        assert cause.get("parameters") != {"op": "quantile"}


def test_a_scaler_in_place_of_quantiles_is_named_as_what_it_is(tmp_path: Path) -> None:
    first, raw = QuantileTransformer(n_quantiles=100).fit(fares(1)), fares(3)
    served = StandardScaler().fit(fares(1)).transform(raw)[:, 0]
    assert audited(tmp_path, first, raw, served).get("parameters") != {"op": "quantile"}
