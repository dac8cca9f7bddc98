"""Label encoders and training baselines."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from skewcheck.features.steps import Vocabulary, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.parameters.handwritten import read_tree
from skewcheck.parameters.source import ParameterSource, UnnamedError
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError


def read(tree: object, *names: str) -> Parameters:
    return read_tree(ParameterSource(Path("p.json"), names=names), tree)


@pytest.mark.parametrize("tree", [{"Female": 0, "Male": 1}, {"classes": ["Female", "Male"]}])
def test_one_encoder_needs_a_name(tree: object) -> None:
    assert read(tree, "sex")["sex"].steps == (Vocabulary(("Female", "Male"), None, unsaid=True),)
    with pytest.raises(UnnamedError, match="1 value;"):
        read(tree)


@pytest.mark.parametrize(
    "tree",
    [
        {"sex": {"M": 1, "F": 0}, "size": {"S": 1, "M": 2, "L": 3}},
        {"label_encoders": {"sex": {"M": 1, "F": 0}, "size": {"S": 1, "M": 2, "L": 3}}},
        {"sex": {"mapping": {"M": 1, "F": 0}}, "size": {"mapping": {"S": 1, "M": 2, "L": 3}}},
    ],
)
def test_several_encoders(tree: object) -> None:
    frame = pd.DataFrame({"sex": ["F", "M", None, "x"], "size": ["S", "M", "L", None]})
    transformed = read(tree).transform(frame)
    assert transformed["sex"].tolist()[:2] == [0, 1]
    assert transformed["sex"].isna().tolist() == [False, False, True, True]
    assert transformed["size"].tolist()[:3] == [1, 2, 3]


def test_encoders_beside_numbers() -> None:
    parameters = read(
        {
            "mean": [1],
            "std": [2],
            "columns": ["age"],
            "classes": ["no", "yes"],
            "encoders": {"sex": {"M": 1, "F": 0}},
        }
    )
    assert parameters["age"].steps == (ZScore(1.0, 2.0),)
    assert parameters["sex"].steps == (Vocabulary(("F", "M"), None, unsaid=True),)
    assert texts(parameters.notes) == ("not read: classes",)


def test_codes_are_no_means() -> None:
    parameters = read({"mean": {"a": 0, "b": 1}, "std": {"a": 1, "b": 2}})
    assert parameters["b"].steps == (ZScore(1.0, 2.0),)


def test_a_baseline_is_a_reference_and_no_normalization() -> None:
    parameters = read({
        "row_count": 1000, "numeric": {"age": {"mean": 40, "std": 12}},
        "categorical": {"city": {"Bern": 0.25, "Basel": 0.75}, "ok": {"True": 1.0}},
    })  # fmt: skip
    assert all(f.steps == () and f.untested is None for f in parameters.features)
    age, city, ok = (f.reference for f in parameters.features)
    assert isinstance(age, NumericReference)
    assert (age.mean, age.std) == (40, 12)
    assert city == CategoricalReference(1000, 0, {"Basel": 750, "Bern": 250})
    assert isinstance(ok, CategoricalReference)
    assert ok.counts == {"true": 1000}
    assert parameters["age"].extra["x-source"] == "numeric.age.mean; numeric.age.std"


def test_a_baseline_of_shares_without_rows_keeps_the_levels() -> None:
    parameters = read({"categorical": {"city": {"Bern": 0.25, "Basel": 0.5}}})
    assert parameters["city"].reference == CategoricalReference(0, 0, {"Basel": 0, "Bern": 0})


@pytest.mark.parametrize("share", [-0.5, True, "x", float("nan")])
def test_shares_must_be_shares(share: object) -> None:
    with pytest.raises(ParameterError, match="must be a share or a count of rows"):
        read({"categorical": {"city": {"Bern": share}}})
    with pytest.raises(ParameterError, match=r"add up to 1\.5, more than 1"):
        read({"categorical": {"city": {"Bern": 0.75, "Basel": 0.75}}})
