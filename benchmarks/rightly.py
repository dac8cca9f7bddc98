"""What a right server does, written by hand with NumPy: nothing of skewcheck's own steps."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from worlds import Steps

Array = np.ndarray


def numbers(columns: Mapping[str, Array], name: str) -> Array:
    """Return a numeric column as float64."""
    return np.asarray(columns[name], np.float64)


def right(steps: Steps, x: Array) -> Array:
    """Return what training makes of raw values, in float64."""
    with np.errstate(all="ignore"):
        for step in steps:
            x = _one(step, x)
    return x


def _one(step: Mapping[str, object], x: Array) -> Array:
    get = {k: v for k, v in step.items() if isinstance(v, float | int)}
    match step["op"]:
        case "impute":
            return np.where(np.isnan(x), get["value"], x)
        case "log1p":
            return np.log1p(x)
        case "log":
            return np.log(x) / math.log(get.get("base", math.e))
        case "clip":
            return np.clip(x, get["min"], get["max"])
        case "zscore":
            return (x - get["mean"]) / get["std"]
        case "minmax":
            return (x - get["min"]) / (get["max"] - get["min"])
        case "robust":
            return (x - get["center"]) / get["scale"]
        case "maxabs":
            return x / get["scale"]
    raise ValueError(step["op"])


def line(step: Mapping[str, object]) -> tuple[float, float]:
    """Return offset and scale of a step that shifts and scales."""
    get = {k: float(v) for k, v in step.items() if isinstance(v, float | int)}
    if step["op"] == "minmax":
        return get["min"], get["max"] - get["min"]
    return (get["mean"], get["std"]) if step["op"] == "zscore" else (get["center"], get["scale"])


def moved(step: Mapping[str, object], offset: float, scale: float) -> dict[str, object]:
    """Return a step of the same kind with another offset and scale."""
    if step["op"] == "minmax":
        return {"op": "minmax", "min": offset, "max": offset + scale}
    keys = ("mean", "std") if step["op"] == "zscore" else ("center", "scale")
    return {"op": step["op"], keys[0]: offset, keys[1]: scale}


def levels(raw: Mapping[str, Array], name: str) -> Array:
    """Return a categorical column as text, booleans as `true` and `false`."""
    values = raw[name]
    return np.where(values, "true", "false") if values.dtype == bool else values.astype(str)


def codes(known: list[str], values: Array) -> Array:
    """Return the place of each level, -1 for a stranger."""
    place = {level: float(i) for i, level in enumerate(known)}
    return np.array([place.get(v, -1.0) for v in values])


def bfloat16(x: Array) -> Array:
    """Return values cut to 8 significant bits, to nearest even."""
    bits = x.astype(np.float32).view(np.uint32).astype(np.uint64)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return bits.astype(np.uint32).view(np.float32).astype(np.float64)
