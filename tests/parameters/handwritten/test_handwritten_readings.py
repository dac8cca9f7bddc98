"""Which normalization numbers stand for, where it is assumed, and where it is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing

from skewcheck.features.steps import Affine, Clip, Impute, MaxAbs, MinMax, Robust, Step, ZScore
from skewcheck.features.types import NumericReference, Parameters
from skewcheck.parameters.handwritten import read_tree
from skewcheck.parameters.source import ParameterSource
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError


def read(tree: object, *names: str) -> Parameters:
    return read_tree(ParameterSource(Path("p.json"), names=names), tree)


@pytest.mark.parametrize(
    "scaler",
    [
        preprocessing.StandardScaler(),
        preprocessing.MinMaxScaler(),
        preprocessing.MinMaxScaler((-1, 1), clip=True),
        preprocessing.RobustScaler(),
        preprocessing.MaxAbsScaler(),
    ],
)
def test_attributes_of_scikit_learn(scaler: preprocessing.MinMaxScaler) -> None:
    rng = np.random.default_rng(7)
    train = rng.lognormal(2, 1.5, (500, 3))
    train[:, 2] = 4.0  # a constant column
    scaler.fit(pd.DataFrame(train, columns=["a", "b", "c"]))
    settings = ("clip", "feature_range", "with_mean")
    attributes = {k: v for k, v in vars(scaler).items() if k.endswith("_") or k in settings}
    state = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in attributes.items()}
    x = rng.lognormal(2, 2, (1000, 3))
    x[0] = np.nan
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    parameters = read(state)
    kept = [f.name for f in parameters.features if f.untested is None]
    assert kept == ["a", "b", "c"]
    np.testing.assert_allclose(
        parameters.transform(frame).to_numpy(float),
        scaler.transform(frame),
        rtol=1e-9,
        atol=1e-9,
    )


@pytest.mark.parametrize(
    ("numbers", "step"),
    [
        ({"min": 1, "max": 5}, MinMax(1.0, 5.0)),
        ({"min": 1, "max": 5, "feature_range": [-1, 1]}, MinMax(1.0, 5.0, (-1.0, 1.0))),
        ({"median": 1, "iqr": 5}, Robust(1.0, 5.0)),
        ({"center": 1, "scale": 5}, Robust(1.0, 5.0)),
        ({"max_abs": 5}, MaxAbs(5.0)),
        ({"scale_": 5}, MaxAbs(5.0)),
        ({"min_": -0.25, "scale_": 0.5}, Affine(0.5, 0.5)),
        ({"min": 2, "max": 6, "scale": 0.25}, MinMax(2.0, 6.0)),
        ({"mean": 3, "std": 2, "with_mean": False}, MaxAbs(2.0)),
        ({"type": "minmax", "mean": 3, "std": 2, "min": 1, "max": 9}, MinMax(1.0, 9.0)),
        ({"method": "z-score", "mean": 3, "std": 2, "min": 1, "max": 9}, ZScore(3.0, 2.0)),
        ({"norm": "mean_range", "mean": 3, "std": 2, "min": 1, "max": 9}, ZScore(3.0, 2.0)),
        ({"norm_mode": "QUANTILES", "mean": 3, "std": 2, "q01": 1, "q99": 9},
         MinMax(1.0, 9.0, (-1.0, 1.0))),
        ({"mean": 3}, Impute(3.0)),
        ({"fill_value": -1}, Impute(-1.0)),
        ({"statistics_": [2.5]}, Impute(2.5)),
    ],
)  # fmt: skip
def test_readings(numbers: dict[str, object], step: Step) -> None:
    assert read({"x": numbers})["x"].steps == (step,)


def test_a_clip_to_an_unknown_range_is_not_guessed() -> None:
    numbers = {"min_": -0.25, "scale_": 0.5, "clip": True}
    assert read({"x": numbers})["x"].untested == "clips to a range that is not in the file"
    ends = read({"x": {**numbers, "feature_range": [0, 1]}})["x"].steps
    assert ends == (Affine(0.5, 0.5), Clip(0.0, 1.0))


def test_a_fill_value_comes_first() -> None:
    assert read({"x": {"mean": 3, "std": 2, "fill": 0}})["x"].steps == (
        Impute(0.0), ZScore(3.0, 2.0))  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ({"min": 1, "scale": 5}, "x.min beside scale could be scikit-learn's min_"),
        ({"min": 1, "max": 3, "scale": 5}, "x.min beside scale could be scikit-learn's min_"),
        ({"offset": 1, "scale": 5}, r"could be \(x - offset\) \* scale, as in ONNX, or"),
        ({"scale": 5}, "scale alone could divide or multiply"),
        ({"std": 5}, "std alone could divide or multiply"),
        ({"mean": 1, "min": 0, "max": 5}, r"could be \(x - min\) / .* or \(x - mean\) / "),
        ({"median": 1, "iqr": 2, "min": 0, "max": 5}, r"could be \(x - min\) / .* or .*median"),
        ({"type": "robust", "mean": 1, "std": 2}, "names robust, which mean, std do not make"),
        ({"mean": 1, "var": -4}, "x.var: a variance must be >= 0, got -4"),
        ({"mean": 1, "var": 4, "scale": 0.5}, "0.5 is not the root of the variance 4 but 1 / "),
        ({"mean": 1, "var": 4, "scale": 3}, "3 is not the root of the variance 4; give std"),
        ({"data_min": 0, "data_max": 4, "min_": 9, "scale_": 0.25}, None),
    ],
)
def test_what_could_mean_two_things_is_refused(numbers: dict[str, object], why: str | None) -> None:
    if why is None:
        assert read({"x": numbers})["x"].steps == (MinMax(0.0, 4.0, (9, 10)),)
        return
    with pytest.raises(ParameterError, match=why):
        read({"x": numbers})


def test_what_is_assumed_is_noted() -> None:
    parameters = read({"x": {"mean": 3, "std": 2, "min": 1, "max": 9}})
    assert parameters["x"].steps == (ZScore(3.0, 2.0),)
    assert texts(parameters.notes)[0].startswith(
        "x: read as (x - mean) / std, not (x - min) / (max - min)"
    )
    reference = parameters["x"].reference
    assert isinstance(reference, NumericReference)
    assert (reference.rows, reference.mean, reference.min, reference.max) == (0, 3, 1, 9)


def test_a_column_that_cannot_be_scaled_is_lost_and_the_rest_is_kept() -> None:
    parameters = read(
        {"mean": {"a": 1, "b": 2, "c": 3}, "std": {"a": 0, "b": 1.5, "c": float("nan")}}
    )
    assert parameters["a"].untested == "zscore: std must be > 0"
    assert parameters["b"].steps == (ZScore(2.0, 1.5),)
    assert parameters["c"].untested == "zscore: std is not a finite number"
    assert [(w.code, w.features) for w in parameters.warnings] == [("constant", ("a",))]


def test_an_offset_under_the_name_of_a_minimum() -> None:
    scaler = preprocessing.MinMaxScaler().fit([[2.0], [6.0]])
    parameters = read(
        {
            "min": scaler.min_.tolist(),
            "max": scaler.data_max_.tolist(),
            "scale": scaler.scale_.tolist(),
        },
        "x",
    )
    assert parameters["x"].steps == (MinMax(2.0, 6.0),)
    assert [w.code for w in parameters.warnings] == ["min_is_offset"]


def test_doubts() -> None:
    good = {"mean": 0.4, "std": 1.1, "min": -3, "max": 3, "q01": -2, "q50": 0.3, "q99": 2.5}
    assert read({"x": good}).warnings == ()
    for wrong in ({"q50": 2}, {"q99": 9}, {"q01": 1}):
        assert [w.code for w in read({"x": {**good, **wrong}}).warnings] == ["quantiles"]


def test_lists_of_fastspeech() -> None:
    parameters = read({"pitch": [-2.0, 10.0, 200.0, 50.0], "energy": [-1.0, 8.0, 40.0, 20.0]})
    assert parameters["pitch"].steps == (ZScore(200.0, 50.0),)
    reference = parameters["pitch"].reference
    assert isinstance(reference, NumericReference)
    assert (reference.min, reference.max) == (100.0, 700.0)
