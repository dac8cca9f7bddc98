"""Files of safetensors: read as the library reads them, and refused where they are damaged."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

import skewcheck
from skewcheck.parameters.safetensors import read_header
from skewcheck.parameters.tensors import Tensor

sys.path.append(str(Path(__file__).parents[3] / "fixtures"))  # last: names as those of packages
import tensors

MEAN, STD = np.array([1.5, -2.0, 1000.25]), np.array([0.5, 2.0, 30.0])
Refusal = Callable[..., str]
GOOD = {"dtype": "F64", "shape": [3], "data_offsets": [0, 24]}
OTHER = {"mean": GOOD, "std": {**GOOD, "data_offsets": [24, 48]}}
NUMBERS = MEAN.tobytes() + STD.tobytes()


def described(header: object, content: bytes = b"", size: int | None = None) -> bytes:
    """Return a file with a header as given; `size` announces another length of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + content


KINDS = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8", "?"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3), (0,), (2, 0, 3)])
def test_every_type_and_shape_is_what_the_library_saved(kind: str, shape: tuple[int, ...]) -> None:
    array = np.asarray(np.random.default_rng(5).normal(size=shape) * 3 + 5).astype(kind)
    (tensor,) = read_header(save({"x": array})).values()
    assert isinstance(tensor, Tensor)
    loaded = tensor.load()
    assert (tensor.shape, loaded.dtype, loaded.tolist()) == (shape, array.dtype, array.tolist())


def test_the_library_reads_what_these_tests_write() -> None:
    value = {"a.mean": MEAN, "b": STD.astype("f4").reshape(1, 3), "n": np.array(4)}
    read = load(tensors.safetensors(value))
    assert {k: v.tolist() for k, v in read.items()} == {k: v.tolist() for k, v in value.items()}


def test_a_header_of_any_length_is_one_of_no_other_format(tmp_path: Path) -> None:
    header = json.dumps(OTHER, separators=(",", ":")).encode()
    brackets = [256 * high + ord(low) for high in range(1, 200) for low in " {[\t\n\r"]
    pickles = [256 * protocol + 0x80 for protocol in range(2, 6)]
    path = tmp_path / "x.safetensors"
    for size in [*range(len(header), 300), *brackets, *pickles, ord(" ") + 256 * ord("{")]:
        path.write_bytes(described(header.ljust(size), NUMBERS))
        features = skewcheck.load(path, ("a", "b", "c")).features
        assert [feature.name for feature in features] == ["a", "b", "c"]


WRONG = {
    "too many values": {**GOOD, "shape": [4]},
    "negative shape": {**GOOD, "shape": [-3]},
    "huge shape": {**GOOD, "shape": [2**62, 2**62]},
    "shape of fractions": {**GOOD, "shape": [1.5]},
    "outside": {**GOOD, "data_offsets": [24, 96]},
    "backwards": {**GOOD, "data_offsets": [24, 0]},
    "negative place": {**GOOD, "data_offsets": [-24, 0]},
    "no place": {"dtype": "F64", "shape": [3]},
    "no object": 3,
    "list": [1, 2],
    "unknown type": {**GOOD, "dtype": "F8_E4M3"},
    "type with markup": {**GOOD, "dtype": "<b>\x1b[31m"},
}


@pytest.mark.parametrize("entry", WRONG.values(), ids=WRONG)
def test_a_damaged_entry_is_refused(entry: object, refusal: Refusal) -> None:
    said = refusal(described({**OTHER, "mean": entry}, NUMBERS), "x.safetensors")
    assert "mean" in said


def test_damaged_headers_are_refused(refusal: Refusal) -> None:
    text = json.dumps(OTHER).encode()
    for name, content in {
        "cut": described(OTHER, NUMBERS)[:-30],
        "no object": described(b'{"data_offsets"' + b" " * 20 + b"}"),
        "deep": described(b'{"data_offsets":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        "no text": described(b'{"data_offsets": "\xff"}'),
        "header of a gigabyte": described(text, NUMBERS, 2**30),
        "header of 2**63": described(text, NUMBERS, 2**63),
        "empty": described({"__metadata__": {}}),
    }.items():
        assert refusal(content, "x.safetensors"), name


def test_a_header_of_a_million_tensors_is_refused(refusal: Refusal) -> None:
    entry = json.dumps({"dtype": "F64", "shape": [0], "data_offsets": [0, 0]})
    header = "{" + ",".join(f'"w{i}":{entry}' for i in range(1_000_000)) + "}"
    assert "refused" in refusal(described(header.encode()), "x.safetensors")


def test_names_with_markup_stay_in_one_line(refusal: Refusal) -> None:
    name = "<script>\x1b[31m\n.mean"
    said = refusal(described({name: {**GOOD, "shape": [9]}}, NUMBERS), "x.safetensors")
    assert "\x1b" not in said
