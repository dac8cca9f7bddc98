"""Nulls filled otherwise, where served values alone are logged; servers are written in NumPy."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.features.steps import Impute, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.results.causes import Cause

RNG = np.random.default_rng(8)


def draw(rows: int, nulls: float) -> np.ndarray:
    return np.where(RNG.random(rows) < nulls, np.nan, RNG.normal(5, 2, rows))


TRAIN = draw(8000, 0.12)
MEDIAN = float(np.nanmedian(TRAIN))


def known() -> Parameters:
    feature = Feature("x", "numeric", (Impute(MEDIAN), ZScore(5.0, 2.0)))
    return skewcheck.fit(pa.table({"x": TRAIN}), parameters=Parameters((feature,), "sha256:0"))


def causes_of(served: np.ndarray) -> tuple[Cause, ...]:
    audit = skewcheck.audit(known(), pa.table({"x": served.astype(np.float32)}), served="{feature}",
                            raw="raw_{feature}")  # fmt: skip
    return audit.features[0].causes


@pytest.mark.parametrize(("fill", "variant", "value"), [
    (lambda x: np.where(np.isnan(x), 0.0, (x - 5) / 2), "filled_after", 0.0),
    (lambda x: (np.where(np.isnan(x), -1.0, x) - 5) / 2, "filled", -1.0),
    (lambda x: (np.where(np.isnan(x), 9.5, x) - 5) / 2, "filled", 9.5),
])  # fmt: skip
def test_a_new_value_in_place_of_the_fill(fill: object, variant: str, value: float) -> None:
    assert callable(fill)
    cause = causes_of(fill(draw(3000, 0.12)))[0]
    assert (cause.code, cause.variant) == ("step_changed", variant)
    assert cause.parameters == {"op": "impute", "value": pytest.approx(value, abs=1e-6)}
    assert cause.confidence == 0.9


def test_a_new_value_beside_the_fill_is_none() -> None:
    """A sensor that sticks in as many rows as nulls leaves the fill where it was."""
    x = draw(3000, 0.12)
    served = (np.where(np.isnan(x), MEDIAN, x) - 5) / 2
    served = np.where(RNG.random(3000) < 0.12, 1.25, served)
    assert "step_changed" not in {cause.code for cause in causes_of(served)}


def test_fewer_nulls_are_no_other_fill() -> None:
    x = draw(3000, 0.0)
    assert not [cause for cause in causes_of((x - 5) / 2) if cause.code == "step_changed"]
