"""How surely logs with one side are judged: whole steps, opposite signs, near factors, types."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from servers import KNOWN, MEAN, STD, causes, first, known, of, right, served_only, world

import skewcheck
from skewcheck.reports.words.causes import sentence

LOG = world(4000, 51)
RIGHT = right(LOG)


def test_whole_steps_that_only_distributions_tell_are_said_to_be_so() -> None:
    std = 1.25 * STD["fare"]
    mean = MEAN["fare"] + 0.5 * STD["fare"]
    cause = first(served_only({**RIGHT, "fare": (LOG["fare"] - mean) / std}), "fare")
    recovered = {k: float(str(v)) for k, v in cause.parameters.items()}
    assert recovered["std"] == pytest.approx(std, rel=1e-9)
    assert recovered["mean_modulo"] == pytest.approx(0.01)
    assert 0.3 < recovered["mean_within"] < 0.2 * std
    assert abs(recovered["mean"] - mean) < recovered["mean_within"]
    assert (recovered["mean"] - mean) / 0.01 == pytest.approx(
        round((recovered["mean"] - mean) / 0.01), abs=1e-3
    )
    assert "within" in sentence(cause)
    assert cause.confidence == 0.99


def test_only_the_scale_is_wrong_where_trainings_offset_may_be_right() -> None:
    for name in ("fare", "quarter"):
        served = (LOG[name] - MEAN[name]) / (1.1 * STD[name])
        recovered = first(served_only({**RIGHT, name: served}), name).parameters
        assert recovered["mean"] == pytest.approx(MEAN[name], abs=1e-6 * STD[name])
        assert recovered["std"] == pytest.approx(1.1 * STD[name], rel=1e-6)


def test_the_margin_holds() -> None:
    for seed in range(20):
        log = world(800, 100 + seed)
        mean, std = MEAN["count"] + 0.7 * STD["count"], 1.2 * STD["count"]
        audit = served_only({"count": (log["count"] - mean) / std}, known("count"))
        recovered = first(audit, "count").parameters
        within = float(str(recovered.get("mean_within", 0.0)))
        assert abs(float(str(recovered["mean"])) - mean) <= within + 1e-6


@pytest.mark.parametrize("name", ["fare", "ratio"])
def test_the_opposite_sign_of_what_is_served(name: str) -> None:
    cause = first(served_only({**RIGHT, name: -RIGHT[name]}), name)
    assert (cause.code, cause.parameters) == ("unit_change", {"factor": -1.0})
    assert cause.confidence >= 0.9


def test_symmetric_values_turned_round_list_both() -> None:
    audit = served_only({**RIGHT, "quarter": -RIGHT["quarter"]})
    assert causes(audit, "quarter") == ["unit_change", "wrong_parameters"]


def test_growth_by_nearly_a_known_factor_is_no_surer_than_drift() -> None:
    for factor in (1.6, 1.65):
        audit = skewcheck.audit(known("fare"), pa.table({"fare": LOG["fare"] * factor}))
        confidences = {c.code: c.confidence for c in of(audit, "fare").causes}
        assert confidences == {"unit_change": 0.5, "drift": 0.5}


def test_two_factors_that_fit_are_both_listed() -> None:
    audit = skewcheck.audit(known("dist"), pa.table({"dist": LOG["dist"][:1500] * 60}))
    first_one, second, rest = of(audit, "dist").causes
    assert first_one.parameters["factor"] == 60.0
    assert second.parameters["factor"] == pytest.approx(180 / np.pi)
    assert (first_one.confidence, rest.code) == (0.5, "drift")


def test_a_hundredfold_fare_is_likely_in_another_unit() -> None:
    for seed in range(10):
        fare = world(2000, 60 + seed)["fare"]
        audit = served_only({"fare": (100 * fare - MEAN["fare"]) / STD["fare"]}, known("fare"))
        cause = first(audit, "fare")
        assert (cause.code, cause.parameters["factor"]) == ("unit_change", 100.0)
        assert cause.confidence >= 0.9


@pytest.mark.parametrize("name", ["count", "quarter"])
def test_values_between_the_grid_are_not_rounded(name: str) -> None:
    bad = np.random.default_rng(8).random(4000) < 0.1
    for std in (1.0, 0.9999):
        wrong = (LOG[name] - MEAN[name] - 0.3 * STD[name]) / (std * STD[name])
        audit = served_only({**RIGHT, name: np.where(bad, wrong, RIGHT[name])}, KNOWN)
        assert "precision_loss" not in causes(audit, name)
