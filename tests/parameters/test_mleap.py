"""MLeap bundles, written by hand after what its own operations store."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skewcheck.features.steps import Buckets, Impute, MaxAbs, MinMax, OneHot, Vocabulary, ZScore
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

Node = tuple[str, dict[str, object], list[str], list[str]]
Bundle = Callable[..., Path]


def tensor(*values: float) -> dict[str, object]:
    return {"double": list(values), "shape": {"dimensions": [{"size": len(values)}]},
            "type": "tensor"}  # fmt: skip


def strings(*values: str) -> dict[str, object]:
    return {"string": list(values), "type": "list"}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    """Write a bundle: each node is (op, attributes, inputs, outputs)."""

    def write(*nodes: Node, more: dict[str, bytes] | None = None) -> Path:
        path = tmp_path / "model.zip"
        names = [f"{op}_{i}" for i, (op, *_) in enumerate(nodes)]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bundle.json", '{"format": "json", "version": "0.8.0"}')
            root = {"op": "pipeline", "attributes": {"nodes": strings(*names)}}
            archive.writestr("root/model.json", json.dumps(root))
            shape = {"inputs": [], "outputs": []}
            archive.writestr("root/node.json", json.dumps({"name": "p", "shape": shape}))
            for name, (op, attributes, inputs, outputs) in zip(names, nodes, strict=True):
                ports = {
                    "inputs": [{"port": f"input{i}" if "features" not in n else "features",
                                "name": n} for i, n in enumerate(inputs)],
                    "outputs": [{"port": "output", "name": n} for n in outputs],
                }  # fmt: skip
                model = {"op": op, "attributes": attributes}
                archive.writestr(f"root/{name}.node/model.json", json.dumps(model))
                node = {"name": name, "shape": ports}
                archive.writestr(f"root/{name}.node/node.json", json.dumps(node))
            for name, content in (more or {}).items():
                archive.writestr(name, content)
        return path

    return write


ASSEMBLER: Node = ("vector_assembler", {}, ["a", "b"], ["v"])


def test_a_bundle(bundle: Bundle) -> None:
    parameters = load(
        bundle(
            ("imputer", {"surrogate_value": {"double": 4.0}, "strategy": {"string": "mean"}},
             ["b"], ["b"]),
            ASSEMBLER,
            ("standard_scaler", {"std": tensor(2.0, 5.0)}, ["v"], ["s"]),
            ("string_indexer", {"labels": strings("x", "y", "z"),
                                "handle_invalid": {"string": "keep"}}, ["c"], ["ci"]),
            ("one_hot_encoder", {"size": {"long": 4}, "drop_last": {"boolean": True}},
             ["ci"], ["ch"]),
            ("vector_assembler", {}, ["ch", "s"], ["features"]),
            ("linear_regression", {"coefficients": tensor(1.0)}, ["features"], ["prediction"]),
        )
    )  # fmt: skip
    assert parameters.model["format"] == "MLeap"
    assert texts(parameters.notes) == ("linear_regression: a model, left out",)
    assert parameters["c"].steps == (OneHot(("x", "y", "z")),)
    assert parameters["a"].steps == (MaxAbs(2.0),)
    assert parameters["b"].steps == (Impute(4.0), MaxAbs(5.0))
    assert parameters["b"].extra["x-served"] == "features[4]"
    assert str(parameters["b"].extra["x-source"]).endswith("root/standard_scaler_2.node.std[1]")
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": [np.nan, 3.0], "c": ["y", None]})
    transformed = parameters.transform(frame)
    assert transformed[["a", "b"]].iloc[0].tolist() == [0.5, 0.8]
    assert transformed[["c_x", "c_y", "c_z"]].to_numpy().tolist() == [[0, 1, 0], [0, 0, 0]]


def test_other_operations(bundle: Bundle) -> None:
    parameters = load(
        bundle(
            ASSEMBLER,
            ("standard_scaler", {"std": tensor(2.0, 5.0), "mean": tensor(1.0, 3.0)}, ["v"], ["s"]),
            ("min_max_scaler", {"min": tensor(1.0), "max": tensor(3.0),
                                "minValue": {"double": -1.0}, "maxValue": {"double": 1.0}},
             ["m"], ["mm"]),
            ("bucketizer", {"splits": {"double": ["-Infinity", 0.0, 2.0, "Infinity"],
                                       "type": "list"}}, ["x"], ["xb"]),
            ("string_indexer", {"labels_length": {"int": 2}, "labels_array_0": strings("u"),
                                "labels_array_1": strings("v", "w")}, ["k", "l"], ["ki", "li"]),
            ("normalizer", {"p_norm": {"double": 2.0}}, ["n"], ["nn"]),
        )
    )  # fmt: skip
    assert parameters["a"].steps == (ZScore(1.0, 2.0),)
    assert parameters["m[0]"].steps == (MinMax(1.0, 3.0, (-1.0, 1.0)),)
    assert parameters["x"].steps == (Buckets((0.0, 2.0)),)
    assert parameters["l"].steps == (Vocabulary(("v", "w"), None),)
    assert parameters["n"].untested == "normalizer has no per-feature form"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"root/model.pb": b"\0"}, "a bundle in protobuf"),
        ({"root/x.node/node.json": b"{}"}, ""),
    ],
)
def test_files_beside_the_nodes(bundle: Bundle, more: dict[str, bytes], why: str) -> None:
    path = bundle(ASSEMBLER, more=more)
    if not why:
        assert [f.name for f in load(path).features] == ["a", "b"]
        return
    with pytest.raises(ParameterError, match=why):
        load(path)


def test_a_bomb_and_a_cut_are_refused(tmp_path: Path, bundle: Bundle) -> None:
    big = {"root/vector_assembler_0.node/extra": b"0"}
    path = bundle(ASSEMBLER, more=big)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", "{}")
        archive.writestr("root/node.json", b" " * (17 * 2**20))
    with pytest.raises(ParameterError, match=r"root/node\.json: larger than 16 MiB"):
        load(bomb)
    content = bytearray(path.read_bytes())
    place = content.index(b"root/vector_assembler_0.node/model.json") + 45
    content[place : place + 20] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(ParameterError, match="is no whole zip"):
        load(path)


def test_pipelines_that_hold_themselves_end(tmp_path: Path) -> None:
    """A name of a node is no path: `..` and absolute names are looked up in the zip only."""
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.json", "{}")
        model = {"op": "pipeline", "attributes": {"nodes": strings("../../etc")}}
        archive.writestr("root/model.json", json.dumps(model))
        archive.writestr("root/node.json", "{}")
    with pytest.raises(ParameterError, match=r"root/\.\./\.\./etc\.node/node\.json is missing"):
        load(path)


def test_a_node_that_stands_twice_is_refused_before_it_multiplies(tmp_path: Path) -> None:
    path, place = tmp_path / "model.zip", "root"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("bundle.json", "{}")
        for op in ("pipeline",) * 5 + ("vector_assembler",):
            model = {"op": op, "attributes": {"nodes": strings(*["q"] * 3000)}}
            archive.writestr(f"{place}/model.json", json.dumps(model))
            archive.writestr(f"{place}/node.json", "{}")
            place += "/q.node"
    with pytest.raises(ParameterError, match="the same node stands twice in the pipeline"):
        load(path)


def test_many_nodes_that_swell_together_are_refused(bundle: Bundle) -> None:
    node: Node = ("binarizer", {"note": " " * 15_000_000}, ["a"], ["b"])
    with pytest.raises(ParameterError, match="it would grow to more than 64 MiB"):
        load(bundle(*[node] * 5))
