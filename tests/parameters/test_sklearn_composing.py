"""Pipelines, column transformers and unions, nested: the same columns under the same names."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_regression
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)
from sklearn_comparison import check

from skewcheck.features.steps import Affine, Impute, Log1p, MinMax, OneHot, Vocabulary, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError, load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

Read = Callable[..., Parameters]


def rides(seed: int = 0, rows: int = 1000) -> pd.DataFrame:
    """Return two columns of numbers with nulls, one of counts, and two of text."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "fare": rng.lognormal(2, 1, rows).round(2), "miles": rng.gamma(2, 3, rows),
        "people": rng.integers(1, 6, rows).astype(float),
        "city": rng.choice(["Oslo", "Lima", "Rome"], rows).astype(object),
        "paid": rng.choice(["cash", "card"], rows).astype(object),
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.05, "fare"] = np.nan
    frame.loc[rng.random(rows) < 0.05, "city"] = np.nan
    return frame


def numeric() -> Pipeline:
    return Pipeline([("imputer", SimpleImputer(strategy="median")), ("scaler", StandardScaler())])


def categorical() -> Pipeline:
    fill = SimpleImputer(strategy="most_frequent")
    return make_pipeline(fill, OneHotEncoder(handle_unknown="ignore"))


CHOICES = {
    "names": (["fare", "miles"], ["city", "paid"]),
    "places": ([0, 1], [-2, -1]),
    "slices": (slice(0, 2), slice("city", "paid")),
    "masks": ([True, True, False, False, False], np.array([0, 0, 0, 1, 1], bool)),
    "selectors": (
        make_column_selector("fare|miles"), make_column_selector(dtype_exclude=np.number),
    ),
}  # fmt: skip
REMAINDERS = {"drop": "drop", "pass": "passthrough", "scaled": MinMaxScaler()}


@pytest.mark.parametrize("verbose", [True, False, "{feature_name}/{transformer_name}"])
@pytest.mark.parametrize(("how", "rest"), [*itertools.product(CHOICES, REMAINDERS)])
def test_column_transformers(pickled: Read, how: str, rest: str, *, verbose: bool | str) -> None:
    numbers, texts = CHOICES[how]
    transformer = ColumnTransformer(
        [("num", numeric(), numbers), ("cat", categorical(), texts), ("none", "drop", ["people"])]
        [: 3 if rest == "drop" else 2],
        remainder=REMAINDERS[rest], verbose_feature_names_out=verbose,
    ).fit(rides())  # fmt: skip
    parameters = pickled(transformer)
    people = ["people"] if rest != "drop" else []
    assert check(parameters, transformer, rides(1)) == [
        "fare",
        "miles",
        "city",
        "paid",
        *people,
    ]
    if rest == "pass":
        assert parameters["people"].steps == ()


def test_places_in_the_file(pickled: Read) -> None:
    transformer = ColumnTransformer([("num", numeric(), ["fare", "miles"])]).fit(rides())
    parameters = pickled(
        make_pipeline(transformer, LinearRegression()).fit(rides(), rides()["miles"])
    )
    inside = "named_steps.columntransformer.named_transformers_.num.named_steps"
    assert parameters["miles"].extra["x-source"] == (
        f"{inside}.imputer.statistics_[1]; {inside}.scaler.mean_[1]"
    )
    assert texts(parameters.notes) == (
        "named_steps.linearregression: LinearRegression, the model, is not looked at",
    )


def test_weights(pickled: Read) -> None:
    transformer = ColumnTransformer(
        [("a", MinMaxScaler(), ["fare"]), ("b", "passthrough", ["miles"])],
        transformer_weights={"a": 10.0, "b": 0.5},
    ).fit(rides())
    parameters = pickled(transformer)
    assert check(parameters, transformer, rides(1)) == ["fare", "miles"]
    assert parameters["miles"].steps == (Affine(0.0, 0.5),)


def test_a_column_that_goes_several_ways(pickled: Read) -> None:
    union = FeatureUnion([
        ("pca", PCA(2)), ("scaled", StandardScaler()), ("no", "drop"), ("raw", "passthrough"),
    ]).fit(rides()[["miles", "people"]])  # fmt: skip
    parameters = pickled(union)
    assert parameters["miles"].extra["x-served"] == "scaled__miles"
    assert check(parameters, union, rides(1)[["miles", "people"]]) == ["miles", "people"]
    assert texts(parameters.notes)[0] == (
        "miles also goes into the model as pca__miles, raw__miles: not audited"
    )


@pytest.mark.parametrize(
    ("stage", "why"),
    [
        (PCA(2), "PCA has no per-feature form: it mixes features"),
        (KNNImputer(), "KNNImputer has no per-feature form: it fills from similar rows"),
    ],
)
def test_what_mixes_columns_loses_them_and_no_others(
    pickled: Read, stage: BaseEstimator, why: str
) -> None:
    transformer = ColumnTransformer([
        ("mixed", make_pipeline(StandardScaler(), stage, StandardScaler()), ["miles", "people"]),
        ("kept", OrdinalEncoder(), ["paid"]),
    ]).fit(rides())  # fmt: skip
    parameters = pickled(transformer)
    assert (parameters["miles"].untested or "").startswith(why)
    assert parameters["miles"].steps == ()
    assert parameters["paid"].steps == (Vocabulary(("card", "cash"), None),)


def test_steps_after_an_encoder(pickled: Read) -> None:
    codes = make_pipeline(
        OrdinalEncoder(encoded_missing_value=9), FunctionTransformer(np.log1p), MinMaxScaler()
    ).fit(rides()[["city", "paid"]])
    parameters = pickled(codes)
    assert [type(s) for s in parameters["paid"].steps] == [Vocabulary, Log1p, MinMax]
    transformed = parameters.transform(rides(1)[["city", "paid"]])
    np.testing.assert_allclose(transformed, codes.transform(rides(1)[["city", "paid"]]), rtol=1e-9)
    hot = make_pipeline(OneHotEncoder(sparse_output=False), StandardScaler()).fit(rides()[["paid"]])
    made = pickled(hot).transform(rides(1)[["paid"]])
    np.testing.assert_allclose(made, hot.transform(rides(1)[["paid"]]), rtol=1e-9)


def test_selections(pickled: Read) -> None:
    frame = rides()[["miles", "people"]].assign(same=1.0, noise=rides(5)["miles"])
    pipe = make_pipeline(VarianceThreshold(), SelectKBest(f_regression, k=2), StandardScaler()).fit(
        frame, frame["miles"] + frame["people"]
    )
    parameters = pickled(pipe)
    assert [f.name for f in parameters.features] == ["miles", "people"]
    assert texts(parameters.notes) == (
        "named_steps.variancethreshold: VarianceThreshold drops same",
        "named_steps.selectkbest: SelectKBest drops noise",
    )
    np.testing.assert_allclose(
        parameters.transform(frame)[["miles", "people"]], pipe.transform(frame)
    )


def test_a_selection_of_the_columns_of_levels(pickled: Read) -> None:
    frame = rides()[["city", "paid"]].fillna("Rome")
    pipe = make_pipeline(
        OneHotEncoder(handle_unknown="ignore", sparse_output=False), SelectKBest(f_regression, k=2)
    ).fit(frame, (frame["city"] == "Lima") - 1.0 * (frame["city"] == "Oslo"))
    parameters = pickled(pipe)
    assert parameters["city"].steps == (OneHot(("Lima", "Oslo")),)
    assert check(parameters, pipe, rides(1)[["city", "paid"]]) == ["city"]


def test_models_are_skipped_by_name(pickled: Read) -> None:
    x, y = rides()[["miles", "people"]], rides()["paid"]
    forest = RandomForestClassifier(3, max_depth=2, random_state=0)
    parameters = pickled(make_pipeline(StandardScaler(), forest).fit(x, y))
    assert texts(parameters.notes) == (
        "named_steps.randomforestclassifier: RandomForestClassifier, the model, is not looked at",
    )
    assert isinstance(parameters["people"].steps[0], ZScore)
    search = GridSearchCV(make_pipeline(MinMaxScaler(), LogisticRegression()), {}, cv=2).fit(x, y)
    assert isinstance(pickled(search)["people"].steps[0], MinMax)
    with pytest.raises(ParameterError, match="holds a RandomForestClassifier, a model, and so no"):
        pickled(forest)


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("xz", 3)])
def test_joblib_files(tmp_path: Path, compress: int | tuple[str, int]) -> None:
    transformer = ColumnTransformer([("num", numeric(), ["fare"])], remainder=categorical())
    transformer.fit(rides()[["fare", "city"]])
    path = tmp_path / "preprocessor.joblib"
    joblib.dump(transformer, path, compress=compress)
    parameters = load(path)
    assert parameters.model == {"format": "scikit-learn"}
    assert check(parameters, transformer, rides(1)[["fare", "city"]]) == ["fare", "city"]


def test_names_are_asked_for_where_there_are_none(pickled: Read) -> None:
    array = rides()[["miles", "people"]].to_numpy()
    for fitted in (
        make_pipeline(FunctionTransformer(), StandardScaler()).fit(array),
        ColumnTransformer([("a", StandardScaler(), [0, 1])]).fit(array),
        FeatureUnion([("a", "passthrough"), ("b", StandardScaler())]).fit(array),
    ):
        with pytest.raises(UnnamedError, match="does not name its 2 values"):
            pickled(fitted)
        assert [f.name for f in pickled(fitted, ("a", "b")).features] == ["a", "b"]
    transformer = ColumnTransformer([("a", StandardScaler(), [1])]).fit(array)
    assert [f.name for f in pickled(transformer, ("a", "b")).features] == ["b"]
    with pytest.raises(ParameterError, match="names its features itself; leave names out"):
        pickled(StandardScaler().fit(rides()[["miles"]]), ("a",))
    with pytest.raises(ParameterError, match="does not say which columns, or how many"):
        pickled(FunctionTransformer(np.log1p))


def test_not_fitted(pickled: Read) -> None:
    with pytest.raises(ParameterError, match="does not say which columns"):
        pickled(StandardScaler())
    with pytest.raises(ParameterError, match="ColumnTransformer is not fitted"):
        pickled(ColumnTransformer([("a", StandardScaler(), ["x"])]))
    half = StandardScaler().fit(rides()[["miles"]])
    del half.scale_
    with pytest.raises(ParameterError, match="StandardScaler is not fitted: it has no scale_"):
        pickled(half)


def test_what_does_not_fit_together(pickled: Read) -> None:
    scaler = StandardScaler().fit(rides()[["miles", "people"]])
    scaler.mean_ = scaler.mean_[:1]
    with pytest.raises(ParameterError, match="mean_: has 1 members for 2 columns"):
        pickled(scaler)
    scaler.mean_ = np.array(["a", "b"])
    with pytest.raises(ParameterError, match="mean_: must hold numbers only"):
        pickled(scaler)
    scaler.mean_ = np.array([np.nan, np.inf])
    assert pickled(scaler)["miles"].untested == "zscore: mean is not a finite number"
    transformer = ColumnTransformer([("a", StandardScaler(), ["miles"])]).fit(rides())
    transformer._transformer_to_input_indices = {"a": [99]}
    with pytest.raises(ParameterError, match="a: its columns cannot be found"):
        pickled(transformer)


def test_a_small_file_that_doubles_its_columns_is_refused(pickled: Read) -> None:
    twice = FeatureUnion([("a", "passthrough"), ("b", "passthrough")])
    pipe = Pipeline([(str(i), twice) for i in range(60)])
    vars(pipe)["feature_names_in_"] = np.array(["x"], object)
    with pytest.raises(ParameterError, match="more than 10,000,000 numbers"):
        pickled(pipe)


def test_imputed_levels_keep_their_names(pickled: Read) -> None:
    parameters = pickled(categorical().fit(rides()[["city"]]))
    assert parameters["city"].steps[1] == OneHot(("Lima", "Oslo", "Rome"))
    assert isinstance(parameters["city"].steps[0], Impute)
    assert "x-served" not in parameters["city"].extra
