"""The server of the demo, written by another team: NumPy by hand, and the faults that it may have.

It shares no code with the rest of the package, so that what the audit is tried on is not what it
believes.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from skewcheck.simulate.demo.world import Columns, ParametersDict, StepDict, text

Floats = NDArray[np.floating]
FloatType = type[np.float32] | type[np.float64]

SERVED = "{feature}_norm"
Fault = Literal[
    "not_normalized",
    "normalized_twice",
    "stale_mean",  # too low by 0.05 standard deviations
    "stale_std",  # too small by 8 %
    "ddof",  # standard deviation with ddof 1
    "recomputed",  # mean and standard deviation of the log itself
    "step_missing",  # the first step
    "unit",  # kilometres, minutes, cents, Fahrenheit
    "fill",  # -1 for a null
    "float16",
    "stuck",  # the first value for ever
    "swapped",
    "encoding_changed",  # the vocabulary in alphabetical order, backwards
    "category_renamed",  # in capitals, with a space behind
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_SWAPPED = {"pickup_lat": "pickup_lon", "fare": "trip_seconds", "passengers": "pickup_hour"}
_SWAPPED |= {other: name for name, other in _SWAPPED.items()}
_UNITS = {
    "trip_miles": (1.609344, 0.0),
    "trip_seconds": (1 / 60, 0.0),
    "fare": (100.0, 0.0),
    "temperature_c": (1.8, 32.0),
}


def serve(
    rides: Columns,
    parameters: ParametersDict,
    *,
    fault: Fault | None = None,
    features: Collection[str] | None = None,
    hosts: Collection[str] | None = None,
    since: np.datetime64 | None = None,
    dtype: FloatType = np.float32,
) -> Columns:
    """Return what the model was fed, a column `{feature}_norm` of `dtype` for each feature.

    The fault is that of the rows of `hosts` (of all, if None) from `since` on, and of `features`
    (of all that can have it, if None). Raises ValueError if a named feature cannot have it.
    """
    wrong = np.ones(len(rides["ts"]), bool)
    if hosts is not None:
        wrong &= np.isin(rides["host"], sorted(hosts))
    if since is not None:
        wrong &= rides["ts"] >= since
    rows = parameters["x-training-rows"]
    faulty = set() if fault is None else _faulty(fault, features, parameters)
    served: Columns = {}
    for name, feature in parameters["features"].items():
        fed = _normalize(rides[name], feature["steps"], dtype)
        if fault is not None and name in faulty:
            values, steps = _break(fault, name, rides, feature["steps"], training_rows=rows)
            fed = np.where(wrong, _normalize(values, steps, dtype), fed)
        served[SERVED.format(feature=name)] = fed
    return served


def _faulty(fault: Fault, features: Collection[str] | None, parameters: ParametersDict) -> set[str]:
    possible = {
        name
        for name, feature in parameters["features"].items()
        if _can_have(fault, name, feature["steps"])
    }
    chosen = possible if features is None else set(features)
    if chosen - possible:
        raise ValueError(f"{', '.join(sorted(chosen - possible))} cannot have the fault {fault}")
    return chosen


def _can_have(fault: Fault, name: str, steps: list[StepDict]) -> bool:
    ops = {step["op"] for step in steps}
    match fault:
        case "unit":
            return name in _UNITS
        case "swapped":
            return name in _SWAPPED
        case "fill":
            return "impute" in ops
        case "stale_mean" | "stale_std" | "ddof" | "recomputed":
            return "zscore" in ops
        case "encoding_changed" | "category_renamed":
            return "vocabulary" in ops
        case _:
            return "vocabulary" not in ops


def _normalize(values: NDArray[np.generic], steps: list[StepDict], dtype: FloatType) -> Floats:
    if values.dtype.kind in "bU":
        codes = {level: code for code, level in enumerate(steps[0]["values"])}
        unknown = steps[0]["unknown"]
        return np.asarray([codes.get(level, unknown) for level in text(values).tolist()], dtype)
    fed: Floats = np.asarray(values, dtype)
    for step in steps:
        match step["op"]:
            case "impute":
                fed = np.where(np.isnan(fed), dtype(step["value"]), fed)
            case "log1p":
                with np.errstate(invalid="ignore", divide="ignore"):  # a fault may make it negative
                    fed = np.log1p(fed)
            case "zscore":
                fed = (fed - dtype(step["mean"])) / dtype(step["std"])
            case "minmax":
                fed = (fed - dtype(step["min"])) / dtype(step["max"] - step["min"])
            case "robust":
                fed = (fed - dtype(step["center"])) / dtype(step["scale"])
            case op:
                raise ValueError(f"this server knows no {op}")
    return fed


def _break(
    fault: Fault, name: str, rides: Columns, steps: list[StepDict], *, training_rows: int
) -> tuple[NDArray[np.generic], list[StepDict]]:
    """Return the values and the steps that a faulty server takes for the right ones."""
    raw, early, last = rides[name], steps[:-1], steps[-1]
    match fault:
        case "not_normalized":
            return raw, []
        case "normalized_twice":
            return raw, steps * 2
        case "stale_mean":
            return raw, [*early, {**last, "mean": last["mean"] - 0.05 * last["std"]}]
        case "stale_std":
            return raw, [*early, {**last, "std": last["std"] * 0.92}]
        case "ddof":
            wider = (training_rows / (training_rows - 1)) ** 0.5
            return raw, [*early, {**last, "std": last["std"] * wider}]
        case "recomputed":
            here = _normalize(raw, early, np.float64)
            mean, std = float(np.nanmean(here)), float(np.nanstd(here))
            return raw, [*early, {**last, "mean": mean, "std": std}]
        case "step_missing":
            return raw, steps[1:]
        case "unit":
            factor, offset = _UNITS[name]
            return np.asarray(raw, np.float64) * factor + offset, steps
        case "fill":
            return np.where(np.isnan(np.asarray(raw, np.float64)), -1.0, raw), steps
        case "float16":
            return raw.astype(np.float16), steps
        case "stuck":
            return np.full_like(raw, raw[0]), steps
        case "swapped":
            return rides[_SWAPPED[name]], steps
        case "encoding_changed":
            return raw, [{**last, "values": sorted(last["values"], reverse=True)}]
        case "category_renamed":
            return np.array([f"{level.upper()} " for level in text(raw).tolist()]), steps
