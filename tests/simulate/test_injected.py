"""`inject` writes what a faulty server serves; every formula here is written by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from injections import AGE, COUNT, FARE, KNOWN, LOG, ROWS, SPEED, TRAIN, Inject, Z, injector
from numpy.typing import NDArray

import skewcheck
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.text.errors import UsageError

Floats = NDArray[np.float64]


@pytest.fixture
def inject(tmp_path: Path) -> Inject:
    """Inject into LOG, and read what was written."""
    return injector(tmp_path)


def fares(x: Floats, *, fill: float = 7.0, top: float = 40.0) -> Floats:
    return (np.log1p(np.minimum(np.where(np.isnan(x), fill, x), top)) - 2.2) / 0.6


IQR = float(np.subtract(*np.quantile(TRAIN["count"], [0.75, 0.25])))


@pytest.mark.parametrize(
    ("fault", "feature", "numbers", "expected"),
    [
        ("not_normalized", "age", {}, AGE),
        ("normalized_twice", "age", {}, (Z - 40) / 12),
        ("wrong_parameters", "age", {}, (AGE - (40 + 0.3 * 12)) / (12 * 1.25)),
        ("wrong_parameters", "age", {"std": 12.9}, (AGE - 40) / 12.9),
        ("wrong_parameters", "count", {"min": 1, "max": 9}, (COUNT - 1) / 8),
        (
            "wrong_parameters", "count", {},
            (COUNT - 0.3 * float(TRAIN["count"].std(ddof=0))) / 25,
        ),
        ("recomputed_parameters", "age", {}, (AGE - AGE.mean()) / AGE.std()),
        ("recomputed_parameters", "count", {}, (COUNT - COUNT.min()) / np.ptp(COUNT)),
        ("wrong_method", "count", {"op": "robust"},
         (COUNT - float(TRAIN["count"].median())) / IQR),
        ("step_missing", "fare", {}, (np.minimum(np.nan_to_num(FARE, nan=7), 40) - 2.2) / 0.6),
        ("step_missing", "fare", {"op": "clip"}, fares(FARE, top=np.inf)),
        ("step_changed", "fare", {"op": "impute", "value": -0.5}, fares(FARE, fill=-0.5)),
        ("step_changed", "fare", {"max": 11}, fares(FARE, top=11.0)),
        ("step_changed", "fare", {"base": 10},
         (np.log10(np.minimum(np.nan_to_num(FARE, nan=7), 40)) - 2.2) / 0.6),
        ("unit_change", "age", {}, (100 * AGE - 40) / 12),
        ("unit_change", "age", {"factor": 1.8, "offset": 32}, (1.8 * AGE + 32 - 40) / 12),
        ("unit_change", "age", {"offset": 273.15}, (AGE + 273.15 - 40) / 12),
        ("precision_loss", "age", {}, np.round(Z, 2)),
        ("precision_loss", "age", {"dtype": "float16"}, Z.astype(np.float16).astype(float)),
        ("stuck_value", "age", {}, np.full(ROWS, Z[0])),
        ("stuck_value", "age", {"value": -3.5}, np.full(ROWS, -3.5)),
        ("encoding_changed", "pay", {}, LOG["pay"].map({"Cash": 1, "Card": 2, "App": 3})),
        ("encoding_changed", "pay", {"order": "alphabetical"},
         LOG["pay"].map({"App": 0, "Card": 1, "Cash": 2})),
        ("stuck_value", "pay", {"value": 1}, np.ones(ROWS)),
    ],
)  # fmt: skip
def test_the_formula(
    inject: Inject, fault: str, feature: str, numbers: dict[str, object], expected: Floats
) -> None:
    with np.errstate(divide="ignore"):
        injected, output = inject(fault, feature=feature, numbers=numbers)
    assert (injected.rows, injected.affected, injected.features) == (ROWS, ROWS, (feature,))
    np.testing.assert_allclose(output[f"{feature}_norm"], expected, rtol=1e-9, atol=1e-9)
    right = KNOWN.transform(LOG, served="{feature}_norm")
    others = [f"{f.name}_norm" for f in KNOWN.features if f.name not in (feature, "way")]
    pd.testing.assert_frame_equal(output[others], right[others], check_dtype=False)
    pd.testing.assert_frame_equal(output[list(LOG)], LOG, check_dtype=False, check_exact=True)


def test_the_other_ddof(tmp_path: Path) -> None:
    parameters = skewcheck.fit(TRAIN[["age"]])
    skewcheck.inject("wrong_ddof", parameters, LOG, tmp_path / "out.parquet")
    output = pq.read_table(tmp_path / "out.parquet").to_pandas()
    x = TRAIN["age"]
    np.testing.assert_allclose(output["age_norm"], (AGE - x.mean()) / x.std(ddof=1), atol=1e-12)
    assert not np.allclose(output["age_norm"], (AGE - x.mean()) / x.std(ddof=0), atol=1e-8)


def test_swapped_values_and_parameters(inject: Inject) -> None:
    _, output = inject("swapped_features", feature=["age", "speed"])
    np.testing.assert_allclose(output["age_norm"], (SPEED - 40) / 12)
    np.testing.assert_allclose(output["speed_norm"], (AGE - 30) / 12)
    both = {"swapped": "parameters"}
    _, output = inject("swapped_features", feature=["age", "count"], numbers=both)
    np.testing.assert_allclose(output["age_norm"], AGE / 20)
    np.testing.assert_allclose(output["count_norm"], (COUNT - 40) / 12)


def test_the_first_two_numbers_are_swapped_unless_others_are_named(inject: Inject) -> None:
    injected, output = inject("swapped_features")
    assert len(injected.features) == 2
    named, same = inject("swapped_features", feature=list(injected.features))
    assert named.features == injected.features
    pd.testing.assert_frame_equal(output, same)


def test_the_parameters_of_an_older_file(inject: Inject, tmp_path: Path) -> None:
    old = Parameters((Feature("age", "numeric", (ZScore(38.0, 11.0),)),), "")
    skewcheck.save(old, tmp_path / "old.json")
    injected, output = inject("stale_parameters", history=[str(tmp_path / "old.json")])
    assert injected.features == ("age",)
    np.testing.assert_allclose(output["age_norm"], (AGE - 38) / 11)
    with pytest.raises(UsageError, match=r"stale_parameters needs history=... with"):
        inject("stale_parameters")


def test_parameters_of_each_file(inject: Inject, tmp_path: Path) -> None:
    LOG[:1000].to_parquet(tmp_path / "a.parquet")
    LOG[1000:].to_parquet(tmp_path / "b.parquet")
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    _, output = inject("recomputed_parameters", files, feature="age", by_file=True)
    for part in (slice(1000), slice(1000, None)):
        x = AGE[part]
        np.testing.assert_allclose(output["age_norm"][part], (x - x.mean()) / x.std(), atol=1e-12)


def test_only_affected_rows_are_recomputed_from(inject: Inject) -> None:
    _, output = inject("recomputed_parameters", feature="age", where={"host": "web-7"})
    web = (LOG["host"] == "web-7").to_numpy()
    x = AGE[web]
    np.testing.assert_allclose(output["age_norm"][web], (x - x.mean()) / x.std(), atol=1e-12)
    np.testing.assert_array_equal(output["age_norm"][~web], Z[~web])


def test_onehot_codes_and_their_names(inject: Inject) -> None:
    _, output = inject("encoding_changed", feature="way")
    for served, raw in (("a", "b"), ("c", "a"), ("b", "c")):
        assert (output[f"way_{served}_norm"] == (LOG["way"] == raw)).all()


def test_renamed_categories_change_the_raw_column(inject: Inject) -> None:
    _, output = inject("category_renamed", feature="pay", where={"host": "web-7"})
    web = LOG["host"] == "web-7"
    assert output["pay"].tolist() == LOG["pay"].where(~web, LOG["pay"].str.upper()).tolist()
    assert (output["pay_norm"][web] == -1).all()
    assert (output["pay_norm"][~web] >= 0).all()
    _, output = inject("category_renamed", feature="pay", numbers={"prefix": "x_"})
    assert output["pay"].tolist() == ("x_" + LOG["pay"]).tolist()


def test_names_that_are_upper_case_already_are_spelled_in_lower_case(tmp_path: Path) -> None:
    zone = pd.DataFrame({"zone": ["Z1", "Z2", "Z2"] * 100})
    parameters = skewcheck.fit(zone)
    skewcheck.inject("category_renamed", parameters, zone, tmp_path / "out.parquet")
    output = pq.read_table(tmp_path / "out.parquet").to_pandas()
    assert output["zone"].tolist() == zone["zone"].str.lower().tolist()


def test_a_fault_that_changes_nothing_says_so(tmp_path: Path) -> None:
    steps = (ZScore(0.0, 10.0),)  # whole numbers become tenths
    parameters = Parameters(
        (Feature("count", "numeric", steps), Feature("age", "numeric", steps)), ""
    )
    target = LOG[["count", "age"]]
    injected = skewcheck.inject("precision_loss", parameters, target, tmp_path / "out.parquet")
    assert texts(injected.notes) == ("no value of count changes: nothing is there to be found",)


def test_drift_moves_raw_values_on_their_grid(inject: Inject) -> None:
    _, output = inject("drift")
    np.testing.assert_allclose(output["age"], AGE + 0.5 * TRAIN["age"].std(ddof=0))
    np.testing.assert_allclose(output["age_norm"], (output["age"] - 40) / 12)
    shift = round(0.5 * float(TRAIN["count"].std(ddof=0)))
    assert output["count"].dtype == np.int64
    assert (output["count"] - LOG["count"] == shift).all()
    cents = output["fare"].dropna()
    assert (cents == cents.round(2)).all()
    assert output["fare"].isna().tolist() == LOG["fare"].isna().tolist()


def test_a_drift_that_leaves_the_whole_numbers(inject: Inject) -> None:
    _, output = inject("drift", feature="count", numbers={"shift": 1e30})
    np.testing.assert_allclose(output["count"], 1e30 * TRAIN["count"].std(ddof=0))
