"""Features of which no file says whether they are numbers or levels: their columns do."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import StandardScaler

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.parameters.writer import dumps
from skewcheck.results.tests import Reason


def people(seed: int, rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 9, rows).round(1),
            "city": rng.choice(["Rome", "Oslo"], rows),
            "member": rng.random(rows) < 0.3,
            "visits": rng.integers(0, 9, rows),
        }
    )


@pytest.fixture
def parameters(tmp_path: Path) -> Parameters:
    transformer = ColumnTransformer([("n", StandardScaler(), ["age"])], remainder="passthrough")
    (tmp_path / "ct.pkl").write_bytes(pickle.dumps(transformer.fit(people(1))))
    return load(tmp_path / "ct.pkl")


def test_columns_that_pass_through_are_what_the_log_says(parameters: Parameters) -> None:
    result = skewcheck.audit(parameters, people(2))
    types = {f.name: f.type for f in result.features}
    assert types == {
        "age": "numeric", "city": "categorical", "member": "categorical", "visits": "numeric",
    }  # fmt: skip
    assert result.exit_code == 0


def test_training_data_says_it_too_and_the_log_is_held_to_it(parameters: Parameters) -> None:
    assert skewcheck.audit(parameters, people(2), reference=people(1)).exit_code == 0
    changed = people(2).assign(visits="many")
    result = skewcheck.audit(parameters, changed, reference=people(1))
    assert [f.name for f in result.features if f.verdict == "skew"] == ["visits"]


def test_text_passes_through_a_transform(parameters: Parameters) -> None:
    rows = people(3)
    transformed = parameters.transform(rows)
    assert transformed["city"].tolist() == rows["city"].tolist()
    np.testing.assert_array_equal(transformed["visits"], rows["visits"])


def test_what_is_not_said_is_not_written(parameters: Parameters, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text(dumps(parameters), encoding="utf-8")
    again = load(tmp_path / "own.json")
    assert [not f.guessed for f in again.features] == [True, False, False, False]
    assert again.fingerprint == parameters.fingerprint
    assert skewcheck.audit(again, people(2)).exit_code == 0


def test_a_type_that_the_file_says_is_held(tmp_path: Path) -> None:
    features = {"city": {"type": "numeric", "steps": []}}
    (tmp_path / "own.json").write_text(json.dumps({"features": features}), encoding="utf-8")
    (feature,) = skewcheck.audit(tmp_path / "own.json", people(2)).features
    assert [t.name for t in feature.tests if t.verdict == "skew"] == ["type"]


def test_levels_that_no_file_lists_are_no_strangers(tmp_path: Path) -> None:
    visits = {"steps": [{"op": "minmax", "min": 0, "max": 8}]}
    features = {"city": {"type": "categorical", "steps": []}, "visits": visits}
    (tmp_path / "own.json").write_text(json.dumps({"features": features}), encoding="utf-8")
    result = skewcheck.audit(tmp_path / "own.json", people(2))
    # No level is known, and the ends are constants: nothing was compared.
    assert (result.verdict, result.exit_code) == ("inconclusive", 3)
    (unseen,) = [t for t in result.features[0].tests if t.name == "unseen"]
    assert unseen.verdict == "untested"
    assert unseen.reason == Reason("no_level_named")
