"""Great Expectations suites, MLflow signatures and home-made schemas: types, ranges and levels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from skewcheck import audit
from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.parameters import load
from skewcheck.parameters.source import UnnamedError
from skewcheck.reports.words.notes import texts


def expect(kind: str, **kwargs: object) -> dict[str, object]:
    return {"expectation_type": f"expect_{kind}", "kwargs": kwargs, "meta": {}}


SUITE = [
    expect("table_row_count_to_be_between", min_value=1, max_value=9),
    expect("column_values_to_be_between", column="age", min_value=0, max_value=120),
    expect("column_values_to_be_of_type", column="age", type_="int64"),
    expect("column_values_to_be_in_set", column="city", value_set=["Bern", "Basel"]),
    expect("column_values_to_be_between", column="day", min_value="2020-01-01", max_value=None),
    expect("column_values_to_be_of_type", column="note", type_="StringType"),
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "k", "value_set": [1, 2.0]}},
]


def test_a_suite(tmp_path: Path) -> None:
    (tmp_path / "suite.json").write_text(json.dumps({"expectations": SUITE, "name": "s"}))
    parameters = load(tmp_path / "suite.json")
    assert [f.type for f in parameters.features] == [
        "numeric", "categorical", "numeric", "categorical", "categorical"]  # fmt: skip
    age = parameters["age"].reference
    assert isinstance(age, NumericReference)
    assert (age.min, age.max, age.rows) == (0, 120, 0)
    assert parameters["city"].reference == CategoricalReference(0, 0, {"Bern": 0, "Basel": 0})
    assert isinstance(parameters["k"].reference, CategoricalReference)
    assert list(parameters["k"].reference.counts) == ["1", "2"]
    assert "expect_table_row_count_to_be_between" in texts(parameters.notes)[1]


def test_what_a_suite_expects_is_tested(tmp_path: Path) -> None:
    (tmp_path / "suite.json").write_text(json.dumps({"expectations": SUITE[1:4]}))
    parameters = load(tmp_path / "suite.json")
    good = pd.DataFrame({"age": [20, 30] * 3000, "city": ["Bern", "Basel"] * 3000})
    assert audit(parameters, good).verdict == "ok"
    bad = good.assign(age=[20, 300] * 3000, city=["Bern", "Paris"] * 3000)
    assert [f.verdict for f in audit(parameters, bad).features] == ["skew", "skew"]


INPUTS = [
    {"type": "double", "name": "age", "required": True},
    {"type": "long", "name": "visits"},
    {"type": "string", "name": "city"},
    {"type": "datetime", "name": "day"},
]
MLMODEL = """artifact_path: model
flavors:
  python_function:
    loader_module: mlflow.sklearn
model_uuid: 0d8e
signature:
  inputs: '{}'
  outputs: '[{{"type": "long"}}]'
"""


def test_a_signature(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(MLMODEL.format(json.dumps(INPUTS)))
    parameters = load(tmp_path / "MLmodel")
    assert [(f.name, f.type) for f in parameters.features[:3]] == [
        ("age", "numeric"), ("visits", "numeric"), ("city", "categorical")]  # fmt: skip
    assert parameters["day"].untested == "its type is datetime"


def test_a_tensor_signature(tmp_path: Path) -> None:
    spec = {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}
    (tmp_path / "MLmodel").write_text(MLMODEL.format(json.dumps([spec])))
    with pytest.raises(UnnamedError):
        load(tmp_path / "MLmodel")
    assert [f.name for f in load(tmp_path / "MLmodel", ["a", "b"]).features] == ["a", "b"]


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ("[", "signature.inputs: no valid JSON"),
        ("[]", "signature.inputs: names no input"),
        ("[1]", "signature.inputs[0]: must be an object"),
        ('[{"type": "long"}]', "signature.inputs[0]: has no name; log the model with a DataFrame"),
        ('[{"type": "tensor", "tensor-spec": {"shape": [-1, 9, 9]}}]',
         "signature.inputs[0]: a tensor of shape [-1, 9, 9], which names no features"),
    ],
)  # fmt: skip
def test_signatures_that_say_nothing(refusal: Callable[..., str], inputs: str, why: str) -> None:
    assert refusal(MLMODEL.format(inputs), "MLmodel").startswith(why)
    assert refusal("flavors:\n  a: 1\n", "MLmodel").startswith("has no signature with inputs")


def test_a_schema_of_types(tmp_path: Path) -> None:
    tree = {"target": "price", "features": {
        "rooms": {"dtype": "int64", "binary": False}, "city": {"dtype": "object"}}}  # fmt: skip
    (tmp_path / "schema.json").write_text(json.dumps(tree))
    parameters = load(tmp_path / "schema.json")
    assert [(f.name, f.type, f.role) for f in parameters.features] == [
        ("rooms", "numeric", "feature"), ("city", "categorical", "feature"),
        ("price", "numeric", "label"),
    ]  # fmt: skip
