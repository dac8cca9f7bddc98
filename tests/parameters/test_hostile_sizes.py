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


def bundle(path: Path, model: bytes, members: int = 0) -> Path:
    """A bundle of MLeap with one node, and others beside it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", "{}")
        archive.writestr("root/model.json", model)
        archive.writestr("root/node.json", "{}")
        for i in range(members):
            archive.writestr(f"root/{i:0120}.json", "{}")
    return path


def test_a_bundle_that_unpacks_to_more(tmp_path: Path) -> None:
    content = b'{"op": "x", "attributes": [' + b"[]," * 8_000_000 + b"[]]}"
    refused(bundle(tmp_path / "a.zip", content), "root/model.json: larger than 16 MiB")


def test_a_bundle_of_many_members(tmp_path: Path) -> None:
    refused(bundle(tmp_path / "a.zip", b'{"op": "x"}', 11_000), "a bundle of more than 10,000")


def test_vocabularies_of_keras_that_unpack_to_more(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", '{"class_name": "Sequential", "config": {"layers": []}}')
        for i in range(21):
            archive.writestr(f"assets/layer_{i}/vocabulary.txt", bytes(16 * 2**20))
    refused(tmp_path / "a.keras", "it would grow to more than 320 MiB")


def test_a_member_of_keras_whose_size_is_not_what_the_directory_states(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", b" " * 2**25)
    content = path.read_bytes()
    path.write_bytes(content.replace(struct.pack("<I", 2**25), struct.pack("<I", 2**10)))
    refused(path, "is no whole zip")


def test_a_note_of_very_many_lists(tmp_path: Path) -> None:
    head = b'{"features": {"x": {"steps": [], "x-note": ['
    (tmp_path / "p.json").write_bytes(head + b"[]," * 300_000 + b"[]]}}}")
    refused(tmp_path / "p.json", "features.x.x-note: holds more than 250,000 values")
    (tmp_path / "p.json").write_bytes(head + b"[]," * 4_000_000 + b"[]]}}}")
    refused(tmp_path / "p.json", "p.json: x-note: more than 4,000,000 lists and objects")


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
