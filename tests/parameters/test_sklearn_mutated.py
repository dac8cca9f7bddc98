"""Files whose attributes are not what they ought to be: refused in a line, or read."""

from __future__ import annotations

import pickle
from pathlib import Path

import library_files
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest, VarianceThreshold, f_regression
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    LabelEncoder,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skewcheck.parameters import sklearn as reader
from skewcheck.parameters.pickles import PickledObject, unpickle
from skewcheck.parameters.source import ParameterSource
from skewcheck.text.errors import ParameterError

PATH = Path("fitted.pkl")
ODD = (
    None, float("nan"), float("inf"), -1, 0, 1.5, 10**30, "x", "", b"q", True, 1 + 2j, [], {}, (),
    [None], [[1]], (1, 2, 3), slice(None, None, 0), np.array([]), np.array(5.0), np.array(["a"]),
    np.array([[1.0, 2.0]]), np.float32("nan"), PickledObject("a", "b"),
    PickledObject("sklearn.pipeline", "Pipeline"),
)  # fmt: skip


def fitted() -> dict[str, object]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.random((60, 4)), columns=list("abcd"))
    frame["e"], frame["f"] = rng.choice(list("xyz"), 60), rng.choice(list("uv"), 60)
    frame.loc[3, "e"], frame.loc[4, "a"] = np.nan, np.nan
    bins = KBinsDiscretizer(3, encode="ordinal", strategy="uniform")
    several = FeatureUnion([("m", MinMaxScaler()), ("r", RobustScaler()), ("x", MaxAbsScaler())])
    rare = OneHotEncoder(min_frequency=5, handle_unknown="infrequent_if_exist")
    transformer = ColumnTransformer([
        ("i", make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["a", "b"]),
        ("p", make_pipeline(PowerTransformer(), several, VarianceThreshold()), [1, 2]),
        ("q", make_pipeline(bins, Binarizer()), slice(2, 4)), ("h", rare, ["e"]),
        ("k", make_pipeline(FunctionTransformer(np.log1p), SelectKBest(f_regression, k=1)),
         ["c", "d"]),
        ("o", OrdinalEncoder(), ["e", "f"]), ("u", QuantileTransformer(n_quantiles=5), ["d"]),
    ])  # fmt: skip
    return {
        "transformer": transformer.fit(frame, frame["b"]),
        "f": LabelEncoder().fit(frame["f"]), "names": ["a", "b"],
    }  # fmt: skip


def changed(value: object, rng: np.random.Generator) -> object:
    """Return a value with something odd at one place in it."""
    here = rng.random()
    if isinstance(value, PickledObject) and value.state:
        key = [*value.state][rng.integers(len(value.state))]
        if here < 0.1:
            del value.state[key]
        else:
            value.state[key] = (
                ODD[rng.integers(len(ODD))] if here < 0.3 else changed(value.state[key], rng)
            )
        return value
    if isinstance(value, list | tuple) and value:
        members = list(value)
        i = int(rng.integers(len(members)))
        members[i] = ODD[rng.integers(len(ODD))] if here < 0.2 else changed(members[i], rng)
        return type(value)(members)
    if isinstance(value, dict) and value:
        key = [*value][rng.integers(len(value))]
        return value | {
            key: ODD[rng.integers(len(ODD))] if here < 0.2 else changed(value[key], rng)
        }
    return ODD[rng.integers(len(ODD))]


def content_of(what: str) -> bytes:
    """Return a file of scikit-learn's objects, or one of those of other libraries."""
    if what == "scikit-learn":
        return pickle.dumps(fitted())
    frame = library_files.rows()
    if what == "mapper.pkl":
        return library_files.pickled_mapper(library_files.mapper(frame))
    return pickle.dumps(library_files.fitted(frame)[what])


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize(
    ("what", "features", "times"),
    [("scikit-learn", 6, 300), ("levels.pkl", 5, 400), ("engine.pkl", 5, 400),
     ("buckets.pkl", 9, 150), ("mapper.pkl", 4, 150)],
)  # fmt: skip
def test_nothing_but_parameter_errors(
    monkeypatch: pytest.MonkeyPatch, what: str, features: int, times: int
) -> None:
    content, rng = content_of(what), np.random.default_rng(0)
    assert len(reader.read(ParameterSource(PATH, content)).features) == features
    refused: list[str] = []
    for _ in range(times):
        value = changed(unpickle(content, PATH), rng)
        monkeypatch.setattr(reader, "unpickle", lambda *_, value=value: value)
        try:
            reader.read(ParameterSource(PATH, content, names=("n",)))
        except ParameterError as error:
            refused.append(str(error))
    assert all(why.startswith("fitted.pkl: ") and "\n" not in why for why in refused)
    assert times / 50 < len(refused) < 0.9 * times
