"""What PMML's expressions are as steps, against formulas written here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pmml_text import Read, X, apply, bins, field, norm, rows, table

from skewcheck.features.steps import Impute, MinMax, OneHot, Vocabulary, ZScore

ONE = 1 / 3
SHAPES = [
    (norm((2.0, 0.0), (10.0, 1.0)), lambda x: (x - 2) / 8),
    (norm((2.0, 0.0), (6.0, 0.5), (10.0, 1.0)), lambda x: (x - 2) / 8),
    (norm((2.0, 5.0), (10.0, 1.0)), lambda x: 5 - (x - 2) / 2),
    (norm((0.0, -2.5), (5.0, 0.0)), lambda x: (x - 5) / 2),
    (norm((2.0, 4.0), (3.0, 4.0)), lambda x: np.where(np.isnan(x), np.nan, 4.0)),
    (norm((2.0, 0.0), (10.0, 1.0), more='outliers="asExtremeValues" mapMissingTo="-7"'),
     lambda x: np.where(np.isnan(x), -7, np.clip((x - 2) / 8, 0, 1))),
    (norm((0.0, 0.0), (1.0, ONE), (4.0, 2 * ONE), (9.0, 1.0), more='outliers="asExtremeValues"'),
     lambda x: np.interp(x, [0, 1, 4, 9], [0, ONE, 2 * ONE, 1])),
]  # fmt: skip


@pytest.mark.parametrize(("derived", "truth"), SHAPES)
def test_norm_continuous(
    read: Read, derived: str, truth: Callable[[np.ndarray], np.ndarray]
) -> None:
    frame = rows()
    parameters = read(derived)
    assert parameters["x"].untested is None
    assert parameters["x"].extra["x-served"] == "d"
    np.testing.assert_allclose(
        parameters.transform(frame)["x"], truth(frame["x"].to_numpy()), rtol=1e-9, atol=1e-9
    )


def test_a_z_score_as_the_specification_writes_it(read: Read) -> None:
    assert read(norm((0.0, -2.5), (5.0, 0.0)))["x"].steps == (ZScore(5.0, 2.0),)
    assert read(norm((-4.0, 0.0), (0.0, 2.0)))["x"].steps == (ZScore(-4.0, 2.0),)
    assert read(norm((2.0, 0.0), (10.0, 1.0)))["x"].steps == (MinMax(2.0, 10.0, (0.0, 1.0)),)


@pytest.mark.parametrize(
    ("expression", "truth"),
    [
        (apply("+", X, 3.0), lambda x: x + 3),
        (apply("-", 3.0, X), lambda x: 3 - x),
        (apply("*", -0.5, X), lambda x: -0.5 * x),
        (apply("/", X, -4.0), lambda x: x / -4),
        (apply("/", apply("-", X, 3.0), 7.0), lambda x: (x - 3) / 7),
        (apply("+", apply("*", X, 0.25), apply("-", 1.0, 3.0)), lambda x: x * 0.25 - 2),
        (apply("min", X, 4.0), lambda x: np.fmin(x, 4)),
        (apply("max", 0.0, X), lambda x: np.fmax(x, 0)),
        (apply("threshold", X, 4.0), lambda x: np.where(np.isnan(x), np.nan, x > 4)),
        (apply("ln", apply("max", X, 0.5)), lambda x: np.log(np.fmax(x, 0.5))),
        (apply("ln1p", apply("max", X, 0.0)), lambda x: np.log1p(np.fmax(x, 0))),
        (apply("log10", apply("max", X, 0.5)), lambda x: np.log10(np.fmax(x, 0.5))),
        (apply("if", apply("isMissing", X), 8.0, X), lambda x: np.where(np.isnan(x), 8, x)),
        (apply("if", apply("isNotMissing", X), X, 8.0), lambda x: np.where(np.isnan(x), 8, x)),
    ],
)  # fmt: skip
def test_arithmetic(read: Read, expression: str, truth: Callable[[np.ndarray], np.ndarray]) -> None:
    frame = rows()
    parameters = read(field(expression))
    assert parameters["x"].untested is None
    np.testing.assert_allclose(
        parameters.transform(frame)["x"], truth(frame["x"].to_numpy()), rtol=1e-9, atol=1e-9
    )


def test_discretize(read: Read) -> None:
    frame = rows()
    x = frame["x"].to_numpy()
    parameters = read(
        bins(
            ('closure="openOpen" rightMargin="2"', 10.0),
            ('closure="closedClosed" leftMargin="2" rightMargin="4"', 15.0),
            ('closure="openOpen" leftMargin="4"', 20.0),
            more='mapMissingTo="-1"',
        )
    )
    truth = np.where(np.isnan(x), -1, np.where(x < 2, 10, np.where(x <= 4, 15, 20)))
    np.testing.assert_array_equal(parameters.transform(frame)["x"], truth)
    covered = read(
        bins(
            ('closure="closedOpen" leftMargin="0" rightMargin="2"', 1.0),
            ('closure="closedOpen" leftMargin="2" rightMargin="4"', 2.0),
            more='defaultValue="3"',
        )
    )
    assert covered["x"].untested == (
        "Discretize has values that are not equally spaced: no step gives them"
    )


def test_map_values(read: Read) -> None:
    frame = rows()
    c = frame["c"]
    parameters = read(table(("b", 3), ("a", 1), ("z", 5)))
    truth = c.map({"a": 1.0, "b": 3.0, "z": 5.0})
    np.testing.assert_array_equal(parameters.transform(frame)["c"], truth.astype(float))
    same = read(table(("a", 0), ("b", 1), more='defaultValue="9" mapMissingTo="9"'))
    assert same["c"].steps == (Vocabulary(("a", "b"), 9.0),)
    np.testing.assert_array_equal(
        same.transform(frame)["c"], c.map({"a": 0.0, "b": 1.0}).fillna(9).astype(float)
    )
    filled = read(table(("a", 0), ("b", 1), more='defaultValue="9" mapMissingTo="1"'))
    assert filled["c"].steps == (Impute("b"), Vocabulary(("a", "b"), 9.0))


def test_indicators_are_one_feature(read: Read) -> None:
    both = "".join(field(f'<NormDiscrete field="c" value="{v}"/>', f"is_{v}") for v in ("a", "b"))
    parameters = read(both)
    assert parameters["c"].steps == (OneHot(("a", "b")),)
    assert parameters["c"].extra["x-served"] == ["is_a", "is_b"]


@pytest.mark.parametrize(
    ("derived", "why"),
    [
        (norm((0.0, 0.0), (1.0, 0.5), (9.0, 1.0)), "NormContinuous has 2 slopes"),
        (norm((0.0, 0.0), (1.0, 0.5), more='outliers="asMissingValues"'), "NormContinuous makes"),
        (norm((1.0, 0.0), (1.0, 0.5)), "NormContinuous: its LinearNorm must"),
        (field(apply("exp", X)), "Apply exp has no step"),
        (field(apply("*", X, X)), "Apply * has no step for several fields"),
        (field(apply("/", 1.0, X)), "Apply / has no step"),
        (field('<TextIndex textField="x"><FieldRef field="x"/></TextIndex>'), "TextIndex has no"),
        (field(apply("f", X)) + '<DefineFunction name="f"/>', "the function f of this file"),
        (bins(('closure="openOpen" leftMargin="0"', 1.0)), "Discretize leaves values"),
        (bins(('closure="openOpen" rightMargin="0"', 1.0), ('closure="openOpen" leftMargin="0"',
                                                           2.0)), "Discretize has bins that"),
    ],
)  # fmt: skip
def test_what_has_no_step_is_said(read: Read, derived: str, why: str) -> None:
    parameters = read(derived)
    assert (parameters["x"].untested or "").startswith(why)
    assert parameters["c"].untested is None


@pytest.mark.parametrize(
    ("derived", "why"),
    [
        (table(("a", 0), ("b", 0)), "MapValues has codes"),
        (table(("a", "low"), ("b", "high")), "MapValues gives labels"),
        (table(("a", 0), ("b", 1), more='defaultValue="9"'), "MapValues treats nulls"),
        (field('<NormDiscrete field="c" value="a" mapMissingTo="0.5"/>'), "NormDiscrete gives"),
    ],
)
def test_what_has_no_step_for_levels(read: Read, derived: str, why: str) -> None:
    assert (read(derived)["c"].untested or "").startswith(why)


def test_two_fields_in_one_are_both_said(read: Read) -> None:
    more = '<DataField name="y" optype="continuous" dataType="double"/>'
    parameters = read(field(apply("-", X, '<FieldRef field="y"/>'), "gap"), data=more)
    for name in ("x", "y"):
        assert parameters[name].untested == "Apply - has no step for several fields"
        assert parameters[name].extra["x-served"] == "gap"
