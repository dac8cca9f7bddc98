"""Columns through a pipeline, and the features that come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from skewcheck.features.steps import (
    Affine,
    Clip,
    Impute,
    Map,
    MinMax,
    OneHot,
    Robust,
    Vocabulary,
    ZScore,
)
from skewcheck.features.types import Parameters
from skewcheck.parameters.building import build_parameters
from skewcheck.parameters.columns import PipelineColumn
from skewcheck.parameters.source import ParameterSource, UnnamedError
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

SOURCE = ParameterSource(Path("scaler.pkl"))


def out_of(*columns: PipelineColumn) -> Parameters:
    return build_parameters(SOURCE, columns)


def test_steps_and_types() -> None:
    parameters = out_of(
        PipelineColumn("age")
        .then(Impute(3.0), source="a[0]")
        .then(ZScore(1.0, 2.0), source="b[0]"),
        PipelineColumn("city")
        .then(Impute("x"))
        .then(Vocabulary(("x", "y")))
        .then(ZScore(0.5, 0.5)),
    )
    assert [f.type for f in parameters.features] == ["numeric", "categorical"]
    assert parameters["age"].steps == (Impute(3.0), ZScore(1.0, 2.0))
    assert parameters["age"].extra == {"x-source": "a[0]; b[0]"}
    assert len(parameters["city"].steps) == 3


@pytest.mark.parametrize(
    ("column", "why"),
    [
        (PipelineColumn("a").then(ZScore(0.0, 0.0)), "zscore: std must be > 0"),
        (
            PipelineColumn("a").then(ZScore(float("nan"), 1.0)),
            "zscore: mean is not a finite number",
        ),
        (
            PipelineColumn("a").then(Vocabulary(("x",))).then(Vocabulary(("y",))),
            "vocabulary does not take",
        ),
        (
            PipelineColumn("a").then(Clip(0.0, 1.0)).then(OneHot(("x",))),
            "onehot does not take numbers",
        ),
        (
            PipelineColumn("a").untestable("KNNImputer has no per-feature form"),
            "KNNImputer has no per-feature",
        ),
    ],
)
def test_what_cannot_be_reapplied_is_said(column: PipelineColumn, why: str) -> None:
    feature = out_of(column)["a"]
    assert feature.steps == ()
    assert (feature.untested or "").startswith(why)


def test_levels_of_onehot_are_one_feature() -> None:
    levels = OneHot(("x", "y"))
    parameters = out_of(
        *PipelineColumn("city").onehot(levels),
        *PipelineColumn("town", served="cat__town").onehot(levels),
    )
    assert [f.name for f in parameters.features] == ["city", "town"]
    assert parameters["city"].steps == parameters["town"].steps == (levels,)
    assert "x-served" not in parameters["city"].extra
    assert parameters["town"].extra["x-served"] == ["cat__town_x", "cat__town_y"]


def test_a_scaler_after_onehot_maps_levels() -> None:
    x, y = PipelineColumn("city").onehot(OneHot(("x", "y")))
    scaled = [x.then(ZScore(0.5, 2.0)), y.then(ZScore(0.0, 4.0), Affine(2.0, 1.0))]
    numbers = {"x": (0.25, -2.0), "y": (-0.25, -1.75)}
    other = (-0.25, -2.0)
    assert out_of(*scaled)["city"].steps == (Map(numbers, other, other, ("x", "y")),)
    same = [x.then(MinMax(0.0, 1.0)), y.then(MinMax(0.0, 1.0))]
    assert out_of(*same)["city"].steps == (OneHot(("x", "y")),)


def test_steps_of_levels_after_onehot_have_no_form() -> None:
    x, _ = PipelineColumn("city").onehot(OneHot(("x", "y")))
    assert "does not take the columns of levels" in (x.then(Vocabulary(("1",))).untested or "")


def test_the_first_way_that_can_be_reapplied_is_kept_and_the_others_named() -> None:
    untestable = PipelineColumn("age", served="n").untestable("no form")
    parameters = out_of(untestable, PipelineColumn("age", served="r").then(Robust(0.0, 2.0)))
    assert parameters["age"].steps == (Robust(0.0, 2.0),)
    assert texts(parameters.notes) == ("age also goes into the model as n: not audited",)


def test_no_columns_and_no_names() -> None:
    with pytest.raises(ParameterError, match=r"scaler\.pkl: no feature in it"):
        out_of()
    with pytest.raises(UnnamedError, match="does not name its 3 values; names"):
        SOURCE.names_for(3)
    with pytest.raises(ParameterError, match="holds 3 values, but names gives 2 names"):
        ParameterSource(Path("scaler.pkl"), names=("a", "b")).names_for(3)
