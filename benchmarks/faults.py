"""What a faulty server does, written by hand with NumPy: nothing of skewcheck's own steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from rightly import bfloat16, codes, levels, line, moved, numbers, right
from worlds import Steps, World

Array = np.ndarray
_LINEAR = ("zscore", "minmax", "robust")


@dataclass(frozen=True)
class Fault:
    """A fault and, for one feature, what it serves. None where it makes no sense there."""

    code: str
    name: str
    make: Callable[[World, str, Mapping[str, Array]], tuple[Array, Mapping[str, float]] | None]
    """World, feature, raw columns to served values (raw mode: raw ones) and true parameters."""
    raw_only: bool = False
    subtle: bool = False
    """Too small for any distribution: served only, it is visible on a grid alone."""
    whole: bool = False
    """Makes sense only for a whole log."""


def _spread(world: World, name: str) -> float:
    """Return the standard deviation of what the last step sees."""
    x = right(world.steps[name][:-1], numbers(world.training, name))
    return float(np.nanstd(x))


def _numeric(world: World, name: str) -> bool:
    return world.steps[name][-1]["op"] in _LINEAR


def _with(change: Callable[[World, str, Steps], Steps | None], *, tell: bool = False):
    """Make a fault of another list of steps."""

    def make(world: World, name: str, raw: Mapping[str, Array]):
        if not _numeric(world, name):
            return None
        steps = change(world, name, list(world.steps[name]))
        if steps is None:
            return None
        found = dict(zip(("offset", "scale"), line(steps[-1]), strict=True)) if tell else {}
        return right(steps, numbers(raw, name)), found

    return make


def _off(shift: float, ratio: float) -> Callable[[World, str, Steps], Steps]:
    def change(world: World, name: str, steps: Steps) -> Steps:
        offset, scale = line(steps[-1])
        return [*steps[:-1], moved(steps[-1], offset + shift * _spread(world, name), scale * ratio)]

    return change


def with_line(world: World, name: str, shift: float, ratio: float) -> Steps:
    """Return a feature's steps, the last one shifted by standard deviations and stretched."""
    return _off(shift, ratio)(world, name, list(world.steps[name]))


def _ddof(world: World, name: str, steps: Steps) -> Steps | None:
    if steps[-1]["op"] != "zscore":
        return None
    n = int(np.isfinite(numbers(world.training, name)).sum())
    offset, scale = line(steps[-1])
    return [*steps[:-1], moved(steps[-1], offset, scale * math.sqrt(n / (n - 1)))]


def _method(op: str) -> Callable[[World, str, Steps], Steps | None]:
    def change(world: World, name: str, steps: Steps) -> Steps | None:
        if steps[-1]["op"] == op:
            return None
        x = right(steps[:-1], numbers(world.training, name))
        x = x[np.isfinite(x)]
        low, middle, high = np.percentile(x, [25, 50, 75]).tolist()
        if op == "robust" and high == low:
            return None
        other: dict[str, dict[str, object]] = {
            "zscore": {"op": op, "mean": float(x.mean()), "std": float(x.std())},
            "minmax": {"op": op, "min": float(x.min()), "max": float(x.max())},
            "robust": {"op": op, "center": middle, "scale": high - low},
            "maxabs": {"op": op, "scale": float(np.abs(x).max())},
        }
        return [*steps[:-1], other[op]]

    return change


def _without(op: str) -> Callable[[World, str, Steps], Steps | None]:
    def change(_: World, __: str, steps: Steps) -> Steps | None:
        kept = [step for step in steps if step["op"] != op]
        return kept if len(kept) < len(steps) else None

    return change


def _other(op: str, other: Callable[[Mapping[str, object]], dict[str, object]]):
    def change(_: World, __: str, steps: Steps) -> Steps | None:
        if all(step["op"] != op for step in steps):
            return None
        return [other(step) if step["op"] == op else step for step in steps]

    return change


def _of_raw(change: Callable[[Array], Array], *, raw_only: bool = False):
    """Make a fault of other raw values."""

    def make(world: World, name: str, raw: Mapping[str, Array]):
        if not _numeric(world, name):
            return None
        with np.errstate(all="ignore"):
            x = change(numbers(raw, name))
        return (x if raw_only else right(world.steps[name], x)), {}

    return make


def _of_served(change: Callable[[Array], Array]):
    def make(world: World, name: str, raw: Mapping[str, Array]):
        if not _numeric(world, name):
            return None
        return change(right(world.steps[name], numbers(raw, name))), {}

    return make


def partner(world: World, name: str) -> str:
    """Return the numeric feature that another is mixed up with."""
    names = world.numeric
    return names[(names.index(name) + 1) % len(names)]


def _swap(*, values: bool, raw_only: bool = False):
    def make(world: World, name: str, raw: Mapping[str, Array]):
        if not _numeric(world, name):
            return None
        other = partner(world, name)
        if raw_only:
            return numbers(raw, other), {}
        if values:
            return right(world.steps[name], numbers(raw, other)), {}
        return right([*world.steps[name][:-1], world.steps[other][-1]], numbers(raw, name)), {}

    return make


def _twice(world: World, name: str, raw: Mapping[str, Array]):
    if not _numeric(world, name):
        return None
    steps = world.steps[name]
    bent = any(step["op"] == "log1p" for step in steps)
    again = steps[-1:] if bent else steps
    return right([*steps, *again], numbers(raw, name)), {}


def _codes(permute: Callable[[list[str]], list[str]], offset: int = 0):
    def make(world: World, name: str, raw: Mapping[str, Array]):
        if _numeric(world, name):
            return None
        known = [str(v) for v in world.steps[name][0]["values"]]  # type: ignore[attr-defined]
        return codes(permute(known), levels(raw, name)) + offset, {}

    return make


def _renamed(change: Callable[[str], str]):
    def make(world: World, name: str, raw: Mapping[str, Array]):
        if _numeric(world, name):
            return None
        if raw[name].dtype == bool and change is str.upper:
            return None  # TRUE for true is another way to print a boolean, no other category
        return np.array([change(v) for v in levels(raw, name)], object), {}

    return make


def _stuck(x: Array) -> Array:
    value = x[np.isfinite(x)][len(x) // 3]
    return np.full(len(x), value)


def of_served() -> Iterator[Fault]:
    """Yield the faults of a server: they show in served values."""
    yield Fault("not_normalized", "", _of_served_raw)
    yield Fault("normalized_twice", "", _twice)
    yield Fault("wrong_parameters", "mean +0.3 sd, std x1.25", _with(_off(0.3, 1.25), tell=True))
    yield Fault("wrong_parameters", "mean +0.3 sd", _with(_off(0.3, 1), tell=True))
    yield Fault("wrong_parameters", "std x1.25", _with(_off(0, 1.25), tell=True))
    # Less, not more: with 5,000 rows of training +0.01 % is the other ddof.
    yield Fault("wrong_parameters", "std -0.01 %", _with(_off(0, 0.9999), tell=True), subtle=True)
    yield Fault(
        "wrong_parameters", "mean +0.01 % of sd", _with(_off(1e-4, 1), tell=True), subtle=True
    )
    yield Fault("stale_parameters", "", _with(_off(0.3, 1.25)))
    yield Fault("recomputed_parameters", "on the log", _recomputed, whole=True)
    yield Fault("wrong_ddof", "", _with(_ddof), subtle=True)
    for op in ("zscore", "minmax", "robust", "maxabs"):
        yield Fault("wrong_method", op, _with(_method(op)))
    yield Fault("swapped_features", "values", _swap(values=True))
    yield Fault("swapped_features", "parameters", _swap(values=False))
    for op in ("log1p", "clip", "impute"):
        yield Fault("step_missing", op, _with(_without(op)))
    yield Fault("step_changed", "log for log1p", _with(_other("log1p", lambda _: {"op": "log"})))
    yield Fault("step_changed", "clip bounds", _with(_other("clip", _narrower)))
    yield Fault("step_changed", "fill value", _with(_other("impute", _fill)))
    for name, change in _UNITS.items():
        yield Fault("unit_change", name, _of_raw(change))
    yield Fault("precision_loss", "2 decimals", _of_served(lambda x: np.round(x, 2)))
    yield Fault("precision_loss", "integers", _of_served(np.rint))
    yield Fault(
        "precision_loss", "float16", _of_served(lambda x: x.astype(np.float16).astype(float))
    )
    yield Fault("precision_loss", "bfloat16", _of_served(bfloat16))
    yield Fault("stuck_value", "", _of_served(_stuck))
    yield Fault("encoding_changed", "shifted by one", _codes(lambda known: known, 1))
    yield Fault("encoding_changed", "alphabetical", _codes(sorted))


def _of_served_raw(world: World, name: str, raw: Mapping[str, Array]):
    return (numbers(raw, name), {}) if _numeric(world, name) else None


def _recomputed(world: World, name: str, raw: Mapping[str, Array]):
    steps = world.steps[name]
    if steps[-1]["op"] != "zscore":
        return None
    x = right(steps[:-1], numbers(raw, name))
    own = {"op": "zscore", "mean": float(np.nanmean(x)), "std": float(np.nanstd(x))}
    return right([own], x), {"offset": own["mean"], "scale": own["std"]}


def _narrower(step: Mapping[str, object]) -> dict[str, object]:
    low, high = float(str(step["min"])), float(str(step["max"]))
    return {"op": "clip", "min": low, "max": low + 0.6 * (high - low)}


def _fill(step: Mapping[str, object]) -> dict[str, object]:
    return {"op": "impute", "value": 1.5 * float(str(step["value"])) + 1}


_UNITS: Mapping[str, Callable[[Array], Array]] = {
    "x 1000": lambda x: x * 1000,
    "/ 60": lambda x: x / 60,
    "miles to km": lambda x: x * 1.609344,
    "C to F": lambda x: x * 1.8 + 32,
    "sign": lambda x: -x,
    "ln": np.log,
}


def of_raw() -> Iterator[Fault]:
    """Yield the faults before the server: they show in raw values."""
    for name, change in _UNITS.items():
        yield Fault("unit_change", name, _of_raw(change, raw_only=True), raw_only=True)
    yield Fault("swapped_features", "values", _swap(values=True, raw_only=True), raw_only=True)
    yield Fault("stuck_value", "", _of_raw(_stuck, raw_only=True), raw_only=True)
    yield Fault("normalized_twice", "raw is normalized", _of_served(lambda x: x), raw_only=True)
    for name, change in (
        ("upper case", str.upper), ("white space", lambda v: f" {v}"), ("prefix", "c_{}".format),
    ):  # fmt: skip
        yield Fault("category_renamed", name, _renamed(change), raw_only=True)
