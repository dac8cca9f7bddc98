"""What training code captures is what is read from the file it saves."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

import skewcheck
from skewcheck.parameters.writer import dumps
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError, UsageError


def rides(rows: int = 4000) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    return pd.DataFrame({
        "fare": rng.gamma(2, 5, rows), "miles": rng.gamma(2, 3, rows),
        "city": rng.choice(["Oslo", "Lima"], rows),
    })  # fmt: skip


def test_capture_is_reading_and_fitting(tmp_path: Path) -> None:
    transformer = ColumnTransformer([
        ("hot", OneHotEncoder(drop="first"), ["city"]), ("num", StandardScaler(), ["miles", "fare"])
    ])  # fmt: skip
    pipe = make_pipeline(transformer, LinearRegression()).fit(rides(), rides()["fare"])
    path = tmp_path / "pipe.pkl"
    path.write_bytes(pickle.dumps(pipe))
    saved = skewcheck.fit(rides(), parameters=path)
    captured = skewcheck.capture(pipe, rides())
    assert dumps(captured) == dumps(saved)
    assert texts(captured.notes) == texts(saved.notes)
    assert skewcheck.capture(pipe, pa.Table.from_pandas(rides())).fingerprint == saved.fingerprint


def test_a_captured_pipeline_audits(tmp_path: Path) -> None:
    scaler = StandardScaler().fit(rides()[["fare", "miles"]])
    skewcheck.save(skewcheck.capture(scaler, rides()), tmp_path / "p.json")
    served = rides().assign(**{
        f"{name}_norm": values for name, values in
        zip(["fare", "miles"], scaler.transform(rides()[["fare", "miles"]]).T, strict=True)
    })  # fmt: skip
    good = skewcheck.audit(tmp_path / "p.json", served, served="{feature}_norm")
    assert good.verdict == "ok"
    served["miles_norm"] = served["miles"]
    bad = skewcheck.audit(tmp_path / "p.json", served, served="{feature}_norm")
    assert [f.causes[0].code for f in bad.features if f.causes] == ["not_normalized"]


def test_arrays_are_named_by_the_transformer_or_the_caller() -> None:
    frame = rides()[["fare", "miles"]]
    for fitted, names in (
        (StandardScaler().fit(frame), None),
        (StandardScaler().fit(frame.to_numpy()), ["fare", "miles"]),
    ):
        found = skewcheck.capture(fitted, frame.to_numpy(), names)
        assert [(f.name, f.reference is not None) for f in found.features] == [
            ("fare", True), ("miles", True)
        ]  # fmt: skip


def test_names_of_the_data_are_a_note() -> None:
    frame = rides()[["fare", "miles"]]
    found = skewcheck.capture(StandardScaler().fit(frame.to_numpy()), frame)
    assert [f.name for f in found.features] == ["fare", "miles"]
    assert texts(found.notes) == ("the columns are named as those of X, in their order",)


def test_what_cannot_be_pickled_is_run_alone() -> None:
    frame = rides()[["fare", "miles"]]
    found = skewcheck.capture(FunctionTransformer(lambda x: x + 1).fit(frame), frame)
    maker = "made by sklearn.preprocessing._function_transformer.FunctionTransformer"
    assert [f.untested for f in found.features] == [maker, maker, None, None]
    assert [f.name for f in found.features][2:] == [
        "functiontransformer__fare", "functiontransformer__miles"
    ]  # fmt: skip


def test_what_cannot_be_captured() -> None:
    frame = rides()[["fare", "miles"]]
    unnamed = StandardScaler().fit(frame.to_numpy())
    with pytest.raises(UsageError, match=r"does not name its 2 columns: give names=\[...\]"):
        skewcheck.capture(unnamed, frame.to_numpy())
    with pytest.raises(UsageError, match="function: cannot be pickled"):
        skewcheck.capture(lambda x: x, frame)
    with pytest.raises(UsageError, match="X: has the shape"):
        skewcheck.capture(unnamed, frame.to_numpy()[:, 0], ["fare", "miles"])
    with pytest.raises(ParameterError, match="holds a LinearRegression, a model"):
        skewcheck.capture(LinearRegression().fit(frame, frame["fare"]), frame)
