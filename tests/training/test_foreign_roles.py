"""Training data that has more columns than a scaler's file, and fewer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

import skewcheck
from skewcheck.parameters.writer import dumps
from skewcheck.text.errors import UsageError

pd = pytest.importorskip("pandas")

ROWS = 2_000


@pytest.fixture
def training() -> pd.DataFrame:
    random = np.random.default_rng(7)
    frame = pd.DataFrame({"age": random.normal(40, 10, ROWS), "income": random.normal(3, 1, ROWS)})
    frame["ratio"] = frame.income / (frame.age + 100)
    frame["p"] = np.clip(random.normal(0.3, 0.1, ROWS), 0.01, 0.99)
    frame["y"] = (random.random(ROWS) < frame.p).astype(int)
    return frame


@pytest.mark.parametrize("named", [True, False])
def test_outputs_are_columns_that_a_scaler_has_not(training: pd.DataFrame, named: bool) -> None:
    inputs = training[["age", "income", "ratio"]]
    scaler = StandardScaler().fit(inputs if named else inputs.to_numpy())
    known = skewcheck.capture(scaler, inputs)
    fitted = skewcheck.fit(training, parameters=known, prediction="p", label="y", metric="log_loss")
    roles = [(f.name, f.role, len(f.steps)) for f in fitted.features]
    assert roles[2:] == [("ratio", "feature", 1), ("p", "prediction", 0), ("y", "label", 0)]
    assert fitted["y"].reference.rows == ROWS
    loss = -np.where(training.y, np.log(training.p), np.log(1 - training.p)).mean()
    assert fitted.error is not None
    assert fitted.error.value == pytest.approx(loss)


def test_outputs_are_not_counted_among_the_columns_of_unnamed_numbers(
    training: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(json.dumps({"mean": [1.0, 2.0, 3.0], "std": [2.0, 2.0, 2.0]}))
    fitted = skewcheck.fit(training, parameters=path, prediction="p", label="y")
    assert [f.name for f in fitted.features] == ["age", "income", "ratio", "p", "y"]


def test_a_role_of_neither_a_feature_nor_a_column(training: pd.DataFrame) -> None:
    known = skewcheck.fit(training[["age", "income"]])
    with pytest.raises(UsageError, match="'q' in the parameters, and no such column"):
        skewcheck.fit(training, parameters=known, prediction="q")


def test_a_derived_column_is_untested_where_training_lacks_it(
    training: pd.DataFrame, tmp_path: Path
) -> None:
    known = skewcheck.capture(StandardScaler().fit(training[["age", "ratio"]]),
                              training[["age", "ratio"]])  # fmt: skip
    bare = skewcheck.load(_saved(known, tmp_path, without_references=True))
    raw = training[["age"]]
    assert skewcheck.audit(bare, raw).features[1].verdict == "skew"  # training may have had it
    fitted = skewcheck.fit(raw, parameters=bare)
    assert [f.derived for f in fitted.features] == [False, True]
    again = skewcheck.load(_saved(fitted, tmp_path))
    audit = skewcheck.audit(again, raw)
    assert (audit.verdict, audit.features[1].verdict) == ("ok", "untested")
    assert "no column in the log nor in training's data" in skewcheck.render(audit, "terminal")
    # What a log without it is compared with was measured: it is missing still.
    assert not skewcheck.fit(raw, parameters=known)["ratio"].derived


def _saved(
    known: skewcheck.Parameters, folder: Path, *, without_references: bool = False
) -> Path:  # fmt: skip
    tree = json.loads(dumps(known))
    if without_references:
        for feature in tree["features"].values():
            feature.pop("reference", None)
    path = folder / "parameters.json"
    path.write_text(json.dumps(tree))
    return path
