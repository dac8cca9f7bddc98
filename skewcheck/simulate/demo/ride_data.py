"""The demo's data: generated taxi rides, and how a model's training normalizes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[np.generic]]

NUMERIC_FEATURES = (
    *("trip_miles", "trip_seconds", "fare", "passengers", "pickup_hour", "temperature_c"),
    *("surge", "pickup_lat", "pickup_lon"),
)
CATEGORICAL_FEATURES = ("is_airport", "payment_type", "zone")
FEATURES = NUMERIC_FEATURES + CATEGORICAL_FEATURES
START_TIME = np.datetime64("2026-11-02T00:00:00", "us")
"""Time of the first possible ride, a Monday."""
DAYS = 7
"""Days that the rides cover."""

_PAYMENTS = np.array(["Credit Card", "Cash", "Mobile", "Prepaid", "Unknown"])
_ZONES = np.array([f"Z{i:03d}" for i in range(1, 201)])
_HOSTS = np.array([f"web-{i}" for i in range(1, 9)])
_RIDES_BY_HOUR = np.array([3, 2, 1, 1, 1, 2, 4, 7, 8, 6, 5, 5, 6, 5, 5, 6, 8, 9, 9, 7, 6, 5, 5, 4])


class StepDict(TypedDict, total=False):
    """A step as in a parameter file: `op` and the keys of that op."""

    op: str
    value: float
    mean: float
    std: float
    min: float
    max: float
    center: float
    scale: float
    values: list[str]
    unknown: int


class FeatureDict(TypedDict):
    """A feature as in a parameter file, without its reference."""

    type: str
    steps: list[StepDict]


ParametersDict = TypedDict(
    "ParametersDict",
    {
        "skewcheck": dict[str, str | int],
        "model": dict[str, str],
        "x-training-rows": int,
        "features": dict[str, FeatureDict],
    },
)


def rides(
    rows: int, *, seed: int, drift: float = 0.0, start: np.datetime64 = START_TIME
) -> Columns:
    """Return a week of rides in order of time: the features and other columns of a log.

    Every array has shape (rows,), and `rows` may be 0; NaN in trip_miles is a null. `drift` 0 has
    the training distribution, 1 another: longer and dearer rides, colder days, other payments and
    zones.
    """
    rng = np.random.default_rng(seed)
    hour = rng.choice(24, rows, p=_RIDES_BY_HOUR / _RIDES_BY_HOUR.sum())
    second = 86_400 * rng.integers(0, DAYS, rows) + 3600 * hour + rng.integers(0, 3600, rows)
    second.sort()
    hour = second // 3600 % 24
    rush = np.isin(hour, (7, 8, 16, 17, 18))
    airport = rng.random(rows) < 0.08 + 0.06 * drift
    distance = rng.lognormal(0.6 + 0.25 * drift, 0.8, rows) + airport * rng.gamma(20, 0.7, rows)
    miles = np.round(np.maximum(distance, 0.1), 2)
    miles_per_hour = rng.lognormal(2.75, 0.3, rows) * np.where(rush, 0.7, 1.0)
    seconds = np.rint(3600 * miles / miles_per_hour + rng.gamma(2, 60, rows)).astype(np.int64)
    surge = rng.lognormal(0.2 * rush + 0.15 * drift, 0.25, rows)
    fare = np.round((2.5 + 1.9 * miles + 0.4 * seconds / 60) * surge, 2)
    warmth = 12 - 8 * drift + 4 * np.sin((hour - 9) * math.pi / 12)
    payments = np.array([0.48, 0.34, 0.12, 0.04, 0.02]) + drift * np.array([0, -0.2, 0.2, 0, 0])
    zones = 1 / np.arange(1, 201) ** (1.1 - 0.3 * drift)
    spread = np.where(airport, 0.004, 0.03)
    return {
        "trip_miles": np.where(rng.random(rows) < 0.002, np.nan, miles),
        "trip_seconds": seconds,
        "fare": fare,
        "passengers": 1 + np.minimum(rng.poisson(0.6, rows), 5),
        "pickup_hour": hour,
        "temperature_c": np.round(rng.normal(warmth, 6), 1),
        "surge": surge,
        "pickup_lat": rng.normal(np.where(airport, 41.98, 41.88), spread),
        "pickup_lon": rng.normal(np.where(airport, -87.90, -87.65), spread),
        "is_airport": airport,
        "payment_type": rng.choice(_PAYMENTS, rows, p=payments),
        "zone": rng.choice(_ZONES, rows, p=zones / zones.sum()),
        "ts": start + second.astype("timedelta64[s]"),
        "host": rng.choice(_HOSTS, rows),
        "request_id": np.array([f"{seed:02x}-{i:06x}" for i in range(rows)], dtype="U16"),
    }


def training_parameters(train: Mapping[str, NDArray[np.generic]]) -> ParametersDict:
    """Return the parameter file of these rides, without reference distributions.

    Standard deviations have ddof 0. Each numeric feature needs at least two different values,
    otherwise a scale is 0.
    """
    numbers = {name: np.asarray(train[name], np.float64) for name in NUMERIC_FEATURES}
    fill = float(np.nanmedian(numbers["trip_miles"]))
    log_miles = np.log1p(np.where(np.isnan(numbers["trip_miles"]), fill, numbers["trip_miles"]))
    low, center, high = np.percentile(numbers["surge"], [25, 50, 75]).tolist()
    steps: dict[str, list[StepDict]] = {
        "trip_miles": [{"op": "impute", "value": fill}, {"op": "log1p"}, _zscore(log_miles)],
        "trip_seconds": [_zscore(numbers["trip_seconds"])],
        "fare": [{"op": "log1p"}, _zscore(np.log1p(numbers["fare"]))],
        "passengers": [_minmax(numbers["passengers"])],
        "pickup_hour": [_minmax(numbers["pickup_hour"])],
        "temperature_c": [_zscore(numbers["temperature_c"])],
        "surge": [{"op": "robust", "center": center, "scale": high - low}],
        "pickup_lat": [_zscore(numbers["pickup_lat"])],
        "pickup_lon": [_zscore(numbers["pickup_lon"])],
    }
    for name in CATEGORICAL_FEATURES:
        levels, counts = np.unique(level_texts(train[name]), return_counts=True)
        values = [str(level) for level in levels[np.argsort(-counts, kind="stable")]]
        steps[name] = [{"op": "vocabulary", "values": values, "unknown": -1}]
    return {
        "skewcheck": {"kind": "parameters", "version": 1},
        "model": {"name": "fares", "version": "2026-11-01"},
        "x-training-rows": len(train["fare"]),
        "features": {
            name: {
                "type": "numeric" if name in NUMERIC_FEATURES else "categorical",
                "steps": steps[name],
            }
            for name in FEATURES
        },
    }


def _zscore(values: NDArray[np.float64]) -> StepDict:
    return {"op": "zscore", "mean": float(values.mean()), "std": float(values.std())}


def _minmax(values: NDArray[np.float64]) -> StepDict:
    return {"op": "minmax", "min": float(values.min()), "max": float(values.max())}


def level_texts(values: NDArray[np.generic]) -> NDArray[np.str_]:
    """Return levels as the vocabulary spells them: booleans are `true` and `false`."""
    return np.where(values, "true", "false") if values.dtype == bool else values.astype(np.str_)
