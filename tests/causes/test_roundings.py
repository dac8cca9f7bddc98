"""Roundings, eight bits, bucket edges, zeros and signs: all rows or none, and never too sure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from servers import MEAN, STD, Array, audited, causes, first, of, right, served_only, world

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import Buckets, ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence

LOG = world(2000, 61)
RIGHT = right(LOG)
RANDOM = np.random.default_rng(62)
TENTH = RANDOM.random(2000) < 0.1


def _known(train: Array, *steps: Buckets | ZScore) -> Parameters:
    features = (Feature("x", "numeric", steps),)
    return skewcheck.fit(pa.table({"x": train}), parameters=Parameters(features, "sha256:0"))


def _audit(parameters: Parameters, **columns: Array) -> Audit:
    served = "{feature}_s" if "x_s" in columns else None
    return skewcheck.audit(parameters, pa.table(columns), raw="{feature}", served=served)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values_near_a_tie_are_rounded_as_all_others(dtype: type) -> None:
    train, x = RANDOM.normal(-87.6, 0.06, 8000), RANDOM.normal(-87.6, 0.06, 2000)
    parameters = _known(train, ZScore(float(train.mean()), float(train.std())))
    z = (x.astype(dtype) - dtype(train.mean())) / dtype(train.std())
    feature = _audit(parameters, x=x, x_s=np.round(z, 2)).features[0]
    assert [(c.code, c.parameters) for c in feature.causes] == [("precision_loss", {"decimals": 2})]
    assert feature.parity is not None
    share = feature.parity.mismatched / feature.parity.rows
    assert feature.causes[0].share == pytest.approx(share)


@pytest.mark.parametrize("scale", [0.05, 1 / 16, 0.0271828])
def test_eight_bits_are_told_with_their_scale(scale: float) -> None:
    served = np.clip(np.round(RIGHT["temp"] / scale), -128, 127) * scale
    for audit in (audited(LOG, {**RIGHT, "temp": served}), served_only({**RIGHT, "temp": served})):
        cause, *others = of(audit, "temp").causes
        assert (cause.code, others) == ("precision_loss", [])
        assert cause.parameters == {"dtype": "int8", "scale": pytest.approx(scale, rel=1e-9)}


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_eight_bits_of_fewer_integers_than_levels(share: float) -> None:
    ages, train = (RANDOM.integers(18, 90, n).astype(float) for n in (2000, 8000))
    parameters = _known(train, ZScore(float(train.mean()), float(train.std())))
    z = (ages - train.mean()) / train.std()
    scale = np.abs(z).max() / 127
    z = np.where(np.arange(2000) < share * 2000, np.round(z / scale) * scale, z)
    (cause,) = _audit(parameters, x=ages, x_s=z).features[0].causes
    assert cause.parameters == {"dtype": "int8", "scale": pytest.approx(scale, rel=1e-9)}


@pytest.mark.parametrize("rounded", [np.round, np.trunc, np.floor])
@pytest.mark.parametrize("cents", [False, True])
def test_few_served_values_tell_no_scale(rounded: Callable[[Array], Array], cents: bool) -> None:
    log, train = (
        np.round(RANDOM.lognormal(2, 0.6, n), 2)
        if cents
        else RANDOM.integers(18, 90, n).astype(float)
        for n in (3000, 20000)
    )
    parameters = _known(train, ZScore(float(train.mean()), float(train.std())))
    z = rounded((log - train.mean()) / train.std())
    audit = skewcheck.audit(parameters, pa.table({"x": z}), served="{feature}")
    codes = [cause.code for cause in audit.features[0].causes]
    assert codes
    assert set(codes) <= {"precision_loss", "drift"}


def test_bare_eight_bits_bound_their_scale() -> None:
    served = np.clip(np.round(RIGHT["temp"] / 0.031), -128, 127)
    cause = first(audited(LOG, {**RIGHT, "temp": served}), "temp")
    assert cause.code == "precision_loss"
    assert cause.parameters["dtype"] == "int8"
    assert cause.parameters["scale"] == pytest.approx(0.031, rel=1e-3)


def test_eight_bits_of_a_tenth_of_the_rows_are_no_decimals() -> None:
    served = np.where(TENTH, np.round(RIGHT["temp"] / 0.05) * 0.05, RIGHT["temp"])
    cause, *others = of(audited(LOG, {**RIGHT, "temp": served}), "temp").causes
    assert (cause.parameters.get("dtype"), others) == ("int8", [])


def test_a_raw_grid_is_no_quantization() -> None:
    # Whole numbers around a whole mean: all served values are multiples of 1 / std.
    count = RANDOM.poisson(20, 8000).astype(float)
    parameters = _known(count, ZScore(float(count.mean()), float(count.std())))
    served = (count[:2000] - 20) / (1.1 * count.std())
    assert _audit(parameters, x_s=served).features[0].causes[0].code == "wrong_parameters"
    paired = _audit(parameters, x=count[:2000], x_s=served).features[0].causes
    assert [c.code for c in paired] == ["wrong_parameters"]


def test_a_rounding_explains_nearly_all_rows_or_those_of_one_host() -> None:
    # Thirds are no rounding, but a tenth of them has one decimal.
    thirds = np.round(RIGHT["temp"] * 300) / 300
    unknown = np.where(RANDOM.random(2000) < 0.7, thirds + 0.2 * RIGHT["temp"] ** 2, thirds)
    assert "precision_loss" not in causes(audited(LOG, {**RIGHT, "temp": unknown}), "temp")
    # One host rounds, the others square: its rows are told apart by it.
    host = np.arange(2000) % 5 == 0
    served = np.where(host, np.round(RIGHT["temp"], 1), RIGHT["temp"] ** 3 + 0.1 * LOG["dist"])
    hosts = pa.array(np.where(host, "a", "b"))
    parameters = _known(world(8000, 1)["temp"], ZScore(MEAN["temp"], STD["temp"]))
    table = {"x": LOG["temp"], "x_s": served, "host": hosts}
    audit = skewcheck.audit(parameters, pa.table(table), raw="{feature}", served="{feature}_s")
    cause = audit.features[0].causes[0]
    assert (cause.code, cause.parameters) == ("precision_loss", {"decimals": 1})
    assert "1 decimal" in sentence(cause)
    assert "1 decimals" not in sentence(cause)


AGE = RANDOM.integers(18, 80, 10_000).astype(float)
EDGES = (25.0, 35.0, 45.0, 60.0)


@pytest.mark.parametrize(
    "edges", [(20, 35, 45, 60), (30, 35, 45, 60), (25, 35, 50, 60), (25, 32, 45, 65)]
)
@pytest.mark.parametrize("jitter", [0.0, 0.999])
def test_other_edges_of_buckets_are_recovered(edges: tuple[int, ...], jitter: float) -> None:
    age = AGE + jitter * np.random.default_rng(3).random(len(AGE))
    parameters = _known(age[2000:], Buckets(EDGES))
    cause, *others = (
        _audit(parameters, x=age[:2000], x_s=np.digitize(age[:2000], edges)).features[0].causes
    )
    assert (cause.code, others) == ("step_changed", [])
    assert cause.parameters == {"op": "buckets", "edges": list(edges)}


def test_a_code_that_training_never_gives_is_no_stuck_value() -> None:
    parameters, codes = _known(AGE[2000:], Buckets(EDGES)), np.digitize(AGE[:2000], EDGES)
    cause, *others = _audit(parameters, x_s=codes + 1).features[0].causes
    assert (cause.code, others) == ("encoding_changed", [])
    causes_of_codes = _audit(parameters, x_s=np.where(TENTH, codes + 1, codes)).features[0].causes
    assert "precision_loss" not in [c.code for c in causes_of_codes]
    # The same value for all is stuck, whatever it is.
    stuck = (
        _audit(parameters, x_s=np.where(RANDOM.random(2000) < 0.95, 9, codes)).features[0].causes
    )
    assert stuck[0].code == "stuck_value"


def test_one_value_for_a_fifth_of_the_rows_is_no_clip() -> None:
    served = np.where(RANDOM.random(2000) < 0.2, 1234.5678, RIGHT["temp"])
    cause, *others = of(audited(LOG, {**RIGHT, "temp": served}), "temp").causes
    assert (cause.code, cause.confidence, others) == ("stuck_value", 0.99, [])


def _raw(name: str, values: Array) -> list[tuple[str, float]]:
    parameters = _known(world(8000, 1)[name], ZScore(MEAN[name], STD[name]))
    raw_causes = _audit(parameters, x=values).features[0].causes
    return [(c.code, c.confidence) for c in raw_causes]


def test_what_the_world_does_too_is_told_beside_drift() -> None:
    zeros = np.where(RANDOM.random(2000) < 0.4, 0.0, LOG["dist"])
    assert _raw("dist", zeros) == [("stuck_value", 0.5), ("drift", 0.5)]
    assert _raw("dist", 9.7 * LOG["dist"]) == [("unit_change", 0.5), ("drift", 0.5)]
    winter = RANDOM.normal(-15, 8, 2000)
    assert all(sure <= 0.5 or code == "drift" for code, sure in _raw("temp", winter))


def test_what_no_world_does_is_told_as_likely() -> None:
    assert _raw("fare", -LOG["fare"])[0] == ("unit_change", 0.9)
    # Whole numbers times 60 are multiples of it.
    assert _raw("count", 60 * LOG["count"])[0] == ("unit_change", 0.99)


def test_two_units_of_a_tenth_of_the_rows_share_the_confidence() -> None:
    units = _raw("dist", np.where(TENTH, 60 * LOG["dist"], LOG["dist"]))
    assert units[0][0] == "unit_change"
    assert max(sure for _, sure in units) <= 0.6
