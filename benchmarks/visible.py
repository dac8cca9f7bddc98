"""Which faults any data could show: the rest is no run of the table."""

from __future__ import annotations

import numpy as np
from faults import Fault
from rightly import line, numbers
from worlds import World


def decidable(fault: Fault, wrong: np.ndarray) -> bool:
    """Tell whether any data could decide: values all at a clip bound, or all lost, say nothing."""
    if wrong.dtype == object or fault.name in ("impute", "fill value") or "stuck" in fault.code:
        return True
    finite = wrong[np.isfinite(wrong)]
    few = fault.code != "encoding_changed" and len(wrong) > 2 and len(np.unique(finite)) < 3
    return len(finite) > 0.5 * len(wrong) and not few


def differs(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the rows that a fault changes by more than rounding."""
    if before.dtype == object:
        return before != after
    nulls = np.isnan(before) != np.isnan(after)
    with np.errstate(invalid="ignore"):
        return nulls | (np.abs(after - before) > 2e-6 * (1 + np.abs(before)))


def visible(mode: str, kind: str, share: float, fault: Fault, world: World, name: str) -> bool:
    """Tell whether it can show: more than rounding, than text, and served only on a grid."""
    x = numbers(world.training, name) if name in world.numeric else np.zeros(1)
    if fault.name == "2 decimals" and kind == "csv" and share == 1:
        return False  # then the log itself was printed with two decimals
    if fault.name in ("impute", "fill value") and np.isnan(x).mean() < 0.01:
        return mode == "paired"
    if not fault.subtle:
        return True
    step, spread = world.step(name), float(np.nanstd(x))
    if mode == "paired":
        return abs(float(np.nanmean(x))) / spread < 100
    if step is None or len(world.steps[name]) > 1:
        return False
    whole = 1e-4 * spread / step % 1
    small = fault.name.startswith("mean") and min(whole, 1 - whole) < 1e-3
    return abs(float(np.nanmean(x))) / spread < 100 and not small


def parameter_errors(
    world: World, name: str, told: dict[str, object], truth: dict[str, float]
) -> tuple[float, float] | None:
    """Return how far recovered parameters are off: mean in standard deviations, scale."""
    keys = {"mean", "std"}, {"min", "max"}, {"center", "scale"}
    if not any(pair <= told.keys() for pair in keys):
        return None
    offset, scale = line({"op": world.steps[name][-1]["op"], **told})
    spread = truth["scale"]
    return abs(offset - truth["offset"]) / spread, abs(scale / truth["scale"] - 1)
