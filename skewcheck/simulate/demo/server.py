"""The demo's server: preprocessing in plain NumPy, and the faults that it may have.

It shares no code with the rest of the package, so that the audit is tested against an independent
implementation.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from skewcheck.simulate.demo.ride_data import Columns, ParametersDict, StepDict, level_texts

FloatValues = NDArray[np.floating]
FloatType = type[np.float32] | type[np.float64]

SERVED_TEMPLATE = "{feature}_norm"
"""Name of a served column."""
ServerFault = Literal[
    "unscaled",
    "scaled_twice",
    "stale_mean",  # too low by 0.05 standard deviations
    "stale_std",  # too small by 8 %
    "ddof",  # standard deviation with ddof 1
    "recomputed",  # mean and standard deviation of the log itself
    "first_step_left_out",  # the first step
    "unit",  # kilometres, minutes, cents, Fahrenheit
    "fill",  # -1 for a null
    "float16",
    "stuck",  # the first value for ever
    "swapped",
    "time_zone",  # hours five later, around midnight
    "row_before",  # the values of the row before
    "own_statistics",  # moving mean and variance, with a decay of 0.99
    "reversed_codes",  # the vocabulary in alphabetical order, backwards
    "sorted_codes",  # the vocabulary in alphabetical order
    "capitals",  # in capitals, with a space behind
]
SERVER_FAULTS: tuple[ServerFault, ...] = get_args(ServerFault)

_SWAP_PARTNER = {"pickup_lat": "pickup_lon", "fare": "trip_seconds", "passengers": "pickup_hour"}
"""The feature that each feature is swapped with."""
_SWAP_PARTNER |= {partner: name for name, partner in _SWAP_PARTNER.items()}
_UNIT_CHANGE = {
    "trip_miles": (1.609344, 0.0),
    "trip_seconds": (1 / 60, 0.0),
    "fare": (100.0, 0.0),
    "temperature_c": (1.8, 32.0),
}
"""Factor and offset of each feature's other unit."""


_ZONE_HOURS = 5
"""Hours from the time zone of training to that of the server."""
_DECAY = 0.99
"""Weight of the old statistics where a server keeps its own."""


def serve(
    rides: Columns,
    parameters: ParametersDict,
    *,
    fault: ServerFault | None = None,
    features: Collection[str] | None = None,
    hosts: Collection[str] | None = None,
    since: np.datetime64 | None = None,
    dtype: FloatType = np.float32,
) -> Columns:
    """Return the served features, a column `{feature}_norm` of `dtype` for each feature.

    The fault affects the rows of `hosts` (None: all) from `since` on, in `features` (None: all that
    can have it). Raises ValueError if a named feature cannot have it.
    """
    is_affected = np.ones(len(rides["ts"]), bool)
    if hosts is not None:
        is_affected &= np.isin(rides["host"], sorted(hosts))
    if since is not None:
        is_affected &= rides["ts"] >= since
    training_rows = parameters["x-training-rows"]
    faulty_features = set() if fault is None else _faulty_features(fault, features, parameters)
    served: Columns = {}
    for name, feature in parameters["features"].items():
        served_values = _normalize(rides[name], feature["steps"], dtype)
        if fault is not None and name in faulty_features:
            values, steps = _faulty_input(
                fault, name, rides, feature["steps"], training_rows=training_rows
            )
            served_values = np.where(is_affected, _normalize(values, steps, dtype), served_values)
        served[SERVED_TEMPLATE.format(feature=name)] = served_values
    return served


def _faulty_features(
    fault: ServerFault, features: Collection[str] | None, parameters: ParametersDict
) -> set[str]:
    """Return the features with the fault; ValueError if a chosen one cannot have it."""
    possible = {
        name
        for name, feature in parameters["features"].items()
        if _is_possible(fault, name, feature["steps"])
    }
    chosen = possible if features is None else set(features)
    if chosen - possible:
        raise ValueError(f"{', '.join(sorted(chosen - possible))} cannot have the fault {fault}")
    return chosen


def _is_possible(fault: ServerFault, name: str, steps: list[StepDict]) -> bool:
    """Return whether a feature with these steps can have the fault."""
    ops = {step["op"] for step in steps}
    match fault:
        case "unit":
            return name in _UNIT_CHANGE
        case "swapped":
            return name in _SWAP_PARTNER
        case "fill":
            return "impute" in ops
        case "time_zone":
            return name == "pickup_hour"
        case "stale_mean" | "stale_std" | "ddof" | "recomputed" | "own_statistics":
            return "zscore" in ops
        case "reversed_codes" | "sorted_codes" | "capitals":
            return "vocabulary" in ops
        case _:
            return "vocabulary" not in ops


def _normalize(values: NDArray[np.generic], steps: list[StepDict], dtype: FloatType) -> FloatValues:
    """Return the values after the steps, in `dtype`; ValueError for an unknown step."""
    if values.dtype.kind in "bU":
        codes = {level: code for code, level in enumerate(steps[0]["values"])}
        unknown_code = steps[0]["unknown"]
        return np.asarray(
            [codes.get(level, unknown_code) for level in level_texts(values).tolist()], dtype
        )
    result: FloatValues = np.asarray(values, dtype)
    for step in steps:
        match step["op"]:
            case "impute":
                result = np.where(np.isnan(result), dtype(step["value"]), result)
            case "log1p":
                with np.errstate(invalid="ignore", divide="ignore"):  # a fault may make it negative
                    result = np.log1p(result)
            case "zscore":
                result = (result - dtype(step["mean"])) / dtype(step["std"])
            case "minmax":
                result = (result - dtype(step["min"])) / dtype(step["max"] - step["min"])
            case "robust":
                result = (result - dtype(step["center"])) / dtype(step["scale"])
            case op:
                raise ValueError(f"this server knows no {op}")
    return result


def _faulty_input(
    fault: ServerFault, name: str, rides: Columns, steps: list[StepDict], *, training_rows: int
) -> tuple[NDArray[np.generic], list[StepDict]]:
    """Return the values and steps that a faulty server uses instead of the correct ones."""
    raw, first_steps, last_step = rides[name], steps[:-1], steps[-1]
    match fault:
        case "unscaled":
            return raw, []
        case "scaled_twice":
            return raw, steps * 2
        case "stale_mean":
            return raw, [
                *first_steps,
                {**last_step, "mean": last_step["mean"] - 0.05 * last_step["std"]},
            ]
        case "stale_std":
            return raw, [*first_steps, {**last_step, "std": last_step["std"] * 0.92}]
        case "ddof":
            ratio = (training_rows / (training_rows - 1)) ** 0.5
            return raw, [*first_steps, {**last_step, "std": last_step["std"] * ratio}]
        case "recomputed":
            before_last = _normalize(raw, first_steps, np.float64)
            mean, std = float(np.nanmean(before_last)), float(np.nanstd(before_last))
            return raw, [*first_steps, {**last_step, "mean": mean, "std": std}]
        case "first_step_left_out":
            return raw, steps[1:]
        case "unit":
            factor, offset = _UNIT_CHANGE[name]
            return np.asarray(raw, np.float64) * factor + offset, steps
        case "fill":
            return np.where(np.isnan(np.asarray(raw, np.float64)), -1.0, raw), steps
        case "float16":
            return raw.astype(np.float16), steps
        case "stuck":
            return np.full_like(raw, raw[0]), steps
        case "swapped":
            return rides[_SWAP_PARTNER[name]], steps
        case "time_zone":
            return (np.asarray(raw, np.int64) + _ZONE_HOURS) % 24, steps
        case "row_before":
            return np.concatenate([raw[:1], raw[:-1]]), steps
        case "own_statistics":
            return _moving_scores(_normalize(raw, first_steps, np.float64), last_step), []
        case "sorted_codes":
            return raw, [{**last_step, "values": sorted(last_step["values"])}]
        case "reversed_codes":
            return raw, [{**last_step, "values": sorted(last_step["values"], reverse=True)}]
        case "capitals":
            return np.array([f"{level.upper()} " for level in level_texts(raw).tolist()]), steps


def _moving_scores(values: FloatValues, step: StepDict) -> FloatValues:
    """Return values minus a moving mean, over the root of a moving variance.

    m <- a m + (1 - a) x and v <- a v + (1 - a) (x - m)^2 begin with training's, as the moving
    statistics of batch normalization do (Ioffe and Szegedy, ICML 2015). Values are not null.
    """
    mean, variance = step["mean"], step["std"] ** 2
    scores = np.empty(len(values))
    for i, value in enumerate(values.tolist()):
        mean = _DECAY * mean + (1 - _DECAY) * value
        variance = _DECAY * variance + (1 - _DECAY) * (value - mean) ** 2
        scores[i] = (value - mean) / variance**0.5
    return scores
