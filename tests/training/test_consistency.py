"""Whether parameters and training data fit: faults written by hand, and right files beside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

import skewcheck
from skewcheck.catalogue.warnings import message
from skewcheck.features.steps import Impute, Log1p, MinMax, Robust, Step, Vocabulary, ZScore
from skewcheck.features.types import Feature, NumericReference, Parameters
from skewcheck.reports.words.notes import texts

ROWS = 2_000


def frame(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "age": rng.normal(40, 12, ROWS), "fare": rng.lognormal(2, 1.5, ROWS),
        "miles": rng.exponential(5, ROWS), "pay": rng.choice(["Cash", "Card"], ROWS),
        # One row makes nearly all of the variance, which a part of the rows has or has not.
        "ratio": np.append(rng.normal(0.01, 0.01, ROWS - 1), 1e4),
    })  # fmt: skip


def of(features: dict[str, tuple[Step, ...]]) -> Parameters:
    made = tuple(Feature(name, "numeric", steps) for name, steps in features.items())
    return Parameters(made, "sha256:0", path="hand")


def warned(parameters: Parameters, data: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    found = skewcheck.fit(data, parameters=parameters).warnings
    return {w.code: w.features for w in found}


def scaler(part: pd.DataFrame) -> dict[str, tuple[Step, ...]]:
    return {
        name: (
            ZScore(*(float(np.float32(x)) for x in (part[name].mean(), part[name].std(ddof=0)))),
        )
        for name in ("age", "fare", "miles", "ratio")
    }


@pytest.mark.parametrize("seed", range(20))
def test_scalers_of_a_part_of_the_rows_are_right(seed: int) -> None:
    data = frame(seed)
    part = data.sample(frac=(0.8, 0.7, 0.5)[seed % 3], random_state=seed)
    quartiles = part["miles"].quantile([0.25, 0.5, 0.75]).tolist()
    ends = (float(part["fare"].min()), float(part["fare"].max()))
    logged = np.log1p(part["fare"])
    assert warned(of(scaler(part)), data) == {}
    assert warned(of({
        "miles": (Robust(quartiles[1], quartiles[2] - quartiles[0]),),
        "fare": (MinMax(*ends),), "age": (Impute(40.0), ZScore(40.0, 12.0)),
    }), data) == {}  # fmt: skip
    assert warned(of({"fare": (Log1p(), ZScore(logged.mean(), logged.std()))}), data) == {}
    # The other way round: the whole was fitted, and a part of it is at hand.
    assert warned(of(scaler(data)), part) == {}


def test_parameters_of_other_data() -> None:
    data = frame()
    right = scaler(data)
    for wrong in (
        (ZScore(55.0, 12.0),), (ZScore(40.0, 1.2),), (MinMax(30.0, 50.0),), (Robust(52.0, 16.0),),
        (Impute(0.0), ZScore(60.0, 12.0)), (Log1p(), ZScore(40.0, 12.0)),
    ):  # fmt: skip
        assert warned(of({**right, "age": wrong}), data) == {"other_training_file": ("age",)}
    pay = Parameters((Feature("pay", "categorical", (Vocabulary(("cash", "card")),)),), "sha256:0")
    assert warned(pay, data) == {"other_training_file": ("pay",)}


def test_what_does_not_center_or_scale_claims_nothing() -> None:
    data = frame().drop(columns="ratio")
    steps = (ZScore(0.0, 12.0), ZScore(40.0, 1.0), Robust(0.0, 16.0))
    for step in steps:
        assert warned(of({"age": (step,)}), data) == {}


def test_arithmetic_claims_nothing() -> None:
    data = frame()
    celsius = of({"age": (Robust(32.0, 1.8),)})
    assert warned(celsius, data) == {"other_training_file": ("age",)}
    assert warned(replace(celsius, model={"format": "ONNX"}), data) == {}


def test_names_in_another_order() -> None:
    data = frame()
    right = scaler(data)
    wrong = {"age": right["fare"], "fare": right["miles"], "miles": right["age"]}
    assert warned(of(wrong), data) == {"order": ("age", "fare", "miles")}
    found = skewcheck.fit(data, parameters=of(wrong)).warnings[0]
    assert "age has the numbers of fare, fare has the numbers of miles" in message(found)
    # A single stranger is none of order.
    assert warned(of({**right, "age": right["miles"]}), data) == {"other_training_file": ("age",)}


def test_ddof() -> None:
    data = frame()[["age", "fare"]].round(2)
    both = {ddof: of({n: (ZScore(data[n].mean(), data[n].std(ddof=ddof)),) for n in data})
            for ddof in (0, 1)}  # fmt: skip
    assert warned(both[0], data) == {}
    assert warned(both[1], data) == {"ddof": ("age", "fare")}
    # Other rows cannot tell, and Spark's are right so.
    assert warned(both[1], data.iloc[:-1]) == {}
    spark = Parameters(both[1].features, "sha256:0", {"format": "Spark ML"})
    assert warned(spark, data) == {}


def test_stored_quantiles_that_the_data_denies(tmp_path: Path) -> None:
    data = frame()
    marks = {f"q{int(100 * q):02d}": data["age"].quantile(q) for q in (0.01, 0.1, 0.5, 0.9, 0.99)}
    told = {"mean": data["age"].mean(), "std": data["age"].std(ddof=0), "min": data["age"].min(),
            "max": data["age"].max(), **marks, "count": ROWS}  # fmt: skip
    (tmp_path / "right.json").write_text(json.dumps({"age": told}))
    known = skewcheck.load(tmp_path / "right.json")
    assert isinstance(known["age"].reference, NumericReference)
    assert known["age"].reference.quantiles[0.5] == pytest.approx(marks["q50"])
    assert warned(known, data) == {}
    # Averages of the quantiles of two halves, as of two episodes
    halves = np.split(np.sort(data["age"].to_numpy()), 2)
    told["q90"] = float(np.mean([np.quantile(half, 0.9) for half in halves]))
    (tmp_path / "wrong.json").write_text(json.dumps({"age": told}))
    assert warned(skewcheck.load(tmp_path / "wrong.json"), data) == {"quantiles": ("age",)}


def test_an_audit_tells_them_among_its_notes() -> None:
    data = frame()
    wrong = of({"age": (ZScore(55.0, 12.0),)})
    found = skewcheck.audit(wrong, data, reference=data)
    assert [w.code for w in found.warnings] == ["other_training_file"]
    assert texts(found.notes)[0].startswith(
        "other_training_file: age: mean 55, in the training data 39.7"
    )
    assert found.verdict.value == "ok"


def test_too_few_rows_deny_nothing() -> None:
    data = frame().iloc[:15]
    assert warned(of({"age": (ZScore(900.0, 1.5),)}), data) == {}


def test_the_mean_of_codes_is_no_sign_of_other_data() -> None:
    random = np.random.default_rng(5)
    levels = np.array([10.0, 25.0, 400.0, 1000.0])
    codes = random.integers(0, 4, 500)
    frame = pd.DataFrame({"zip": levels[codes]})
    of_codes = StandardScaler().fit(codes[:, None].astype(float))
    known = skewcheck.capture(of_codes, frame, names=["zip"])
    assert [w.code for w in known.warnings] == []
    other = StandardScaler().fit(codes[:, None] * 3.0 + 70)
    contradicted = skewcheck.capture(other, frame, names=["zip"])
    assert [w.code for w in contradicted.warnings] == ["other_training_file"]
