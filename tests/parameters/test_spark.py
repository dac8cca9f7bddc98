"""Spark's folders: our transform is Spark's own, which fixtures/spark.py wrote beside them."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from spark_folders import Maker, dense, metadata

from skewcheck.features.steps import Buckets, Clip, Impute, MaxAbs, OneHot, Vocabulary, ZScore
from skewcheck.features.types import NumericReference
from skewcheck.parameters import load
from skewcheck.parameters.spark.transformers import TRANSFORMERS
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError

SPARK = Path(__file__).parents[2] / "fixtures" / "spark"
NUMBERS = ("miles", "fare", "tip", "still", "speed", "minutes")
LOG = pd.read_parquet(SPARK / "log.parquet")
MADE = pd.read_parquet(SPARK / "stages.parquet")
SMALL = pd.read_parquet(SPARK / "small.parquet")


def stage_of(output: str) -> Path:
    """Return the folder of the stage that makes that column."""
    for path in (SPARK / "stages" / "stages").iterdir():
        param_map = json.loads(next((path / "metadata").iterdir()).read_text())["paramMap"]
        if output in (param_map.get("outputCol"), *param_map.get("outputCols", ())):
            return path
    raise LookupError(output)


def same(ours: pd.DataFrame, names: Mapping[str, str], sparks: pd.DataFrame) -> None:
    for column_name, expected_name in names.items():
        np.testing.assert_allclose(ours[column_name], sparks[expected_name], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "output",
    ["with_std", "with_mean", "mean_only", "min_max", "max_abs", "robust", "robust_centred",
     "product"],
)  # fmt: skip
def test_scalers_are_those_of_spark(output: str) -> None:
    raw = LOG.assign(minutes=MADE["minutes_filled"])
    parameters = load(stage_of(output), NUMBERS)
    assert not any(feature.untested for feature in parameters.features)
    same(parameters.transform(raw), {n: f"{output}[{i}]" for i, n in enumerate(NUMBERS)}, MADE)


@pytest.mark.parametrize(
    ("output", "raw"),
    [("minutes_filled", "minutes"), ("city_index", "city"), ("kind_index", "kind"),
     ("zone_index", "zone"), ("hour_bucket", "hour"), ("miles_bucket", "miles")],
)  # fmt: skip
def test_columns_are_those_of_spark(output: str, raw: str) -> None:
    parameters = load(stage_of(output))
    assert parameters[raw].extra["x-served"] == output
    same(parameters.transform(LOG), {raw: output}, MADE)


def test_a_whole_pipeline_is_that_of_spark() -> None:
    parameters = load(SPARK / "small")
    assert parameters.model["format"] == "Spark ML"
    assert [f.name for f in parameters.features] == ["miles", "fare", "minutes", "city"]
    assert "LogisticRegressionModel: a model, left out" in texts(parameters.notes)
    transformed = parameters.transform(LOG)
    served = {n: parameters[n].extra["x-served"] for n in ("miles", "fare", "minutes")}
    assert served == {"miles": "features[0]", "fare": "features[1]", "minutes": "features[2]"}
    same(transformed, served, SMALL)
    hot = parameters["city"].steps[-1]
    assert isinstance(hot, OneHot)
    column_names = [f"city_{level}" for level in hot.values]
    same(
        transformed,
        dict(zip(column_names, parameters["city"].extra["x-served"], strict=True)),
        SMALL,
    )


def test_a_pipeline_with_every_stage() -> None:
    parameters = load(SPARK / "stages")
    assert parameters["still"].steps == (Clip(0.0, 0.0),)
    assert [w.code for w in parameters.warnings] == ["constant"]
    assert "still" in parameters.warnings[0].features
    assert parameters["zone"].steps == (Vocabulary(("1.0", "2.0", "3.0"), None),)
    transformed = parameters.transform(LOG)
    same(
        transformed,
        {n: f"features[{i}]" for i, n in enumerate(NUMBERS)} | {"hour": "features[12]"},
        MADE,
    )
    same(transformed, {"kind_pool": "features[10]", "kind_solo": "features[11]"}, MADE)
    same(transformed, {"zone": "zone_index"}, MADE)


@pytest.mark.parametrize(
    ("outputs", "raw"),
    [
        (("minutes_filled", "numbers", "threshold"), NUMBERS),
        (("minutes_filled", "numbers", "with_mean", "sliced"), ("speed", "fare")),
        (("city_index", "kind_index", "city_hot"),
         ("city_Bonn", "city_Ulm", "city_Jena", "city_Hof")),
        (("city_index", "city_all"),
         ("city_Bonn", "city_Ulm", "city_Jena", "city_Hof", "city___unknown")),
        (("city_index", "kind_index", "kind_hot"), ("kind_pool", "kind_solo")),
    ],
)  # fmt: skip
def test_stages_in_a_row_are_those_of_spark(
    tmp_path: Path, outputs: tuple[str, ...], raw: tuple[str, ...]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(SPARK / "stages", model)
    path = next((model / "metadata").iterdir())
    pipeline_metadata = json.loads(path.read_text())
    pipeline_metadata["paramMap"]["stageUids"] = [
        stage_of(name).name.partition("_")[2] for name in outputs
    ]
    path.write_text(json.dumps(pipeline_metadata))
    transformed = load(model).transform(LOG)
    same(transformed, {name: f"{outputs[-1]}[{i}]" for i, name in enumerate(raw)}, MADE)


ASSEMBLER = ("VectorAssembler", {"inputCols": ["a", "b"], "outputCol": "v"}, None)


def test_a_mean_that_is_not_subtracted_is_a_reference(pipeline: Maker) -> None:
    row = {"std": dense(2.0, 4.0), "mean": dense(7.0, 8.0)}
    parameters = load(
        pipeline(ASSEMBLER, ("StandardScalerModel", {"inputCol": "v", "outputCol": "s"}, row))
    )
    assert parameters["b"].steps == (MaxAbs(4.0),)
    reference = parameters["b"].reference
    assert isinstance(reference, NumericReference)
    assert (reference.rows, reference.mean, reference.std) == (0, 8.0, 4.0)


def test_sparse_vectors_and_old_layouts(pipeline: Maker) -> None:
    sparse = {"type": 0, "size": 2, "indices": [1], "values": [4.0]}
    scaler = {"inputCol": "v", "outputCol": "s", "withMean": True}
    parameters = load(
        pipeline(
            ("StringIndexerModel", {"inputCol": "c", "outputCol": "i"}, {"labels": ["x", "y"]}),
            ("OneHotEncoder", {"inputCol": "i", "outputCol": "h"}, None),
            ASSEMBLER,
            ("StandardScalerModel", scaler, {"std": dense(1.0, 2.0), "mean": sparse}),
            ("VectorAssembler", {"inputCols": ["h", "s"], "outputCol": "features"}, None),
        )
    )
    assert parameters["c"].steps == (OneHot(("x",)),)
    assert parameters["c"].extra["x-served"] == "features[0]"
    assert parameters["b"].steps == (ZScore(4.0, 2.0),)
    assert parameters["b"].extra["x-served"] == "features[2]"


@pytest.mark.parametrize("with_mean", [False, True])
def test_levels_that_are_scaled_behind_their_encoder(pipeline: Maker, with_mean: bool) -> None:
    """By Spark's documentation: (x - mean) / std, without the mean unless `withMean`."""
    scaler = {"inputCol": "v", "outputCol": "s", "withMean": with_mean}
    parameters = load(
        pipeline(
            ("StringIndexerModel", {"inputCol": "c", "outputCol": "i", "handleInvalid": "keep"},
             {"labelsArray": [["x", "y"]]}),
            ("OneHotEncoderModel", {"inputCols": ["i"], "outputCols": ["h"]},
             {"categorySizes": [3]}),
            ("VectorAssembler", {"inputCols": ["h", "a"], "outputCol": "v"}, None),
            ("StandardScalerModel", scaler,
             {"std": dense(0.5, 0.4, 2.0), "mean": dense(0.6, 0.3, 5.0)}),
        )
    )  # fmt: skip
    rows = pd.DataFrame({"c": ["x", "y", "z"], "a": [5.0, 7.0, 9.0]})
    made = np.array([[1, 0, 5.0], [0, 1, 7.0], [0, 0, 9.0]])
    right = (made - (np.array([0.6, 0.3, 5.0]) if with_mean else 0)) / [0.5, 0.4, 2.0]
    transformed = parameters.transform(rows)[["c_x", "c_y", "a"]].to_numpy(float)
    np.testing.assert_allclose(transformed, right, rtol=1e-12, atol=1e-12)
    assert parameters["c"].extra["x-served"] == ["s[0]", "s[1]"]


def test_strangers_of_an_encoder(pipeline: Maker) -> None:
    indexer = {"inputCol": "c", "outputCol": "i", "handleInvalid": "keep"}
    encoder = {"inputCols": ["i"], "outputCols": ["h"], "dropLast": False}
    parameters = load(
        pipeline(
            ("StringIndexerModel", indexer, {"labelsArray": [["x", "y"]]}),
            ("OneHotEncoderModel", encoder, {"categorySizes": [3]}),
        )
    )
    assert parameters["c"].steps == (OneHot(("x", "y", "__unknown"), "__unknown"),)
    assert parameters["c"].extra["x-served"] == ["h[0]", "h[1]", "h[2]"]


def test_what_has_no_form_is_said_and_the_rest_is_read(pipeline: Maker) -> None:
    parameters = load(
        pipeline(
            ASSEMBLER,
            ("Normalizer", {"inputCol": "v", "outputCol": "n", "p": 2.0}, None),
            ("Bucketizer", {"inputCol": "x", "outputCol": "xb",
                            "splits": ["-Inf", 0.0, 1.5, "Inf"]}, None),
            ("OneHotEncoder", {"inputCol": "xb", "outputCol": "xh"}, None),
            ("SQLTransformer", {"statement": "SELECT *, y * 2 AS y2 FROM __THIS__"}, None),
            ("ImputerModel", {"inputCols": ["z"], "outputCols": ["zi"], "missingValue": -1.0},
             {"z": 3.0}),
            ("VectorAssembler", {"inputCols": ["n", "xb", "xh", "y2", "zi"],
                                 "outputCol": "features"}, None),
        )
    )  # fmt: skip
    assert parameters["a"].untested == "Normalizer has no per-feature form"
    assert parameters["x"].steps == (Buckets((0.0, 1.5)),)
    assert parameters["y2"].untested == "SQLTransformer has no per-feature form"
    assert parameters["z"].untested == "Imputer replaces -1 as well as nulls: no step does"


def test_a_vector_that_nobody_assembled() -> None:
    parameters = load(stage_of("with_mean"))
    assert parameters.features[3].name == "numbers[3]"
    assert "--names names them" in texts(parameters.notes)[0]
    with pytest.raises(ParameterError, match="holds 6 values, but names gives 2 names"):
        load(stage_of("with_mean"), ("a", "b"))


def test_a_scaler_of_more_dimensions_than_are_known(pipeline: Maker) -> None:
    row = {"std": dense(1.0, 2.0, 3.0), "mean": dense(1.0, 2.0, 3.0)}
    parameters = load(
        pipeline(ASSEMBLER, ("StandardScalerModel", {"inputCol": "v", "outputCol": "s"}, row))
    )
    assert parameters["a"].untested == "StandardScalerModel has 3 values for 2 known columns of v"


def test_a_best_model_gzip_and_a_stage_that_is_gone(tmp_path: Path, pipeline: Maker) -> None:
    inner = pipeline(
        ("ImputerModel", {"inputCols": ["z"], "outputCols": ["zi"]}, {"z": 3.0}), ASSEMBLER
    )
    text = (inner / "metadata" / "part-00000").read_bytes()
    (inner / "metadata" / "part-00000").unlink()
    (inner / "metadata" / "part-00000.gz").write_bytes(gzip.compress(text))
    shutil.rmtree(next((inner / "stages").glob("1_*")))
    metadata(tmp_path / "cv", "org.apache.spark.ml.tuning.CrossValidatorModel", "CV_1", {})
    inner.rename(tmp_path / "cv" / "bestModel")
    parameters = load(tmp_path / "cv")
    assert parameters["z"].steps == (Impute(3.0),)
    assert texts(parameters.notes) == ("VectorAssembler_000000000001: not in the folder, left out",)


@pytest.mark.parametrize(
    ("settings", "row", "why"),
    [
        ({}, {"mean": dense(1.0)}, "std: is missing"),
        ({}, {"std": {"type": 0, "size": 2**31 - 1, "indices": [1], "values": [4.0]}},
         "std.size: must be at most 50,000"),
        ({}, {"std": {"type": 0, "size": 2, "indices": [7], "values": [4.0]}}, "std.indices: must"),
        ({}, {"std": 3.0}, "std: must be an object"),
        ({"withStd": "yes"}, {"std": dense(1.0)}, "withStd: must be true or false"),
        ({"withMean": True}, {"std": dense(1.0), "mean": dense(1.0, 2.0)}, "mean: has 2 values"),
    ],
)  # fmt: skip
def test_what_is_malformed(
    pipeline: Maker, settings: dict[str, object], row: dict[str, object], why: str
) -> None:
    settings = {"inputCol": "v", "outputCol": "s", **settings}
    with pytest.raises(ParameterError, match="stages/0_StandardScalerModel") as caught:
        load(pipeline(("StandardScalerModel", settings, row)))
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", sorted(TRANSFORMERS))
def test_a_stage_that_says_nothing(pipeline: Maker, kind: str) -> None:
    with pytest.raises(ParameterError):
        load(pipeline((kind, {}, None)))


def test_damaged_and_foreign_folders(tmp_path: Path, pipeline: Maker) -> None:
    with pytest.raises(ParameterError, match="is a folder"):
        load(tmp_path)
    row = {"std": dense(1.0)}
    model = pipeline(("StandardScalerModel", {"inputCol": "v", "outputCol": "s"}, row))
    data = next(model.rglob("*.parquet"))
    data.write_bytes(data.read_bytes()[:60])
    with pytest.raises(ParameterError, match="damaged Parquet"):
        load(model)
    next(model.glob("stages/*/metadata/part-00000")).write_text('{"class": 3')
    with pytest.raises(ParameterError, match="no valid JSON"):
        load(model)
    shutil.rmtree(model)
    metadata(model, "org.apache.spark.ml.Pipeline", "P", {"stageUids": []})
    with pytest.raises(ParameterError, match="a Pipeline that was not fitted holds no numbers"):
        load(model)
    shutil.rmtree(model)
    metadata(model, "org.apache.spark.ml.feature.StandardScaler", "S", {"inputCol": "v"})
    with pytest.raises(ParameterError, match="save the StandardScalerModel"):
        load(model)


def test_names_of_stages_are_no_paths(pipeline: Maker) -> None:
    model = pipeline(("ImputerModel", {"inputCols": ["z"], "outputCols": ["zi"]}, {"z": 3.0}))
    pipeline_metadata = json.loads((model / "metadata" / "part-00000").read_text())
    pipeline_metadata["paramMap"]["stageUids"] += ["../../../etc", "x/../../model"]
    (model / "metadata" / "part-00000").write_text(json.dumps(pipeline_metadata))
    assert len(texts(load(model).notes)) == 2


def test_a_stage_that_stands_twice_is_refused_before_it_multiplies(tmp_path: Path) -> None:
    folder = tmp_path
    for i in range(5):  # 3,000 stages, each of 3,000 stages, and so on
        metadata(folder, "org.apache.spark.ml.PipelineModel", f"P{i}", {"stageUids": ["q"] * 3000})
        folder = folder / "stages" / "0_q"
    metadata(folder, "org.apache.spark.ml.feature.ColumnPruner", "q", {})
    with pytest.raises(ParameterError, match="the same stage stands twice in the pipeline"):
        load(tmp_path)


def test_a_link_to_the_whole_is_no_stage(tmp_path: Path) -> None:
    metadata(tmp_path, "org.apache.spark.ml.PipelineModel", "P", {"stageUids": ["a", "b"]})
    (tmp_path / "stages").mkdir()
    for name in ("0_a", "1_b"):
        (tmp_path / "stages" / name).symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(ParameterError, match="the same stage stands twice in the pipeline"):
        load(tmp_path)
