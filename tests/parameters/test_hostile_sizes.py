"""Small files that would grow, or wait, without end: each is refused in a line."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

import skewcheck
from skewcheck.text.errors import ParameterError, UsageError


def refused(path: Path, why: str) -> None:
    with pytest.raises(ParameterError, match=why) as error:
        skewcheck.load(path)
    assert "\n" not in str(error.value)


def test_an_array_that_is_referred_to_often(tmp_path: Path) -> None:
    shared = np.arange(1_000_000.0)
    value = np.array({f"x{i}": shared for i in range(50)}, dtype=object)
    np.save(tmp_path / "shared.npy", value, allow_pickle=True)
    refused(tmp_path / "shared.npy", "more numbers than any file of parameters")


def test_tensors_of_the_same_bytes(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [20_000], "data_offsets": [0, 80_000]}
    header = json.dumps({f"normalize.{i}.mean": entry for i in range(200)}).encode()
    content = struct.pack("<Q", len(header)) + header + bytes(80_000)
    (tmp_path / "a.safetensors").write_bytes(content)
    refused(tmp_path / "a.safetensors", "tensors in it overlap")


def test_axes_without_values(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [0, 2**40, 2**40], "data_offsets": [0, 0]}
    header = json.dumps({"mean": entry, "std": entry}).encode()
    (tmp_path / "a.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    refused(tmp_path / "a.safetensors", "has no values, and a shape of many")


def test_a_schema_that_unpacks_to_more(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.skops", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", '{"__loader__": [' + "[]," * 8_000_000 + "[]]}")
    refused(tmp_path / "a.skops", "its schema is larger")


def test_a_member_that_is_no_lzma(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("mean.npy", bytes(1_000))
    content = bytearray(path.read_bytes())
    content[47:57] = b"\xff" * 10
    path.write_bytes(bytes(content))
    refused(path, "damaged .npz file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes by name here")
def test_a_pipe_among_arrays(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mean.npy")
    np.save(tmp_path / "std.npy", np.ones(3))
    refused(tmp_path, "is a folder: it has no features with steps")


def test_numbers_that_no_float_is(tmp_path: Path) -> None:
    from sklearn.preprocessing import PolynomialFeatures

    for degree in ((0, float("nan")), float("inf"), (1, 2, 3)):
        fitted = PolynomialFeatures(2).fit(np.ones((3, 1)))
        fitted.degree = degree
        (tmp_path / "p.pkl").write_bytes(pickle.dumps(fitted))
        with pytest.raises(ParameterError):
            skewcheck.load(tmp_path / "p.pkl", names=["x"])


def test_a_window_longer_than_any_log(tmp_path: Path) -> None:
    step = {"op": "standardize", "over": "window", "length": 10**300}
    (tmp_path / "p.json").write_text(json.dumps({"features": {"x": {"steps": [step]}}}))
    refused(tmp_path / "p.json", "length: must be 2 to 1,000,000,000")


@pytest.mark.parametrize("content", ["1\n" * 200_000, "[" + "[]," * 200_000 + "[]]"])
def test_answers_of_more_records_than_rows(tmp_path: Path, content: str) -> None:
    steps = [{"op": "zscore", "mean": 0, "std": 1}]
    (tmp_path / "p.json").write_text(json.dumps({"features": {"x": {"steps": steps}}}))
    (tmp_path / "answers.jsonl").write_text(content)
    with pytest.raises(UsageError, match="more records than there are golden rows"):
        skewcheck.check_rows(tmp_path / "p.json", tmp_path / "answers.jsonl")


def test_very_many_steps_of_a_feature(tmp_path: Path) -> None:
    steps = [{"op": "log1p"}] * 1_001
    (tmp_path / "p.json").write_text(json.dumps({"features": {"x": {"steps": steps}}}))
    refused(tmp_path / "p.json", "x.steps: has more than 1,000 steps")
    (tmp_path / "p.json").write_text(json.dumps({"features": {"x": {"steps": steps[1:]}}}))
    assert len(skewcheck.load(tmp_path / "p.json")["x"].steps) == 1_000
