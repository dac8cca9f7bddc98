"""Logs with the changes that `skewcheck power` lists: do audits fail as often as is promised?

Logs are rows of a public set, drawn with weights that make the promised change, and audited from
end to end. The weights are computed here, from the rows; `power` computes them from the file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from public_sets import SETS, normalization, right, table
from scipy import optimize
from worlds import Steps, world

import skewcheck
from skewcheck.results.verdicts import Verdict

POWERS = {"likely": 0.8, "sure": 0.99}
LOGS = 200
"""Of each line: a share of 0.8 is known to 0.028 (standard error)."""
ROWS = (1_000, 5_000)
FEATURES = 2
"""Numeric and categorical features that are tried of each set."""
Weights = np.ndarray
DIRECTIONS = {"shift": (1, -1), "scale": (1,), "level": (1,), "nulls": (1,)}
LOWER_BOUNDS = ("paired", "served")
"""Lines that are lower bounds, by the reference: errors from a list, and fewer rows."""


@dataclass(frozen=True)
class Promise:
    """A line of `power`, and the share of failing audits of logs with that change."""

    source: str
    feature: str
    rows: int
    line: str
    size: float
    power: float
    seen: float

    @property
    def kept(self) -> bool:
        """Whether it is within 5 points, and two standard errors of the measurement."""
        off = self.seen - self.power
        if self.line in LOWER_BOUNDS and off > 0:
            return True
        return abs(off) <= 0.05 + 2 * math.sqrt(self.power * (1 - self.power) / LOGS)


def promises(data: Path) -> list[Promise]:
    """Return every line of some features of every public set."""
    tried = [(data, path, name, rows)
             for path in SETS for name in _features(data / path) for rows in ROWS]  # fmt: skip
    with ProcessPoolExecutor() as pool:
        return [p for some in pool.map(_of_feature, *zip(*tried, strict=True)) for p in some]


def _features(path: Path) -> list[str]:
    steps = normalization(table(path))
    numeric = [name for name, s in steps.items() if s[0]["op"] == "zscore"]
    return numeric[:FEATURES] + [name for name in steps if name not in numeric][:FEATURES]


def _of_feature(data: Path, path: str, name: str, rows: int) -> list[Promise]:
    column = table(data / path)[[name]]
    steps = normalization(column)
    if not steps:  # identifiers, by `fit`
        return []
    raw = {name: pd.to_numeric(column[name], errors="coerce").to_numpy(float)
           if steps[name][0]["op"] == "zscore" else
           np.array([None if pd.isna(v) else str(v) for v in column[name]], object)}  # fmt: skip
    known = world("promises", raw, steps, lambda *_: {}).parameters
    lines = skewcheck.power(known, rows, audits=2).features[0]
    draws = {
        **{line: partial(_distribution, name, raw[name], line) for line in DIRECTIONS},
        **{line: partial(_scaled, name, raw[name], steps, line) for line in LOWER_BOUNDS},
    }
    return [
        Promise(path.split("/")[-2], name, rows, line, size, POWERS[power], seen)
        for line, draw in draws.items()
        for power in POWERS
        if (size := getattr(getattr(lines, line), power, None)) is not None
        if (seen := min(_failing(known, name, log, rows) for log in draw(size))) >= 0
    ]


def _failing(
    known: skewcheck.Parameters, name: str,
    draw: Callable[[np.random.Generator, int], pd.DataFrame], rows: int,
) -> float:  # fmt: skip
    rng, hits = np.random.default_rng(7), 0
    for _ in range(LOGS):
        log = draw(rng, rows)
        served = "{feature} served" if f"{name} served" in log else "none"
        audit = skewcheck.audit(known, log, served=served, by=["none"])
        hits += audit.verdict is Verdict.SKEW
    return hits / LOGS


def _distribution(
    name: str, values: np.ndarray, line: str, size: float
) -> Iterator[Callable[[np.random.Generator, int], pd.DataFrame]]:
    """Yield functions that draw logs with the change, one for each direction that is possible."""
    for sign in DIRECTIONS[line]:
        weights = _weights(values, line, size * sign)
        if weights is not None:
            yield partial(_drawn, name, values, weights, size if line == "nulls" else 0.0)


def _drawn(
    name: str,
    values: np.ndarray,
    weights: Weights,
    more: float,
    rng: np.random.Generator,
    rows: int,
) -> pd.DataFrame:
    log = values[rng.choice(len(values), rows, p=weights / weights.sum())]
    share = float(pd.isna(values).mean()) + more
    log[rng.random(rows) < share] = None if log.dtype == object else np.nan
    return pd.DataFrame({name: log})


def _weights(values: np.ndarray, line: str, size: float) -> Weights | None:
    """Return weights of training's rows with the change; None where no weights have it."""
    known = (~pd.isna(values)).astype(float)
    if line == "nulls":
        return known
    if line == "level":
        shares = pd.Series(values).value_counts(normalize=True)
        p = shares.iloc[0]
        other = p + size if p < 0.5 else p - size
        return np.where(values == shares.index[0], other / p, (1 - other) / (1 - p)) * known
    x = values[known > 0].astype(float)
    z = (x - x.mean()) / x.std()
    moment, goal = (z, size) if line == "shift" else (z**2, size**2)

    def tilted(t: float) -> Weights:
        weights = np.exp(t * moment - (t * moment).max())
        return weights / weights.sum()

    reach = 500 / np.abs(moment).max()
    try:
        t = optimize.brentq(lambda t: float(tilted(t) @ moment) - goal, -reach, reach)
    except ValueError:
        return None
    known[known > 0] = tilted(t)
    return known


def _scaled(
    name: str, values: np.ndarray, steps: dict[str, Steps], line: str, size: float
) -> Iterator[Callable[[np.random.Generator, int], pd.DataFrame]]:
    """Yield a function that draws logs whose served values have an error of the scale."""

    def draw(rng: np.random.Generator, rows: int) -> pd.DataFrame:
        raw = values[rng.choice(len(values), rows)]
        served = (right(steps, {name: raw})[name] / (1 + size)).astype(np.float32)
        return pd.DataFrame({f"{name} served": served, **({name: raw} if line == "paired" else {})})

    yield draw
