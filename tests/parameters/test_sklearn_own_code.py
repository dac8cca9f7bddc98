"""Pipelines with code of the user's own: that is named and untested, and the rest is right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from own_code import PLAIN

from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

BY_VALUE = ("dill", "dill 2", "recurse", "byref", "cloudpickle", "cloudpickle 2")
ALL = (*PLAIN, *BY_VALUE)


def untested(parameters: Parameters) -> dict[str, str | None]:
    return {feature.name: feature.untested for feature in parameters.features}


@pytest.mark.parametrize("how", ALL)
@pytest.mark.parametrize("what", ["columns", "pipeline", "model", "bundle"])
def test_the_other_branches_serve_what_scikit_learn_serves(
    own_code: Path, what: str, how: str
) -> None:
    parameters = load(own_code / f"{what}.{how}")
    reasons = untested(parameters)
    plus = reasons.pop("speed") or ""
    assert plus.startswith("made by __main__.")
    assert plus.endswith("plus_one" if how in PLAIN else "<lambda>")
    assert reasons == {
        "fare": None, "miles": "made by __main__.LogScaling", "people": "made by __main__.my_log",
        "city": None,
    }  # fmt: skip
    rows, served = pd.read_csv(own_code / "rides.csv"), pd.read_csv(own_code / "served.csv")
    read = parameters.transform(rows, exclude=["miles", "people", "speed"])
    for ours, theirs in (("fare", "num__fare"), ("city_Oslo", "cat__city_Oslo")):
        np.testing.assert_allclose(read[ours], served[theirs], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("how", ALL)
def test_what_goes_through_own_code_first_is_untested_with_the_columns_it_adds(
    own_code: Path, how: str
) -> None:
    reasons = untested(load(own_code / f"first.{how}"))
    assert list(reasons) == ["fare", "miles", "people", "speed", "city", "ratio"]
    assert {*reasons.values()} == {"made by __main__.AgeFill"}


@pytest.mark.parametrize("how", ALL)
def test_later_steps_do_not_bring_columns_back(own_code: Path, how: str) -> None:
    reasons = untested(load(own_code / f"stages.{how}"))
    assert reasons == dict.fromkeys(["fare", "miles", "people", "speed"], "made by __main__.my_log")


def test_an_object_of_the_users_own_is_read_through(own_code: Path) -> None:
    assert texts(load(own_code / "model.dill").notes) == (
        "trained_model: LogisticRegression is no transformer and not looked at",
        "preprocessing: read from __main__.TaxiModel, whose own code is not looked at",
    )
    assert texts(load(own_code / "bundle.pickle").notes)[1] == (
        "['own']: __main__.LogScaling is not looked at: no library has its code"
    )


def test_own_code_alone_is_refused_in_words(own_code: Path) -> None:
    with pytest.raises(ParameterError, match=r"holds __main__\.LogScaling, whose code is not in a"):
        load(own_code / "alone.dill")


def test_several_outputs_of_own_code_are_counted_by_later_steps(own_code: Path) -> None:
    """A branch that makes two columns of one, or one of two, shifts no other branch."""
    reasons = untested(load(own_code / "wide.dill"))
    made = "made by __main__.Ratios"
    assert reasons == {"fare": None, "miles": made, "people": made, "speed": None}
    parameters = load(own_code / "wide.dill")
    rows, served = pd.read_csv(own_code / "rides.csv"), pd.read_csv(own_code / "wide.csv")
    read = parameters.transform(rows, exclude=["miles", "people"])
    np.testing.assert_allclose(read["fare"], served.iloc[:, 0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(read["speed"], served.iloc[:, -1], rtol=1e-9, atol=1e-9)
