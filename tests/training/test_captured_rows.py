"""Golden rows of live objects: their outputs are those that the object itself gives."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import fitted_pipelines
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    PolynomialFeatures,
    SplineTransformer,
    StandardScaler,
)

import skewcheck
from skewcheck.parameters.writer import dumps
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import NothingToTestError, UsageError

Row = Mapping[str, Mapping[str, object]]
ROWS = 500


def rides(rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return pd.DataFrame({
        "fare": rng.gamma(2, 5, rows),
        "miles": np.where(rng.random(rows) < 0.1, np.nan, rng.gamma(2, 3, rows)),
        "count": rng.poisson(2, rows),
        "city": rng.choice(["Oslo", "Lima", "Rome"], rows, p=[0.6, 0.39, 0.01]),
    })  # fmt: skip


class LogScaling:
    """Code of the user's own, which nothing but running it tells."""

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        codes = X["city"].map({"Oslo": 0, "Lima": 1, "Rome": 2}).fillna(-1)
        miles = np.log1p(X["miles"].fillna(0))
        return pd.DataFrame({"log_fare": np.log1p(X["fare"]), "log_miles": miles, "code": codes})


class Branches:
    """Gives an array without names; a branch for each size of the count."""

    def transform(self, X: pd.DataFrame) -> object:  # noqa: N803
        return np.column_stack((np.where(X["count"] > 3, X["fare"], -X["fare"]), X["count"] ** 2))


class Doubled(StandardScaler):
    """Says to be a scaler, and is none."""

    def transform(self, X: pd.DataFrame) -> object:  # noqa: N803
        return 2 * np.asarray(super().transform(X))


class Refuses:
    """Takes neither nulls nor new levels."""

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        if X.isna().any().any():
            raise ValueError("a null")
        return pd.DataFrame({"code": [{"Oslo": 0, "Lima": 1, "Rome": 2}[c] for c in X["city"]]})


class OfTheBatch:
    """Normalizes by the statistics of whatever rows it gets."""

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
        return (X[["fare"]] - X[["fare"]].mean()) / X[["fare"]].std()


def numbers() -> pd.DataFrame:
    return rides()[["fare", "miles"]]


def complete() -> pd.DataFrame:
    return rides()[["fare", "count"]]


OBJECTS: Mapping[str, Callable[[], tuple[object, pd.DataFrame]]] = {
    "own": lambda: (LogScaling(), rides()),
    "branches": lambda: (Branches(), complete()),
    "subclass": lambda: (Doubled().fit(complete()), complete()),
    "refuses": lambda: (Refuses(), rides()[["city", "count"]]),
    "knn": lambda: (KNNImputer().fit(numbers()), numbers()),
    "pca": lambda: (make_pipeline(KNNImputer(), StandardScaler(), PCA(2)).fit(numbers()),
                    numbers()),
    "polynomial": lambda: (make_pipeline(StandardScaler(), PolynomialFeatures(2)).fit(complete()),
                           complete()),
    "spline": lambda: (SplineTransformer(4).fit(complete()), complete()),
    "lambda": lambda: (make_pipeline(FunctionTransformer(lambda x: x + 1), StandardScaler())
                       .fit(complete()), complete()),
    "mixed": lambda: (ColumnTransformer(
        [("hot", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]),
         ("pca", PCA(1), ["fare", "count"])]).fit(rides()), rides()),
}  # fmt: skip


def transformed(fitted: object, lines: list[Row]) -> np.ndarray:
    """Return what the object gives for inputs as JSON has them."""
    transform: Callable[[pd.DataFrame], object] | None = getattr(fitted, "transform", None)
    assert transform is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(transform(pd.DataFrame([dict(line["input"]) for line in lines])), float)


def check_rows_of(fitted: object, parameters: skewcheck.Parameters, path: Path) -> list[Row]:
    """Compare rows, written and read again, with the object; and the right answers with them."""
    skewcheck.save(parameters, path)
    lines: list[Row] = json.loads(json.dumps(skewcheck.rows(path)))
    assert 1 <= len(lines) <= 100
    expected = pd.DataFrame([dict(line["expected"]) for line in lines]).astype(float).to_numpy()
    right = transformed(fitted, lines)
    if right.shape == expected.shape:
        np.testing.assert_allclose(expected, right, rtol=1e-12, atol=1e-12)
    shuffled = [lines[i] for i in np.random.default_rng(0).permutation(len(lines))]
    for printed in (lambda x: float(np.float32(x)), lambda x: f"{x:.7g}", lambda x: x):
        answers = [
            {"id": line["id"], "output": {
                name: x if x is None else printed(x) for name, x in line["expected"].items()
            }} for line in shuffled
        ]  # fmt: skip
        check = skewcheck.check_rows(path, answers)
        assert check.exit_code == 0, check
    return lines


@pytest.mark.parametrize("name", OBJECTS)
def test_rows_are_what_the_object_gives(name: str, tmp_path: Path) -> None:
    fitted, frame = OBJECTS[name]()
    parameters = skewcheck.capture(fitted, frame)
    opaque = [f.name for f in parameters.features if f.untested is not None or f.made]
    assert (parameters.rows is not None) == bool(opaque)
    check_rows_of(fitted, parameters, tmp_path / "p.json")
    assert dumps(skewcheck.capture(fitted, frame)) == dumps(parameters)


@pytest.mark.parametrize("seed", range(12))
def test_rows_of_any_pipeline_are_what_it_gives(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng([91, seed])
    nulls = bool(rng.random() < 0.5)
    frame = fitted_pipelines.frame(rng, nulls=nulls)
    fitted = fitted_pipelines.transformer(rng, frame, nulls=nulls)
    parameters = skewcheck.capture(fitted, frame)
    assert not [f.name for f in parameters.features if f.untested is not None]
    lines = check_rows_of(fitted, parameters, tmp_path / "p.json")
    columns = [*getattr(fitted.transform(frame), "columns", [])]
    assert {*lines[0]["expected"]} == {*columns}


def test_edge_cases_that_the_object_takes_are_there() -> None:
    inputs = [line["input"] for line in skewcheck.rows(skewcheck.capture(LogScaling(), rides()))]
    frame, table = rides(), pd.DataFrame(inputs)
    for name in ("fare", "miles", "count"):
        assert {frame[name].min(), frame[name].max(), 0.0} <= {*table[name].dropna()}
    assert {"Oslo", "Lima", "Rome", "unknown level"} <= {*table["city"].dropna()}
    assert table[["fare", "miles", "city"]].isna().any().all()
    assert not table["count"].isna().any()  # integers have no null in training


def test_edge_cases_that_the_object_refuses_are_not() -> None:
    frame = rides()[["city", "count"]]
    table = pd.DataFrame([line["input"] for line in skewcheck.rows(
        skewcheck.capture(Refuses(), frame))])  # fmt: skip
    assert {*table["city"]} == {"Oslo", "Lima", "Rome"}


def test_outputs_that_depend_on_other_rows_are_said() -> None:
    parameters = skewcheck.capture(OfTheBatch(), rides())
    assert parameters.rows is None
    assert texts(parameters.notes) == (
        "fare: depend on other rows of their batch, or on chance: in no golden row",
    )
    with pytest.raises(NothingToTestError, match="has no golden rows, and no steps that give"):
        skewcheck.rows(parameters)


def test_without_rows_no_row_of_the_data_is_in_the_file() -> None:
    frame = rides().assign(fare=lambda f: f["fare"] + 1e-7)  # digits that no quantile has by itself
    kept = skewcheck.capture(LogScaling(), frame)
    text = dumps(skewcheck.capture(LogScaling(), frame, rows=False))
    assert '"rows": {' not in text
    assert text == dumps(kept).replace(dumps(kept)[dumps(kept).index(',\n  "rows": {') :], "\n}\n")
    stored = json.loads(dumps(kept))["rows"]["inputs"]
    assert {*stored} == {*frame.columns}


def test_columns_that_the_object_does_not_take_are_in_no_row() -> None:
    fitted = ColumnTransformer([("pca", PCA(1), ["fare", "count"])]).fit(rides())
    parameters = skewcheck.capture(fitted, rides())
    assert parameters.rows is not None
    assert {*parameters.rows.inputs} == {"fare", "count"}


def test_steps_that_the_object_does_not_follow_are_untested() -> None:
    class Attribute:
        """Holds a scaler, of which it does not make what a reader would think."""

        def __init__(self) -> None:
            self.scaler_ = StandardScaler().fit(complete())

        def transform(self, X: pd.DataFrame) -> object:  # noqa: N803
            return 3 * np.asarray(self.scaler_.transform(X))

    Attribute.__qualname__ = "Attribute"
    globals()["Attribute"] = Attribute  # so that it can be pickled, as a class of a module
    parameters = skewcheck.capture(Attribute(), complete())
    fare = parameters["fare"]
    assert not fare.steps
    assert fare.untested == (
        "made by Attribute, whose output is not what the steps that were read give"
    )
    assert [f.name for f in parameters.features if f.derived] == ["attribute0", "attribute1"]


def test_the_object_and_the_data_stay_as_they_are() -> None:
    class Counting:
        calls = 0

        def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
            self.calls += 1
            X["fare"] = X["fare"] + 1
            return X[["fare"]]

    frame, fitted = rides(), Counting()
    skewcheck.capture(fitted, frame)
    pd.testing.assert_frame_equal(frame, rides())
    assert fitted.calls == 0


def test_what_fails_is_said_without_its_values() -> None:
    class Fails:
        def transform(self, X: pd.DataFrame) -> pd.DataFrame:  # noqa: N803
            raise ValueError(f"secret {X['fare'].iloc[0]}")

    with pytest.raises(UsageError, match=r"^Fails.transform: fails \(ValueError\)$"):
        skewcheck.capture(Fails(), rides())
    with pytest.raises(UsageError, match="X: has no rows"):
        skewcheck.capture(LogScaling(), rides().iloc[:0])


def test_arrays_are_given_as_arrays() -> None:
    class OfArrays:
        def transform(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
            return X[:, :1] / 2

    names = ["fare", "count"]
    of_array = skewcheck.capture(OfArrays(), complete().to_numpy(), names)
    of_frame = skewcheck.capture(OfArrays(), complete())
    for parameters in (of_array, of_frame):
        assert [f.name for f in parameters.features] == [*names, "ofarrays0"]
        assert parameters.rows is not None
        halves = [None if x is None else float(x) / 2 for x in parameters.rows.inputs["fare"]]
        assert [*parameters.rows.expected["ofarrays0"]] == halves
