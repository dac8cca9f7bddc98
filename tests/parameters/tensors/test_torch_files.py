"""Files of PyTorch are read as they were saved: every version, type, stride and order of bytes."""

from __future__ import annotations

import pickle
import sys
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import LabelEncoder, StandardScaler

import skewcheck
from skewcheck.features.steps import ZScore

sys.path.append(str(Path(__file__).parents[3] / "fixtures"))  # last: names as those of packages
import tensors

MEAN, STD = np.array([1.5, -2.0, 1000.25]), np.array([0.5, 2.0, 30.0])
NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def torch() -> ModuleType:
    """Return PyTorch itself, whose files ours are compared with where it is installed."""
    return pytest.importorskip("torch", reason="no PyTorch, which no test needs: pip install torch")


def moments(path: Path, names: tuple[str, ...] = NAMES) -> tuple[list[float], list[float]]:
    """Return means and deviations of what is read; each column has one z-score."""
    parameters = skewcheck.load(path, names)
    assert [feature.name for feature in parameters.features] == [*NAMES]
    steps = [step for feature in parameters.features for step in feature.steps]
    zscores = [step for step in steps if isinstance(step, ZScore)]
    assert len(zscores) == len(steps) == len(NAMES)
    return [step.mean for step in zscores], [step.std for step in zscores]


@pytest.mark.parametrize("kind", ["f8", "f4", "f2"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_dict_of_mean_and_std(kind: str, order: str, tmp_path: Path) -> None:
    mean, std = MEAN.astype(kind), STD.astype(kind)
    path = tmp_path / "scaler.pt"
    path.write_bytes(tensors.torch_zip({"mean": mean, "std": std}, order))
    assert moments(path) == (mean.tolist(), std.tolist())


@pytest.mark.parametrize("kind", ["i8", "i4", "i2", "i1", "u1"])
def test_whole_numbers(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "scaler.pt"
    value = {"mean": np.array([1, 2, 3], kind), "std": np.array([4, 5, 6], kind)}
    path.write_bytes(tensors.torch_zip(value))
    assert moments(path) == ([1, 2, 3], [4, 5, 6])


def test_bfloat16_keeps_the_upper_half_of_a_float32(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pt"
    value = {"mean": tensors.Bfloat16(np.array([1.0, 3.140625, -2.5])), "std": STD}
    path.write_bytes(tensors.torch_zip(value))
    assert moments(path)[0] == [1.0, 3.140625, -2.5]


def test_the_format_before_1_6(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pth"
    path.write_bytes(tensors.torch_legacy({"mean": MEAN, "std": STD.astype("f4")}))
    assert moments(path) == (MEAN.tolist(), STD.tolist())


def test_a_plain_pickle_of_tensors(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pkl"
    path.write_bytes(tensors.pickled({"mean": MEAN, "std": STD}))
    assert moments(path) == (MEAN.tolist(), STD.tolist())


def test_names_beside_the_tensors(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pt"
    value = {"stats": {"mean": MEAN, "std": STD}, "feature_names": [*NAMES]}
    path.write_bytes(tensors.torch_zip(value))
    assert moments(path, ()) == (MEAN.tolist(), STD.tolist())


def test_a_fitted_object_beside_weights(tmp_path: Path) -> None:
    frame = pd.DataFrame(np.random.default_rng(3).normal(size=(40, 3)) * STD, columns=[*NAMES])
    fitted = StandardScaler().fit(frame)
    levels = LabelEncoder().fit(["x", "y"])
    value = {"model": {"0.weight": np.ones((2, 2))}, "scaler": fitted, "kind": levels}
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(tensors.torch_zip(value))
    parameters = skewcheck.load(path)
    assert [feature.name for feature in parameters.features] == [*NAMES, "kind"]
    assert [note.parameters["text"] for note in parameters.notes] == [
        "1 tensor beside it: not looked at"
    ]
    served = parameters.transform(frame.assign(kind="y"))
    np.testing.assert_allclose(served[[*NAMES]], fitted.transform(frame), rtol=1e-12)
    assert set(served["kind"]) == {1}


def test_numbers_of_pickles_beside_tensors_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pt"
    path.write_bytes(tensors.torch_zip({"mean": MEAN, "std": [0.5, 2.0, 30.0], "epoch": 3}))
    assert moments(path) == (MEAN.tolist(), STD.tolist())


def test_a_tensor_says_its_place(tmp_path: Path) -> None:
    path = tmp_path / "scaler.pt"
    path.write_bytes(tensors.torch_zip({"mean": MEAN, "std": STD}))
    feature = skewcheck.load(path, NAMES).features[1]
    assert feature.extra["x-source"] == "mean[1]; std[1]"


def test_what_pytorch_itself_writes(torch: ModuleType, tmp_path: Path) -> None:
    mean, std = torch.tensor(MEAN, dtype=torch.float32), torch.tensor(STD)
    views = {
        "column": torch.stack([mean * 0, mean], dim=1)[:, 1],
        "transposed": torch.stack([mean, mean * 0]).T[:, 0],
        "later part": torch.cat([mean * 0, mean])[3:],
        "expanded": mean.expand(2, 3)[1],
        "parameter": torch.nn.Parameter(mean),
        "row": mean.reshape(1, 3),
    }
    for name, view in views.items():
        for legacy in (False, True):
            path = tmp_path / f"{name} {legacy}.pt"
            torch.save({"mean": view, "std": std}, path, _use_new_zipfile_serialization=not legacy)
            assert moments(path) == (MEAN.tolist(), STD.tolist()), path.name
        (tmp_path / "p.pkl").write_bytes(pickle.dumps({"mean": view, "std": std}))
        assert moments(tmp_path / "p.pkl") == (MEAN.tolist(), STD.tolist()), name


def test_pytorch_reads_what_these_tests_write(torch: ModuleType, tmp_path: Path) -> None:
    value = {"mean": MEAN.astype("f4"), "half": STD.astype("f2"), "wide": np.ones((2, 3))}
    for content in (
        tensors.torch_zip(value),
        tensors.torch_zip(value, ">"),
        tensors.torch_legacy(value),
    ):
        (tmp_path / "x.pt").write_bytes(content)
        read = torch.load(tmp_path / "x.pt", weights_only=True)
        assert {k: v.tolist() for k, v in read.items()} == {k: v.tolist() for k, v in value.items()}


def test_a_whole_module_and_torchscript_are_read_without_their_code(
    torch: ModuleType, tmp_path: Path
) -> None:
    layer = torch.nn.BatchNorm1d(3).double()
    layer.running_mean.copy_(torch.tensor(MEAN))
    layer.running_var.copy_(torch.tensor(STD**2))
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([0.5, 2.0, -1.0]))
        layer.bias.copy_(torch.tensor([0.0, 1.0, 5.0]))
    net = torch.nn.Sequential()
    net.add_module("input_norm", layer)
    net.add_module("out", torch.nn.Linear(3, 2).double())
    net.eval()
    x = np.random.default_rng(4).normal(size=(20, 3)) * 50
    expected = layer(torch.tensor(x)).detach().numpy()
    torch.save(net, tmp_path / "whole.pt")
    torch.save(net.state_dict(), tmp_path / "state.pt")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that TorchScript is deprecated
        torch.jit.save(torch.jit.script(net), tmp_path / "scripted.pt")
    for name in ("whole.pt", "state.pt", "scripted.pt"):
        parameters = skewcheck.load(tmp_path / name, NAMES)
        served = parameters.transform(pd.DataFrame(x, columns=[*NAMES]))
        np.testing.assert_allclose(served[[*NAMES]], expected, rtol=1e-9, err_msg=name)
        texts = [str(note.parameters.get("text")) for note in parameters.notes]
        assert any("code is not looked at" in text for text in texts) == (name == "scripted.pt")
