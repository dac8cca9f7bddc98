"""LightGBM's and XGBoost's models: names, types and ranges, against the data behind them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.parameters import UnnamedError, load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
TRAINED = pd.read_csv(MODELS / "boosting.csv", index_col=0)


def test_lightgbm_knows_ranges_and_levels() -> None:
    parameters = load(MODELS / "lightgbm.txt")
    assert [f.name for f in parameters.features] == ["fare", "count", "still", "city"]
    for name in ("fare", "count"):
        reference = parameters[name].reference
        assert isinstance(reference, NumericReference)
        assert reference.min == pytest.approx(TRAINED[name]["min"], rel=1e-15)
        assert reference.max == pytest.approx(TRAINED[name]["max"], rel=1e-15)
    levels = parameters["city"].reference
    assert isinstance(levels, CategoricalReference)
    assert list(levels.counts) == ["Bonn", "Jena", "Ulm"]
    assert parameters["still"].reference is None
    assert [(w.code, w.features) for w in parameters.warnings] == [("constant", ("still",))]
    assert all(feature.steps == () for feature in parameters.features)


@pytest.mark.parametrize("path", [MODELS / "unnamed.txt"])
def test_default_names_are_none(path: Path) -> None:
    with pytest.raises(UnnamedError, match="does not name its 2 values"):
        load(path)
    assert [f.name for f in load(path, ("fare", "count")).features] == ["fare", "count"]


def test_a_dumped_model(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    dump = {
        "feature_names": ["a", "b", "c"],
        "feature_infos": {"a": {"min_value": -1, "max_value": 2.5, "values": []},
                          "b": {"min_value": -1, "max_value": 2, "values": [-1, 2, 0]}},
        "tree_info": [], "pandas_categorical": None,
    }  # fmt: skip
    path.write_text(json.dumps(dump))
    parameters = load(path)
    assert parameters.model["format"] == "LightGBM"
    assert isinstance(parameters["a"].reference, NumericReference)
    assert (parameters["a"].reference.min, parameters["a"].reference.max) == (-1.0, 2.5)
    assert isinstance(parameters["b"].reference, CategoricalReference)
    assert list(parameters["b"].reference.counts) == ["0", "2"]
    assert parameters["c"].reference is None


def text(infos: str, names: str = "a b", tail: str = "") -> str:
    return (
        f"tree\nversion=v4\nnum_class=1\nfeature_names={names}\nfeature_infos={infos}\n\n"
        f"Tree=0\nfeature_infos=no\n{tail}"
    )


def test_categories_that_cannot_be_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "m.txt"
    path.write_text(text("1:0 -1:0:2", tail='\npandas_categorical:[["x", "y"]]\n'))
    parameters = load(path)
    assert parameters["a"].reference is None
    assert "cannot be told apart" in texts(parameters.notes)[-1]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (text("[0:1]"), "feature_names has 2 entries, feature_infos 1"),
        (text("[0:1] [2:x]"), "feature_infos: cannot read '[2:x]'"),
        (text("[0:1] [2:1]"), "feature_infos: '[2:1]' is no range"),
        (text("[0:1] [nan:1]"), "feature_infos: '[nan:1]' is no range"),
        (text("[0:1] none", tail="\npandas_categorical:[[1\n"), "pandas_categorical: no valid"),
        (text("[0:1] none", tail="\npandas_categorical:[1]\n"), "pandas_categorical: must be"),
        ("tree\nnum_class=1\n", "feature_names is missing"),
    ],
)
def test_lightgbm_malformed(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "m.txt"
    path.write_text(content)
    with pytest.raises(ParameterError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {why}")


def test_xgboost_knows_names_and_types() -> None:
    parameters = load(MODELS / "xgboost.json")
    types = {f.name: f.type for f in parameters.features}
    assert types == {
        "fare": "numeric", "count": "numeric", "still": "numeric", "city": "categorical",
    }  # fmt: skip
    with pytest.raises(ParameterError, match=r"save it as model\.json"):
        load(MODELS / "xgboost.ubj")


def learner(**more: object) -> dict[str, object]:
    return {"learner": {"learner_model_param": {"num_feature": "2"}, **more}, "version": [3, 0, 0]}


def test_xgboost_without_names(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(learner(feature_names=[], feature_types=[])))
    with pytest.raises(UnnamedError, match="does not name its 2 values"):
        load(path)
    assert [f.name for f in load(path, ("u", "v")).features] == ["u", "v"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (learner(feature_names=["a", 3]), r"learner\.feature_names\[1\]: must be a string"),
        (learner(feature_names=["a"], feature_types=["c", "q"]), "feature_types 2"),
        (learner(learner_model_param={"num_feature": "9" * 30}), "must be a number of features"),
        (learner(learner_model_param={"num_feature": "-1"}), "must be a number of features"),
        (learner(learner_model_param=[]), "must be an object"),
    ],
)
def test_xgboost_malformed(tmp_path: Path, told: dict[str, object], why: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps(told))
    with pytest.raises(ParameterError, match=why):
        load(path)
