"""Transformers of other libraries in pipelines, dicts and mappers, and what is not read of them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import category_encoders as ce
import numpy as np
import pandas as pd
import pytest
from feature_engine.encoding import MeanEncoder, OneHotEncoder, RareLabelEncoder
from feature_engine.imputation import AddMissingIndicator, RandomSampleImputer
from feature_engine.outliers import Winsorizer
from feature_engine.transformation import ReciprocalTransformer
from imblearn.over_sampling import RandomOverSampler
from library_comparison import compared, served_names
from library_files import DataFrameMapper, mapper, pickled_mapper, rows
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, MinMaxScaler, StandardScaler
from test_category_encoders import frame, target

import skewcheck
from skewcheck.features.steps import Map, OneHot, Vocabulary
from skewcheck.features.types import CategoricalReference, Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

Read = Callable[..., Parameters]
pytestmark = [  # of pandas, to the libraries
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*not supported as a fill value"),
]
COLS = ["city", "rooms", "pets"]


@pytest.mark.parametrize("frames", [True, False])
@pytest.mark.parametrize(
    "encoder",
    [
        ce.TargetEncoder(cols=COLS), ce.OneHotEncoder(cols=COLS, handle_unknown="return_nan"),
        ce.BinaryEncoder(cols=COLS, handle_missing="return_nan"), ce.OrdinalEncoder(cols=COLS),
        ce.SumEncoder(cols=COLS),
    ],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_steps_behind_an_encoder(pickled: Read, encoder: object, *, frames: bool) -> None:
    # A fill behind the encoder gives a value where it gave none.
    chain = make_pipeline(encoder, SimpleImputer(strategy="mean"), StandardScaler())
    chain.set_output(transform="pandas" if frames else "default")
    train, log = frame(0, nulls=True), frame(1, nulls=True, strangers=True)
    chain.fit(train, target(train))
    made = np.asarray(chain.transform(log))
    names = list(chain[0].get_feature_names_out())
    parameters = pickled(chain)
    assert {*compared(parameters, pd.DataFrame(made, columns=names), log)} == {*names}


@pytest.mark.parametrize("verbose", [True, False])
def test_branches(pickled: Read, *, verbose: bool) -> None:
    columns = ColumnTransformer(
        [("num", StandardScaler(), ["age", "fare"]),
         ("cat", make_pipeline(ce.OneHotEncoder(use_cat_names=True), MinMaxScaler()), ["city"]),
         ("mean", ce.TargetEncoder(cols=["rooms"]), ["rooms", "pets"])],
        verbose_feature_names_out=verbose,
    )  # fmt: skip
    train, log = frame(0), frame(1, nulls=True, strangers=True)
    columns.set_output(transform="pandas").fit(train, target(train))
    expected = columns.transform(log)
    assert {*compared(pickled(columns), expected, log)} == {*expected}


def test_an_array_and_its_names(pickled: Read) -> None:
    train, log = (frame(seed)[COLS] for seed in (0, 1))
    chain = make_pipeline(ce.OrdinalEncoder(), StandardScaler())
    chain.fit(train.to_numpy(object), target(train))
    parameters = pickled(chain, tuple(COLS))
    expected = pd.DataFrame(chain.transform(log.to_numpy(object)), columns=COLS)
    assert compared(parameters, expected, log) == COLS


def test_dicts_of_an_encoder_and_a_scaler(pickled: Read) -> None:
    train, log = frame(0), frame(1, strangers=True)
    encoder = ce.TargetEncoder(cols=COLS).fit(train, target(train))
    scaler = StandardScaler().fit(encoder.transform(train))
    expected = scaler.set_output(transform="pandas").transform(encoder.transform(log))
    parameters = pickled({"encoder": encoder, "scaler": scaler, "model": "xgb"})
    assert {*compared(parameters, expected, log)} == {*expected}


def test_the_simplest_step_is_taken(pickled: Read) -> None:
    train = frame(0)[["city"]]
    named = pickled(ce.OneHotEncoder(use_cat_names=True).fit(train))["city"]
    assert isinstance(named.steps[0], OneHot)
    numbered = pickled(ce.OneHotEncoder().fit(train))["city"]
    assert isinstance(numbered.steps[0], Map)
    assert served_names(numbered) == [f"city_{code}" for code in range(1, 7)]
    codes = [{"col": "city", "mapping": {"Oslo": 0, "Lima": 1}}]
    given = ce.OrdinalEncoder(mapping=codes).fit(train)
    assert pickled(given)["city"].steps == (Vocabulary(("Oslo", "Lima"), -1.0),)


def test_what_no_step_says_is_untested(pickled: Read) -> None:
    train = frame(0)
    y = target(train)
    for fitted, name, why in (
        (ce.HashingEncoder(max_process=1, cols=COLS).fit(train), "city",
         "made by category_encoders.hashing.HashingEncoder"),
        (ce.OrdinalEncoder(cols=COLS, handle_unknown=shifted).fit(train), "city",
         "handle_unknown of OrdinalEncoder is a function"),
        (ce.TargetEncoder(composite_cols=[("city", "sky")]).fit(train.assign(sky="blue"), y),
         "city", "TargetEncoder of columns together"),
        (ReciprocalTransformer(["age"]).fit(train), "age", "ReciprocalTransformer, 1 / x"),
        (RandomSampleImputer().fit(train), "age", "values drawn at random"),
    ):  # fmt: skip
        assert why in (pickled(fitted)[name].untested or "")
    alike = pd.DataFrame({"code": pd.Series([1, "1", "x"] * 20, dtype=object)})
    fitted = ce.OrdinalEncoder(cols=["code"]).fit(alike)
    assert "levels that are written '1'" in (pickled(fitted)["code"].untested or "")


def shifted(_value: object, mapping: pd.Series) -> float:
    return float(mapping.max() + 1)


def test_other_columns_stay_readable(pickled: Read) -> None:
    train = frame(0, nulls=True)
    for transformer, end in (
        (AddMissingIndicator(variables=["rooms", "city"]), "na"),
        (Winsorizer("iqr", variables=["age", "fare"], add_indicators=True), "right"),
    ):
        parameters = pickled(transformer.fit(train))
        assert not any(feature.untested for feature in parameters.features)
        assert any(f"_{end}" in text for text in texts(parameters.notes))


@pytest.mark.parametrize("with_model", [True, False])
def test_no_transformer_is_called_a_model(pickled: Read, *, with_model: bool) -> None:
    train = frame(0)
    y = target(train)
    encoder = ce.TargetEncoder(cols=COLS)
    fitted = make_pipeline(encoder, LogisticRegression()) if with_model else encoder
    parameters = pickled(fitted.fit(train, y))
    assert [f.name for f in parameters.features if f.steps] == COLS
    sampler = RandomOverSampler().fit_resample(train[["age"]], y) and RandomOverSampler()
    sampler.fit(train[["age"]], y)
    with pytest.raises(ParameterError, match="RandomOverSampler, which works in training only"):
        pickled(sampler)


def test_rare_levels_that_no_file_lists(pickled: Read, tmp_path: Path) -> None:
    train = frame(0)[["city"]]
    train.loc[:5, "city"] = [f"village {i}" for i in range(6)]
    chain = make_pipeline(RareLabelEncoder(tol=0.05, n_categories=2), MeanEncoder())
    parameters = pickled(chain.fit(train, target(train)))
    reference = parameters["city"].reference
    assert isinstance(reference, CategoricalReference)
    assert reference.partial
    skewcheck.save(parameters, tmp_path / "p.json")
    again = skewcheck.load(tmp_path / "p.json")
    assert again["city"].reference == reference
    log = train.assign(city_norm=chain.transform(train)["city"].astype("float32"))
    audit = skewcheck.audit(again, log, served="{feature}_norm")
    assert audit.exit_code == 0
    (feature,) = json.loads(skewcheck.render(audit, "json"))["features"]
    unseen = next(t for t in feature["tests"] if t["name"] == "unseen")
    assert unseen["reason"] == "training had levels that the parameter file does not list"
    cut = pickled(OneHotEncoder(top_categories=2).fit(train))["city"].reference
    assert isinstance(cut, CategoricalReference)
    assert cut.partial


def test_a_mapper(tmp_path: Path) -> None:
    train, log = rows(0), rows(1)
    path = tmp_path / "mapper.pkl"
    path.write_bytes(pickled_mapper(mapper(train)))
    parameters = load(path)
    binarizer = LabelBinarizer().fit(train["e"])
    scaled = StandardScaler().fit(train[["a", "b"]]).transform(log[["a", "b"]])
    expected = pd.DataFrame(
        np.hstack([scaled, log[["c"]], binarizer.transform(log["e"])]),
        columns=["a_b_0", "a_b_1", "c", "kind_x", "kind_y", "kind_z"],
    )  # as sklearn_pandas 2.2 names and stacks them
    assert compared(parameters, expected, log) == [*expected]


def test_a_mapper_of_chains(tmp_path: Path) -> None:
    train, log = rows(0), rows(1)
    imputer, scaler = SimpleImputer().fit(train[["a"]].to_numpy()), MinMaxScaler()
    scaler.fit(imputer.transform(train[["a"]].to_numpy()))
    features = [(["a"], [imputer, scaler], {"prefix": "p_"}), ("f", LabelEncoder().fit(train["f"]))]
    stated = DataFrameMapper(features=features, default=None, transformed_names_=[])
    path = tmp_path / "mapper.pkl"
    path.write_bytes(pickled_mapper(stated))
    parameters = load(path)
    expected = pd.DataFrame({
        "p_a": scaler.transform(log[["a"]].to_numpy())[:, 0],
        "f": LabelEncoder().fit(train["f"]).transform(log["f"]),
    })  # fmt: skip
    assert compared(parameters, expected, log) == ["p_a", "f"]
    assert any("columns that it does not name" in text for text in texts(parameters.notes))


def test_the_oldest_versions_name_what_they_encode(pickled: Read) -> None:
    """Version 2.2 keeps in CountEncoder no names but those of its columns."""
    train = frame(0)
    fitted = ce.CountEncoder(cols=COLS).fit(train)
    log = frame(1)
    expected = fitted.transform(log)
    for key in ("feature_names_in_", "n_features_in_", "feature_names_out_", "feature_dtypes_in_"):
        del fitted.__dict__[key]
    parameters = pickled(fitted)
    assert compared(parameters, expected, log) == COLS
    assert any("does not name the columns that it passes" in t for t in texts(parameters.notes))


def test_version_1(pickled: Read) -> None:
    """The attributes that version 1.3 pickles, and what its source does with them."""
    encoder = ce.OrdinalEncoder.__new__(ce.OrdinalEncoder)
    encoder.__dict__ = {
        "cols": ["city"], "impute_missing": True, "handle_unknown": "impute", "_dim": 1,
        "drop_invariant": False, "drop_cols": [],
        "mapping": [{"col": "city", "mapping": [("Oslo", 1), ("Lima", 2), (np.nan, 3)]}],
    }  # fmt: skip
    log = pd.DataFrame({"city": ["Lima", "Oslo", "Rome", None]})
    codes = pd.DataFrame({"city": [2.0, 1.0, 0.0, 0.0]})
    assert compared(pickled(encoder), codes, log) == ["city"]
    one_hot = ce.OneHotEncoder.__new__(ce.OneHotEncoder)
    state = {k: v for k, v in encoder.__dict__.items() if k != "mapping"}
    one_hot.__dict__ = {**state, "use_cat_names": False, "ordinal_encoder": encoder}
    columns = [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    expected = pd.DataFrame(columns, columns=["city_1", "city_2", "city_3", "city_-1"])
    assert compared(pickled(one_hot), expected, log) == [*expected]
    mean = ce.TargetEncoder.__new__(ce.TargetEncoder)
    table = {"Oslo": {"count": 1, "smoothing": 9.0}, "Lima": {"count": 5, "smoothing": 0.25}}
    mean.__dict__ = {**state, "_mean": 0.5, "mapping": [{"col": "city", "mapping": table}]}
    means = pd.DataFrame({"city": [0.25, 0.5, 0.5, 0.5]})
    assert compared(pickled(mean), means, log) == ["city"]
    binary = ce.BinaryEncoder.__new__(ce.BinaryEncoder)
    binary.__dict__ = {**state, "ordinal_encoder": encoder}
    assert "BinaryEncoder of version 1" in (pickled(binary)["city"].untested or "")


def test_nothing_of_a_library_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "fitted.pkl"
    train = frame(0)
    path.write_bytes(pickle.dumps(ce.OrdinalEncoder(cols=COLS).fit(train)))
    code = (
        "import sys, skewcheck\n"
        f"skewcheck.load({str(path)!r})\n"
        "assert not {'category_encoders', 'feature_engine', 'sklearn'} & sys.modules.keys()\n"
    )
    import subprocess
    import sys

    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
