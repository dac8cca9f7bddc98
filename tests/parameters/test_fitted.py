"""Which numbers of a file were computed on training data, and which are constants."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import skewcheck
from skewcheck.features.steps import ZScore

TRAIN = pd.DataFrame({"age": np.random.default_rng(1).normal(40, 12, 4000)})
FILES: list[tuple[dict[str, object], bool]] = [
    ({"age": {"mean": 40.0, "std": 12.0}}, False),
    ({"mean": [40.0], "std": [12.0], "columns": ["age"]}, False),
    ({"age": {"min": 0.0, "max": 120.0}}, False),
    ({"age": {"mean": 40.0, "std": 12.0, "count": 800}}, True),
    ({"mean_": [40.0], "scale_": [12.0], "feature_names_in_": ["age"]}, True),
    ({"mean": {"age": 40.0}, "std": {"age": 12.0}, "n_samples_seen": 800}, True),
]


@pytest.mark.parametrize(("content", "fitted"), FILES)
def test_hand_written_numbers_are_fitted_where_they_tell_so(
    tmp_path: Path, content: dict[str, object], fitted: bool
) -> None:
    path = tmp_path / "scaler.json"
    path.write_text(json.dumps(content))
    known = skewcheck.load(path)
    assert known["age"].fitted is fitted
    # It is kept where the file is written anew.
    skewcheck.save(known, tmp_path / "params.json")
    assert skewcheck.load(tmp_path / "params.json")["age"].fitted is fitted
    moved = skewcheck.audit(known, TRAIN + 500).features[0]
    assert moved.verdict == ("skew" if fitted else "untested")


@pytest.mark.parametrize(
    "transformer",
    [StandardScaler(), MinMaxScaler(), make_pipeline(SimpleImputer(), MinMaxScaler())],
)
def test_scikit_learns_numbers_are_fitted(tmp_path: Path, transformer: object) -> None:
    path = tmp_path / "scaler.pkl"
    path.write_bytes(pickle.dumps(transformer.fit(TRAIN)))  # type: ignore[attr-defined]
    known = skewcheck.load(path)
    assert known["age"].fitted
    assert skewcheck.audit(known, TRAIN).verdict == "ok"
    assert skewcheck.audit(known, TRAIN + 500).verdict == "skew"


def test_image_processors_have_constants(tmp_path: Path) -> None:
    path = tmp_path / "preprocessor_config.json"
    path.write_text(json.dumps({"image_mean": [0.485], "image_std": [0.229]}))
    known = skewcheck.load(path)
    assert not known.features[0].fitted
    dark = pd.DataFrame({known.features[0].name: np.random.default_rng(2).integers(0, 90, 3000)})
    audit = skewcheck.audit(known, dark)
    # Reported, and no test of the values: it does not pass in silence.
    assert (audit.verdict, audit.exit_code) == ("inconclusive", 3)
    assert {t.name for t in audit.features[0].tests if t.statistic is not None} >= {"mean", "std"}


def test_a_mark_that_is_no_truth_value_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.json"
    step = {"op": "zscore", "mean": 1.0, "std": 2.0}
    path.write_text(json.dumps({"features": {"x": {"steps": [step], "fitted": "yes"}}}))
    with pytest.raises(
        skewcheck.SkewcheckError, match=r"features\.x\.fitted: must be true or false"
    ):
        skewcheck.load(path)
    path.write_text(json.dumps({"features": {"x": {"steps": [step], "fitted": True}}}))
    assert skewcheck.load(path)["x"].fitted
    assert skewcheck.load(path)["x"].steps == (ZScore(1.0, 2.0),)
