"""Series over all rows so far that began before the log: right servers, and wrong ones, by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.results.causes import Cause
from skewcheck.text.errors import NothingToTestError

BEFORE, ROWS = 700, 900
rng = np.random.default_rng(5)
X = rng.gamma(3.0, 2.0, BEFORE + ROWS) + 5


def running(x: np.ndarray, ddof: int = 0) -> np.ndarray:
    series = pd.Series(x).expanding()
    return ((x - series.mean()) / series.std(ddof=ddof)).to_numpy(copy=True)


RIGHT = running(X)


@pytest.fixture
def parameters(tmp_path: Path) -> Path:
    path = tmp_path / "p.json"
    step = {"op": "standardize", "over": "running"}
    path.write_text(json.dumps({"features": {"t": {"steps": [step]}}}))
    return path


def table(served: np.ndarray, x: np.ndarray = X) -> pd.DataFrame:
    return pd.DataFrame({"t": x[BEFORE:], "t_n": served[BEFORE:]})


@pytest.mark.parametrize("form", ["float64", "float32", "csv", "null"])
def test_a_right_server_that_began_earlier_is_clean(
    parameters: Path, tmp_path: Path, form: str
) -> None:
    log = table(RIGHT)
    if form == "float32":
        log = table(running(X.astype("f4").astype("f8"))).astype("f4")
    if form == "null":
        log.loc[800, "t"] = np.nan
    log.to_csv(tmp_path / "log.csv", index=False, float_format="%.6g")
    audit = skewcheck.audit(
        parameters, tmp_path / "log.csv" if form == "csv" else log, served="{feature}_n"
    )
    parity = audit.features[0].parity
    assert parity is not None
    assert parity.mismatched == 0
    assert parity.rows >= 800
    assert audit.exit_code == 0


def decayed(x: np.ndarray, weight: float) -> np.ndarray:
    of = pd.Series(x).ewm(alpha=weight, adjust=False)
    return ((x - of.mean()) / of.std(bias=True)).to_numpy(copy=True)


def windowed(x: np.ndarray, length: int) -> np.ndarray:
    of = pd.Series(x).rolling(length)
    return ((x - of.mean()) / of.std(ddof=0)).to_numpy(copy=True)


MEAN, STD = (getattr(pd.Series(X).expanding(), name)().to_numpy() for name in ("mean", "std"))
PREVIOUS = np.append(np.nan, (X[1:] - MEAN[:-1]) / (STD * np.sqrt(1 - 1 / np.arange(1, 1601)))[:-1])
HALF = BEFORE + 400
FAULTS = {
    "global": ((X - X.mean()) / X.std(), "global_parameters", {"mean": X.mean()}),
    "frozen": ((X - MEAN[BEFORE]) / STD[BEFORE], "global_parameters", {"std": STD[BEFORE]}),
    "none": (X, "not_normalized", {}),
    "stuck": (np.full(len(X), 0.25), "stuck_value", {"value": 0.25}),
    "std": (RIGHT / 1.3, "wrong_parameters", {}),
    "decaying": (decayed(X, 0.02), "scope_changed", {"over": "decaying", "length": 50}),
    "previous": (PREVIOUS, "scope_changed", {"over": "earlier"}),
    "window": (windowed(X, 48), "scope_changed", {"over": "window", "length": 48}),
    "restart": (np.append(RIGHT[:HALF], running(X[HALF:])), "scope_changed",
                {"over": "restarted", "row": 400}),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_server_is_named(parameters: Path, fault: str) -> None:
    served, code, expected = FAULTS[fault]
    served = np.nan_to_num(served)
    audit = skewcheck.audit(parameters, table(served), served="{feature}_n")
    assert audit.exit_code == 1
    causes: tuple[Cause, ...] = audit.features[0].causes
    assert [cause.code for cause in causes] == [code]
    for key, value in expected.items():
        assert causes[0].parameters[key] == pytest.approx(value)


def test_the_other_ddof_is_named(parameters: Path) -> None:
    served = running(X[600:], 1)
    log = pd.DataFrame({"t": X[620:], "t_n": served[20:]})
    audit = skewcheck.audit(parameters, log, served="{feature}_n")
    (cause,) = audit.features[0].causes
    assert (cause.code, cause.parameters["ddof"]) == ("scope_changed", 1)


@pytest.mark.parametrize("kind", ["sampled", "few", "printed constants"])
def test_what_may_be_right_is_not_compared(parameters: Path, kind: str, tmp_path: Path) -> None:
    log = table(RIGHT)
    if kind == "sampled":
        log = log[rng.random(len(log)) < 0.5]
    if kind == "few":
        log = log.iloc[:10]
    if kind == "printed constants":
        log["t_n"] = (log["t"] - X.mean()) / X.std()
    log.to_csv(tmp_path / "log.csv", index=False, float_format="%.5g")
    with pytest.raises(NothingToTestError, match="no state of the rows before"):
        skewcheck.audit(parameters, tmp_path / "log.csv", served="{feature}_n")
