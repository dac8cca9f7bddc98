"""The generator of rides: shapes, grids, dependence, and the same rows for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from skewcheck.simulate.demo.ride_data import (
    CATEGORICAL_FEATURES,
    FEATURES,
    NUMERIC_FEATURES,
    START_TIME,
    Columns,
    rides,
    training_parameters,
)


@pytest.fixture(scope="module")
def many() -> Columns:
    return rides(20_000, seed=11)


@pytest.mark.parametrize("rows", [0, 1, 100])
def test_every_column_has_all_rows(rows: int) -> None:
    columns = rides(rows, seed=3)
    assert list(columns) == [*FEATURES, "ts", "host", "request_id"]
    assert {len(values) for values in columns.values()} == {rows}


def test_the_same_seed_gives_the_same_rides_and_another_one_others() -> None:
    first, again, other_seed = rides(500, seed=3), rides(500, seed=3), rides(500, seed=4)
    for name in FEATURES:
        np.testing.assert_array_equal(first[name], again[name])
        assert not np.array_equal(first[name], other_seed[name]), name


@pytest.mark.parametrize(("name", "per_unit"), [("trip_miles", 100), ("fare", 100)])
def test_values_are_the_doubles_nearest_to_their_grid(
    many: Columns, name: str, per_unit: int
) -> None:
    values = many[name][~np.isnan(many[name])]
    np.testing.assert_array_equal(values, np.rint(values * per_unit) / per_unit)
    assert values.min() > 0


def test_temperatures_lie_on_tenths(many: Columns) -> None:
    tenths = many["temperature_c"] * 10
    np.testing.assert_array_equal(many["temperature_c"], np.rint(tenths) / 10)


@pytest.mark.parametrize("name", ["trip_seconds", "passengers", "pickup_hour"])
def test_counts_are_integers(many: Columns, name: str) -> None:
    assert many[name].dtype.kind == "i"
    assert many[name].min() >= 0


@pytest.mark.parametrize("name", ["surge", "pickup_lat", "pickup_lon"])
def test_continuous_features_have_no_ties(many: Columns, name: str) -> None:
    assert len(np.unique(many[name])) == len(many[name])


def test_only_miles_have_nulls_about_two_in_a_thousand(many: Columns) -> None:
    nulls = {name: int(np.isnan(many[name].astype(float)).sum()) for name in NUMERIC_FEATURES}
    # Binomial(20,000, 0.002) has mean 40 and standard deviation 6.3.
    assert 10 <= nulls.pop("trip_miles") <= 75
    assert set(nulls.values()) == {0}


def test_levels_are_few_and_many_and_uneven(many: Columns) -> None:
    levels = {name: len(np.unique(many[name])) for name in CATEGORICAL_FEATURES}
    assert levels == {"is_airport": 2, "payment_type": 5, "zone": 200}
    shares = np.unique(many["zone"], return_counts=True)[1] / 20_000
    # 1 / sum(1 / k**1.1 for k = 1 ... 200) = 0.214
    assert shares.max() == pytest.approx(0.214, abs=0.015)


def test_longer_rides_take_longer_and_cost_more(many: Columns) -> None:
    is_value = ~np.isnan(many["trip_miles"])
    columns = [many[name][is_value] for name in ("trip_miles", "trip_seconds", "fare")]
    assert np.corrcoef(columns).min() > 0.8


def test_a_log_is_in_order_of_time_over_a_week(many: Columns) -> None:
    ts = many["ts"]
    assert (np.diff(ts) >= np.timedelta64(0)).all()
    assert ts[0] >= START_TIME
    assert np.timedelta64(6, "D") < ts[-1] - START_TIME < np.timedelta64(7, "D")
    np.testing.assert_array_equal(
        many["pickup_hour"], (ts - ts.astype("datetime64[D]")) // np.timedelta64(1, "h")
    )


def test_drift_moves_the_world_but_not_its_clock(many: Columns) -> None:
    moved = rides(20_000, seed=12, drift=1.0)
    same = rides(20_000, seed=12)
    for name in ("trip_seconds", "fare", "surge"):
        assert moved[name].mean() > 1.1 * many[name].mean(), name
        assert same[name].mean() == pytest.approx(many[name].mean(), rel=0.05), name
    assert moved["temperature_c"].mean() < many["temperature_c"].mean() - 7
    assert moved["pickup_hour"].mean() == pytest.approx(many["pickup_hour"].mean(), abs=0.2)


def test_parameters_are_those_of_the_sample(many: Columns) -> None:
    parameters = training_parameters(many)
    assert parameters["skewcheck"] == {"kind": "parameters", "version": 1}
    assert list(parameters["features"]) == list(FEATURES)
    steps = {name: feature["steps"] for name, feature in parameters["features"].items()}
    # The definition of a standard deviation with ddof 0, by hand.
    seconds = [int(value) for value in many["trip_seconds"]]
    mean = sum(seconds) / 20_000
    variance = sum((value - mean) ** 2 for value in seconds) / 20_000
    (zscore,) = steps["trip_seconds"]
    assert zscore["mean"] == pytest.approx(mean, rel=1e-12)
    assert zscore["std"] == pytest.approx(variance**0.5, rel=1e-12)
    assert [step["op"] for step in steps["trip_miles"]] == ["impute", "log1p", "zscore"]
    assert steps["passengers"] == [{"op": "minmax", "min": 1.0, "max": 6.0}]
    assert steps["is_airport"][0]["values"] == ["false", "true"]
    assert steps["payment_type"][0]["values"][:2] == ["Credit Card", "Cash"]
