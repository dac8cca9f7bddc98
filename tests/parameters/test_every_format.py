"""One pipeline in many formats is read as the same parameters, and serves what it serves."""

from __future__ import annotations

import sys
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer

import skewcheck
from skewcheck.features.steps import Affine, MaxAbs, MinMax, Robust, Step, Vocabulary, ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import READERS, load

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
sys.path.append(str(FIXTURES))  # last: some scripts there are called as what they use
import formats  # noqa: E402  # the fixtures' own scripts, beside what they wrote
from formats import ALL, FORMATS, Format  # noqa: E402
from pipeline import LEVELS, fitted, served, serving, training  # noqa: E402

LINEAR = (ZScore, MinMax, Robust, MaxAbs, Affine)
SILENT = {
    "SageMaker Model Monitor": "statistics: distributions, and no normalization",
    "Great Expectations suite": "ranges and levels, and no normalization",
    "MLflow signature": "names and types",
    "Hugging Face preprocessor": "one mean and deviation for each channel of images or sound",
    "schema of types": "names and types",
    "LightGBM": "names and ranges: trees take their features as they are",
    "TFDV statistics": "distributions, and no normalization",
    "TFX schema": "types, ranges and vocabularies without the features that they are of",
    "XGBoost": "names and types: trees take their features as they are",
}
"""Formats that cannot hold a pipeline of columns, and what they hold instead."""


@pytest.fixture(scope="module")
def pipeline() -> ColumnTransformer:
    return fitted(training())


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return serving(1000)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    """What the fixtures' generator says by its own arithmetic, without scikit-learn."""
    return load(FIXTURES / "params.json")


def alike(ours: Step, theirs: Step, digits: float) -> bool:
    """Whether two steps do the same: each linear one may be written as any other."""
    if isinstance(ours, LINEAR) and isinstance(theirs, LINEAR):
        x = np.linspace(-1000, 1000, 5)
        return np.allclose(ours.forward(x), theirs.forward(x), rtol=digits, atol=digits)
    if type(ours) is not type(theirs):
        return False
    if isinstance(ours, Vocabulary) and isinstance(theirs, Vocabulary):
        return ours.values == theirs.values
    pairs = [(getattr(ours, f.name), getattr(theirs, f.name)) for f in fields(ours)]
    return all(a == pytest.approx(b, rel=digits) for a, b in pairs)


def agree(path: Path, form: Format, known: Parameters, rows: pd.DataFrame,
          expected: pd.DataFrame) -> None:  # fmt: skip
    """Compare a file with the parameters of the generator, and with what scikit-learn serves."""
    parameters = load(path, form.names)
    held = [f for f in parameters.features if f.untested is None and f.role == "feature"]
    assert sorted(feature.name for feature in held) == sorted(form.holds)
    for feature in held:
        expected_values = known[feature.name].steps
        assert [type(s) in LINEAR or s.op for s in feature.steps] == [
            type(s) in LINEAR or s.op for s in expected_values
        ]
        pairs = zip(feature.steps, expected_values, strict=True)
        assert [(a, b) for a, b in pairs if not alike(a, b, form.digits)] == []
    transformed = replace(parameters, features=tuple(held)).transform(rows)
    for name in form.holds:
        right = expected[name].to_numpy()
        served = transformed[name].to_numpy(float)
        there = slice(None) if form.strangers or name not in LEVELS else right >= 0
        # Where numbers are float32, an offset that is large for its scale has lost digits.
        size = max(1.0, abs(right[0]))
        np.testing.assert_allclose(served[there], right[there], form.digits, form.digits * size)


@pytest.mark.parametrize("form", [f for f in FORMATS if f.content], ids=lambda form: form.name)
def test_every_format_says_the_same(
    form: Format,
    pipeline: ColumnTransformer,
    parameters: Parameters,
    rows: pd.DataFrame,
    tmp_path: Path,
) -> None:
    assert form.content is not None
    formats.store(tmp_path / form.name, form.content(pipeline))
    agree(tmp_path / form.name, form, parameters, rows, served(pipeline, rows))


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_what_stands_in_the_repository_says_the_same(
    form: Format, pipeline: ColumnTransformer, parameters: Parameters, rows: pd.DataFrame
) -> None:
    path = FIXTURES / "formats" / form.name
    agree(path, form, parameters, rows, served(pipeline, rows))


def test_capture_says_the_same_in_training_code(
    pipeline: ColumnTransformer, parameters: Parameters, rows: pd.DataFrame, tmp_path: Path
) -> None:
    skewcheck.save(skewcheck.capture(pipeline, training()), tmp_path / "captured.json")
    form = Format("captured.json", formats.pickled)
    agree(tmp_path / form.name, form, parameters, rows, served(pipeline, rows))


def test_what_a_format_does_not_hold_is_told() -> None:
    assert [form.name for form in FORMATS if (form.holds == ALL) == bool(form.why)] == []


def test_every_format_that_can_hold_it_does(parameters: Parameters) -> None:
    read = {load(FIXTURES / "formats" / form.name, form.names).model["format"] for form in FORMATS}
    assert read == set(READERS) - set(SILENT)


def test_an_audit_with_the_pickle_finds_what_the_parameter_file_finds(
    parameters: Parameters,
) -> None:
    pickled = load(FIXTURES / "formats" / "protocol5.pkl")
    for log, verdict in (("clean", "ok"), ("paired_bug.parquet", "skew")):
        audit = skewcheck.audit(
            pickled, FIXTURES / log, reference=FIXTURES / "train.parquet", served="{feature}_norm"
        )
        assert audit.verdict == verdict
        broken = [f.name for f in audit.features if f.verdict == "skew"]
        assert broken == ([] if verdict == "ok" else ["fare"])
