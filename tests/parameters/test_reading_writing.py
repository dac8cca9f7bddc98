"""What is written is what was read, and what a person wrote is enough."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import (
    Affine,
    Buckets,
    Cast,
    Clip,
    Impute,
    Log1p,
    Logarithm,
    MaxAbs,
    MinMax,
    OneHot,
    PowerTransform,
    Quantile,
    Quantize,
    Robust,
    Round,
    Step,
    Vocabulary,
    ZScore,
)
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    NumericReference,
    Parameters,
    ParameterWarning,
    TrainingError,
)
from skewcheck.parameters import load
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.parameters.writer import dumps
from skewcheck.reports.words.notes import texts

numbers = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=1e-300, allow_nan=False, allow_infinity=False)
names = st.text(min_size=1, max_size=12)
ascending = st.lists(numbers, min_size=2, max_size=6, unique=True).map(lambda v: tuple(sorted(v)))
levels = st.lists(names, min_size=1, max_size=5, unique=True).map(tuple)
steps = st.one_of(
    st.builds(ZScore, numbers, positive),
    ascending.map(lambda v: MinMax(v[0], v[1])),
    st.builds(Robust, numbers, positive),
    st.builds(MaxAbs, positive),
    st.builds(Affine, numbers, positive),
    st.builds(Clip, numbers),
    st.builds(Impute, numbers),
    st.just(Log1p()),
    st.sampled_from([Logarithm(), Logarithm(2.0), Cast("float16"), Quantize(0.5, 3, "int8")]),
    st.builds(PowerTransform, st.just("yeo-johnson"), numbers, numbers, positive),
    ascending.map(Buckets),
    st.builds(Round, st.integers(-3, 12)),
)
extra = st.dictionaries(
    names.map("x-{}".format),
    st.one_of(numbers, names, st.none(), st.lists(st.booleans())),
    max_size=2,
)  # fmt: skip


@st.composite
def numeric(draw: st.DrawFn) -> Feature:
    edges = draw(st.one_of(st.just(()), ascending))
    k = len(edges)
    counts = st.integers(0, 10**12)
    histogram = Histogram.empty()
    if k:
        histogram = Histogram(
            np.array(edges, float),
            np.array(draw(st.lists(counts, min_size=k, max_size=k)), np.int64),
            np.array(draw(st.lists(counts, min_size=k + 1, max_size=k + 1)), np.int64),
            np.array(draw(st.lists(numbers, min_size=k + 1, max_size=k + 1)), float),
        )
    nulls, odd = draw(counts), draw(counts)
    reference = NumericReference(
        histogram.total + nulls + odd, nulls, odd, mean=draw(st.none() | numbers),
        histogram=histogram,
    )  # fmt: skip
    chain = tuple(draw(st.lists(steps, max_size=3)))
    return Feature(
        draw(names), "numeric", chain, draw(st.sampled_from([None, reference])),
        draw(st.sampled_from(["feature", "prediction", "label"])),
        draw(st.none() | numbers), draw(extra),
    )  # fmt: skip


@st.composite
def categorical(draw: st.DrawFn) -> Feature:
    counts = draw(st.dictionaries(names, st.integers(0, 10**12), max_size=4))
    other = draw(st.integers(0, 9))
    reference = CategoricalReference(sum(counts.values()) + other + 2, 2, counts, other)
    values = draw(levels)
    coded: list[tuple[Step, ...]] = [
        (), (Vocabulary(values, None),), (Impute("x"), Vocabulary(values, -1.0), ZScore(1.0, 2.0)),
        (OneHot(values, values[0]),), (OneHot(values),),
    ]  # fmt: skip
    return Feature(draw(names), "categorical", draw(st.sampled_from(coded)), reference)


@given(features=st.lists(numeric() | categorical(), min_size=1, max_size=3), more=extra)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_written_is_read_bit_by_bit(
    tmp_path: Path, features: list[Feature], more: dict[str, object]
) -> None:
    distinct = tuple({f.name: f for f in features}.values())
    error = TrainingError("rmse", 0.1 + 0.2, 7, None, "ä", {"x-of": [1]}) if more else None
    model = {"name": "é\n", "sha256": None}
    parameters = Parameters(distinct, fingerprint(distinct), model, extra=more, error=error)
    path = tmp_path / "p.json"
    path.write_text(dumps(parameters), "utf-8")
    read_back = load(path)
    assert texts(read_back.notes) == ()
    # repr tells -0.0 from 0.0, and every float by all its bits.
    with np.printoptions(floatmode="unique", threshold=10**6):
        for part in fields(Parameters):
            if part.name not in ("path", "lock"):
                read, written = (getattr(p, part.name) for p in (read_back, parameters))
                assert repr(read) == repr(written), part.name
    assert dumps(read_back) == dumps(parameters)


def test_a_quantile_step_is_read_as_written(tmp_path: Path) -> None:
    step = Quantile((0.1, 0.2, 1e-5 + 0.2), "normal")
    features = (Feature("a", "numeric", (step,)),)
    (tmp_path / "p.json").write_text(dumps(Parameters(features, fingerprint(features))))
    assert load(tmp_path / "p.json").features == features


def test_only_steps_are_needed(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(
        """{"features": {
        "miles": {"steps": [{"op": "power", "method": "yeo-johnson", "lambda": 0.5}]},
        "plain": {"steps": []},
        "paid": {"steps": [{"op": "impute", "value": "Cash"}]},
        "way": {"steps": [{"op": "vocabulary", "values": ["a"]}]}}}"""
    )
    parameters = load(tmp_path / "p.json")
    types = {f.name: (f.type, f.role, f.reference) for f in parameters.features}
    assert types == {
        "miles": ("numeric", "feature", None),
        "plain": ("numeric", "feature", None),
        "paid": ("categorical", "feature", None),
        "way": ("categorical", "feature", None),
    }
    assert parameters["miles"].steps[0] == PowerTransform("yeo-johnson", 0.5)


def test_toml_says_the_same_as_json(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text(
        """x-owner = "us"
        [skewcheck]
        kind = "parameters"
        version = 1
        [model]
        name = "fares"
        version = 2026-11-01
        [features."trip.miles"]
        x-unit = "mi"
        role = "label"
        steps = [{op = "clip", min = 0}, {op = "power", method = "box-cox", lambda = 2}]
        [features.way]
        steps = [{op = "vocabulary", values = ["a", "b"]}]
        [features.way.reference]
        rows = 5
        counts = {a = 3, b = 2}
        """
    )
    parameters = load(tmp_path / "p.toml")
    (tmp_path / "p.json").write_text(dumps(parameters))
    again = load(tmp_path / "p.json")
    assert replace(again, path=None) == replace(parameters, path=None)
    assert parameters.model == {"name": "fares", "version": "2026-11-01"}
    assert parameters["trip.miles"].steps == (Clip(0.0), PowerTransform("box-cox", 2.0))
    assert (parameters.extra, parameters["trip.miles"].extra) == (
        {"x-owner": "us"},
        {"x-unit": "mi"},
    )


def test_a_byte_order_mark_is_none_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_bytes(b'\xef\xbb\xbf{"features": {"a": {"steps": []}}}')
    assert load(tmp_path / "p.json").features == (Feature("a", "numeric", guessed=True),)


def test_keys_with_x_are_kept_and_ignored_everywhere(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(
        """{"x-a": {"b": [1, null]}, "features": {"x-name": {"x-c": 1, "steps": [
        {"op": "log1p", "x-d": 2}], "reference": {"rows": 0, "x-e": 3}}}}"""
    )
    parameters = load(tmp_path / "p.json")
    assert parameters.features[0].name == "x-name"  # a name, no key
    saved = json.loads(dumps(parameters))
    assert saved["x-a"] == {"b": [1, None]}
    assert saved["features"]["x-name"]["x-c"] == 1


def one(**changes: object) -> Feature:
    return replace(Feature("a", "numeric", (ZScore(0.0, 1.0),)), **changes)


@pytest.mark.parametrize(
    "changed",
    [
        one(name="b"), one(role="label"), one(type="categorical", steps=()),
        one(steps=(ZScore(0.0, math.nextafter(1.0, 2)),)), one(steps=()),
        one(steps=(Robust(0.0, 1.0),)), one(steps=(ZScore(0.0, 1.0), Round(2))),
    ],
)  # fmt: skip
def test_the_fingerprint_changes_with_what_matters(changed: Feature) -> None:
    assert fingerprint((changed,)) != fingerprint((one(),))


def test_the_fingerprint_does_not_change_with_the_rest() -> None:
    changed = one(reference=NumericReference(5), importance=0.3, extra={"x-a": 1})
    assert fingerprint((changed,)) == fingerprint((one(),))
    assert fingerprint((one(), one(name="b"))) != fingerprint((one(name="b"), one()))


def test_a_changed_file_says_that_it_was_changed(tmp_path: Path) -> None:
    parameters = Parameters((one(),), fingerprint((one(),)))
    (tmp_path / "p.json").write_text(dumps(parameters).replace('"std": 1', '"std": 2'))
    read_back = load(tmp_path / "p.json")
    assert texts(read_back.notes) == (
        "the normalization was changed since its fingerprint was written",
    )
    assert read_back.fingerprint == fingerprint(read_back.features)


def test_what_cannot_be_reapplied_is_kept(tmp_path: Path) -> None:
    parameters = Parameters(
        (Feature("a", "numeric", untested="KNNImputer has no per-feature form"),), "",
        warnings=(ParameterWarning("refitted", {"text": "means 0, stds 1"}, ("a",)),),
    )  # fmt: skip
    (tmp_path / "p.json").write_text(dumps(parameters))
    again = load(tmp_path / "p.json")
    assert again["a"].untested == "KNNImputer has no per-feature form"
    assert again.extra["x-warnings"] == [
        {"code": "refitted", "message": "means 0, stds 1", "features": ["a"]}
    ]
