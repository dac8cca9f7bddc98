"""Keras models: files that Keras saved against what it made of the same rows, and hostile ones."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from skewcheck.features.steps import Affine, Buckets, OneHot, Robust, Step, Vocabulary, ZScore
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

MODELS = Path(__file__).parents[2] / "fixtures" / "keras"


@pytest.mark.parametrize("name", ["functional.keras", "functional.h5"])
def test_every_layer_gives_what_keras_gives(name: str) -> None:
    parameters = load(MODELS / name)
    log, right = pd.read_parquet(MODELS / "log.parquet"), pd.read_parquet(MODELS / "made.parquet")
    lost = {f.name: f.untested for f in parameters.features if f.untested}
    unlearned = "what it learned is not in this file: save the whole model as .keras"
    # A vocabulary that was learned stands in the archive's assets, which .h5 has not.
    assert lost == ({} if name.endswith(".keras") else {
        "colour": f"StringLookup string_lookup_2: {unlearned}",
        "mode": f"StringLookup string_lookup: {unlearned}",
    })  # fmt: skip
    testable = tuple(f for f in parameters.features if not f.untested)
    transformed = replace(parameters, features=testable).transform(log)
    compared = 0
    for feature in testable:
        hot = next((s for s in feature.steps if isinstance(s, OneHot)), None)
        column_names = [f"{feature.name}_{v}" for v in hot.values] if hot else [feature.name]
        expected_names = (
            [f"{feature.name}[{i}]" for i in range(len(column_names))] if hot else column_names
        )
        # A mean subtracted in float32 has lost the digits that a std of 1e-7 shows.
        size = np.abs(log[feature.name]).max() / 1e-7 if feature.name == "flat" else 1
        np.testing.assert_allclose(
            transformed[column_names], right[expected_names], rtol=2e-6, atol=2e-6 * size
        )
        compared += 1
    assert compared == 12 - len(lost)
    assert [(w.code, w.features) for w in parameters.warnings if w.code == "constant"] == [
        ("constant", ("flat",))
    ]
    assert "Dense: a model, left out" in texts(parameters.notes)


@pytest.mark.parametrize("name", ["sequential.keras", "sequential.h5"])
def test_one_wide_input_takes_the_users_names(name: str) -> None:
    log = pd.read_parquet(MODELS / "log.parquet")
    parameters = load(MODELS / name, ["age", "income", "height"])
    assert [f.name for f in parameters.features] == ["age", "income", "height"]
    step = parameters["age"].steps[0]
    assert isinstance(step, ZScore)
    age = load(MODELS / "functional.keras")["age"].steps[0]
    assert isinstance(age, ZScore)
    np.testing.assert_allclose([step.mean, step.std], [age.mean, age.std], rtol=1e-6)
    assert all(feature.fitted for feature in parameters.features)
    assert len(parameters.transform(log)) == 1000
    assert load(MODELS / name).features[2].name.endswith("[2]")
    with pytest.raises(ParameterError, match="holds 3 values, but names gives 2 names"):
        load(MODELS / name, ["a", "b"])


def layer_json(kind: str, **config: object) -> dict[str, object]:
    return {"module": "keras.layers", "class_name": kind, "config": {"name": "x", **config}}


@pytest.mark.parametrize(
    ("own", "steps"),
    [
        (
            layer_json("Normalization", axis=[-1], mean=3.0, variance=4.0),
            (ZScore(3, 2, 1e-7, "floor"),),
        ),
        (layer_json("Normalization", mean=3.0, variance=4.0, invert=True), (Affine(-1.5, 2),)),
        (layer_json("Rescaling", scale=2.0, offset=1.0), (Affine(-0.5, 2),)),
        (layer_json("Discretization", bin_boundaries=[1, 2.5]), (Buckets((1, 2.5)),)),
        (layer_json("StringLookup", vocabulary=["a", "b"], num_oov_indices=0),
         (Vocabulary(("a", "b"), None),)),
        (layer_json("StringLookup", vocabulary=["", "[UNK]", "a"], mask_token=""),
         (Vocabulary(("", "[UNK]", "a"), 1),)),
        (layer_json("IntegerLookup", vocabulary=[5, 4], oov_token=-1),
         (Vocabulary(("-1", "5", "4"), 0),)),
        (layer_json("IntegerLookup", vocabulary=[5, 4], num_oov_indices=0, output_mode="multi_hot"),
         (OneHot(("5", "4")),)),
    ],
)  # fmt: skip
def test_a_layer_alone(tmp_path: Path, own: dict[str, object], steps: tuple[Step, ...]) -> None:
    (tmp_path / "layer.json").write_text(json.dumps(own))
    parameters = load(tmp_path / "layer.json")
    assert parameters.model["format"] == "Keras"
    assert parameters["x"].steps == steps
    # Numbers that the layer was given, and did not learn.
    assert not parameters["x"].fitted


@pytest.mark.parametrize(
    ("own", "why"),
    [
        (layer_json("Normalization", mean=None, variance=None), "what it learned is not in this"),
        (layer_json("StringLookup", vocabulary=["a"], num_oov_indices=3), "strangers into 3"),
        (layer_json("StringLookup", vocabulary=["a"], invert=True), "from codes to levels"),
        (layer_json("StringLookup", vocabulary=["a"], output_mode="tf_idf"), "output_mode tf_idf"),
        (layer_json("Rescaling", scale=0.0), "Rescaling by 0"),
        (layer_json("Discretization", bin_boundaries=[1], output_mode="one_hot"),
         "columns of 0 and 1"),
    ],
)  # fmt: skip
def test_what_has_no_step_is_said(tmp_path: Path, own: dict[str, object], why: str) -> None:
    (tmp_path / "layer.json").write_text(json.dumps(own))
    assert why in str(load(tmp_path / "layer.json")["x"].untested)


OLD = {
    "class_name": "Functional",
    "config": {
        "name": "model",
        "layers": [
            {
                "class_name": "InputLayer",
                "name": "age",
                "inbound_nodes": [],
                "config": {"batch_input_shape": [None, 1], "dtype": "float32", "name": "age"},
            },
            {
                "class_name": "InputLayer",
                "name": "fare",
                "inbound_nodes": [],
                "config": {"batch_input_shape": [None, 1], "dtype": "float32", "name": "fare"},
            },
            {
                "class_name": "Normalization",
                "name": "norm",
                "config": {"axis": [-1], "name": "norm"},
                "inbound_nodes": [[["age", 0, 0, {}]]],
            },
            {
                "class_name": "Sequential",
                "name": "inner",
                "inbound_nodes": [[["fare", 0, 0, {}]]],
                "config": {
                    "name": "inner",
                    "layers": [
                        {
                            "class_name": "InputLayer",
                            "config": {"batch_input_shape": [None, 1], "name": "in"},
                        },
                        {
                            "class_name": "Rescaling",
                            "config": {"name": "r", "scale": 0.5, "offset": 0},
                        },
                    ],
                },
            },
            {
                "class_name": "Concatenate",
                "name": "c",
                "config": {"name": "c"},
                "inbound_nodes": [[["norm", 0, 0, {}], ["inner", 0, 0, {}]]],
            },
            {
                "class_name": "Dense",
                "name": "out",
                "config": {"name": "out"},
                "inbound_nodes": [[["c", 0, 0, {}]]],
            },
        ],
    },
}


def old_h5(path: Path, fill: Callable[[h5py.Group], None]) -> Path:
    """Write what Keras 2 wrote: `model_config`, and arrays called `norm/mean:0`."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(OLD)
        fill(file.create_group("model_weights/norm/norm"))
    return path


def learned(group: h5py.Group) -> None:
    group["mean:0"], group["variance:0"] = np.float32([7.5]), np.float32([0.09])


def test_files_of_keras_2_and_models_within_models(tmp_path: Path) -> None:
    parameters = load(old_h5(tmp_path / "m.h5", learned))
    std = float(np.sqrt(np.float64(np.float32(0.09))))
    assert parameters["age"].steps == (ZScore(7.5, std, 1e-7, "floor"),)
    assert parameters["age"].extra["x-source"] == "norm.mean"
    assert parameters["fare"].steps == (Affine(0, 0.5),)


def outside(group: h5py.Group) -> None:
    group["mean:0"] = h5py.ExternalLink("/etc/hostname", "/mean")
    group["variance:0"] = h5py.SoftLink("/elsewhere")


def huge(group: h5py.Group) -> None:
    for name in ("mean:0", "variance:0"):
        group.create_dataset(name, (2**40,), "f4", chunks=(1024,))


def raw(group: h5py.Group) -> None:
    for name in ("mean:0", "variance:0"):
        group.create_dataset(name, (1,), "f4", external=[("/etc/hostname", 0, 4)])


def wide_chunk(group: h5py.Group) -> None:
    for name in ("mean:0", "variance:0"):
        group.create_dataset(
            name, (1,), "f4", maxshape=(None,), chunks=(2**28,), compression="gzip"
        )


@pytest.mark.parametrize("fill", [outside, huge, raw, wide_chunk])
def test_no_other_file_and_no_bomb_is_opened(
    tmp_path: Path, fill: Callable[[h5py.Group], None]
) -> None:
    parameters = load(old_h5(tmp_path / "m.h5", fill))
    assert "what it learned is not in this file" in str(parameters["age"].untested)
    assert parameters["fare"].steps == (Affine(0, 0.5),)


def archive(**members: str | bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, content in {"metadata_json": "{}", **members}.items():
            zip_file.writestr(name.replace("_json", ".json").replace("_h5", ".weights.h5"), content)
    return file.getvalue()


def weights_alone() -> bytes:
    file = io.BytesIO()
    with h5py.File(file, "w") as h5_file:
        h5_file["layers/x/vars/0"] = [1.0]
    return file.getvalue()


def circle() -> Mapping[str, object]:
    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 1], "name": "i"}},
        {"class_name": "Rescaling", "config": {"name": "a"}, "inbound_nodes": [[["b", 0, 0, {}]]]},
        {"class_name": "Rescaling", "config": {"name": "b"}, "inbound_nodes": [[["a", 0, 0, {}]]]},
    ]
    return {"class_name": "Functional", "config": {"layers": layers}}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            archive(config_json=b" " * (17 * 2**20)),
            "config.json: larger than 16 MiB, no parameters",
        ),
        (archive(config_json="{"), "config.json: no valid JSON"),
        (archive(config_json=json.dumps(circle())), "layer a waits for one that is absent"),
        (archive(config_json=json.dumps(layer_json("Mine"))), "is a Mine of Keras whose layers"),
        (archive(config_json=json.dumps(OLD), model_h5=b"\x89HDF\r\n\x1a\nx"), "damaged HDF5"),
        (weights_alone(), "holds weights alone, and not what the layers do with them: save the"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 99, "damaged HDF5"),
    ],
)
def test_what_is_refused(refusal: Callable[..., str], content: bytes, why: str) -> None:
    assert why in refusal(content, "m.keras")


def outcome(path: Path, content: bytes) -> str:
    """Return what a file is refused with, empty where it is read. Each takes a process."""
    path.write_bytes(content)
    try:
        load(path)
    except ParameterError as error:
        return str(error)
    return ""


def test_cuts_and_mutations_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    content = (MODELS / "sequential.h5").read_bytes()
    random = np.random.default_rng(5)
    # libhdf5 compares the length first, so that one cut is refused as the other.
    refusals = [outcome(tmp_path / "m.h5", content[:size]) for size in (9, 7000, len(content) - 1)]
    assert all(refusals)
    for _ in range(30):
        broken = bytearray(content)
        for place in random.integers(8, len(broken), random.integers(1, 6)):
            broken[place] = random.integers(0, 256)
        refusals.append(outcome(tmp_path / "m.h5", broken))
    assert 10 < sum(map(bool, refusals)) < len(refusals)
    assert not any("\n" in text for text in refusals)


def test_arithmetic_of_operations_joins(tmp_path: Path) -> None:
    def op(kind: str, name: str, before: str, number: float) -> dict[str, object]:
        tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": [before, 0, 0]}}
        return {"module": "keras.src.ops.numpy", "class_name": kind, "config": {"name": name},
                "name": name, "inbound_nodes": [{"args": [tensor, number]}]}  # fmt: skip

    layers = [
        {"class_name": "InputLayer", "config": {"batch_shape": [None, 1], "name": "x"}},
        op("Subtract", "s", "x", 5.0), op("TrueDivide", "d", "s", 2.0),
    ]  # fmt: skip
    model = {"class_name": "Functional", "config": {"layers": layers}}
    (tmp_path / "m.json").write_text(json.dumps(model))
    assert load(tmp_path / "m.json")["x"].steps == (Robust(5, 2),)
