"""Random features as people have them: a column, its normalization, and how a server logs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Column = NDArray[np.float64]
Random = np.random.Generator
Settings = Mapping[str, object]
ROWS = 600

COLUMNS: Mapping[str, Callable[[Random], Column]] = {
    "normal": lambda rng: rng.normal(rng.uniform(-5, 5), 10 ** rng.uniform(-2, 3), ROWS),
    "counts": lambda rng: rng.poisson(rng.choice([3, 20, 200]), ROWS).astype(float),
    "cents": lambda rng: np.round(rng.gamma(2, 15, ROWS), 2),
    "lognormal": lambda rng: rng.lognormal(0, 1, ROWS),
    "few decimals": lambda rng: rng.choice([0.05, 0.1, 0.2, 0.3], ROWS),
    "offset": lambda rng: rng.normal(1000, 1, ROWS),
    "halves": lambda rng: rng.integers(0, 40, ROWS) / 2,
    "zeros": lambda rng: np.where(rng.random(ROWS) < 0.7, 0, rng.gamma(2, 3, ROWS)),
    "millions": lambda rng: rng.normal(3e6, 1e5, ROWS).round(),
    "tiny": lambda rng: rng.normal(0, 1e-4, ROWS),
}


def _before(rng: Random, x: Column) -> tuple[list[Settings], Column]:
    """Return steps in front of a scaler, and what they make of finite values."""
    steps: list[Settings] = []
    for op in rng.permutation(["impute", "clip", "log1p", "log", "power"])[: rng.integers(0, 3)]:
        low, high = (float(end) for end in np.quantile(x, [0.02, 0.95]))
        if op == "impute":
            steps.append({"op": op, "value": float(rng.choice([0.0, np.median(x), x.mean()]))})
        if op == "clip" and high > low:
            steps.append({"op": op, "min": low, "max": high})
            x = np.clip(x, low, high)
        if op == "log1p" and x.min() > -0.9:
            steps.append({"op": op})
            x = np.log1p(x)
        if op == "log" and x.min() > 0.01:
            base = float(rng.choice([np.e, 2, 10]))
            steps.append({"op": op, "base": base})
            x = np.log(x) / np.log(base)
        if op == "power" and x.min() >= 0:
            steps.append({"op": op, "method": "yeo-johnson", "lambda": 0.5})
            x = 2 * (np.sqrt(x + 1) - 1)
    return steps, x


def _scaler(rng: Random, x: Column) -> Settings | None:
    """Return the step that scales, of which `x` is what it is fitted to; None for none."""
    quarter, half, three = np.quantile(x, [0.25, 0.5, 0.75])
    cuts, levels = np.unique(np.quantile(x, [0.2, 0.5, 0.8])), np.unique(np.quantile(x, LEVELS))
    kinds: Mapping[str, Settings | None] = {
        "zscore": {"mean": x.mean(), "std": x.std()} if x.std() > 0 else None,
        "minmax": {"min": x.min(), "max": x.max()} if x.max() > x.min() else None,
        "robust": {"center": half, "scale": three - quarter} if three > quarter else None,
        "maxabs": {"scale": np.abs(x).max()} if x.any() else None,
        "affine": {"offset": x.mean(), "scale": rng.choice([2.0, -0.5, 0.1])},
        "buckets": {"edges": cuts.tolist()},
        "quantile": {"values": levels.tolist()} if len(levels) > 2 else None,
    }
    op = str(rng.choice([*kinds]))
    settings = kinds[op]
    if settings is None:
        return None
    plain: dict[str, object] = {
        k: v if isinstance(v, list) else float(str(v)) for k, v in settings.items()
    }
    if op in DIVIDING and rng.random() < 0.3:
        place = str(rng.choice(["scale", "variance", "floor"]))
        plain |= {"epsilon": float(10 ** rng.uniform(-8, 0)), "epsilon_in": place}
    return {"op": op, **plain}


DIVIDING = ("zscore", "minmax", "robust", "maxabs")
LEVELS = np.linspace(0, 1, 21)
AFTER: Mapping[str, Settings] = {
    "clip": {"op": "clip", "min": -3.0, "max": 3.0},
    "float16": {"op": "cast", "dtype": "float16"},
    "float32": {"op": "cast", "dtype": "float32"},
    "round": {"op": "round", "decimals": 2},
    "int8": {"op": "quantize", "scale": 0.05, "zero_point": 0, "dtype": "int8"},
}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A feature `f`: its steps, its rows, and how its log is written."""

    steps: tuple[Settings, ...]
    frame: pd.DataFrame
    served: str
    """dtype of the served numbers."""
    ending: str
    digits: str | None
    """`float_format` of a CSV."""

    def write_parameters(self, path: Path) -> None:
        """Write a parameter file with the steps alone."""
        path.write_text(json.dumps({"features": {"f": {"steps": self.steps}}}))

    def write_log(self, frame: pd.DataFrame, folder: Path) -> Path:
        """Write a log in this pipeline's format."""
        path = folder / f"log{self.ending}"
        if self.ending == ".parquet":
            frame.to_parquet(path)
        elif self.ending == ".csv":
            frame.to_csv(path, index=False, float_format=self.digits)
        else:
            frame.to_json(path, orient="records", lines=True, double_precision=15)
        return path


def _map(rng: np.random.Generator, levels: list[str], *, several: bool) -> Settings:
    """Return a map to one number or to several, whole ones, measured ones or those of a scaler."""
    width = int(rng.integers(2, 4)) if several else 1
    digits = int(rng.choice([0, 1, 3, 17]))

    def numbers() -> object:
        vector = np.round(rng.normal(0, 3, width), digits).tolist()
        return vector if several else vector[0]

    values = {level: numbers() for level in levels}
    others = {key: numbers() for key in ("null", "unknown") if rng.random() < 0.7}
    return {"op": "map", "values": values, **others}


def _expand(rng: np.random.Generator, column: np.ndarray) -> Settings:
    """Return a step to several numbers: bins, a line with a bend, powers."""
    finite = column[np.isfinite(column)]
    knots = np.unique(np.quantile(finite, [0.2, 0.5, 0.9])).tolist() if len(finite) else [0.0]
    width, start = max(float(finite.std()) if len(finite) else 1.0, 1e-6), knots[0]
    bend = [[0.0, 0.0], *([(k - start) / width, 1 / width] for k in knots)]
    bins = [[float(i == 1)] for i in range(len(knots) + 1)]
    made = {
        "bin": [{"op": "piecewise", "knots": knots, "coefficients": bins}],
        "bend": [{"op": "piecewise", "knots": knots, "coefficients": bend}],
        "line": [{"op": "zscore", "mean": start, "std": width}],
    }
    kept = rng.choice([*made], int(rng.integers(1, 4)), replace=False)
    return {"op": "expand", "columns": {str(name): made[str(name)] for name in sorted(kept)}}


def pipeline(seed: int) -> Pipeline:
    """Return a feature of numbers or of levels; the same for the same seed."""
    rng = np.random.default_rng(seed)
    nulls = rng.random(ROWS) < 0.05 * rng.integers(0, 2)
    ending, digits = [(".parquet", None), (".csv", "%.9g"), (".csv", "%.6g"), (".jsonl", None)][
        rng.integers(4)
    ]
    served = str(rng.choice(["float64", "float32"]))
    if rng.random() < 0.2:
        levels = ["M", "F", "x", "Zed"][: rng.integers(2, 5)]
        known = levels[: rng.integers(1, len(levels) + 1)]
        op = str(rng.choice(["onehot", "vocabulary", "map"]))
        column = np.where(nulls, None, rng.choice(levels, ROWS).astype(object))
        frame = pd.DataFrame({"f": column})
        several = op == "map" and rng.random() < 0.7
        encoder: list[Settings] = [
            _map(rng, known, several=several) if op == "map" else {"op": op, "values": known}
        ]
        if op != "onehot" and not several and rng.random() < 0.5:
            mean, std = rng.uniform([0.0, 0.2], 2.0)
            encoder.append({"op": "zscore", "mean": float(mean), "std": float(std)})
        return Pipeline(tuple(encoder), frame, served, ending, digits)
    x = COLUMNS[str(rng.choice([*COLUMNS]))](rng)
    before, made = _before(rng, x)
    scaler = _scaler(rng, made)
    after = [] if scaler is None or scaler["op"] == "buckets" else [*AFTER.values()]
    steps = [*before, *([scaler] if scaler else []), *rng.permutation(after)[: rng.integers(0, 2)]]
    aside = np.random.default_rng([seed, 1])
    if aside.random() < 0.15:
        steps = [*before, _expand(aside, made)]
    dtype = str(rng.choice(["float64", "float32"]))
    if (np.rint(x) == x).all() and not nulls.any() and rng.random() < 0.5:
        dtype = "int64"
    elif ending != ".jsonl" and rng.random() < 0.15:  # JSON has no infinity
        x = np.where(rng.random(ROWS) < 0.02, rng.choice([-np.inf, np.inf], ROWS), x)
    frame = pd.DataFrame({"f": np.where(nulls, np.nan, x).astype(dtype)})
    nothing: Settings = {"op": "affine", "offset": 0.0, "scale": 1.0}
    return Pipeline(tuple(steps) or (nothing,), frame, served, ending, digits)
