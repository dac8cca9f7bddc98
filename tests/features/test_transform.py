"""The normalization that training and serving share, against formulas by hand."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skewcheck.features.steps import (
    Affine,
    Buckets,
    Clip,
    Impute,
    Log1p,
    MaxAbs,
    MinMax,
    OneHot,
    Robust,
    Round,
    Step,
    Vocabulary,
    ZScore,
)
from skewcheck.features.types import Feature, FeatureType, Parameters
from skewcheck.text.errors import ParameterError

NAN = math.nan


def known(*steps: Step, name: str = "x", kind: FeatureType = "numeric") -> Parameters:
    return Parameters((Feature(name, kind, steps),), "")


def of(steps: tuple[Step, ...], values: object) -> list[float]:
    return known(*steps).transform(pd.DataFrame({"x": values}))["x"].tolist()


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((), [-2.0, 0.0, 6.0, NAN]),
        ((ZScore(1.0, 2.0),), [-1.5, -0.5, 2.5, NAN]),
        ((MinMax(-2.0, 2.0),), [0.0, 0.5, 2.0, NAN]),
        ((MinMax(-2.0, 2.0, (-1.0, 1.0)),), [-1.0, 0.0, 3.0, NAN]),
        ((Robust(2.0, 4.0),), [-1.0, -0.5, 1.0, NAN]),
        ((MaxAbs(4.0),), [-0.5, 0.0, 1.5, NAN]),
        ((Affine(2.0, 0.5),), [-2.0, -1.0, 2.0, NAN]),
        ((Clip(-1.0, 5.0),), [-1.0, 0.0, 5.0, NAN]),
        ((Impute(3.0), ZScore(1.0, 2.0)), [-1.5, -0.5, 2.5, 1.0]),
        ((Clip(0.0), Log1p()), [0.0, 0.0, math.log(7), NAN]),
        ((Buckets((-1.0, 0.0, 7.0)),), [0.0, 2.0, 2.0, NAN]),
        ((ZScore(0.0, 3.0), Round(1)), [-0.7, 0.0, 2.0, NAN]),
    ],
    ids=str,
)
def test_numbers(steps: tuple[Step, ...], expected: list[float]) -> None:
    assert of(steps, [-2.0, 0.0, 6.0, NAN]) == pytest.approx(expected, rel=1e-15, nan_ok=True)


@pytest.mark.parametrize(
    "values",
    [
        [1, 3], [1.0, 3.0], np.array([1, 3], np.uint8), np.array([1, 3], np.float32),
        pd.array([1, 3], "Int64"), [Decimal("1.00"), Decimal(3)], ["1", "3.0"],
        pd.array([1, 3], pd.ArrowDtype(pa.int16())), pd.Categorical([1, 3]),
    ],
    ids=lambda values: str(pd.Series(values).dtype),
)  # fmt: skip
def test_numbers_of_any_type(values: object) -> None:
    assert of((ZScore(1.0, 2.0),), values) == [0.0, 1.0]


@pytest.mark.parametrize("values", [["a", "b", None, "?"], pd.Categorical(["a", "b", None, "?"])])
def test_levels(values: object) -> None:
    frame = pd.DataFrame({"x": values})
    coded = known(Vocabulary(("b", "a"), -1.0), kind="categorical").transform(frame)
    assert coded["x"].tolist() == [1.0, 0.0, -1.0, -1.0]
    scaled = known(Impute("b"), Vocabulary(("b", "a"), None), ZScore(0.0, 0.5), kind="categorical")
    assert scaled.transform(frame)["x"].tolist() == pytest.approx([2.0, 0.0, 0.0, NAN], nan_ok=True)
    filled = known(Impute("none"), kind="categorical").transform(frame)
    assert filled["x"].tolist() == ["a", "b", "none", "?"]


def test_levels_of_mixed_types_are_spelled_as_an_audit_spells_them() -> None:
    frame = pd.DataFrame({"x": ["a", 1, 2.0, True, None]})
    coded = known(Vocabulary(("true", "2", "1", "a")), kind="categorical").transform(frame)
    assert coded["x"].tolist() == [3.0, 2.0, 1.0, 0.0, -1.0]


@pytest.mark.parametrize("values", [[True, False], ["True", "FALSE"], ["true", "false"]])
def test_booleans(values: list[object]) -> None:
    coded = known(Vocabulary(("false", "true")), kind="categorical")
    assert coded.transform(pd.DataFrame({"x": values}))["x"].tolist() == [1.0, 0.0]


def test_onehot_takes_the_place_of_its_column() -> None:
    frame = pd.DataFrame({"x": ["a", "b", "?", None], "y": [1, 2, 3, 4]})
    transformed = known(OneHot(("a", "b")), kind="categorical").transform(frame)
    assert transformed.to_dict("list") == {
        "y": [1, 2, 3, 4], "x_a": [1.0, 0.0, 0.0, 0.0], "x_b": [0.0, 1.0, 0.0, 0.0],
    }  # fmt: skip
    shared = known(OneHot(("a", "b"), "b"), kind="categorical").transform(frame)
    assert shared["x_b"].tolist() == [0.0, 1.0, 1.0, 1.0]
    beside = known(OneHot(("a",)), kind="categorical").transform(frame, served="{feature}_n")
    assert list(beside) == ["x", "y", "x_a_n"]


def test_index_and_other_columns_stay() -> None:
    index = pd.MultiIndex.from_tuples([("a", 3), ("b", 1)], names=["h", "n"])
    frame = pd.DataFrame({"o": ["u", "v"], "x": [1.0, 3.0], "z": [object(), None]}, index=index)
    before = frame.copy()
    transformed = known(ZScore(1.0, 2.0)).transform(frame)
    assert list(transformed) == ["o", "x", "z"]
    assert transformed["x"].tolist() == [0.0, 1.0]
    pd.testing.assert_frame_equal(transformed.drop(columns="x"), before.drop(columns="x"))
    pd.testing.assert_frame_equal(frame, before)


def test_a_repeated_index_repeats_nothing() -> None:
    frame = pd.DataFrame({"x": [1.0, 3.0]}, index=[7, 7])
    assert known(ZScore(1.0, 2.0)).transform(frame)["x"].tolist() == [0.0, 1.0]


def test_beside_the_raw_column() -> None:
    transformed = known(ZScore(1.0, 2.0)).transform(
        pd.DataFrame({"x": [1.0]}), served="{feature}_norm"
    )
    assert transformed.to_dict("list") == {"x": [1.0], "x_norm": [0.0]}


def test_what_overflows_is_infinite_and_no_warning() -> None:
    assert of((ZScore(0.0, 1e-300),), [1e300, -1e300, 0.0]) == [math.inf, -math.inf, 0.0]


def test_no_rows() -> None:
    frame = pd.DataFrame({"x": pd.Series([], dtype=float)})
    assert known(ZScore(1.0, 2.0)).transform(frame)["x"].tolist() == []


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ParameterError, match="no column 'x'"):
        known(ZScore(1.0, 2.0)).transform(pd.DataFrame({"y": [1.0]}))


def test_an_arrow_table_is_as_good_as_a_frame() -> None:
    frame = pd.DataFrame({"x": [1.0, 3.0], "y": ["a", "b"]})
    steps = known(ZScore(1.0, 2.0))
    same = steps.transform(pa.Table.from_pandas(frame))
    pd.testing.assert_frame_equal(same, steps.transform(frame))
