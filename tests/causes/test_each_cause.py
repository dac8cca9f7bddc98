"""Each cause, in each mode in which it shows: the code, its numbers, its share, its confidence."""

from __future__ import annotations

import numpy as np
import pytest
from faults import FAULTS, Fault
from servers import (
    MEAN,
    STD,
    audited,
    causes,
    first,
    mechanical,
    of,
    right,
    served_only,
    world,
)

from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message

LOG = world(2000, 2)
RIGHT = right(LOG)
PAIRED = [name for name, fault in FAULTS.items() if "paired" in fault.modes]
WHOLE = {"recomputed_parameters"}
"""Causes that no part of the rows can show."""


def assert_parameters(recovered: object, fault: Fault, rel: float) -> None:
    assert isinstance(recovered, dict)
    assert recovered.items() >= {k: recovered.get(k) for k in fault.parameters}.items()
    for key, value in fault.parameters.items():
        if isinstance(value, float):
            assert recovered[key] == pytest.approx(value, rel=rel), key
        else:
            assert recovered[key] == value, key


@pytest.mark.parametrize("name", PAIRED)
def test_paired(name: str) -> None:
    fault = FAULTS[name]
    served = fault.serve(LOG)
    audit = audited(LOG, {**RIGHT, fault.feature: served})
    cause = first(audit, fault.feature)
    assert cause.code == fault.code
    assert_parameters(dict(cause.parameters), fault, 1e-9)
    wrong = np.abs(served - RIGHT[fault.feature]) > 1e-6
    assert cause.share == pytest.approx(wrong.mean(), abs=0.03)
    assert cause.confidence > 0.9
    assert (audit.verdict, audit.exit_code) == ("skew", 1)
    assert message(of(audit, fault.feature)).startswith(sentence(cause))
    assert mechanical(audit, 0).keys() == {fault.feature}


@pytest.mark.parametrize("name", [n for n in PAIRED if FAULTS[n].code not in WHOLE])
def test_a_tenth_of_the_rows_in_float32(name: str) -> None:
    fault = FAULTS[name]
    bad = np.random.default_rng(3).random(2000) < 0.1
    good = right(LOG, np.float32)
    wrong = np.where(bad, fault.serve(LOG).astype(np.float32), good[fault.feature])
    cause = first(audited(LOG, {**good, fault.feature: wrong}), fault.feature)
    assert cause.code == fault.code
    assert_parameters(dict(cause.parameters), fault, 1e-5)
    assert cause.share < 0.13


@pytest.mark.parametrize("name", [n for n, f in FAULTS.items() if "served" in f.modes])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_served_only(name: str, dtype: type) -> None:
    fault = FAULTS[name]
    log = world(5000, 7)
    served = {**right(log), fault.feature: fault.serve(log)}
    audit = served_only({k: v.astype(dtype) for k, v in served.items()})
    cause = first(audit, fault.feature)
    assert cause.code == fault.code
    assert_parameters(dict(cause.parameters), fault, 1e-5)
    # Sure only where the fault moves the distribution far, or a grid betrays it.
    assert cause.confidence >= 0.5
    assert cause.share > 0.99
    assert mechanical(audit).keys() <= {fault.feature}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_wrong_parameters_served_only_by_the_grid(dtype: type) -> None:
    for name, step in (("count", 1.0), ("fare", 0.01), ("quarter", 0.25)):
        mean, std = MEAN[name] + 0.3 * STD[name], 1.25 * STD[name]
        served = ((LOG[name] - mean) / std).astype(dtype)
        cause = first(served_only({**RIGHT, name: served}), name)
        assert cause.code == "wrong_parameters"
        assert cause.parameters["std"] == pytest.approx(std, rel=1e-6)
        # Whole steps of the offset are known from the medians only.
        steps = (float(str(cause.parameters["mean"])) - mean) / step
        assert steps == pytest.approx(round(steps), abs=0.02)
        assert abs(steps * step) < 0.15 * std
        assert "whole steps" in sentence(cause)


def test_without_a_grid_a_line_is_no_more_likely_than_drift() -> None:
    served = (LOG["temp"] - MEAN["temp"] - 0.3 * STD["temp"]) / (1.25 * STD["temp"])
    audit = served_only({**RIGHT, "temp": served})
    assert causes(audit, "temp") == ["wrong_parameters", "drift"]
    line, drift = of(audit, "temp").causes
    assert line.confidence == drift.confidence == 0.5
    assert line.parameters["mean"] == pytest.approx(MEAN["temp"] + 0.3 * STD["temp"], abs=1)
    assert line.parameters["std"] == pytest.approx(1.25 * STD["temp"], rel=0.1)
    assert "may have been" in sentence(line)
