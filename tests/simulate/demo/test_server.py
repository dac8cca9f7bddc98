"""The hand-written server against plain formulas, and its faults against what they may touch."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skewcheck.simulate.demo.ride_data import (
    CATEGORICAL_FEATURES,
    NUMERIC_FEATURES,
    Columns,
    ParametersDict,
    StepDict,
    rides,
    training_parameters,
)
from skewcheck.simulate.demo.server import SERVER_FAULTS, ServerFault, serve


@pytest.fixture(scope="module")
def parameters() -> ParametersDict:
    return training_parameters(rides(4_000, seed=21))


@pytest.fixture(scope="module")
def log() -> Columns:
    return rides(20_000, seed=22)


def last(parameters: ParametersDict, name: str) -> StepDict:
    return parameters["features"][name]["steps"][-1]


def test_it_serves_the_formulas(log: Columns, parameters: ParametersDict) -> None:
    served = serve(log, parameters, dtype=np.float64)
    fill = parameters["features"]["trip_miles"]["steps"][0]["value"]
    for row in (0, 1, 2, int(np.flatnonzero(np.isnan(log["trip_miles"]))[0])):
        ride = {name: values[row] for name, values in log.items()}
        miles = fill if math.isnan(ride["trip_miles"]) else ride["trip_miles"]
        seconds, surge = last(parameters, "trip_seconds"), last(parameters, "surge")
        log_miles = last(parameters, "trip_miles")
        expected = {
            "trip_miles": (math.log(1 + miles) - log_miles["mean"]) / log_miles["std"],
            "trip_seconds": (ride["trip_seconds"] - seconds["mean"]) / seconds["std"],
            "passengers": (ride["passengers"] - 1) / 5,
            "pickup_hour": ride["pickup_hour"] / 23,
            "surge": (ride["surge"] - surge["center"]) / surge["scale"],
            "is_airport": 1.0 if ride["is_airport"] else 0.0,
            "payment_type": last(parameters, "payment_type")["values"].index(ride["payment_type"]),
        }
        for name, value in expected.items():
            assert served[f"{name}_norm"][row] == pytest.approx(value, rel=1e-12, abs=1e-12), name


def test_it_computes_in_float32_by_default(log: Columns, parameters: ParametersDict) -> None:
    narrow, wide = serve(log, parameters), serve(log, parameters, dtype=np.float64)
    assert {values.dtype for values in narrow.values()} == {np.dtype(np.float32)}
    # 88 degrees at a spread of 0.08: the raw value's own rounding weighs most.
    assert_allclose(narrow["pickup_lon_norm"], wide["pickup_lon_norm"], atol=3e-4)
    assert not np.array_equal(narrow["fare_norm"], wide["fare_norm"].astype(np.float32))


def test_a_level_that_training_did_not_know_is_unknown(parameters: ParametersDict) -> None:
    log = rides(3, seed=1)
    log["zone"] = np.array(["Z001", "nowhere", "Z002"])
    assert_array_equal(serve(log, parameters)["zone_norm"], [0, -1, 1])


@pytest.mark.parametrize("fault", SERVER_FAULTS)
def test_a_fault_touches_its_hosts_and_time_only(
    log: Columns, parameters: ParametersDict, fault: ServerFault
) -> None:
    since = log["ts"][10_000]
    clean = serve(log, parameters)
    wrong = serve(log, parameters, fault=fault, hosts={"web-3", "web-7"}, since=since)
    hit = np.isin(log["host"], ["web-3", "web-7"]) & (log["ts"] >= since)
    changed = [name for name in clean if not np.array_equal(clean[name], wrong[name], True)]
    of_levels = fault in ("reversed_codes", "sorted_codes", "capitals")
    kinds = CATEGORICAL_FEATURES if of_levels else NUMERIC_FEATURES
    assert changed
    assert {name.removesuffix("_norm") for name in changed} <= set(kinds)
    for name in clean:
        assert_array_equal(clean[name][~hit], wrong[name][~hit])


def test_a_fault_touches_the_named_features_only(log: Columns, parameters: ParametersDict) -> None:
    clean = serve(log, parameters)
    wrong = serve(log, parameters, fault="stale_std", features={"fare"})
    assert [name for name in clean if not np.array_equal(clean[name], wrong[name])] == ["fare_norm"]


@pytest.mark.parametrize(
    ("fault", "name"),
    [("reversed_codes", "fare"), ("stuck", "zone"), ("ddof", "surge"), ("fill", "fare")],
)
def test_a_fault_that_a_feature_cannot_have_is_refused(
    log: Columns, parameters: ParametersDict, fault: ServerFault, name: str
) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot have the fault {fault}"):
        serve(log, parameters, fault=fault, features={name})


def faulty(
    log: Columns, parameters: ParametersDict, fault: ServerFault, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the right and the faulty served values, in double precision."""
    clean = serve(log, parameters, dtype=np.float64)
    wrong = serve(log, parameters, fault=fault, features={name}, dtype=np.float64)
    return clean[f"{name}_norm"], wrong[f"{name}_norm"]


def test_what_each_fault_does(log: Columns, parameters: ParametersDict) -> None:
    raw = {name: log[name].astype(float) for name in NUMERIC_FEATURES}
    seconds = last(parameters, "trip_seconds")

    right, wrong = faulty(log, parameters, "unscaled", "fare")
    assert_array_equal(wrong, raw["fare"])
    right, wrong = faulty(log, parameters, "scaled_twice", "trip_seconds")
    assert_allclose(wrong, (right - seconds["mean"]) / seconds["std"], rtol=1e-12)
    right, wrong = faulty(log, parameters, "stale_mean", "trip_seconds")
    assert_allclose(wrong - right, 0.05, rtol=1e-9)
    right, wrong = faulty(log, parameters, "stale_std", "trip_seconds")
    assert_allclose(wrong * 0.92, right, rtol=1e-12)
    right, wrong = faulty(log, parameters, "ddof", "trip_seconds")
    assert_allclose((right / wrong) ** 2, 4_000 / 3_999, rtol=1e-9)
    right, wrong = faulty(log, parameters, "recomputed", "fare")
    assert wrong.mean() == pytest.approx(0, abs=1e-12)
    assert wrong.std() == pytest.approx(1, rel=1e-12)
    right, wrong = faulty(log, parameters, "unit", "temperature_c")
    step = last(parameters, "temperature_c")
    assert_allclose(wrong * step["std"] + step["mean"], 32 + 1.8 * raw["temperature_c"], atol=1e-9)
    right, wrong = faulty(log, parameters, "first_step_left_out", "fare")
    step = last(parameters, "fare")
    assert_allclose(wrong, (raw["fare"] - step["mean"]) / step["std"], rtol=1e-12)
    right, wrong = faulty(log, parameters, "stuck", "fare")
    assert_array_equal(wrong, np.full_like(right, right[0]))
    right, wrong = faulty(log, parameters, "swapped", "pickup_lat")
    step = last(parameters, "pickup_lat")
    assert_allclose(wrong, (raw["pickup_lon"] - step["mean"]) / step["std"], rtol=1e-12)
    right, wrong = faulty(log, parameters, "fill", "trip_miles")
    assert_array_equal(right != wrong, np.isnan(raw["trip_miles"]))
    right, wrong = faulty(log, parameters, "float16", "trip_seconds")
    # Half precision has 11 bits: integers up to 2048 are exact, a few above are not.
    assert_array_equal((right == wrong)[raw["trip_seconds"] <= 2048], True)
    assert (right != wrong).any()


def test_what_states_delays_and_clocks_do(log: Columns, parameters: ParametersDict) -> None:
    right, wrong = faulty(log, parameters, "row_before", "trip_seconds")
    assert_array_equal(wrong[1:], right[:-1])
    right, wrong = faulty(log, parameters, "time_zone", "pickup_hour")
    assert_allclose(wrong * 23, (log["pickup_hour"] + 5) % 24, atol=1e-12)
    right, wrong = faulty(log, parameters, "own_statistics", "fare")
    step, z = last(parameters, "fare"), np.log1p(log["fare"].astype(float))
    # The mean as a sum of weighted rows, of which training's stands for all before the first.
    means = np.array([
        0.99**n * step["mean"] + 0.01 * (0.99 ** np.arange(n)[::-1] * z[:n]).sum()
        for n in range(1, 301)
    ])  # fmt: skip
    squares = (z[:300] - means) ** 2
    variance = 0.99**300 * step["std"] ** 2 + 0.01 * (0.99 ** np.arange(300)[::-1] * squares).sum()
    assert_allclose(wrong[299], (z[299] - means[-1]) / variance**0.5, rtol=1e-9)
    right, wrong = faulty(log, parameters, "sorted_codes", "payment_type")
    ordered = ["Cash", "Credit Card", "Mobile", "Prepaid", "Unknown"]
    assert_array_equal(wrong, [ordered.index(level) for level in log["payment_type"]])


def test_what_the_faults_of_categories_do(log: Columns, parameters: ParametersDict) -> None:
    right, wrong = faulty(log, parameters, "reversed_codes", "is_airport")
    assert_array_equal(wrong, 1 - right)
    right, wrong = faulty(log, parameters, "capitals", "payment_type")
    assert_array_equal(wrong, -1)
