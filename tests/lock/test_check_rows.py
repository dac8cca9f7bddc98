"""Servers with faults answer golden rows: each fault is said, and no right answer is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

import skewcheck
from skewcheck.lock.conformance import Golden, check_rows, golden
from skewcheck.reports.words.conformance import message, where
from skewcheck.results.conformance import OutputCheck, RowsCheck
from skewcheck.text.errors import UsageError

Line = Mapping[str, dict[str, float | None]]
Server = Callable[[dict[str, float | None], Mapping[str, float | None], int], object]


@cache
def rides() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    return pd.DataFrame({
        "fare": rng.gamma(2, 5, 500),
        "miles": np.where(rng.random(500) < 0.1, np.nan, rng.gamma(2, 3, 500)),
        "age": rng.normal(40, 10, 500).clip(18, 90),
        "weight": rng.gamma(3, 1, 500),
        "city": rng.choice(["Oslo", "Lima", "Rome"], 500),
        "pay": rng.choice(["Cash", "Card", "App"], 500),
    })  # fmt: skip


@cache
def pipeline() -> ColumnTransformer:
    log = FunctionTransformer(np.log1p, feature_names_out="one-to-one")
    return ColumnTransformer([
        ("fare", StandardScaler(), ["fare"]),
        ("miles", make_pipeline(SimpleImputer(), StandardScaler()), ["miles"]),
        ("age", MinMaxScaler(clip=True), ["age"]),
        ("weight", make_pipeline(log, StandardScaler()), ["weight"]),
        ("city", OneHotEncoder(handle_unknown="ignore", sparse_output=False), ["city"]),
        ("pay", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), ["pay"]),
    ], verbose_feature_names_out=False).fit(rides())  # fmt: skip


@cache
def of_steps() -> skewcheck.Parameters:
    parameters = skewcheck.capture(pipeline(), rides())
    assert parameters.rows is None
    return parameters


@cache
def opaque() -> skewcheck.Parameters:
    numbers = rides()[["fare", "miles", "age"]]
    return skewcheck.capture(
        make_pipeline(KNNImputer(), StandardScaler(), PCA(3)).fit(numbers), numbers
    )


def lines_of(parameters: skewcheck.Parameters) -> list[Line]:
    lines: list[Line] = json.loads(json.dumps(skewcheck.rows(parameters)))
    return lines


def answers(parameters: skewcheck.Parameters, server: Server) -> list[dict[str, object]]:
    return [
        {"id": i, "output": server(dict(line["expected"]), line["input"], i)}
        for i, line in enumerate(lines_of(parameters))
    ]


def checked(parameters: skewcheck.Parameters, server: Server) -> RowsCheck:
    return check_rows(parameters, answers(parameters, server))


def changed(
    name: str, change: Callable[[float | None, Mapping[str, float | None]], object]
) -> Server:
    """Return a server that is right but for one output, of which `change` makes another."""
    return lambda right, given, _: {**right, name: change(right[name], given)}


def _fare(change: Callable[[float], float]) -> Server:
    """Return a server with another normalization of the fare."""
    return changed("fare", lambda _, given: change(given["fare"] or 0.0))


FARE = rides()["fare"]
MEAN, STD = float(FARE.mean()), float(FARE.std(ddof=0))
MILES = rides()["miles"].fillna(rides()["miles"].mean())
AGE = rides()["age"]
WEIGHT = np.log1p(rides()["weight"])
FAULTS: Mapping[str, tuple[Server, str, str]] = {
    "ddof": (_fare(lambda x: (x - MEAN) / float(FARE.std(ddof=1))), "fare", "ddof 1"),
    "raw": (_fare(lambda x: x), "fare", "without normalization"),
    "twice": (_fare(lambda x: ((x - MEAN) / STD - MEAN) / STD), "fare", "normalized twice"),
    "other mean": (_fare(lambda x: (x - 9) / STD), "fare", "with mean 9, std"),
    "min-max": (_fare(lambda x: (x - float(FARE.min())) / float(np.ptp(FARE))), "fare",
                "with min-max scaling"),
    "cents": (_fare(lambda x: (100 * x - MEAN) / STD), "fare", "values 100 times as large"),
    "sign": (_fare(lambda x: (-x - MEAN) / STD), "fare", "the opposite sign"),
    "constant": (_fare(lambda _: 0.5), "fare", "as one and the same value"),
    "null": (changed("fare", lambda *_: None), "fare", "as null"),
    "swapped": (
        lambda right, _, __: {**right, "fare": right["miles"], "miles": right["fare"]}, "fare",
        "with the normalized values of miles",
    ),
    "two decimals": (changed("fare", lambda x, _: round(x or 0, 2)), "fare",
                     "rounded to 2 decimals"),
    "six digits": (lambda right, _, __: {k: f"{x:.6g}" for k, x in right.items()}, "fare",
                   "rounded to 6 significant digits"),
    "float16": (changed("fare", lambda x, _: float(np.float16(x or 0))), "fare",
                "cast to float16"),
    "filled with 0": (
        changed("miles", lambda right, given: right if given["miles"] is not None
                else -float(MILES.mean()) / float(MILES.std(ddof=0))),
        "miles", "with 0 as fill value",
    ),
    "not filled": (changed("miles", lambda right, given: None if given["miles"] is None else right),
                   "miles", "without the impute step"),
    "no clip": (
        changed("age", lambda _, given: ((given["age"] or 0) - AGE.min()) / np.ptp(AGE)), "age",
        "without the clip step",
    ),
    "no log": (
        changed("weight", lambda _, given: ((given["weight"] or 0) - WEIGHT.mean())
                / WEIGHT.std(ddof=0)),
        "weight", "without the log1p step",
    ),
    "levels permuted": (
        lambda right, _, __: {**right, "city_Oslo": right["city_Rome"],
                              "city_Rome": right["city_Oslo"]},
        "city", "with the columns of Oslo, Rome permuted",
    ),
    "level zero": (changed("city_Lima", lambda *_: 0.0), "city", "with 0 in the columns of Lima"),
    "codes shifted": (changed("pay", lambda x, _: (x or 0) + 1), "pay", "codes shifted by +1"),
    "codes by frequency": (
        changed("pay", lambda x, _: {0.0: 2.0, 2.0: 0.0}.get(x or 0.0, x)), "pay", "codes",
    ),
    "other rows": (
        lambda right, _, i: {**right, "fare": lines_of(of_steps())[i - 1]["expected"]["fare"]},
        "fare", "but those of other rows",
    ),
}  # fmt: skip
OPAQUE_FAULTS: Mapping[str, tuple[Server, str, str]] = {
    "permuted": (lambda right, _, __: {"pca0": right["pca1"], "pca1": right["pca2"],
                                       "pca2": right["pca0"]}, "pca0", "with the values of pca1"),
    "factor": (changed("pca1", lambda x, _: (x or 0) * 1.7), "pca1",
               "as the right values times 1.7"),
    "moved": (changed("pca1", lambda x, _: (x or 0) + 0.25), "pca1",
              "as the right values with +0.25 added"),
    "sign": (changed("pca1", lambda x, _: -(x or 0)), "pca1", "with the opposite sign"),
    "constant": (changed("pca1", lambda *_: 1.5), "pca1", "as one and the same value"),
    "rounded": (changed("pca1", lambda x, _: round(x or 0, 2)), "pca1", "rounded to 2 decimals"),
    "an input": (changed("pca1", lambda _, given: given["fare"]), "pca1",
                 "without normalization"),
}  # fmt: skip


def output(check: RowsCheck, feature: str) -> OutputCheck:
    return next(o for o in check.outputs if o.feature == feature)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(name: str) -> None:
    server, feature, said = FAULTS[name]
    check = checked(of_steps(), server)
    assert check.exit_code == 1
    wrong = output(check, feature)
    assert said in message(wrong)
    assert wrong.example is not None
    others = {o.feature for o in check.outputs if o.wrong}
    assert others == {feature} or name in ("swapped", "six digits")


@pytest.mark.parametrize("name", OPAQUE_FAULTS)
def test_a_fault_of_what_is_not_read_is_named(name: str) -> None:
    server, feature, said = OPAQUE_FAULTS[name]
    check = checked(opaque(), server)
    assert check.exit_code == 1
    assert said in message(output(check, feature))


def test_the_wrong_rows_are_those_that_were_changed() -> None:
    check = checked(of_steps(), lambda right, _, i: right | ({"fare": 99.0} if i in (3, 7) else {}))
    assert output(check, "fare").wrong == (3, 7)
    assert "2 of 60 answers wrong: rows 3, 7" in message(output(check, "fare"))
    assert [o.feature for o in check.outputs if o.wrong] == ["fare"]


def test_what_wrong_rows_have_in_common_is_said() -> None:
    unknown = checked(of_steps(), lambda right, given, _: right | (
        {"city_Oslo": 1.0} if given["city"] == "unknown level" else {}))  # fmt: skip
    found = output(unknown, "city").where
    assert found is not None
    assert where(found) == "with a level of city that training has not seen"
    filled = checked(opaque(), lambda right, given, i: right | (
        {"pca2": (right["pca2"] or 0) + 0.1 * i} if None in given.values() else {}))  # fmt: skip
    found = output(filled, "pca2").where
    assert found is not None
    assert where(found) == "without one of the inputs"


def test_a_difference_beyond_float32_is_wrong_and_one_within_is_not() -> None:
    """Half a unit of float32 is what arithmetic does; a hundred-thousandth is another number."""
    for parameters, name in ((of_steps(), "fare"), (opaque(), "pca1")):
        near = checked(parameters, changed(name, lambda x, _: (x or 0) * (1 + 2**-25)))
        assert near.exit_code == 0
        away = checked(parameters, changed(name, lambda x, _: (x or 0) + 2e-5))
        assert away.exit_code == 1


@pytest.mark.parametrize("parameters", [of_steps, opaque])
def test_order_ids_and_notation_do_not_matter(
    parameters: Callable[[], skewcheck.Parameters], tmp_path: Path
) -> None:
    right = answers(parameters(), lambda right, _, __: right)
    names = [*lines_of(parameters())[0]["expected"]]
    shuffled = [right[i] for i in np.random.default_rng(4).permutation(len(right))]
    listed = [[answer["output"][name] for name in names] for answer in right]
    forms: list[object] = [
        shuffled,
        [answer["output"] for answer in right],
        listed,
        {str(answer["id"]): answer["output"] for answer in shuffled},
        [{"id": str(answer["id"]), **answer["output"]} for answer in shuffled],
        [{**answer, "more": 1, "output": {**answer["output"], "extra": "x"}} for answer in right],
    ]
    for form in forms:
        assert check_rows(parameters(), form).exit_code == 0
        path = tmp_path / "answers.json"
        path.write_text(json.dumps(form))
        assert check_rows(parameters(), path).exit_code == 0
        if isinstance(form, list):
            path.write_text("\n\n".join(map(json.dumps, form)))
            assert check_rows(parameters(), path).exit_code == 0


def test_nulls_have_many_names() -> None:
    for null in (None, float("nan"), "NaN", "null", ""):
        check = checked(opaque(), lambda right, _, __, null=null: {**right, "pca0": null})
        assert [o.feature for o in check.outputs if o.wrong] == ["pca0"]


def test_text_that_is_no_number_is_said() -> None:
    check = checked(of_steps(), changed("fare", lambda *_: "abc"))
    assert output(check, "fare").no_numbers == 60
    assert "60 values no number" in message(output(check, "fare"))


def test_missing_rows_are_said_and_are_no_pass() -> None:
    right = answers(of_steps(), lambda right, _, __: right)
    check = check_rows(of_steps(), right[:20] + right[21:])
    assert (check.exit_code, check.missing) == (3, (20,))
    failed = [*right[:5], {"id": 5, "error": "null"}, {"id": 6, "output": None}, *right[7:]]
    assert check_rows(of_steps(), failed).missing == (5, 6)
    wrong = [*right[:-2], {"id": 58, "output": {"fare": 9.0}}]
    assert check_rows(of_steps(), wrong).exit_code == 1


def test_missing_and_extra_columns() -> None:
    check = checked(of_steps(), lambda right, _, __: {"x": 1} | {
        k: v for k, v in right.items() if k != "fare"})  # fmt: skip
    assert check.exit_code == 1
    assert output(check, "fare").absent == ("fare",)
    assert message(output(check, "fare")) == "no answer has fare"
    assert check.extra == ("x",)
    more = answers(of_steps(), lambda right, _, __: right)
    assert check_rows(of_steps(), [*more, {"id": 60, "output": {"fare": 1}}]).unknown == ("60",)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "answers: holds no answer"),
        ([{"fare": 1.0}], "1 answers without an id, for 60 golden rows"),
        ([{"id": 0, "output": {"fare": 1}}, {"id": 0, "output": {"fare": 1}}],
         "answer 1: the id 0 stands twice"),
        ([{"id": 0, "output": {"fee": 1}}], "has none of the outputs of the golden rows: fare"),
        ([{"id": 99, "output": {"fare": 1}}], "no answer has the id of a golden row (0 to 59)"),
        ([{"id": 0, "output": 3}], "output must be an object or a list"),
        ([{"id": 0.5, "output": {"fare": 1}}], "id must be the whole number of a golden row"),
        ([{"id": True, "output": {"fare": 1}}], "id must be the whole number of a golden row"),
        ([1, 2], "must be an answer, as"),
        (3, "must hold an answer a line, or a list of answers"),
    ],
)  # fmt: skip
def test_what_are_no_answers(given: object, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_rows(of_steps(), given)
    assert said in str(caught.value)


def test_every_parameter_file_has_golden_rows(tmp_path: Path) -> None:
    """Also one that `fit` wrote, and one by hand without any distribution."""
    fitted: Golden = golden(skewcheck.fit(rides()))
    assert {*fitted.rows.inputs} == {*rides().columns}
    path = tmp_path / "p.json"
    steps = [{"op": "clip", "min": 0, "max": 50}, {"op": "zscore", "mean": 10, "std": 5}]
    path.write_text(json.dumps({"features": {"fare": {"steps": steps}}}))
    lines = lines_of(skewcheck.load(path))
    for line in lines:
        raw, right = line["input"]["fare"], line["expected"]["fare"]
        assert raw is not None
        assert right == pytest.approx((min(max(raw, 0), 50) - 10) / 5)
    assert min(line["input"]["fare"] or 0 for line in lines) < 0
    assert max(line["input"]["fare"] or 0 for line in lines) > 50


def test_rows_of_some_features_say_of_which_they_are_not() -> None:
    frame = rides()[["fare", "miles"]]
    fitted = ColumnTransformer([("a", StandardScaler(), ["fare"]), ("b", KNNImputer(), ["miles"])])
    private = skewcheck.capture(fitted.fit(frame), frame, rows=False)
    assert golden(private).left_out == ("miles", "b__miles")
    assert {*golden(private).rows.expected} == {"a__fare"}
