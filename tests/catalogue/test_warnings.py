"""Warnings of parameter files in words: from their data, or as the file's reader wrote them."""

import pickle

import pytest

from skewcheck.catalogue.codes import codes
from skewcheck.catalogue.warnings import WARNINGS, message
from skewcheck.features.types import ParameterWarning

OUTSIDE = {"feature": "age", "kind": "outside", "share": 0.125}
MEAN = {"feature": "age", "kind": "moment", "moment": "mean", "stored": 55.0, "actual": 39.71}
BELOW = {"feature": "fare", "kind": "below", "share": 0.9, "mark": "median"}
ABOVE = {"feature": "fare", "kind": "above", "share": 0.9, "mark": "quantile 0.25"}
LEVELS = {"feature": "pay", "kind": "levels"}
ONE, MANY = ("age",), ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("code", "parameters", "features", "told"),
    [
        (
            "other_training_file", {"contradictions": (MEAN,)}, ONE,
            "age: mean 55, in the training data 39.7",
        ),
        (
            "other_training_file", {"contradictions": (OUTSIDE, BELOW, LEVELS, OUTSIDE)}, MANY,
            ("age: 12.5 % of the training values lie outside its range;"
            " fare: 90 % of the training values lie below its median;"
            " pay: no level of the training data is among its own; 1 more"),
        ),
        (
            "quantiles", {"contradictions": (ABOVE,)}, ONE,
            "fare: 90 % of the training values lie above its quantile 0.25",
        ),
        (
            "order", {"swaps": ({"feature": "a", "other": "b"}, {"feature": "b", "other": "a"})},
            ("a", "b"),
            ("a has the numbers of b, b has the numbers of a:"
            " do the names stand in the order of training?"),
        ),
        (
            "ddof", {}, MANY,
            ("a, b, c and 1 more: std is that of the training data with ddof 1, as pandas takes it;"
            " NumPy and scikit-learn take ddof 0"),
        ),
        (
            "unnamed", {"values": 1200, "columns": ({"source": "mean[0]", "feature": "age"},)}, ONE,
            ("the file names none of its 1,200 values: taken in the order of the training data's"
            " columns: mean[0] is age; --names says otherwise"),
        ),
        ("constant", {}, MANY, "a, b, c and 1 more: training had a single value"),
        ("refitted", {}, ONE, "age: mean 0, deviation 1: fitted on data already standardized"),
        (
            "not_numbers",
            {"feature": "x", "type": "numeric", "share": 0.998, "rows": 4, "words": 0,
             "examples": (" ",)},
            ("x",),
            "x: 99.8 % of the texts are numbers; 4 are not: ' ' (read as no value)",
        ),
        (
            "not_numbers",
            {"feature": "x", "type": "numeric", "share": 0.9996, "rows": 1, "words": 1,
             "examples": ("12 km",)},
            ("x",),
            ("x: 99.96 % of the texts are numbers; 1 is not: '12 km' (read as values of another"
             " type; --null-values names words for no value)"),
        ),
        (
            "not_numbers",
            {"feature": "x", "type": "categorical", "share": 0.6, "rows": 800, "words": 800},
            ("x",),
            ("x: 60 % of the texts are numbers; 800 are not: (hidden) (all are taken for levels;"
             " --null-values names words for no value)"),
        ),
        (
            "nearly_null", {"feature": "x", "share": 0.972}, ("x",),
            "x: 97.2 % of the training rows have no value",
        ),
        (
            "identifier", {"feature": "user_id"}, ("user_id",),
            ("user_id: looks like an identifier, whose values are others in every log;"
             " --exclude leaves it out"),
        ),
        (
            "opposite_codes", {"feature": "a", "other": "b"}, ("a", "b"),
            "a and b: the same labels, other codes",
        ),
        ("min_is_offset", {"text": "as {its} reader says"}, ONE, "as {its} reader says"),
    ],
)  # fmt: skip
def test_messages(code: str, parameters, features: tuple[str, ...], told: str) -> None:
    warning = ParameterWarning(code, parameters, features)
    assert message(warning) == told
    assert pickle.loads(pickle.dumps(warning)) == warning  # noqa: S301  # its own bytes


def test_numbers_that_look_alike_are_told_apart() -> None:
    alike = {**MEAN, "stored": 39.7, "actual": 39.71}
    warning = ParameterWarning("other_training_file", {"contradictions": (alike,)}, ONE)
    assert message(warning) == "age: mean 39.7, in the training data 39.71"


def test_every_template_has_its_code_explained() -> None:
    assert set(WARNINGS) <= set(codes()["warnings"])
