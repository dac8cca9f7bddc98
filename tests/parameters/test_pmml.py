"""PMML: fields, ranges and derivations, and files that are no good."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from counting import calls
from pmml_text import Read, X, apply, field, norm
from wide import indicators, nested

from skewcheck.features.steps import Affine, Cast, Clip, Impute, Logarithm, MinMax, Robust, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

MODELS = Path(__file__).parents[2] / "fixtures" / "models"


def test_a_pipeline_of_scikit_learn() -> None:
    parameters = load(MODELS / "sklearn.pmml")
    log = pd.read_parquet(MODELS / "log.parquet")
    expected = pd.read_parquet(MODELS / "made.parquet")
    transformed = parameters.transform(log, exclude=["binned"])
    read_ones = ["age", "income", "change", "height", "price", "gaps", "kind"]
    assert len(log) == 1000
    for name in read_ones:
        np.testing.assert_allclose(transformed[name], expected[name], rtol=1e-9, atol=1e-9)
    assert isinstance(parameters["age"].steps[-1], ZScore)
    assert isinstance(parameters["height"].steps[-1], Robust)
    assert parameters["age"].extra["x-served"] == "standardScaler(age)"
    assert parameters["old"].role == "label"
    assert parameters["binned"].untested == "the function add_eps of this file is not followed"


def test_ranges_levels_and_what_the_schema_does(read: Read) -> None:
    parameters = read(
        norm((0.0, 0.0), (1.0, 2.0)),
        '<MiningField name="x" outliers="asExtremeValues" lowValue="-1" highValue="8"'
        ' missingValueReplacement="20"/><MiningField name="n"/><MiningField name="l"/>'
        '<MiningField name="y" usageType="target"/>'
        '<MiningField name="w" usageType="supplementary"/>',
        '<DataField name="n" optype="continuous" dataType="double">'
        '<Interval closure="closedClosed" leftMargin="-2" rightMargin="3"/></DataField>'
        '<DataField name="l" optype="categorical" dataType="string"><Value value="u"/>'
        '<Value value="-" property="invalid"/></DataField>'
        '<DataField name="y" optype="continuous" dataType="double"/>'
        '<DataField name="w" optype="continuous" dataType="double"/>',
    )
    assert {f.name for f in parameters.features} == {"x", "n", "l", "y"}
    assert parameters["x"].steps == (
        Clip(-1.0, 8.0),
        Impute(20.0),
        MinMax(0.0, 1.0, (0.0, 2.0)),
    )
    assert isinstance(parameters["n"].reference, NumericReference)
    assert (parameters["n"].reference.min, parameters["n"].reference.max) == (-2.0, 3.0)
    assert isinstance(parameters["l"].reference, CategoricalReference)
    assert list(parameters["l"].reference.counts) == ["u"]
    assert parameters["y"].role == "label"
    assert texts(parameters.notes) == ("TreeModel: a model, left out",)


def test_chains_casts_and_local_transformations(read: Read) -> None:
    parameters = read(
        field(apply("ln", X), "log"),
        model="<LocalTransformations>"
        + field('<FieldRef field="log"/>', "float(log)", "float")
        + field(apply("*", '<FieldRef field="float(log)"/>', 2.0), "twice")
        + "</LocalTransformations>",
    )
    assert parameters["x"].steps == (Logarithm(), Cast("float32"), Affine(0.0, 2.0))
    assert parameters["x"].extra["x-served"] == "twice"


def test_the_inputs_of_a_network_come_first(read: Read) -> None:
    inputs = norm((2.0, 0.0), (10.0, 1.0)).replace('name="d" ', "")
    parameters = read(
        model=f'<NeuralInputs><NeuralInput id="0">{inputs}</NeuralInput></NeuralInputs>'
    )
    assert parameters["x"].steps == (MinMax(2.0, 10.0, (0.0, 1.0)),)
    assert "x-served" not in parameters["x"].extra


@pytest.mark.parametrize(
    ("derived", "why"),
    [
        (field('<FieldRef field="nobody"/>'), "field 'nobody' is not declared before it"),
        (field(""), "DerivedField: has no expression"),
        (norm((0.0, 0.0), (float("nan"), 1.0)), "must be a finite number, got 'nan'"),
        (field('<NormContinuous field="x"><LinearNorm orig="1"/></NormContinuous>'), "got ''"),
        (field("<Apply function='+'>" * 70 + "</Apply>" * 70), "nested too deep for PMML"),
    ],
)
def test_malformed(read: Read, derived: str, why: str) -> None:
    with pytest.raises(ParameterError, match=r"m\.pmml: line \d+") as caught:
        read(derived)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


LAUGHS = """<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<PMML><DataDictionary><DataField name="&b;" optype="continuous"/></DataDictionary></PMML>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE PMML [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<PMML><DataDictionary><DataField name="&a;" optype="continuous"/></DataDictionary></PMML>"""


@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE])
def test_entities_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.pmml"
    path.write_text(text)
    with pytest.raises(ParameterError, match="declares XML entities"):
        load(path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<PMML><DataDictionary>", "no valid XML: no element found"),
        ("<PMML></PMML>", "has no DataDictionary, which names"),
        ("<x><PMML></PMML></x>", "no PMML: its root is x"),
        ('<?xml version="1.0" encoding="klingon"?><PMML/>', "no valid XML"),
    ],
)
def test_broken_files(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "m.pmml"
    path.write_text(text)
    with pytest.raises(ParameterError) as caught:
        load(path)
    assert why in str(caught.value)


def test_deep_and_wide_files_are_walked_once(read: Read) -> None:
    """Nested constants are looked at once; thousands of indicators are one step."""
    read()  # what is imported on the way is there
    # Looking again from every depth would be four times as much for twice the depth.
    assert calls(lambda: read(nested(48))) < 3 * calls(lambda: read(nested(24)))
    assert calls(lambda: read(indicators(2_000))) < 11 * calls(lambda: read(indicators(200)))
    parameters = read(nested(50) + indicators(5_000))
    assert parameters["x"].steps == (Affine(-50.0, 1.0),)
    assert len(parameters["c"].steps[0].values) == 5_000
