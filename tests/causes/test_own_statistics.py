"""Causes of features by a key and over scopes: simulated servers, whose faults are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.results.causes import Cause

ROWS, KEYS = 4_000, 5
rng = np.random.default_rng(0)
MEAN = {f"s{i}": float(m) for i, m in enumerate(rng.normal(50, 30, KEYS))}
STD = {f"s{i}": float(s) for i, s in enumerate(rng.uniform(1, 20, KEYS))}
STORE = rng.choice(list(MEAN), ROWS)
HOST = rng.choice(["w1", "w2", "w3"], ROWS)
M, S = (np.array([table[k] for k in STORE]) for table in (MEAN, STD))
X = M + S * rng.normal(size=ROWS)


def causes(parameters: Path, table: pd.DataFrame, name: str = "t") -> tuple[Cause, ...]:
    audit = skewcheck.audit(parameters, table, served="{feature}_n")
    assert audit.exit_code == 1
    return next(f for f in audit.features if f.name == name).causes


@pytest.fixture
def by_store(tmp_path: Path) -> Path:
    groups = {
        k: {"steps": [{"op": "zscore", "mean": MEAN[k], "std": STD[k]}]} for k in MEAN
    }  # fmt: skip
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"features": {"t": {"by": "store", "groups": groups}}}))
    return path


def served(rows: np.ndarray, wrong: np.ndarray) -> pd.DataFrame:
    right = ((X.astype("f4") - M.astype("f4")) / S.astype("f4")).astype("f8")
    made = np.where(rows, wrong, right)
    return pd.DataFrame({"store": STORE, "host": HOST, "t": X, "t_n": made})


ALL, W1, S1 = np.ones(ROWS, bool), HOST == "w1", STORE == "s1"
OTHER = (X - MEAN["s2"]) / STD["s2"]
GLOBAL = (X - X.mean()) / X.std()


@pytest.mark.parametrize(
    ("code", "rows", "wrong", "column", "values"),
    [
        ("wrong_group", S1, OTHER, "store", ("s1",)),
        ("wrong_group", W1, OTHER, "host", ("w1",)),
        ("global_parameters", ALL, GLOBAL, None, ()),
        ("global_parameters", W1, GLOBAL, "host", ("w1",)),
        ("not_normalized", ALL, X, None, ()),
        ("not_normalized", S1, X, "store", ("s1",)),
        ("normalized_twice", ALL, ((X - M) / S - M) / S, None, ()),
        ("unit_change", ALL, (1000 * X - M) / S, None, ()),
        ("precision_loss", ALL, np.round((X - M) / S, 1), None, ()),
        ("stuck_value", W1, np.full(ROWS, 0.25), "host", ("w1",)),
        ("stuck_value", W1, np.full(ROWS, np.nan), "host", ("w1",)),
        ("wrong_parameters", S1, (X - 11) / 3.3, "store", ("s1",)),
    ],
)
def test_faults_of_keys_are_named(
    by_store: Path, code: str, rows: np.ndarray, wrong: np.ndarray, column: str | None,
    values: tuple[str, ...],
) -> None:  # fmt: skip
    first, *others = causes(by_store, served(rows, wrong))
    assert (first.code, others) == (code, [])
    place = first.place
    assert (None if place is None else place.column) == column
    assert (() if place is None else place.values) == values
    if code == "wrong_group":
        assert first.parameters == {"group": "s2"}
    if code == "global_parameters":
        assert first.parameters["mean"] == pytest.approx(X.mean(), rel=1e-5)
        assert first.parameters["std"] == pytest.approx(X.std(), rel=1e-5)


def test_keys_in_another_order_are_named(by_store: Path) -> None:
    names = list(MEAN)
    other = {k: names[(i + 1) % KEYS] for i, k in enumerate(names)}
    m, s = (np.array([table[other[k]] for k in STORE]) for table in (MEAN, STD))
    (cause,) = causes(by_store, served(ALL, (X - m) / s))
    assert (cause.code, cause.variant) == ("wrong_group", "several")
    assert cause.details is not None
    assert other[str(cause.details["own"])] == cause.parameters["group"]


def test_an_older_file_is_named(by_store: Path, tmp_path: Path) -> None:
    old = json.loads(by_store.read_text())
    for group in old["features"]["t"]["groups"].values():
        group["steps"][0]["std"] *= 1.5
    (tmp_path / "old.json").write_text(json.dumps(old))
    audit = skewcheck.audit(
        by_store, served(ALL, (X - M) / (1.5 * S)), served="{feature}_n",
        history=str(tmp_path / "old.json"),
    )  # fmt: skip
    (cause,) = audit.features[0].causes
    assert cause.code == "stale_parameters"


def windowed(x: pd.Series, length: int, ddof: int) -> pd.Series:
    window = x.rolling(length)
    return (x - window.mean()) / window.std(ddof=ddof)


def batched(x: pd.Series, length: int) -> pd.Series:
    part = x.groupby(np.arange(len(x)) // length)
    return (x - part.transform("mean")) / part.transform("std", ddof=0)


WALK = pd.Series(5 + rng.normal(size=ROWS) + np.cumsum(rng.normal(0, 0.2, ROWS)))


@pytest.mark.parametrize(
    ("wrong", "code", "parameters"),
    [
        (windowed(WALK, 24, 1), "scope_changed", {"length": 24, "ddof": 1}),
        (windowed(WALK, 12, 0), "scope_changed", {"length": 12, "ddof": 0}),
        (windowed(WALK, 25, 1), "scope_changed", {"length": 25, "ddof": 1}),
        (batched(WALK, 24), "scope_changed", {"over": "batch", "length": 24}),
        ((WALK - WALK.expanding().mean()) / WALK.expanding().std(ddof=0), "scope_changed",
         {"over": "running"}),
        ((WALK - 5) / 2, "global_parameters", {"mean": 5.0, "std": 2.0}),
        (WALK, "not_normalized", {}),
    ],
)  # fmt: skip
def test_faults_of_windows_are_named(
    tmp_path: Path, wrong: pd.Series, code: str, parameters: dict[str, object]
) -> None:
    path = tmp_path / "p.json"
    step = {"op": "standardize", "over": "window", "length": 24}
    path.write_text(json.dumps({"features": {"t": {"steps": [step]}}}))
    (cause,) = causes(path, pd.DataFrame({"t": WALK, "t_n": wrong}))
    assert cause.code == code
    for key, value in parameters.items():
        assert cause.parameters[key] == pytest.approx(value)


def test_a_series_that_began_before_the_log_is_compared_from_its_state(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    step = {"op": "standardize", "over": "running"}
    path.write_text(json.dumps({"features": {"t": {"by": "k", "steps": [step]}}}))
    right = (WALK - WALK.expanding().mean()) / WALK.expanding().std(ddof=0)
    old = pd.DataFrame({"k": "old", "t": WALK, "t_n": right}).iloc[1000:1200]
    new = pd.DataFrame({"k": "new", "t": WALK, "t_n": right}).iloc[:1000]
    audit = skewcheck.audit(path, pd.concat([old, new]), served="{feature}_n")
    parity = audit.features[0].parity
    assert parity is not None
    assert (parity.rows, parity.mismatched, parity.left_out) == (1199, 0, 1)
    assert audit.exit_code == 0
    wrong = new.assign(t_n=new["t_n"].where(new.index < 500, new["t"]))
    assert causes(path, wrong)[0].code == "not_normalized"
