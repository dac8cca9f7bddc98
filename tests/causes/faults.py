"""Faults of one feature, each written by hand: what a wrong server makes of raw values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from servers import (
    CAP,
    HIGH,
    LOG_MEAN,
    LOG_STD,
    LOW,
    MEAN,
    STD,
    TRAIN,
    Array,
    Columns,
)


@dataclass(frozen=True)
class Fault:
    """A wrong server, and what must be said of it."""

    feature: str
    serve: Callable[[Columns], Array]
    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    modes: tuple[str, ...] = ("paired", "served")
    """Where it is visible from 2,000 rows."""


BOTH, PAIRED = ("paired", "served"), ("paired",)


def scaled(x: Array, name: str) -> Array:
    return (x - MEAN[name]) / STD[name]


def of_numbers(name: str, *, grid: bool) -> dict[str, Fault]:
    """Return the faults of a z-scored feature; some show in served values only on a grid."""
    train, mean, std = TRAIN[name], MEAN[name], STD[name]
    least, most = float(train.min()), float(train.max())
    unit = "unit_change"
    fine = BOTH if grid else PAIRED
    wrong = {"mean": mean + 0.3 * std, "std": 1.25 * std}
    other: dict[str, object] = {"feature": "quarter"}
    faults = {
        "raw": Fault(name, lambda log: log[name], "not_normalized"),
        "twice": Fault(name, lambda log: scaled(scaled(log[name], name), name), "normalized_twice"),
        "other mean": Fault(
            name, lambda log: (log[name] - wrong["mean"]) / wrong["std"], "wrong_parameters",
            wrong, PAIRED,
        ),
        "other ddof": Fault(
            name, lambda log: (log[name] - mean) / train.std(ddof=1), "wrong_ddof", {"ddof": 1},
            fine,
        ),
        "min-max": Fault(
            name, lambda log: (log[name] - least) / (most - least), "wrong_method", {"op": "minmax"}
        ),
        "max-abs": Fault(
            name, lambda log: log[name] / max(-least, most), "wrong_method", {"op": "maxabs"},
            PAIRED,
        ),
        "other's values": Fault(
            name, lambda log: scaled(log["quarter"], name), "swapped_features",
            {**other, "swapped": "values"},
        ),
        "other's parameters": Fault(
            name, lambda log: scaled(log[name], "quarter"), "swapped_features",
            {**other, "swapped": "parameters"},
        ),
        "seconds for minutes": Fault(
            name, lambda log: scaled(log[name] * 60, name), unit, {"factor": 60.0, "offset": 0.0}
        ),
        "kilometres for miles": Fault(
            name, lambda log: scaled(log[name] * 1.609344, name), unit, {"factor": 1.609344}
        ),
        "Fahrenheit for Celsius": Fault(
            name, lambda log: scaled(log[name] * 9 / 5 + 32, name), unit,
            {"factor": 1.8, "offset": 32.0},
        ),
        "thousandths": Fault(
            name, lambda log: scaled(log[name] / 1000, name), unit, {"factor": 1e-3}
        ),
        "other sign": Fault(name, lambda log: scaled(-log[name], name), unit, {"factor": -1.0}),
        "two decimals": Fault(
            name, lambda log: np.round(scaled(log[name], name), 2), "precision_loss",
            {"decimals": 2}, PAIRED,
        ),
        "float16": Fault(
            name, lambda log: scaled(log[name], name).astype(np.float16).astype(float),
            "precision_loss", {"dtype": "float16"}, PAIRED,
        ),
        "one value": Fault(
            name, lambda log: np.full(len(log[name]), 0.125), "stuck_value", {"value": 0.125}
        ),
        "own mean": Fault(
            name, lambda log: (log[name] - log[name].mean()) / log[name].std(),
            "recomputed_parameters",
        ),
        "own mean, ddof 1": Fault(
            name, lambda log: (log[name] - log[name].mean()) / log[name].std(ddof=1),
            "recomputed_parameters",
        ),
    }  # fmt: skip
    return {f"{name}: {text}": fault for text, fault in faults.items()}


STEPS: dict[str, Fault] = {
    "no logarithm": Fault(
        "dist", lambda log: (log["dist"] - LOG_MEAN) / LOG_STD, "step_missing", {"op": "log1p"}
    ),
    "no scaling": Fault(
        "dist", lambda log: np.log1p(log["dist"]), "step_missing", {"op": "zscore"}
    ),
    "ln for log1p": Fault(
        "dist", lambda log: (np.log(log["dist"]) - LOG_MEAN) / LOG_STD, "step_changed",
        {"op": "log", "base": math.e},
    ),
    "log10 for log1p": Fault(
        "dist", lambda log: (np.log10(log["dist"]) - LOG_MEAN) / LOG_STD, "step_changed",
        {"op": "log", "base": 10.0},
    ),
    "no clip": Fault(
        "capped", lambda log: scaled(log["capped"], "capped"), "step_missing", {"op": "clip"}
    ),
    "other clip": Fault(
        "capped", lambda log: scaled(np.minimum(log["capped"], CAP / 2), "capped"),
        "step_changed", {"op": "clip", "max": CAP / 2}, PAIRED,
    ),
    "nulls as 0": Fault(
        "gaps", lambda log: scaled(np.nan_to_num(log["gaps"]), "gaps"), "step_changed",
        {"op": "impute", "value": 0.0},
    ),
    "nulls as 50": Fault(
        "gaps", lambda log: scaled(np.where(np.isnan(log["gaps"]), 50.0, log["gaps"]), "gaps"),
        "step_changed", {"op": "impute", "value": 50.0}, PAIRED,
    ),
    "z-score for min-max": Fault(
        "ratio", lambda log: scaled(log["ratio"], "ratio"), "wrong_method", {"op": "zscore"}
    ),
    "percent for share": Fault(
        "ratio", lambda log: (log["ratio"] * 100 - LOW) / (HIGH - LOW), "unit_change",
        {"factor": 100.0},
    ),
}  # fmt: skip
FAULTS = {**of_numbers("fare", grid=True), **of_numbers("temp", grid=False), **STEPS}
