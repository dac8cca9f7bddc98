"""Tables of fills, levels, ranges and reports, and settings beside the numbers of a scaling."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from skewcheck.features.steps import Impute, Map, MinMax, ZScore
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.parameters import load
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import ParameterError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(tree: object, name: str = "scaler.json") -> Parameters:
    Path(name).write_text(json.dumps(tree))
    return load(name)


def steps(known: Parameters) -> dict[str, object]:
    return {f.name: f.steps[0] if f.steps else None for f in known.features}


LISTS = {"mean": [1.5, 2.5], "std": [2.0, 3.0], "feature_names": ["a", "b"]}
SCALED = {"a": ZScore(1.5, 2.0), "b": ZScore(2.5, 3.0)}


@pytest.mark.parametrize(
    "settings",
    [
        {"min_target_filter": 100.0},
        {"min_power": 1.0, "max_power": 5.0},
        {"phase_period": 12},
        {"target_names": ["y", "z"]},
    ],
)
def test_settings_beside_lists_are_no_feature(settings: dict[str, object]) -> None:
    known = read(LISTS | settings)
    assert steps(known) == SCALED
    assert [f.role for f in known.features] == ["feature"] * 2
    if "target_names" not in settings:
        assert texts(known.notes) == (f"not read: {', '.join(settings)}",)


def test_a_setting_does_not_refuse_numbers_by_kind_and_name() -> None:
    flat = {"a_mean": 1.5, "a_std": 2.0, "b_mean": 2.5, "b_std": 3.0, "c_min": 1.0, "c_max": 4.0}
    known = read(flat | {"phase_period": 12})
    assert steps(known) == SCALED | {"c": MinMax(1.0, 4.0)}
    assert texts(known.notes) == ("not read: phase_period",)


@pytest.mark.parametrize("key", ["numeric_ranges", "ranges", "feature_ranges", "input_limits"])
def test_ranges_of_a_form_are_no_scaling(key: str) -> None:
    form = {"age": {"min": 1.0, "max": 120.0}, "bp": {"min": 94.0, "max": 200.0}}
    levels = {"sex": ["f", "m"], "work": ["public", "private"]}
    known = read({"numeric_features": ["age", "bp"], "categorical_features": levels, key: form})
    assert steps(known) == dict.fromkeys(["age", "bp", "sex", "work"])
    assert known["bp"].reference == NumericReference(0, min=94.0, max=200.0)
    assert known["sex"].reference == CategoricalReference(0, counts={"f": 0, "m": 0})
    scaled = read({key: form, "scaler_type": "minmax"})
    assert steps(scaled) == {"age": MinMax(1.0, 120.0), "bp": MinMax(94.0, 200.0)}
    assert steps(read(form))["age"] == MinMax(1.0, 120.0)


def test_a_report_on_a_data_set_is_refused() -> None:
    report = {
        "Total Images": 875, "Images per Plant": {"apple": 98, "pear": 3},
        "Average Annotations per Image": {"apple": {"mean": 3.0, "std": 2.0}},
    }  # fmt: skip
    with pytest.raises(ParameterError, match=r"reports on a data set \(Total Images"):
        read(report)
    with pytest.raises(ParameterError, match="is no skewcheck parameter file"):
        read({"Average Annotations per Image": 8.4})


@pytest.mark.parametrize("name", ["medians.json", "imputation.json", "fill_values.json"])
def test_medians_that_look_like_codes_fill_nulls(name: str) -> None:
    assert steps(read({"age": 1.0, "fare": 2.0}, name)) == {"age": Impute(1.0), "fare": Impute(2.0)}
    mixed = read({"age": 1.0, "city": "Paris"}, name)
    assert steps(mixed) == {"age": Impute(1.0), "city": Impute("Paris")}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [("numeric_medians", "categorical_modes"), ("medians", "modes"), ("fill_num", "fill_cat")],
)
def test_tables_of_fills(numbers: str, words: str) -> None:
    known = read(
        {numbers: {"age": 1.0, "fare": 2.0}, words: {"city": "Paris"}, "rows": 3}, "p.json"
    )
    assert steps(known) == {"age": Impute(1.0), "fare": Impute(2.0), "city": Impute("Paris")}
    assert [f.type for f in known.features] == ["numeric", "numeric", "categorical"]
    assert texts(known.notes) == ("not read: rows",)


def test_lists_of_levels_say_no_codes() -> None:
    known = read({"city": ["Rome", "Paris"], "sex": ["f", "m"]}, "options.json")
    assert steps(known) == {"city": None, "sex": None}
    assert known["city"].reference == CategoricalReference(0, counts={"Rome": 0, "Paris": 0})
    assert "does not say how they are coded" in texts(known.notes)[0]
    with pytest.raises(ParameterError):  # names of columns
        read({"numeric_features": ["age", "fare"], "categorical_features": ["city"]})


MEANS = {"city": {"Paris": 0.31, "Rome": 0.22}, "sex": {"f": 0.7, "m": 0.2}}


@pytest.mark.parametrize("key", ["", "target_encodings"])
def test_means_of_levels_without_one_for_others_are_untested(key: str) -> None:
    known = read({key: MEANS} if key else MEANS, "target_encoding.json")
    assert [f.name for f in known.features] == ["city", "sex"]
    for feature in known.features:
        assert "__default__" in (feature.untested or "")
    assert known["sex"].reference == CategoricalReference(0, counts={"f": 0, "m": 0})
    with pytest.raises(ParameterError):  # measures of a model look the same
        read({"train": {"auc": 0.9, "loss": 0.2}, "test": {"auc": 0.8, "loss": 0.3}}, "m.json")


CITY = Map({"Paris": (0.31,), "Rome": (0.22,)}, (0.25,), (0.25,))


@pytest.mark.parametrize(
    ("tree", "name"),
    [
        ({**MEANS, "global_mean": 0.25}, "p.json"),
        ({"prior": 0.25, "target_encoding": MEANS}, "p.json"),
        ({"target_encoding": {**MEANS, "unknown": 0.25}}, "p.json"),
        ({k: {**v, "__default__": 0.25} for k, v in MEANS.items()}, "p.json"),
        ({k: {**v, "global_mean": 0.25} for k, v in MEANS.items()}, "p.json"),
        ({k: {"mapping": v, "default": 0.25} for k, v in MEANS.items()}, "encoders.json"),
        ({**{k: {**v, "_unknown": 0.25} for k, v in MEANS.items()}, "prior": 0.9}, "p.json"),
    ],
)  # fmt: skip
def test_means_of_levels_and_one_for_others_are_a_map(tree: dict[str, object], name: str) -> None:
    known = read(tree, name)
    assert steps(known)["city"] == CITY
    assert [f.name for f in known.features] == ["city", "sex"]
    assert "nulls are taken to be served as" in texts(known.notes)[0]
    table = known.transform(pd.DataFrame({"city": ["Rome", "Oslo", None], "sex": ["f", "x", "m"]}))
    assert table["city"].tolist() == [0.22, 0.25, 0.25]
    assert table["sex"].tolist() == [0.7, 0.25, 0.2]


def test_a_level_that_may_be_all_others_is_asked_for() -> None:
    table = {"job": {"clerk": 0.31, "unknown": 0.22}}
    assert "'unknown' may be a level" in str(read(table, "encoding.json")["job"].untested)
    read_with_default = read({"job": {**table["job"], "__default__": 0.5}}, "p.json")
    assert steps(read_with_default)["job"] == Map(
        {"clerk": (0.31,), "unknown": (0.22,)}, (0.5,), (0.5,)
    )
    twice = read({"n": {"1": 0.31, "1.0": 0.22, "__default__": 0.5}}, "p.json")["n"]
    assert "two numbers" in str(twice.untested)


@pytest.mark.parametrize(
    "tree",
    [
        {"age": {"mean": 1.5, "std": 2.5}, "fare": {"mean": 3.5, "std": 4.5}},
        {"age": {"rome": {"mean": 1.5, "std": 2.5}, "oslo": {"mean": 3.5, "std": 4.5}}},
        {"mean": {"age": 1.5, "fare": 2.5}, "std": {"age": 3.5, "fare": 4.5}},
        {"age": {"mean": 1.5, "std": 2.5}, "unknown": 0.5},
        {"fill_values": {"age": 1.5, "fare": 2.5}},
        {"city": {"Paris": 0, "Rome": 1}, "sex": {"f": 0, "m": 1}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["p.json", "target_encoding.json"])
def test_numbers_of_something_else_are_no_means_of_levels(
    tree: dict[str, object], name: str
) -> None:
    known = read(tree, name)
    assert not any(isinstance(step, Map) for feature in known.features for step in feature.steps)


@pytest.mark.parametrize("method", ["q01_q99", "p01-p99", "q1_q99", "quantiles"])
def test_the_quantiles_of_a_method_by_name(method: str) -> None:
    known = read({"scaler_type": method, "q01": {"a": 1.0}, "q99": {"a": 3.0}})
    assert steps(known) == {"a": MinMax(1.0, 3.0, (-1.0, 1.0))}


@pytest.mark.parametrize(
    ("name", "content", "formats"),
    [
        ("a.json", "{}", r"neither numbers by name \(.*\) nor statistics of SageMaker"),
        ("a.pbtxt", "hello", "neither a TFX schema nor statistics of TFDV"),
        ("a.bin", "hello", "neither numbers by name .* nor a pickle of a fitted"),
    ],
)
def test_a_refusal_names_two_formats_and_what_to_do(name: str, content: str, formats: str) -> None:
    Path(name).write_text(content)
    with pytest.raises(ParameterError, match=f"{formats}.*; give the file that training saved"):
        load(name)
