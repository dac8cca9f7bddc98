"""Files that are damaged, or made to hurt."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from skewcheck.features.steps import ZScore
from skewcheck.features.types import Parameters
from skewcheck.parameters import load
from skewcheck.text.errors import ParameterError


def npz(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy(array: object, *, pickle: bool = False) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array), allow_pickle=pickle)
    return file.getvalue()


def header(shape: str, kind: str = "<f8") -> bytes:
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    text += " " * (117 - len(text)) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


class Wicked:
    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("false",)


def test_objects_in_arrays_are_names_and_dicts(tmp_path: Path) -> None:
    names = npy(np.array(["age", "fare"], object), pickle=True)
    (tmp_path / "p.npz").write_bytes(npz(mean=npy([1, 2]), std=npy([3, 4]), columns=names))
    whole = {"age": {"mean": 1, "std": 3}, "fare": {"mean": np.float32(2), "std": np.array([4])}}
    (tmp_path / "p.npy").write_bytes(npy(np.array(whole, object), pickle=True))
    for path in tmp_path.iterdir():
        assert [(f.name, f.steps) for f in load(path).features] == [
            ("age", (ZScore(1.0, 3.0),)), ("fare", (ZScore(2.0, 4.0),))
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (npy([1.0, 2.0]), "is one array of 2 numbers without a name"),
        (
            npz(mean=npy([1.0]), std=npy(np.array([Wicked()]), pickle=True)),
            "std: refused: it wants posix.system",
        ),
        (npz(mean=npy([1.0]), std=npy(np.array([1j]))), "std: holds complex128, no plain"),
        (npz(mean=header("(1000000000000,)")), r"mean: announces \(1000000000000,\) values, but"),
        (npz(mean=header("(-1,)")), "mean: announces"),
        (npz(mean=header("(0, 4611686018427387904, 8)")), "mean: "),
        (npz(mean=header("(3,)") + b"123"), "mean: announces"),
        (npz(mean=b"\x93NUMPY\x01\x00\xff\xff{"), "mean: no valid NumPy array"),
        (npz(mean=header("(__import__('os'),)")), "mean: no valid NumPy array"),
        (npz(mean=b"nothing"), "mean: no valid NumPy array"),
        (npz(mean=npy([1.0]), std=npy([1.0]))[:-30], "is a damaged .npz file"),
        (npz(mean=bytes(65 * 2**20)), "mean: larger than 64 MiB"),
        (npz(mean=npy([1.0, 2.0]), std=npy([1.0])), "mean has 2 values, but std has 1"),
    ],
)
def test_arrays(refusal: Callable[..., str], content: bytes, why: str) -> None:
    tracemalloc.start()
    message = refusal(content, "p.npz")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert message.startswith(why.replace("\\", ""))
    assert peak < 300 * 2**20


LAUGHS = "a0: &a0 [1, 2]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)
)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (LAUGHS, "aliases that swell to more values than a parameter file has"),
        ("mean: " + "[" * 200_000, "nested too deep to be a parameter file"),
        ("# " + "]" * 999 + "\nmean: " + "[" * 200_000, "nested too deep to be a parameter file"),
        ("mean: [" + "1," * 600_000 + "1]", "more values than a parameter file has"),
        ("a: &a [*a]\n", "an alias that contains itself"),
        ("a:\n  mean: 1\n  mean: 2\n", "key 'mean' stands twice in one object"),
        ("mean: [1, 2\nstd: 3", "no valid YAML: "),
        ("mean: " + "[" * 3000 + "]" * 3000, ""),
        ("mean: !!python/object/apply:os.system ['true']\nstd: 1", "no valid YAML: could not"),
        ("mean: 2020-99-99\nstd: 1", "no valid YAML: month must be in 1..12"),
        ("mean: 1\n---\nstd: 1", "no valid YAML: "),
        ("? [a, b]\n: 1\n", ""),
        ("a: x\n", "has no numbers of a normalization by a name that is known"),
    ],
)
def test_yaml(refusal: Callable[..., str], content: str, why: str) -> None:
    assert refusal(content, "p.yaml").startswith(why)


def test_yaml_without_its_library(
    refusal: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)
    expected = "is YAML, which needs PyYAML; pip install 'skewcheck[yaml]'"
    assert refusal("age: {mean: 1, std: 2}", "p.yaml") == expected


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("feature,mean,std\na,1,2\na,1,2\n", "feature 'a' stands twice"),
        ("feature,mean,mean,std\na,1,2,3\n", "column 'mean' stands twice"),
        ("feature,mean,std\na,1\n", "row 2 has 2 cells, but the header has 3"),
        ("feature,min,scale\na,1,2\n", "a.min beside scale could be scikit-learn's min_"),
        ('feature,mean,std\n"a,1,2\n' + "x" * 200_000, "no valid CSV: field larger than"),
    ],
)
def test_tables(refusal: Callable[..., str], content: str, why: str) -> None:
    assert refusal(content, "p.csv").startswith(why)


@pytest.mark.parametrize("content", ["a,b\n1,2\n", "id,max,city\n1,2,x\n", "<a>\n", "tree\nx=3\n"])
def test_other_files_are_not_ours(refusal: Callable[..., str], content: str) -> None:
    assert refusal(content, "p.txt").startswith(("is no skewcheck parameter", "is a table of data"))


def test_doubled_keys_and_depth(refusal: Callable[..., str]) -> None:
    doubled = '{"mean": {"a": 1, "a": 2}, "std": {"a": 1}}'
    assert refusal(doubled) == 'mean: key "a" stands twice in one object'
    assert refusal('{"a":' * 100 + '{"mean": 1}' + "}" * 100)


def test_mutated_files_end_in_an_error_or_are_read(tmp_path: Path) -> None:
    seeds = [
        json.dumps({"a": {"mean": 1, "std": 2}, "m": [1, 2, "x"], "features": ["a"]}).encode(),
        b"age:\n  mean: 1.5\n  std: 2\nnames: [a, b]\n",
        b"feature,mean,std\nage,1,2\n",
        npz(mean=npy([1.0, 2.0]), std=npy([1.0, 2.0]), names=npy(["a", "b"])),
    ]
    rng = np.random.default_rng(3)
    path = tmp_path / "p"
    found: list[Parameters] = []
    for i in range(600):
        content = bytearray(seeds[i % len(seeds)])
        for _ in range(rng.integers(1, 7)):
            at = int(rng.integers(len(content)))
            content[at : at + int(rng.integers(3))] = rng.bytes(2)
        path.write_bytes(content)
        with suppress(ParameterError):
            found.append(load(path))
    # Some damage does no harm, most does; what is read is whole all the same.
    assert 0 < len(found) < 300
    assert all(parameters.features for parameters in found)
