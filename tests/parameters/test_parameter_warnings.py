"""What a foreign file alone shows to be wrong: faults written by hand, and right files beside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from skewcheck.parameters import load

Warned = list[tuple[str, tuple[str, ...]]]


def warned(path: Path, content: object) -> Warned:
    (path / "p.json").write_text(json.dumps(content))
    return [(w.code, w.features) for w in load(path / "p.json").warnings]


def test_opposite_codes_of_the_same_labels(tmp_path: Path) -> None:
    wrong = {"a": {"No": 0, "Yes": 1}, "b": {"Yes": 0, "No": 1}, "c": {"No": 0, "Yes": 1}}
    assert warned(tmp_path, wrong) == [("opposite_codes", ("a", "c", "b"))]
    right = {"a": {"No": 0, "Yes": 1}, "b": {"no": 1, "yes": 0}, "c": {"No": 0, "Yes": 1}}
    assert warned(tmp_path, right) == []


@pytest.mark.parametrize(
    ("means", "stds", "found"),
    [
        ([1e-17, 40.0], [1.0, 12.0], ("a",)),
        ([0.0, 0.0], [1.0, 1.0], ("a", "b")),
        # Some of standardized rows: the means of 0.8 x 2,000 of them
        ([0.01, -0.02, 0.008], [0.99, 1.02, 1.0], ("a", "b", "c")),
        ([0.01, -0.02, 3.0], [0.99, 1.02, 1.0], ()),
        ([0.01, -0.02], [0.99, 1.02], ()),
        # A column of zeros is divided by 1
        ([0.0, 40.0, 7.0], [1.0, 12.0, 3.0], ()),
        ([0.4, 40.0], [1.0, 12.0], ()),
    ],
)
def test_standardized_data_fitted_again(
    tmp_path: Path, means: list[float], stds: list[float], found: tuple[str, ...]
) -> None:
    names = list("abc")[: len(means)]
    content = {"mean": means, "std": stds, "columns": names}
    assert warned(tmp_path, content) == ([("refitted", found)] if found else [])


def test_a_reader_that_told_it_is_not_repeated(tmp_path: Path) -> None:
    content = {"x": {"mean": 3, "std": 0}, "y": {"mean": 1, "std": 2}}
    assert warned(tmp_path, content) == [("constant", ("x",))]


def test_a_column_of_zeros_in_scikit_learn_is_constant_and_not_standardized(tmp_path: Path) -> None:
    joblib = pytest.importorskip("joblib")
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    rows = np.column_stack([np.zeros(50), np.arange(50.0)])
    joblib.dump(preprocessing.StandardScaler().fit(rows), tmp_path / "scaler.pkl")
    warnings = load(tmp_path / "scaler.pkl", ("zero", "x")).warnings
    assert [(w.code, w.features) for w in warnings] == [("constant", ("zero",))]
