"""Folders of parameters: damaged and odd files, many files, and none that can be read."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import LabelEncoder, StandardScaler

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

FRAME = pd.DataFrame({
    "age": [20.0, 30.0, 70.0, 44.0], "size": [1.0, 2.0, 6.0, 3.0], "city": ["a", "b", "a", "c"],
})  # fmt: skip
NUMBERS = FRAME[["age", "size"]]
SCALER = StandardScaler().fit(NUMBERS)
OTHER = StandardScaler().fit(NUMBERS * 3 + 1)
CITY = LabelEncoder().fit(FRAME["city"])
MODEL = LogisticRegression().fit(SCALER.transform(NUMBERS), [0, 1, 0, 1])
Folder = Callable[..., Path]


def _names(parameters: Parameters) -> list[str]:
    return [feature.name for feature in parameters.features]


@pytest.mark.parametrize("name", ["encoder", "imputer", "preprocessor", "scaler_2"])
def test_a_damaged_file_of_parameters_is_refused(folder: Folder, name: str) -> None:
    path = folder(scaler=SCALER)
    (path / f"{name}.pkl").write_bytes(pickle.dumps(CITY)[:40])
    with pytest.raises(ParameterError, match=rf"{name}\.pkl: is no whole pickle"):
        skewcheck.load(path)


def test_a_damaged_model_is_not_read(folder: Folder) -> None:
    path = folder(scaler=SCALER)
    (path / "model.pkl").write_bytes(pickle.dumps(MODEL)[:200])
    assert "model.pkl: not read" in texts(skewcheck.load(path).notes)[0]


def test_links_that_loop_and_files_that_are_none(folder: Folder) -> None:
    path = folder(scaler=SCALER)
    (path / "again").symlink_to(path)
    (path / "gone.pkl").symlink_to(path / "nowhere.pkl")
    (path / "self.pkl").symlink_to(path / "self.pkl")
    os.mkfifo(path / "pipe.pkl")
    parameters = skewcheck.load(path)
    assert _names(parameters) == ["age", "size"]
    assert texts(parameters.notes) == (
        "gone.pkl: not read: cannot read it (No such file or directory)",
        "self.pkl: not read: cannot read it (Too many levels of symbolic links)",
    )
    (path / "encoder.pkl").symlink_to(path / "nowhere.pkl")
    with pytest.raises(ParameterError, match=r"encoder.pkl: cannot read it \(No such file"):
        skewcheck.load(path)


def test_a_folder_of_very_many_files(folder: Folder) -> None:
    path = folder(scaler=SCALER)
    (path / "images").mkdir()
    for i in range(1100):
        (path / "images" / f"{i}.x").touch()
    with pytest.raises(ParameterError, match="more than 1,000 files") as caught:
        skewcheck.load(path)
    assert "\n" not in str(caught.value)


def test_folders_in_the_folder(folder: Folder) -> None:
    path = folder(scaler=StandardScaler().fit(FRAME.assign(city=[0, 1, 0, 2])))
    (path / "encoders").mkdir()
    (path / "encoders" / "city.pkl").write_bytes(pickle.dumps(CITY))
    (path / ".cache").mkdir()
    (path / ".cache" / "scaler.pkl").write_bytes(pickle.dumps(OTHER))
    parameters = skewcheck.load(path)
    assert str(parameters["city"].extra["x-source"]).startswith("encoders/city.pkl: classes_; ")


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"model": MODEL}, r"it has no features with steps \(model.pkl: a model \(LogisticReg"),
        ({"columns_json": ["a", "b"]}, "it has no features with steps"),
        ({"metrics_json": {"f1": 0.5}}, r"\(metrics.json: measures or settings"),
    ],
)
def test_a_folder_without_parameters(folder: Folder, files: dict[str, object], why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        skewcheck.load(folder(**files))


def test_files_that_the_user_names_must_be_read(folder: Folder) -> None:
    path = folder(scaler=SCALER, model=MODEL)
    with pytest.raises(ParameterError, match=r"model.pkl: a model \(LogisticRegression\)"):
        skewcheck.load([path / "scaler.pkl", path / "model.pkl"])
    with pytest.raises(ParameterError, match="no parameter file is given"):
        skewcheck.load([])
    with pytest.raises(ParameterError, match=r"gone.pkl: cannot read it"):
        skewcheck.load([path / "scaler.pkl", path / "gone.pkl"])
