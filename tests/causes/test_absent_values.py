"""Nulls, infinities and binarized values: what is said of them, and what is not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from servers import Array

import skewcheck
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.causes import sentence

ROWS = 3000
RNG = np.random.default_rng(3)
RAW = RNG.normal(50, 10, ROWS)
SOME = RNG.random(ROWS) < 0.1


def known(mean: float, std: float) -> Parameters:
    given = Parameters((Feature("x", "numeric", (ZScore(mean, std),)),), "sha256:0")
    train = np.random.default_rng(1).normal(mean, std, 5000)
    return skewcheck.fit(pd.DataFrame({"x": train}), parameters=given)


@pytest.mark.parametrize(("value", "word"), [(np.nan, "null"), (np.inf, "infinity")])
@pytest.mark.parametrize("rows", [SOME, np.ones(ROWS, bool)])
def test_served_beside_raw_numbers(value: float, word: str, rows: Array) -> None:
    served = np.where(rows, value, (RAW - 50) / 10)
    log = pd.DataFrame({"x": RAW, "x_n": served})
    feature = skewcheck.audit(known(50, 10), log, served="{feature}_n").features[0]
    (cause,) = feature.causes
    assert (cause.code, cause.share) == ("stuck_value", pytest.approx(rows.mean()))
    assert sentence(cause).endswith(f"served as {word}")
    assert feature.unexplained == 0


def test_beside_another_fault_only_their_rows_count() -> None:
    served = (RAW - 50) / 12.5
    served[SOME] = np.nan
    log = pd.DataFrame({"x": RAW, "x_n": served})
    feature = skewcheck.audit(known(50, 10), log, served="{feature}_n").features[0]
    shares = {cause.code: cause.share for cause in feature.causes}
    assert shares["stuck_value"] == pytest.approx(SOME.mean(), abs=0.03)
    assert shares["wrong_parameters"] == pytest.approx(1 - SOME.mean(), abs=0.03)


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (50.0, 10.0)])
def test_infinities_among_right_values_are_no_normalization(
    mean: float, std: float, *, served: bool
) -> None:
    values = np.where(SOME, np.inf, RAW if mean else (RAW - 50) / 10)
    if served:
        values = (values - mean) / std
    log = pd.DataFrame({"x": values})
    audit = skewcheck.audit(known(mean, std), log, served="{feature}" if served else "none")
    assert not any(cause.code != "drift" for cause in audit.features[0].causes)
    assert {t.name: t.verdict.value for t in audit.features[0].tests}["nonfinite"] != "ok"


def test_binarized_values_are_no_min_max_normalization() -> None:
    log = pd.DataFrame({"x": (RAW > 50).astype(float)})
    audit = skewcheck.audit(known(50, 10), log, served="{feature}")
    assert {cause.code for cause in audit.features[0].causes} == {"drift"}
    scaled = pd.DataFrame({"x": (RAW - RAW.min()) / (RAW.max() - RAW.min())})
    (cause,) = skewcheck.audit(known(50, 10), scaled, served="{feature}").features[0].causes
    assert (cause.code, cause.parameters) == ("wrong_method", {"op": "minmax"})
