"""Files that do not name their values are compared by position: scikit-learn's and its ONNX."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

import skewcheck
from skewcheck.cli import main
from skewcheck.lock.pairing import load_pair
from skewcheck.parameters import UnnamedError

RNG = np.random.default_rng(0)
DATA = pd.DataFrame({"a": RNG.normal(3, 1.95348, 500), "b": RNG.gamma(2, 15, 500)})
FITTED: dict[str, Callable[[], object]] = {
    "standard": StandardScaler,
    "robust": RobustScaler,
    "min-max": MinMaxScaler,
    "clipped": lambda: MinMaxScaler(clip=True),
    "imputer": SimpleImputer,
    "both": lambda: make_pipeline(SimpleImputer(), StandardScaler()),
}


def files(kind: str, named: bool, folder: Path, factor: float = 1.0) -> tuple[Path, Path]:
    """Return a pickle, and the ONNX export of it as fitted on values `factor` times as large."""
    from skl2onnx import to_onnx

    data = DATA if named else DATA.to_numpy()
    joblib.dump(FITTED[kind]().fit(data), folder / "scaler.joblib")  # type: ignore[attr-defined]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = FITTED[kind]().fit(DATA.to_numpy() * factor)  # type: ignore[attr-defined]
        model = to_onnx(other, np.zeros((1, 2), np.float32))
    (folder / "scaler.onnx").write_bytes(model.SerializeToString())
    return folder / "scaler.joblib", folder / "scaler.onnx"


@pytest.mark.parametrize("kind", FITTED)
@pytest.mark.parametrize("named", [True, False])
def test_a_scaler_and_its_export(kind: str, named: bool, tmp_path: Path) -> None:
    old, new = files(kind, named, tmp_path)
    assert skewcheck.diff(old, new) == ()
    assert skewcheck.diff(new, old) == ()
    assert load_pair(old, new).by_position
    old, new = files(kind, named, tmp_path, 1 + 1e-4)
    assert {change.split(":")[0] for change in skewcheck.diff(old, new)} == (
        {"a", "b"} if named else {"x[0]", "x[1]"}
    )


def test_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = files("standard", True, tmp_path)
    assert main(["diff", str(old), str(new)]) == 0
    out, err = capsys.readouterr()
    assert out == "no difference: both files normalize alike\n"
    assert err.startswith("note: compared by position: one of the files does not name its values\n")


def test_another_number_of_values_needs_names(tmp_path: Path) -> None:
    (tmp_path / "three.json").write_text('{"mean": [1, 2, 3], "std": [1, 2, 3]}')
    (tmp_path / "two.json").write_text('{"mean": [1, 2], "std": [1, 2]}')
    (tmp_path / "named.json").write_text('{"a": {"mean": 1, "std": 1}, "b": {"mean": 2, "std": 2}}')
    for names in (("three.json", "two.json"), ("three.json", "named.json")):
        with pytest.raises(UnnamedError, match="does not name its 3 values"):
            load_pair(*(tmp_path / name for name in names))
    assert skewcheck.diff(tmp_path / "two.json", tmp_path / "named.json") == ()
    given = load_pair(tmp_path / "two.json", tmp_path / "named.json", ["b", "a"])
    assert (given.by_position, [f.name for f in given.old.features]) == (False, ["b", "a"])


def test_vectors_of_two_files_are_named_by_their_place(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"mean": [1, 2], "std": [1, 2]}')
    (tmp_path / "b.json").write_text('{"mean": [1, 2], "std": [1, 3]}')
    (change,) = skewcheck.diff(tmp_path / "a.json", tmp_path / "b.json")
    assert change.startswith("x[1]: zscore std 2 → 3")
