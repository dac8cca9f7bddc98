"""Features on grids, worlds that move and faults of their parameters, drawn at random.

Raw values are whole numbers times a step. Faults are written in NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import skewcheck
from skewcheck.causes.grids import Grid, inspect_grid
from skewcheck.features.steps import MinMax, ZScore
from skewcheck.features.types import NumericReference

Array = NDArray[np.float64]
SHAPES = (
    "uniform", "poisson", "normal", "lognormal", "exponential", "geometric", "bimodal", "few",
    "atom", "two grids", "multiples",
)  # fmt: skip
UNITS = (
    7, 12, 24, 30, 60, 365, 10, 100, 1000, 2.54, 1.609344, 3600, 0.45359237, 0.3048, 1.8,
    57.29577951308232,
)  # fmt: skip
MOVES = ("shift", "spread", "coarser", "finer", "subset")
FAULTS = ("none", "scale", "scale", "unit", "tiny", "offset")


@dataclass(frozen=True)
class Feature:
    """How the raw values of a feature are drawn."""

    shape: str
    step: float
    spread: float
    mean: float
    fine: int
    """Steps of the wider grid, of two in one feature."""
    share: float
    """Of the rows on the wider grid, or at the atom."""

    @classmethod
    def at_random(cls, rng: np.random.Generator, shape: str) -> Feature:
        spread = float(10 ** rng.uniform(0.3, 2.5))
        return cls(
            shape, float(rng.choice([1, 1, 1, 0.1, 0.01, 0.25, 0.5, 5])), spread,
            spread * float(rng.choice([0, 1, 3, 10, 100, 300])),
            int(rng.choice([3, 5, 7, 10, 12, 25, 50, 60])),
            float(rng.choice([0.97, 0.9, 0.7, 0.5])),
        )  # fmt: skip

    def draw(self, rng: np.random.Generator, rows: int) -> Array:
        spread = self.spread
        match self.shape:
            case "uniform":
                places = rng.integers(0, int(4 * spread) + 5, rows).astype(float)
            case "poisson":
                places = rng.poisson(min(spread, 200) + 2, rows).astype(float)
            case "normal":
                places = rng.normal(self.mean, spread, rows)
            case "lognormal":
                places = np.exp(rng.normal(np.log(spread + 3), 0.2 + self.share / 2, rows))
            case "exponential":
                places = rng.exponential(spread + 2, rows)
            case "geometric":
                places = rng.geometric(0.3 * self.share, rows).astype(float)
            case "bimodal":
                side = np.where(rng.random(rows) < 0.5, -3, 3)
                places = rng.normal(side * spread, spread)
            case "few":
                places = rng.integers(0, 7, rows).astype(float)
            case "atom":
                others = np.rint(rng.gamma(2, spread / 2, rows)) + 1
                places = np.where(rng.random(rows) < self.share, 0, others)
            case "two grids":
                finer = np.rint(rng.gamma(2, 5 * spread, rows))
                coarser = np.rint(finer / self.fine) * self.fine
                places = np.where(rng.random(rows) < self.share, coarser, finer)
            case _:
                places = self.fine * np.rint(rng.gamma(2, spread / 2, rows))
        return np.rint(places) * self.step


def moved(rng: np.random.Generator, x: Array, step: float, move: str) -> Array:
    """Return raw values of another world: elsewhere, wider, on fewer or more places, or fewer."""
    spread = float(x.std())
    match move:
        case "shift":
            return np.rint((x + rng.normal(0, spread / 2)) / step) * step
        case "spread":
            # Without the odd step to either side, a world on every seventh place would come to lie
            # on every eleventh: that is another scale, and no parameters differ from it.
            wider = x.mean() + (x - x.mean()) * rng.uniform(0.6, 1.6)
            return (np.rint(wider / step) + rng.integers(-1, 2, len(x))) * step
        case "coarser":
            wide = step * rng.choice([2, 5, 10])
            return np.rint(x / wide) * wide
        case "finer":
            narrow = step / rng.choice([2, 4, 5, 10])
            return np.rint((x + rng.uniform(-0.5, 0.5, len(x)) * step) / narrow) * narrow
        case "subset":
            low, high = np.quantile(x, np.sort(rng.random(2)))
            inside = (x >= low) & (x <= high)
            return x[inside] if inside.sum() > 100 else x
        case _:
            return x


@dataclass(frozen=True)
class Run:
    """What the grid says of one log."""

    grid: Grid
    scale: float
    """The true slope of the parameters used, over training's."""
    fault: str
    move: str

    def right(self, scale: float) -> bool:
        """Return whether a scale is the true one, to the rounding of float32 and of the fit."""
        return abs(scale / self.scale - 1) < 2e-5 + 4 * self.grid.scale_error

    @property
    def outcome(self) -> str:
        """Return what the grid named: `exact`, `named` or `listed` where it was right."""
        grid = self.grid
        if grid.scale is None:
            return "nothing"
        if self.fault == "none":
            return "false"
        first = self.right(grid.scale)
        if grid.exact:
            return "exact" if first else "false"
        listed = any(self.right(scale) for scale, _ in grid.rivals)
        return "named" if first else "listed" if listed else "other"


def run(seed: int, shape: str) -> Run | None:
    """Return what the grid says of a log at random; None where training has no grid."""
    rng = np.random.default_rng(seed)
    feature = Feature.at_random(rng, shape)
    train = feature.draw(rng, int(10 ** rng.uniform(3, 4.3)))
    x = feature.draw(rng, int(10 ** rng.uniform(np.log10(300), 3.7 if rng.random() < 0.9 else 4.3)))
    method = "minmax" if rng.random() < 0.2 else "zscore"
    (fitted,) = skewcheck.fit(pa.table({"x": train}), normalize=[method]).features
    reference = fitted.reference
    if not isinstance(reference, NumericReference) or not reference.step or not fitted.steps:
        return None
    move = str(rng.choice(MOVES)) if rng.random() < 0.5 else ""
    x = moved(rng, x, reference.step, move)
    step = fitted.steps[0]
    if isinstance(step, MinMax):
        offset, scale = step.min, step.max - step.min
    else:
        assert isinstance(step, ZScore)
        offset, scale = step.mean, step.std
    fault, slope = str(rng.choice(FAULTS)), 1.0
    raw, used_offset, used_scale = x, offset, scale
    if fault == "scale":
        slope = float(np.exp(rng.uniform(np.log(0.05), np.log(20))))
        used_scale = scale / slope
        used_offset = offset + float(rng.choice([0, 0.3])) * scale * rng.normal()
    elif fault == "unit":
        slope = float(rng.choice(UNITS)) ** float(rng.choice([-1, 1]))
        raw = x * slope
    elif fault == "tiny":
        slope = 1 + float(rng.choice([-1, 1]) * 10 ** rng.uniform(-4.3, -2))
        used_scale = scale / slope
    elif fault == "offset":
        used_offset = offset + scale * float(rng.choice([1e-4, 1e-3, 0.1, 0.3]))
    dtype = np.float32 if rng.random() < 0.5 else np.float64
    served = (raw.astype(dtype) - dtype(used_offset)) / dtype(used_scale)
    grid = inspect_grid(served.astype(np.float64), fitted.steps, reference)
    return None if grid is None else Run(grid, slope, fault, move)
