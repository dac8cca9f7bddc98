"""Which of several mechanisms is told: what explains all rows, and more of them than chance."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from servers import (
    KNOWN,
    LOG_MEAN,
    LOG_STD,
    MEAN,
    STD,
    audited,
    causes,
    first,
    known,
    of,
    right,
    served_only,
    world,
)

import skewcheck
from skewcheck import Parameters
from skewcheck.features.steps import Buckets, Clip, MinMax, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message

LOG = world(2000, 31)
RIGHT = right(LOG)


def fitted(train: dict[str, np.ndarray], **steps: tuple[object, ...]) -> Parameters:
    features = tuple(
        Feature(name, "numeric", feature_steps) for name, feature_steps in steps.items()
    )
    return skewcheck.fit(pa.table(train), parameters=Parameters(features, "sha256:0"))


@pytest.mark.parametrize("name", ["temp", "fare", "count"])
@pytest.mark.parametrize("bound", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_both_bounds_of_a_clip_are_one_cause_and_no_cast(
    name: str, bound: float, dtype: type
) -> None:
    served = np.clip(right(LOG, dtype)[name], dtype(-bound), dtype(bound))
    cause, *others = of(audited(LOG, {**RIGHT, name: served}), name).causes
    assert (cause.code, others) == ("step_changed", [])
    reached = {"min": -bound} if RIGHT[name].min() < -bound else {}
    assert cause.parameters == {"op": "clip", **reached, "max": bound}
    assert "after normalization" in sentence(cause)


def test_bounds_of_raw_values_are_told_as_raw_values() -> None:
    x = np.clip(LOG["temp"], 5.0, 25.0)
    served = (x - MEAN["temp"]) / STD["temp"]
    cause, *others = of(audited(LOG, {**RIGHT, "temp": served}), "temp").causes
    assert others == []
    assert cause.parameters == {"op": "clip", "min": 5.0, "max": 25.0}
    assert "after normalization" not in sentence(cause)


@pytest.mark.parametrize(
    ("low", "high"), [(-1.0, 1.0), (-3.0, 3.0), (-1.0, 3.0), (-1.0, 4.0), (-4.0, 1.0)]
)
def test_both_bounds_of_a_clip_that_training_has(low: float, high: float) -> None:
    rng = np.random.default_rng(2)
    train, log = rng.normal(10, 5, 9000), rng.normal(10, 5, 4000)
    parameters = fitted({"x": train}, x=(ZScore(10.0, 5.0), Clip(-2.0, 2.0)))
    served = np.clip((log - 10) / 5, low, high)
    cause, *others = of(audited({"x": log}, {"x": served}, parameters), "x").causes
    assert others == []
    # Beyond a bound of 4 there is no row: it is as good as none.
    used = {"min": low, "max": high}
    expected = {"op": "clip"} | {key: end for key, end in used.items() if abs(end) < 4}
    assert cause.parameters == expected
    assert cause.code == "step_changed"


@pytest.mark.parametrize("name", ["temp", "fare", "count", "quarter"])
def test_values_of_other_rows(name: str) -> None:
    shuffled = np.random.default_rng(6).permutation(RIGHT[name])
    audit = audited(LOG, {**RIGHT, name: shuffled})
    feature = of(audit, name)
    assert feature.verdict == "skew"
    (cause,) = feature.causes
    assert (cause.code, cause.parameters) == ("swapped_features", {"swapped": "rows"})
    assert cause.confidence == 0.9
    assert "the right values, but those of other rows" in message(feature)


def test_a_fifth_of_the_rows_with_values_of_other_rows() -> None:
    bad = np.flatnonzero(np.random.default_rng(4).random(2000) < 0.2)
    served = RIGHT["temp"].copy()
    served[bad] = np.roll(served[bad], 1)
    feature = of(audited(LOG, {**RIGHT, "temp": served}), "temp")
    (cause,) = feature.causes
    assert cause.parameters == {"swapped": "rows", "lag": 1, "among": "failing"}
    assert "1 row before, among these rows alone" in message(feature)
    assert cause.share == pytest.approx(0.2, abs=0.03)


def test_noise_is_said_to_have_no_mechanism() -> None:
    rng = np.random.default_rng(5)
    strange = rng.uniform(-1, 4, 2000)
    feature = of(audited(LOG, {**RIGHT, "count": strange}), "count")
    assert feature.causes == ()
    assert "no known mechanism explains them" in message(feature)
    assert "do not follow the raw ones" in message(feature)
    near = RIGHT["temp"] + rng.normal(0, 0.01, 2000)
    text = message(of(audited(LOG, {**RIGHT, "temp": near}), "temp"))
    assert "no known mechanism explains them" in text
    assert "follow" not in text


@pytest.mark.parametrize("shift", [1, -1])
def test_codes_of_buckets_shifted(shift: int) -> None:
    edges = (5.0, 10.0, 15.0, 20.0, 30.0)
    rng = np.random.default_rng(6)
    train, log = rng.normal(14, 8, 8000), rng.normal(14, 8, 2000)
    parameters = fitted({"x": train}, x=(Buckets(edges),))
    served = np.searchsorted(edges, log, "right") + float(shift)
    for audit in (
        audited({"x": log}, {"x": served}, parameters),
        served_only({"x": served}, parameters),
    ):
        cause = first(audit, "x")
        assert cause.code == "encoding_changed"
        assert f"codes shifted by {shift:+d}" in sentence(cause)
        assert cause.parameters["mapping"]["2"] == 2.0 + shift
    assert causes(audited({"x": log}, {"x": served}, parameters), "x") == ["encoding_changed"]


@pytest.mark.parametrize("base", [2.0, 10.0])
def test_logarithm_of_one_more_to_another_base(base: float) -> None:
    served = (np.log1p(LOG["dist"]) / np.log(base) - LOG_MEAN) / LOG_STD
    cause = first(audited(LOG, {**RIGHT, "dist": served}), "dist")
    assert cause.code == "step_changed"
    assert cause.parameters == {"op": "log1p", "base": base}


@pytest.mark.parametrize("value", [0.0, -1.0, -9.0])
def test_nulls_filled_after_normalization(value: float) -> None:
    served = (LOG["gaps"] - MEAN["gaps"]) / STD["gaps"]
    served = np.where(np.isnan(served), value, served)
    cause = first(audited(LOG, {**RIGHT, "gaps": served}), "gaps")
    assert cause.code == "step_changed"
    assert cause.parameters == {"op": "impute", "value": value}
    assert f"nulls served as {value:g}" in sentence(cause)
    assert cause.share == pytest.approx(0.1, abs=0.03)


def test_another_range_of_min_max_scaling() -> None:
    train = LOG["ratio"]
    low, high = float(train.min()), float(train.max())
    served = (train - low) / (high - low) * 2 - 1
    parameters = fitted({"ratio": train}, ratio=(MinMax(low, high),))
    cause = first(audited({"ratio": train}, {"ratio": served}, parameters), "ratio")
    assert cause.code == "step_changed"
    assert cause.parameters == {"op": "minmax", "range": (-1.0, 1.0)}
    assert "-1 to 1" in sentence(cause)
    parameters = fitted({"ratio": train}, ratio=(ZScore(0.3, 0.2),))
    cause = first(audited({"ratio": train}, {"ratio": served}, parameters), "ratio")
    assert cause.code == "wrong_method"
    assert cause.parameters == {"op": "minmax", "range": (-1.0, 1.0)}
    assert "-1 .. 1" in sentence(cause)


@pytest.mark.parametrize("factor", [7.0, 12.0, 1 / 12, 1 / 16, 365.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_whole_factors_are_units(factor: float, dtype: type) -> None:
    served = ((LOG["fare"] * factor - MEAN["fare"]) / STD["fare"]).astype(dtype)
    cause = first(audited(LOG, {**RIGHT, "fare": served}), "fare")
    assert cause.code == "unit_change"
    assert cause.parameters == {"factor": pytest.approx(factor), "offset": 0.0}


@pytest.mark.parametrize(("mean", "std"), [(1.0, 2.0), (1.0, 1 / 3), (1.01, 0.5), (1.5, 1.5)])
def test_other_lines_are_no_units(mean: float, std: float) -> None:
    served = (LOG["fare"] - mean * MEAN["fare"]) / (std * STD["fare"])
    cause = first(audited(LOG, {**RIGHT, "fare": served}), "fare")
    assert cause.code == "wrong_parameters"
    used = {"mean": mean * MEAN["fare"], "std": std * STD["fare"]}
    assert cause.parameters == pytest.approx(used, rel=1e-9)


def test_the_opposite_sign_has_the_keys_of_the_step() -> None:
    served = -(LOG["fare"] - 31.0) / 22.0
    cause = first(audited(LOG, {**RIGHT, "fare": served}), "fare")
    assert cause.code == "wrong_parameters"
    assert cause.parameters == pytest.approx({"mean": 31.0, "std": -22.0}, rel=1e-9)
    assert "opposite sign" in sentence(cause)


def test_numbers_are_told_in_digits_that_differ() -> None:
    served = (LOG["fare"] - MEAN["fare"] * (1 + 3e-9)) / STD["fare"] / (1 + 2e-6)
    text = sentence(first(audited(LOG, {**RIGHT, "fare": served}), "fare"))
    used, training = (part.split("std ")[1].split(",")[0] for part in text.split(" where "))
    assert used != training


def test_the_other_ddof_of_many_rows_does_no_harm() -> None:
    rng = np.random.default_rng(7)
    for rows, verdict in ((30_000, "warn"), (5_000, "skew")):
        train = rng.normal(1, 2, rows)
        step = ZScore(float(train.mean()), float(train.std()))
        parameters = fitted({"x": train}, x=(step,))
        log = rng.normal(1, 2, 2000)
        served = (log - step.mean) / train.std(ddof=1)
        audit = audited({"x": log}, {"x": served}, parameters)
        assert first(audit, "x").code == "wrong_ddof"
        assert audit.verdict == verdict
        assert ("less than matters" in message(of(audit, "x"))) is (verdict == "warn")


def test_another_fill_value_matters_however_few_nulls_there_are() -> None:
    served = RIGHT["gaps"].copy()
    i = np.flatnonzero(np.isnan(LOG["gaps"]))
    served[i] = (50.0 - MEAN["gaps"]) / STD["gaps"]
    assert audited(LOG, {**RIGHT, "gaps": served}).verdict == "skew"
    assert known("gaps").features[0].steps == KNOWN.features[3].steps


@pytest.mark.parametrize("factor", [1.3, 1.7, 2.2])
def test_of_few_values_no_range_of_quartiles_is_recognised(factor: float) -> None:
    x = np.tile([1.0, 2.0, 3.0, 4.0], 1000)
    known = skewcheck.fit(pa.table({"x": x}))
    served = (x - x.mean()) / (x.std() * factor)
    audit = skewcheck.audit(known, pa.table({"x": x, "x_n": served}), served="{feature}_n")
    cause = audit.features[0].causes[0]
    assert (cause.code, cause.parameters["std"]) == (
        "wrong_parameters", pytest.approx(x.std() * factor)
    )  # fmt: skip
