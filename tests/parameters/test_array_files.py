"""Fitted objects in NumPy's files, and folders of .npy files that are one set of statistics."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder, MinMaxScaler, StandardScaler

import skewcheck
from skewcheck.parameters import UnnamedError
from skewcheck.text.errors import ParameterError

FRAME = pd.DataFrame(np.random.default_rng(5).normal(size=(40, 3)) * 7, columns=["a", "b", "c"])
SCALER = StandardScaler().fit(FRAME)
MEAN, STD = np.array([1.5, -2.0]), np.array([0.5, 2.0])
Refusal = Callable[..., str]


def objects(value: object) -> np.ndarray:
    array = np.empty((), object)
    array[()] = value
    return array


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_fitted_object_in_npz(save: Callable[..., None], tmp_path: Path) -> None:
    save(tmp_path / "x.npz", scaler=SCALER, x=FRAME.to_numpy(), columns=FRAME.columns.to_numpy())
    served = skewcheck.load(tmp_path / "x.npz").transform(FRAME)
    np.testing.assert_allclose(served, SCALER.transform(FRAME), rtol=1e-12)


@pytest.mark.parametrize(
    "value",
    [SCALER, {"scaler": SCALER}, [SCALER], {"steps": {"scaler": SCALER}}],
    ids=["itself", "dict", "list", "nested"],
)
def test_a_fitted_object_in_npy(value: object, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", objects(value), allow_pickle=True)
    served = skewcheck.load(tmp_path / "x.npy").transform(FRAME)
    np.testing.assert_allclose(served, SCALER.transform(FRAME), rtol=1e-12)


def test_several_objects_in_npz(tmp_path: Path) -> None:
    levels = LabelEncoder().fit(["x", "y"])
    np.savez(tmp_path / "x.npz", scaler=MinMaxScaler().fit(FRAME), kind=levels)
    parameters = skewcheck.load(tmp_path / "x.npz")
    assert [feature.name for feature in parameters.features] == ["a", "b", "c", "kind"]


def test_arrays_of_names_and_dicts_of_numbers_stay_numbers(tmp_path: Path) -> None:
    names = np.array(["p", "q"], object)
    np.savez(tmp_path / "x.npz", mean=MEAN, std=STD, columns=names)
    np.save(tmp_path / "x.npy", objects({"mean": MEAN, "std": STD, "columns": names}))
    for name in ("x.npz", "x.npy"):
        parameters = skewcheck.load(tmp_path / name)
        assert [feature.name for feature in parameters.features] == ["p", "q"]
        assert parameters.model["format"] == "home-made numbers"


class Wants:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("touch flag",)


@pytest.mark.parametrize("suffix", ["npz", "npy"])
def test_code_in_an_array_is_refused(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{suffix}"
    if suffix == "npz":
        np.savez(path, scaler=objects([SCALER, Wants()]))
    else:
        np.save(path, objects([SCALER, Wants()]), allow_pickle=True)
    with pytest.raises(ParameterError) as caught:
        skewcheck.load(path)
    assert "\n" not in str(caught.value)


def test_texts_of_characters_that_do_not_exist_are_refused(
    tmp_path: Path, refusal: Refusal
) -> None:
    np.save(tmp_path / "x.npy", np.array(["ab"]))
    content = (tmp_path / "x.npy").read_bytes()[:-8] + b"\xff\xff\xff\x00" * 2
    np.savez(tmp_path / "x.npz", mean=MEAN, std=STD)
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.npz", "a") as archive:
        archive.writestr("columns.npy", content)
    assert "characters that do not exist" in refusal((tmp_path / "x.npz").read_bytes(), "x.npz")


def folder(path: Path, **arrays: object) -> Path:
    path.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(path / f"{name}.npy", np.asarray(array))
    return path


PAIRS = [
    ("mean", "std"), ("X_mean", "X_std"), ("train_mean", "train_std"), ("mean_", "scale_"),
    ("scaler_mean", "scaler_scale"), ("mean_x", "std_x"), ("data_mean", "data_std"),
    ("feature_means", "feature_stds"), ("x_train_mean", "x_train_std"), ("mu", "sigma"),
]  # fmt: skip


@pytest.mark.parametrize(("mean", "std"), PAIRS)
@pytest.mark.parametrize("shape", [(2,), (1, 2)])
def test_means_and_deviations_of_a_folder(
    mean: str, std: str, shape: tuple[int, ...], tmp_path: Path
) -> None:
    path = folder(tmp_path / "stats", **{mean: MEAN.reshape(shape), std: STD.reshape(shape)})
    frame = FRAME[["a", "b"]]
    served = skewcheck.load(path, ("a", "b")).transform(frame)
    np.testing.assert_allclose(served, (frame - MEAN) / STD, rtol=1e-12)


def test_minima_and_maxima_of_a_folder(tmp_path: Path) -> None:
    path = folder(tmp_path / "stats", min=MEAN, max=MEAN + STD)
    frame = FRAME[["a", "b"]]
    served = skewcheck.load(path, ("a", "b")).transform(frame)
    np.testing.assert_allclose(served, (frame - MEAN) / STD, rtol=1e-9)


def test_names_beside_them_and_what_is_not_read(tmp_path: Path) -> None:
    path = folder(tmp_path / "stats", mean=MEAN, std=STD, feature_names=["p", "q"], X_train=FRAME)
    parameters = skewcheck.load(path)
    assert [feature.name for feature in parameters.features] == ["p", "q"]
    assert [note.parameters["text"] for note in parameters.notes] == ["not read: X_train.npy"]


def test_inputs_and_outputs_of_a_folder(tmp_path: Path) -> None:
    path = folder(tmp_path / "stats", X_mean=MEAN, X_std=STD, y_mean=[3.0], y_std=[4.0])
    roles = [(f.name, f.role) for f in skewcheck.load(path, ("a", "b")).features]
    assert roles == [("a", "feature"), ("b", "feature"), ("y", "label")]


def test_one_of_two_files_says_to_give_the_folder(tmp_path: Path) -> None:
    path = folder(tmp_path / "stats", mean=MEAN, std=STD, y_mean=[1.0], y_std=[2.0])
    for name, other in (("mean", "std"), ("std", "mean"), ("y_std", "y_mean")):
        with pytest.raises(ParameterError, match=f"and {other}.npy beside it the rest: give") as e:
            skewcheck.load(path / f"{name}.npy")
        assert str(path) in str(e.value).partition("give their folder")[2]


def test_a_lone_array_is_refused_as_before(tmp_path: Path) -> None:
    path = folder(tmp_path / "stats", mean=MEAN, X_train=FRAME)
    with pytest.raises(ParameterError, match=r"save both by name with np\.savez"):
        skewcheck.load(path / "mean.npy")
    with pytest.raises(ParameterError, match="is a folder"):
        skewcheck.load(path)


def test_names_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UnnamedError, match="does not name its 2 values"):
        skewcheck.load(folder(tmp_path / "stats", mean=MEAN, std=STD))


def test_damaged_arrays_of_a_folder_are_named(tmp_path: Path) -> None:
    path = folder(tmp_path / "stats", mean=MEAN, std=STD)
    for content in (b"", b"\x93NUMPY", (path / "std.npy").read_bytes()[:-3], pickle.dumps(3)):
        (path / "std.npy").write_bytes(content)
        with pytest.raises(ParameterError, match=r"std\.npy: no valid NumPy|std\.npy: announces"):
            skewcheck.load(path, ("a", "b"))


def test_arrays_of_other_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="mean has 2 values, but std has 3"):
        skewcheck.load(folder(tmp_path / "stats", mean=MEAN, std=[1.0, 2.0, 3.0]))
