"""Encoders and imputers: what is read does what scikit-learn does to levels, strangers, nulls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import TransformerMixin
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import KNNImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)
from sklearn_comparison import check

import skewcheck
from skewcheck.features.steps import Impute, Vocabulary
from skewcheck.features.types import Parameters
from skewcheck.parameters.pickles import PickledObject
from skewcheck.parameters.sklearn.moments import plain_moment
from skewcheck.reports.words.notes import texts

Read = Callable[..., Parameters]


def levels(seed: int, *, strangers: bool = False, nulls: bool = False) -> pd.DataFrame:
    """Return text, whole numbers and booleans; the rarest level of each in about 1 % of rows."""
    rng = np.random.default_rng(seed)
    rows = 1000
    share = [0.5, 0.3, 0.17, 0.02, 0.01]
    city = rng.choice(["Oslo", "Lima", "Rome", "Bonn", "Bern"], rows, p=share).astype(object)
    rooms = rng.choice([1.0, 2.0, 3.0, 4.0, 7.5], rows, p=share)
    frame = pd.DataFrame({"city": city, "rooms": rooms, "pets": rng.random(rows) < 0.4})
    frame["pets"] = frame["pets"].astype(object)
    if strangers:
        frame.loc[:9, "city"] = "Atlantis"
        frame.loc[5:14, "rooms"] = 9.0
    if nulls:
        frame.loc[20:29, "city"] = np.nan
        frame.loc[25:34, "rooms"] = np.nan
    return frame


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(handle_unknown="ignore"),
        OneHotEncoder(drop="first", handle_unknown="ignore"),
        OneHotEncoder(drop="if_binary", handle_unknown="ignore"),
        OneHotEncoder(drop=["Rome", 3.0, True], handle_unknown="ignore"),
        OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=50),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=3),
        OneHotEncoder(handle_unknown="infrequent_if_exist"),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("nulls", [False, True])
def test_strangers(pickled: Read, encoder: TransformerMixin, *, nulls: bool) -> None:
    parameters = pickled(encoder.fit(levels(0)))
    rows = levels(1, strangers=True, nulls=nulls)
    assert check(parameters, encoder, rows) == ["city", "rooms", "pets"]


@pytest.mark.parametrize(
    "encoder",
    [
        OneHotEncoder(), OneHotEncoder(min_frequency=50), OrdinalEncoder(),
        OrdinalEncoder(min_frequency=50), OrdinalEncoder(encoded_missing_value=-7),
        OneHotEncoder(drop="first"), OrdinalEncoder(encoded_missing_value=5),
        OrdinalEncoder(min_frequency=50, encoded_missing_value=3),
    ],
    ids=repr,
)  # fmt: skip
def test_nulls_in_training(pickled: Read, encoder: TransformerMixin) -> None:
    parameters = pickled(encoder.fit(levels(0, nulls=True)))
    assert check(parameters, encoder, levels(1, nulls=True)) == ["city", "rooms", "pets"]


@pytest.mark.parametrize(
    "encoder",
    [
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
        ),
        OrdinalEncoder(
            handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2,
            min_frequency=50,
        ),
        OneHotEncoder(min_frequency=50, handle_unknown="ignore"),
        OneHotEncoder(min_frequency=50, drop="first", handle_unknown="ignore"),
        OneHotEncoder(min_frequency=50, drop="first", handle_unknown="infrequent_if_exist"),
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_different_codes_of_nulls_rare_and_unknown_levels(
    pickled: Read, encoder: TransformerMixin
) -> None:
    parameters = pickled(encoder.fit(levels(0, nulls=True)))
    rows = levels(1, nulls=True, strangers=True)
    assert check(parameters, encoder, rows) == ["city", "rooms", "pets"]


def test_a_column_that_is_dropped_whole(pickled: Read) -> None:
    encoder = OneHotEncoder(drop="first").fit(levels(0)[["city"]].assign(one="only"))
    parameters = pickled(encoder)
    assert check(parameters, encoder, levels(1)[["city"]].assign(one="only")) == ["city"]
    assert texts(parameters.notes) == ("OneHotEncoder: one has one level only, which is dropped",)


def test_label_encoders_are_named_by_their_keys(pickled: Read) -> None:
    train = levels(0)
    encoders = {name: LabelEncoder().fit(train[name]) for name in ("city", "rooms")}
    parameters = pickled(encoders)
    rows = levels(1)
    for name, encoder in encoders.items():
        np.testing.assert_array_equal(
            parameters.transform(rows)[name], encoder.transform(rows[name])
        )
        assert parameters[name].extra["x-source"] == f"[{name!r}].classes_"
    single_encoder = pickled(LabelEncoder().fit(train["city"]), ("town",))
    assert single_encoder["town"].steps == (
        Vocabulary(("Bern", "Bonn", "Lima", "Oslo", "Rome"), None),
    )


def test_opposite_codes(pickled: Read) -> None:
    order = ["low", "mid", "high"]
    train = pd.DataFrame({"before": order, "after": order})
    encoder = OrdinalEncoder(categories=[order, order[::-1]]).fit(train)
    parameters = pickled(encoder)
    assert [(w.code, w.features) for w in parameters.warnings] == [
        ("opposite_codes", ("before", "after"))
    ]
    assert not pickled(OrdinalEncoder(categories=[order, order]).fit(train)).warnings


def test_label_binarizer(pickled: Read) -> None:
    train, rows = levels(0), levels(1, strangers=True)
    train["rooms"], rows["rooms"] = train["rooms"].round(), rows["rooms"].round()
    for name in ("city", "rooms"):
        binarizer = LabelBinarizer().fit(train[name])
        transformed = pickled({name: binarizer}).transform(rows)
        mine = transformed[[c for c in transformed if c.startswith(f"{name}_")]]
        np.testing.assert_array_equal(mine, binarizer.transform(rows[name]))
    two = LabelBinarizer().fit(["no", "yes"])
    parameters = pickled(two, ("paid",))
    asked = pd.DataFrame({"paid": ["yes", "no", "yes"]})
    np.testing.assert_array_equal(parameters.transform(asked), two.transform(asked["paid"]))
    signs = LabelBinarizer(neg_label=-1).fit(["a", "b", "c"])
    asked = pd.DataFrame({"x": ["b", "c", "a", "d"]})
    np.testing.assert_array_equal(
        pickled(signs, ("x",)).transform(asked), signs.transform(asked["x"])
    )
    other = LabelBinarizer(neg_label=2, pos_label=7).fit(["no", "yes"])
    asked = pd.DataFrame({"x": ["yes", "no"]})
    np.testing.assert_array_equal(
        pickled(other, ("x",)).transform(asked), other.transform(asked["x"])
    )


def test_dict_vectorizer(pickled: Read) -> None:
    vectorizer = DictVectorizer(sparse=False)
    train, rows = levels(0), levels(1, strangers=True)
    vectorizer.fit(train[["city", "rooms"]].to_dict("records"))
    parameters = pickled(vectorizer)
    expected = pd.DataFrame(
        vectorizer.transform(rows[["city", "rooms"]].to_dict("records")),
        columns=vectorizer.get_feature_names_out(),
    )
    transformed = parameters.transform(rows[["city", "rooms"]])
    np.testing.assert_array_equal(transformed["rooms"], expected["rooms"])
    for name in expected:
        assert name == "rooms" or (transformed[name.replace("=", "_")] == expected[name]).all()
    assert parameters["city"].extra["x-served"] == [n for n in expected if n != "rooms"]


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent", "constant"])
def test_imputers_of_numbers(pickled: Read, strategy: str) -> None:
    train = levels(0, nulls=True)[["rooms"]].assign(size=np.arange(1000.0), empty=np.nan)
    imputer = SimpleImputer(strategy=strategy).fit(train)
    rows = levels(1, nulls=True)[["rooms"]].assign(size=[np.nan, *range(999)], empty=np.nan)
    parameters = pickled(imputer)
    assert check(parameters, imputer, rows) == ["rooms", "size"]
    if strategy == "mean":
        left_out = "SimpleImputer: empty had no value in training and does not reach the model"
        assert texts(parameters.notes) == (left_out,)
        kept = SimpleImputer(strategy=strategy, keep_empty_features=True).fit(train)
        assert check(pickled(kept), kept, rows) == ["rooms", "size", "empty"]


@pytest.mark.parametrize("imputer", [
    SimpleImputer(strategy="most_frequent"), SimpleImputer(strategy="constant", fill_value="?"),
])  # fmt: skip
def test_imputers_of_text(pickled: Read, imputer: SimpleImputer) -> None:
    train = levels(0, nulls=True)[["city"]]
    parameters = pickled(imputer.fit(train))
    assert parameters["city"].type == "categorical"
    assert check(parameters, imputer, levels(1, nulls=True, strangers=True)[["city"]]) == ["city"]


def test_indicators_stand_beside_what_is_filled(pickled: Read) -> None:
    train = levels(0, nulls=True)[["rooms"]].assign(size=np.arange(1000.0))
    imputer = SimpleImputer(add_indicator=True).fit(train)
    parameters = pickled(imputer)
    assert check(parameters, imputer, train) == ["rooms", "size"]
    assert texts(parameters.notes) == ()
    assert parameters["rooms"].extra["x-served"] == ["rooms", "missingindicator_rooms"]
    scaled = make_pipeline(imputer, StandardScaler()).fit(train)
    assert check(pickled(scaled), scaled, train) == ["rooms", "size"]
    alone = MissingIndicator().fit(train)
    assert check(pickled(alone), alone, train) == ["rooms"]
    other = pickled(MissingIndicator(missing_values=-1, features="all").fit(train.fillna(-1)))
    assert other["rooms"].untested == "indicates -1, which no step says"
    text = make_pipeline(
        SimpleImputer(strategy="most_frequent", add_indicator=True),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    ).fit(levels(0, nulls=True)[["city"]])
    city = pickled(text)
    assert city["city"].untested is None
    assert "missingindicator_city" in texts(city.notes)[0]


@pytest.mark.parametrize("seed", range(3))
def test_an_indicator_is_audited_beside_its_value(pickled: Read, seed: int) -> None:
    train, log = (levels(s, nulls=True)[["rooms"]] for s in (0, seed + 1))
    fitted = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()).fit(train)
    known = skewcheck.fit(train, parameters=pickled(fitted))
    made = fitted.transform(log).astype("float32")
    right = log.assign(rooms_n=made[:, 0], rooms_missing_n=made[:, 1])
    for clean in (right, right.drop(columns="rooms_missing_n")):  # it need not be logged
        assert skewcheck.audit(known, clean, served="{feature}_n").exit_code != 1
    wrong = right.assign(rooms_missing_n=made[:, 1].min())
    audit = skewcheck.audit(known, wrong, served="{feature}_n")
    assert audit.exit_code == 1
    assert [f.name for f in audit.features if f.verdict == "skew"] == ["rooms_missing"]


def test_what_cannot_be_reapplied(pickled: Read) -> None:
    train = levels(0)[["rooms"]]
    for transformer, why in (
        (KNNImputer(), "KNNImputer has no per-feature form"),
        (SimpleImputer(missing_values=9.0), "replaces 9.0 instead of nulls"),
    ):
        assert why in (pickled(transformer.fit(train))["rooms"].untested or "")


@pytest.mark.parametrize("nulls", [False, True])
def test_means_of_a_target(pickled: Read, nulls: bool) -> None:
    train = levels(0, nulls=nulls)
    classes = np.array(["a", "b", "c"])[np.random.default_rng(2).integers(0, 3, 1000)]
    for target in (np.linspace(0, 1, 1000), np.arange(1000) % 2, classes):
        encoder = TargetEncoder().fit(train, target)
        parameters = pickled(encoder)
        assert check(parameters, encoder, levels(1, nulls=nulls)) == ["city", "rooms", "pets"]
        strange = levels(1, strangers=True)
        made = parameters.transform(strange)
        np.testing.assert_allclose(made, encoder.transform(strange), rtol=1e-9)


def test_numbers_filled_in_before_an_encoder_are_levels(pickled: Read) -> None:
    from sklearn.pipeline import make_pipeline

    train = levels(0, nulls=True)
    pipe = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()).fit(train)
    parameters = pickled(pipe)
    assert parameters["rooms"].steps[0] == Impute("1")
    assert check(parameters, pipe, levels(1, nulls=True)) == ["city", "rooms", "pets"]


def test_what_is_no_moment_stays_as_it_is() -> None:
    for packed in (b"\x07\xe8\x0d\x01", b"\x07\xe8\x01", b""):
        value = PickledObject("datetime", "date", (packed,))
        assert plain_moment(value) is value
    stamp = PickledObject("pandas", "_unpickle_timestamp", (2**70, None, None, 10))
    assert plain_moment(stamp) is stamp
    assert plain_moment("2024-01-01") == "2024-01-01"
