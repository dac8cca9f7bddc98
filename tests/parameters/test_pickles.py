"""What pickles and joblib files hold, against the live objects that were written to them."""

from __future__ import annotations

import io
import pickle
import sys
from collections import Counter, OrderedDict, defaultdict
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from counting import calls
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelEncoder,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from wide import scaler

from skewcheck.parameters.pickles import PickledObject, looks_like_pickle, unpickle
from skewcheck.parameters.sklearn.pandas_objects import as_list, series_values
from skewcheck.text.errors import ParameterError

PROTOCOLS = range(6)
COMPRESSIONS = ("zlib", "gzip", "bz2", "lzma", "xz", "lz4")
PLACE = Path("scaler.pkl")
X = np.random.default_rng(5).normal(3, 2, (60, 4))
LABELS = np.array([["a", 1], ["é", 2], ["b", 1]] * 20, dtype=object)
VALUES = {
    "plain": [None, True, False, 0, -7, 2**70, 1.5, float("inf"), "é\n'\"", b"\xff\0", ()],
    "numbers": (1j, bytearray(b"ab"), slice(1, None), frozenset({"x"}), {1, "two", (3, "three")}),
    "mappings": {1: OrderedDict(b=1), "d": Counter("aab"), ("k", 2): defaultdict(list, x=[1])},
    "scalars": [np.float32(2.5), np.int64(-3), np.bool_(True), np.str_("é"), np.float64("nan")],
    "times": [np.array(["2020-01-01", "NaT"], "M8[ns]"), np.datetime64("2020-01-01T03", "h")],
    "arrays": [
        X,
        np.asfortranarray(X),
        X[::2, ::-1],
        X.astype(">f4"),
        X.astype(np.float16),
        np.arange(5, dtype=np.uint8),
        np.array(["é", "bc"]),
        np.array([b"q", b"rs"]),
        np.array(3.5),
        np.empty((0, 3)),
        np.array([["a", 2], [None, 1.5]], dtype=object),
        np.array([True, False]),
    ],
}
FITTED = {
    "pipeline": make_pipeline(
        SimpleImputer(add_indicator=True), RobustScaler(), LogisticRegression()
    ).fit(np.where(X > 5, np.nan, X), X[:, 0] > 3),
    "columns": ColumnTransformer(
        [("n", StandardScaler(), slice(0, 2)), ("p", PowerTransformer(), [2])],
        remainder=QuantileTransformer(n_quantiles=7),
    ).fit(X),
    "levels": OneHotEncoder(drop="first", handle_unknown="ignore").fit(LABELS),
    "labels": {"city": LabelEncoder().fit(["rome", "oslo"])},
    "function": FunctionTransformer(np.log1p),
}


def written(value: object, how: str, protocol: int) -> bytes:
    if how == "pickle":
        return pickle.dumps(value, protocol)
    file = io.BytesIO()
    joblib.dump(value, file, protocol=protocol)
    return file.getvalue()


def same(read: object, live: object) -> None:
    """Assert that what was read is the live object, whose own state is the truth."""
    if isinstance(live, np.ndarray) or (isinstance(live, np.generic) and live.shape == ()):
        assert np.shape(read) == live.shape
        assert np.asarray(read).dtype == live.dtype.newbyteorder("=") or live.dtype.names
        if live.dtype.hasobject:
            for one, other in zip(np.ravel(read), np.ravel(live), strict=True):
                same(one, other)
        elif live.dtype.names:
            assert read.tobytes() == live.tobytes()
        else:
            np.testing.assert_array_equal(read, live)
    elif isinstance(live, dict):
        assert type(read) is dict
        assert list(read) == list(live)
        for key, value in live.items():
            same(read[key], value)
    elif isinstance(live, list | tuple):
        assert type(read) is type(live)
        assert len(read) == len(live)
        for one, other in zip(read, live, strict=True):
            same(one, other)
    elif isinstance(read, PickledObject):
        same_object(read, live)
    else:
        assert type(read) is type(live)
        assert read == live or (read != read and live != live)


def same_object(read: PickledObject, live: object) -> None:
    if isinstance(live, type | np.ufunc):
        assert read.name == live.__name__
        assert (read.args, read.state) == ((), {})
        return
    if isinstance(live, np.dtype):
        assert (read.module, read.name, read.args[0]) == ("numpy", "dtype", live.str[1:])
        return
    assert (read.module, read.name) == (type(live).__module__, type(live).__name__)
    state = live.__getstate__() if hasattr(live, "__getstate__") else vars(live)
    if isinstance(state, dict):
        same(read.state, state)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("how", ["pickle", "joblib"])
@pytest.mark.parametrize("name", VALUES)
def test_plain_values_and_arrays_come_back(name: str, how: str, protocol: int) -> None:
    content = written(VALUES[name], how, protocol)
    assert looks_like_pickle(content)
    same(unpickle(content, PLACE), VALUES[name])


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("how", ["pickle", "joblib"])
@pytest.mark.parametrize("name", FITTED)
def test_fitted_objects_keep_their_whole_state(name: str, how: str, protocol: int) -> None:
    content = written(FITTED[name], how, protocol)
    assert looks_like_pickle(content)
    same(unpickle(content, PLACE), FITTED[name])


@pytest.mark.parametrize("method", COMPRESSIONS)
def test_every_compression_of_joblib(method: str, tmp_path: Path) -> None:
    file = tmp_path / "model.bin"
    joblib.dump(FITTED["pipeline"], file, compress=(method, 3))
    content = file.read_bytes()
    assert looks_like_pickle(content)
    same(unpickle(content, file), FITTED["pipeline"])


def test_a_whole_model_is_read_around_its_trees() -> None:
    y = X[:, 0] > 3
    for model in (RandomForestClassifier(3), HistGradientBoostingClassifier(max_iter=3)):
        read = unpickle(written(model.fit(X, y), "joblib", 4), PLACE)
        assert isinstance(read, PickledObject)
        assert read.state["n_features_in_"] == 4


def test_without_lz4_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    content = b"\x04\x22\x4d\x18" + bytes(20)
    assert looks_like_pickle(content)
    with pytest.raises(ParameterError, match=r"scaler.pkl: is compressed with lz4: pip install"):
        unpickle(content, PLACE)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", ["str", "object"])
def test_the_labels_of_pandas(protocol: int, kind: str) -> None:
    means = pd.DataFrame(X, columns=pd.Index(["a", "é", "", "d d"], dtype=kind)).mean()
    for expected in (means, means[:0]):
        read = unpickle(pickle.dumps(expected, protocol), PLACE)
        assert isinstance(read, PickledObject)
        assert series_values(read) == expected.to_dict()
        assert as_list(unpickle(pickle.dumps(expected.index, protocol), PLACE)) == [*expected.index]
    frame = unpickle(pickle.dumps(means.to_frame(), protocol), PLACE)
    assert isinstance(frame, PickledObject)
    assert series_values(frame) is None


def test_what_is_shared_stays_one_object() -> None:
    shared = np.arange(3.0)
    read = unpickle(pickle.dumps([shared, {"again": shared}]), PLACE)
    assert isinstance(read, list)
    assert read[0] is read[1]["again"]


@pytest.mark.parametrize(
    "content",
    [
        b"city\nparis\npoitiers.",
        b"a,b\n1,2\n",
        b"(see below).",
        b'{"mean": [1]}',
        b"[1, 2].",
        b"\x80\x09nothing.",
        b"",
        b"\x1f\x8b\x08broken",
        b"xz",
    ],
)
def test_what_is_no_pickle(content: bytes) -> None:
    assert not looks_like_pickle(content)


@pytest.mark.parametrize("method", ["zlib", "gzip", "bz2", "xz"])
def test_compressed_tables_are_no_pickles(method: str) -> None:
    import bz2
    import gzip
    import lzma
    import zlib

    packed = {"zlib": zlib, "gzip": gzip, "bz2": bz2, "xz": lzma}[method].compress(b"a,b\n1,2\n")
    assert not looks_like_pickle(packed)


@pytest.mark.parametrize("how", ["pickle", "joblib"])
def test_a_column_more_costs_what_the_one_before_did(how: str) -> None:
    few, many = (written(scaler(columns), how, 4) for columns in (300, 3000))
    assert calls(lambda: unpickle(many, PLACE)) < 11 * calls(lambda: unpickle(few, PLACE))
    read = unpickle(many, PLACE)
    assert isinstance(read, PickledObject)
    assert read.state["feature_names_in_"][2999] == "column number 2999"
