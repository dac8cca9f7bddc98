"""`--group`, and nested files of parameters by a key."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.config.grouping import of_key
from skewcheck.features.steps import ZScore
from skewcheck.text.errors import UsageError

KEYS, FEATURES = ("a", "b", "c"), ("t", "h")
NUMBERS = {(k, f): {"mean": 1.0 + i + 10 * j, "std": 2.0 + i} for i, k in enumerate(KEYS)
           for j, f in enumerate(FEATURES)}  # fmt: skip
BY_KEY = {k: {f: NUMBERS[k, f] for f in FEATURES} for k in KEYS}
BY_FEATURE = {f: {k: NUMBERS[k, f] for k in KEYS} for f in FEATURES}
ROWS = 300


@pytest.fixture(params=[BY_KEY, BY_FEATURE], ids=["by key", "by feature"])
def nested(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "stats.json"
    path.write_text(json.dumps(request.param))
    return path


@pytest.fixture
def log() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    table = pd.DataFrame({f: rng.normal(5, 2, ROWS) for f in FEATURES})
    table["robot"] = rng.choice(KEYS, ROWS)
    for f in FEATURES:
        m, s = (np.array([NUMBERS[k, f][n] for k in table["robot"]]) for n in ("mean", "std"))
        table[f"{f}_n"] = (table[f] - m) / s
    return table


def test_the_log_shows_the_key_column(nested: Path, log: pd.DataFrame) -> None:
    audit = skewcheck.audit(nested, log, served="{feature}_n")
    assert [f.name for f in audit.features] == ["t", "h"]
    assert audit.exit_code == 0
    for feature in audit.features:
        assert feature.keys is not None
        assert (feature.keys.column, feature.keys.known) == ("robot", ROWS)
    log.loc[3, "t_n"] += 1
    assert skewcheck.audit(nested, log, served="{feature}_n").verdict.value != "ok"


def test_a_key_picks_its_parameters(nested: Path, log: pd.DataFrame) -> None:
    one = log[log["robot"] == "b"].drop(columns="robot")
    audit = skewcheck.audit(nested, one, served="{feature}_n", group="b")
    assert audit.exit_code == 0
    assert audit.features[0].keys is None
    assert skewcheck.audit(nested, one, served="{feature}_n", group="c").exit_code == 1


def test_without_a_key_column_the_keys_are_listed(nested: Path, log: pd.DataFrame) -> None:
    with pytest.raises(UsageError, match=r"group=.*'a', 'b', 'c'"):
        skewcheck.audit(nested, log.drop(columns="robot"), served="{feature}_n")
    many = {str(i): {"t": {"mean": i, "std": 1}} for i in range(500)}
    nested.write_text(json.dumps(many))
    with pytest.raises(UsageError) as error:
        skewcheck.audit(nested, log[["t", "t_n"]], served="{feature}_n")
    assert len(str(error.value)) < 300


def test_two_columns_of_keys_are_asked_for(nested: Path, log: pd.DataFrame) -> None:
    log["other"] = "a"
    with pytest.raises(UsageError, match="'other', 'robot'"):
        skewcheck.audit(nested, log, served="{feature}_n")
    assert skewcheck.audit(nested, log, served="{feature}_n", group="robot:a").exit_code == 0


def test_columns_of_the_names_as_they_stand_come_first(nested: Path, log: pd.DataFrame) -> None:
    names = [f.name for f in skewcheck.load(nested).features]
    rng = np.random.default_rng(3)
    table = pd.DataFrame({name: rng.normal(size=50) for name in names})
    for name in names:
        k, f = sorted(name.split("."), key=lambda part: part not in KEYS)
        table[f"{name}_n"] = (table[name] - NUMBERS[k, f]["mean"]) / NUMBERS[k, f]["std"]
    audit = skewcheck.audit(nested, table, served="{feature}_n")
    assert [f.name for f in audit.features] == names
    assert audit.exit_code == 0


def test_a_column_gives_the_same_file_of_ours(nested: Path, tmp_path: Path) -> None:
    made = of_key(skewcheck.load(nested), "robot:a")
    assert [f.name for f in made.features] == ["t", "h"]
    assert made["h"].groups["b"] == (ZScore(12.0, 3.0),)
    path = tmp_path / "own.json"
    skewcheck.api.save(made, path)
    read = skewcheck.load(path)
    assert read.fingerprint == made.fingerprint
    assert read.features == made.features
    assert of_key(read, "c")["t"].steps == (ZScore(3.0, 4.0),)
    assert skewcheck.diff(path, path) == ()


def test_what_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    flat = tmp_path / "flat.json"
    flat.write_text(json.dumps({"t": {"mean": 1, "std": 2}, "h": {"mean": 1, "std": 2}}))
    with pytest.raises(UsageError, match="no parameters by a key"):
        of_key(skewcheck.load(flat), "a")


def test_differences_are_told_by_key(nested: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    made = of_key(skewcheck.load(nested), "robot:a")
    skewcheck.api.save(made, old)
    table = json.loads(old.read_text())
    table["features"]["t"]["groups"]["b"]["steps"][0]["std"] = 5
    del table["features"]["h"]["groups"]["c"]
    del table["fingerprint"]
    new.write_text(json.dumps(table))
    assert skewcheck.diff(old, new) == (
        "h[c]: removed", "t[b]: zscore std 3 → 5 (+66.7 %)",
    )  # fmt: skip
