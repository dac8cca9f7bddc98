"""Dicts and lists of transformers, files of old versions, and plain numbers."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, OneHotEncoder, StandardScaler

import skewcheck
from skewcheck.features.steps import Impute, MinMax, OneHot, Vocabulary, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import UnnamedError
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

Read = Callable[..., Parameters]
FRAME = pd.DataFrame({"age": [20.0, 30.0, 70.0], "size": [1.0, 2.0, 6.0], "city": ["a", "b", "a"]})
NUMBERS = FRAME[["age", "size"]]


def test_transformers_of_the_same_columns_follow_each_other(pickled: Read) -> None:
    bundle = {
        "imputer": SimpleImputer().fit(NUMBERS), "scaler": MinMaxScaler().fit(NUMBERS),
        "encoders": {"city": LabelEncoder().fit(FRAME["city"])},
        "model": LinearRegression().fit(NUMBERS, FRAME["age"]), "threshold": 0.5,
    }  # fmt: skip
    parameters = pickled(bundle)
    assert [f.name for f in parameters.features] == ["age", "size", "city"]
    assert parameters["age"].steps == (Impute(40.0), MinMax(20.0, 70.0))
    assert parameters["city"].steps == (Vocabulary(("a", "b"), None),)
    assert parameters["city"].extra["x-source"] == "['encoders']['city'].classes_"
    assert texts(parameters.notes) == (
        "['model']: LinearRegression is no transformer and not looked at",
        "age, size: more than one transformer in the file, taken one after the other",
    )


def test_an_encoder_before_a_scaler(pickled: Read) -> None:
    codes = FRAME.assign(city=[0, 1, 0])
    parameters = pickled([
        {"city": LabelEncoder().fit(FRAME["city"])}, StandardScaler().fit(codes)
    ])  # fmt: skip
    assert [type(s) for s in parameters["city"].steps] == [Vocabulary, ZScore]
    hot = OneHotEncoder().fit(FRAME[["city"]])
    frame = NUMBERS.assign(city_a=[1.0, 0.0, 1.0])
    after = pickled(OrderedDict(encoder=hot, scaler=MinMaxScaler().fit(frame)))
    assert after["city"].steps == (OneHot(("a", "b")),)
    assert isinstance(after["size"].steps[0], MinMax)


def test_names_beside_the_scaler_or_from_its_key(pickled: Read) -> None:
    scaler = StandardScaler().fit(NUMBERS.to_numpy())
    parameters = pickled({"scaler": scaler, "feature_names": ["age", "size"], "classes": ["x"]})
    assert [f.name for f in parameters.features] == ["age", "size"]
    assert texts(parameters.notes) == (
        "['scaler']: its 2 columns are taken to be those in 'feature_names'",
    )
    each = {name: MinMaxScaler().fit(FRAME[[name]].to_numpy()) for name in ("age", "size")}
    assert pickled(each)["size"].steps == (MinMax(1.0, 6.0),)


def test_names_are_asked_for_all_that_have_none(pickled: Read) -> None:
    scaler, single_scaler = (
        StandardScaler().fit(NUMBERS.to_numpy()),
        MinMaxScaler().fit([[1.0], [2.0]]),
    )
    both = {"x_scaler": scaler, "y_scaler": single_scaler}
    with pytest.raises(UnnamedError, match="does not name its 3 values"):
        pickled(both)
    assert [f.name for f in pickled(both, ("age", "size", "price")).features] == [
        "age", "size", "price"
    ]  # fmt: skip
    two_lists = {"scaler": scaler, "features": ["a", "b"], "other": ["c", "d"]}
    with pytest.raises(UnnamedError, match="does not name its 2 values"):
        pickled(two_lists)


def test_nothing_that_normalizes(pickled: Read) -> None:
    model = LinearRegression().fit(NUMBERS, FRAME["age"])
    with pytest.raises(ParameterError, match="holds no fitted transformer, so no normalization"):
        pickled({"model": model})


def test_plain_numbers_and_names_of_pandas(pickled: Read) -> None:
    means, stds = NUMBERS.mean(), NUMBERS.std()
    for mean, std in (
        (means, stds),
        (dict(means), dict(stds)),
        (means.to_numpy(), stds.to_numpy()),
    ):
        bundle = {"mean": mean, "std": std, "columns": ["age", "size"]}
        assert pickled(bundle)["size"].steps == (ZScore(3.0, stds["size"]),)
    scaler = StandardScaler().fit(NUMBERS.to_numpy())
    for names in (NUMBERS.columns, NUMBERS.columns.astype(object), np.array(["age", "size"])):
        parameters = pickled({"scaler": scaler, "columns": names})
        assert [f.name for f in parameters.features] == ["age", "size"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (FRAME, "holds pandas.*DataFrame, of which no parameters are known"),
        ({"scaler": None}, "no numbers of a normalization"),
        ([1.0, 2.0], "no numbers of a normalization"),
        (None, "no numbers of a normalization"),
    ],
)
def test_what_is_no_parameters(pickled: Read, value: object, why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        pickled(value)


def test_files_of_old_versions(pickled: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """As scikit-learn 0.20 wrote them: other modules, no names, no count of columns."""

    def old(module: str, name: str, **state: object) -> object:
        home = ModuleType(module)
        kind = type(name, (), {"__module__": module})
        setattr(home, name, kind)
        monkeypatch.setitem(sys.modules, module, home)
        instance = kind()
        vars(instance).update(state, _sklearn_version="0.20.3")
        return instance

    scaler = old(
        "sklearn.preprocessing.data", "StandardScaler", with_mean=True, with_std=True, copy=True,
        mean_=np.array([1.0, 2.0]), var_=np.array([4.0, 9.0]), scale_=np.array([2.0, 3.0]),
    )  # fmt: skip
    names = ("age", "size")
    assert pickled(scaler, names)["size"].steps == (ZScore(2.0, 3.0),)
    imputer = old(
        "sklearn.preprocessing.imputation", "Imputer", missing_values="NaN", strategy="mean",
        axis=0, statistics_=np.array([5.0, 6.0]),
    )  # fmt: skip
    pipe = old("sklearn.pipeline", "Pipeline", steps=[("i", imputer), ("s", scaler)])
    assert pickled(pipe, names)["age"].steps == (Impute(5.0), ZScore(1.0, 2.0))
    both = old(
        "sklearn.compose._column_transformer", "ColumnTransformer", remainder="drop",
        transformers_=[("num", scaler, ["age", "size"]), ("cat", "drop", ["city"]),
                       ("remainder", "drop", [3])],
    )  # fmt: skip
    assert [(f.name, f.extra["x-served"]) for f in pickled(both).features] == [
        ("age", "num__age"), ("size", "num__size")
    ]  # fmt: skip
    rows = old(
        "sklearn.preprocessing.imputation", "Imputer", missing_values="NaN", axis=1,
        statistics_=np.array([5.0]),
    )  # fmt: skip
    assert "along rows" in (pickled(rows, ("a",))["a"].untested or "")


def test_scalers_of_the_same_columns_are_parameters_by_a_key(tmp_path: Path, pickled: Read) -> None:
    """A scaler for each store, in a dict by store: none takes what another makes."""

    def sales(seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        store = rng.choice(["a", "b"], 4_000)
        level = np.where(store == "a", 200.0, 1800.0)
        made = rng.normal(level, level / 6)
        return pd.DataFrame({"store": store, "sales": made, "visits": rng.gamma(3, level)})

    columns, train, log = ["sales", "visits"], sales(1), sales(2)
    scalers = {key: StandardScaler().fit(part[columns]) for key, part in train.groupby("store")}
    pickled(scalers)
    path = next(tmp_path.glob("*.pkl"))
    picked = skewcheck.load(path)
    assert [f.name for f in picked.features] == ["a.sales", "a.visits", "b.sales", "b.visits"]

    def served(other: dict[str, str]) -> pd.DataFrame:
        made = log[columns].copy()
        for key, rows in log.groupby("store").groups.items():
            made.loc[rows] = scalers[other[key]].transform(log.loc[rows, columns])
        return pd.concat([log, made.add_suffix("_norm")], axis=1)

    options = {"reference": train, "served": "{feature}_norm"}
    assert skewcheck.audit(path, served({"a": "a", "b": "b"}), **options).exit_code == 0
    wrong = skewcheck.audit(path, served({"a": "b", "b": "a"}), **options)
    assert wrong.exit_code == 1
    assert {f.causes[0].code for f in wrong.features} == {"wrong_group"}
    with pytest.raises(ParameterError, match="nothing says which rows each is for"):
        pickled({"first_scaler": scalers["a"], "second_scaler": scalers["b"]})
    with pytest.raises(ParameterError, match="nothing says which rows each is for"):
        pickled([scalers["a"], scalers["b"]])
