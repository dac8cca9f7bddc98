"""One boolean and one number, however a table spells them: counted, compared, transformed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.logs.arrays import labels, spelled
from skewcheck.reports.words.notes import texts

TRUTHS = np.random.default_rng(1).random(4000) < 0.4
BOOLEAN = pd.DataFrame({"x": TRUTHS})
SPELLED = {
    "booleans": TRUTHS,
    "text": np.where(TRUTHS, "True", "False"),
    "loud": np.where(TRUTHS, "TRUE", "FALSE"),
    "integers": TRUTHS.astype(int),
    "floats": TRUTHS.astype(float),
}


@pytest.mark.parametrize("log", SPELLED)
@pytest.mark.parametrize("training", ["booleans", "text"])
def test_booleans_are_one_whatever_their_spelling(training: str, log: str) -> None:
    parameters = skewcheck.fit(pd.DataFrame({"x": SPELLED[training]}))
    frame = pd.DataFrame({"x": SPELLED[log]})
    assert skewcheck.audit(parameters, frame).verdict == "ok"
    served = parameters.transform(pd.DataFrame({"x": SPELLED[training]})).x
    assert set(served) == {0.0, 1.0}
    assert parameters.transform(frame).x.equals(served)
    audit = skewcheck.audit(parameters, frame.assign(x_n=served), served="{feature}_n")
    assert audit.features[0].parity is not None
    assert (audit.verdict, audit.features[0].parity.mismatched) == ("ok", 0)


@pytest.mark.parametrize("log", SPELLED)
def test_booleans_in_csv(tmp_path: Path, log: str) -> None:
    path = tmp_path / "log.csv"
    pd.DataFrame({"x": SPELLED[log]}).to_csv(path, index=False)
    assert skewcheck.audit(skewcheck.fit(BOOLEAN), str(path)).verdict == "ok"


def test_the_text_one_is_no_boolean() -> None:
    frame = pd.DataFrame({"x": np.where(TRUTHS, "1", "0")})
    assert skewcheck.audit(skewcheck.fit(BOOLEAN), frame).verdict == "skew"


def test_a_categorical_integer_with_nulls_in_csv(tmp_path: Path) -> None:
    values = np.random.default_rng(2).integers(0, 5, 4000)
    whole, path = pd.DataFrame({"x": values}), tmp_path / "log.csv"
    pd.DataFrame({"x": np.where(np.arange(4000) < 4, np.nan, values)}).to_csv(path, index=False)
    assert "3.0" in path.read_text()
    assert skewcheck.audit(skewcheck.fit(whole, categorical=["x"]), str(path)).verdict == "ok"
    assert skewcheck.audit(skewcheck.fit(str(path), categorical=["x"]), whole).verdict == "ok"


def test_names_that_only_look_alike_are_two() -> None:
    assert spelled(["1.0", "True"], ["1", "one"]) == ["1.0", "True"]
    assert spelled(["3.0", "2.50", "007", "1e3"], ["3", "2.5"]) == ["3", "2.5", "007", "1e3"]
    assert spelled(["1", "1.0", "1.00", None], ["1.0", "1"]) == ["1", "1.0", "1", None]
    assert spelled(["1", "true"], ["True", "False"]) == ["1", "True"]
    assert spelled(["1", "0"], ["True", "False"], numeric=True) == ["True", "False"]


def test_labels_of_one_spelling_share_a_code() -> None:
    labelled = labels(pa.array(["3.0", "3", None, "4"]), ("3",))
    assert (labelled.levels, labelled.codes.tolist()) == (("3", "4"), [0, 0, -1, 1])


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%f", "%H:%M"]
)
def test_text_of_dates_is_left_out(form: str) -> None:
    days = pd.Series(pd.date_range("2026-01-01", periods=30, freq="25h")).dt.strftime(form)
    frame = pd.DataFrame({"day": np.tile(days, 10), "x": ["a", "b"] * 150})
    frame.loc[3, "day"] = "unknown"
    parameters = skewcheck.fit(frame)
    assert [feature.name for feature in parameters.features] == ["x"]
    (note,) = texts(parameters.notes)
    assert note.startswith("day: left out: a date or time moves on by itself")
    assert skewcheck.fit(frame, features=["day"])["day"].type == "categorical"
    assert [f.name for f in skewcheck.fit(frame.assign(day="10-20-30")).features] == ["day", "x"]
