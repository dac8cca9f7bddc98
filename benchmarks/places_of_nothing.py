"""Places named where there is none: logs in which all rows moved alike, or rows fail at random."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import skewcheck

LOGS = 500
MEAN, STD = 10.0, 2.0
ROWS = (500, 2_000, 8_000)
KINDS = ("raw", "served", "paired")


def false_places(logs: int = LOGS) -> dict[str, tuple[int, int]]:
    """Return by mode in how many logs a place was named, and how many there were."""
    train = np.random.default_rng(0).normal(MEAN, STD, 8000)
    known = skewcheck.fit(pd.DataFrame({"x": train}))
    counts = dict.fromkeys(KINDS, (0, 0))
    for seed in range(logs):
        kind = KINDS[seed % len(KINDS)]
        named, all_logs = counts[kind]
        log, options = _log(kind, train, np.random.default_rng(seed))
        audit = skewcheck.audit(known, log, **options)
        counts[kind] = named + any(_places(audit)), all_logs + 1
    return counts


def _log(
    kind: str, train: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, dict[str, object]]:
    rows = int(rng.choice(ROWS))
    columns = {f"place{i}": _values(rng, rows) for i in range(rng.integers(1, 4))}
    shift, scale = rng.choice([0.0, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0]), rng.choice([0.75, 1.0, 1.25])
    x = rng.normal(MEAN, STD, rows)
    if kind != "paired":
        x = rng.normal(MEAN + shift * STD, scale * STD, rows)
    right = (x - train.mean()) / train.std()
    if kind == "raw":
        return pd.DataFrame({"x": x, **columns}), {"by": list(columns), "served": "none"}
    if kind == "served":
        return pd.DataFrame({"x": right, **columns}), {"by": list(columns), "served": "{feature}"}
    wrong = rng.random(rows) < rng.choice([0.003, 0.01, 0.1, 0.5])
    served = np.where(wrong, right * 1.25 + 0.3, right)
    log = pd.DataFrame({"x": x, "x_n": served, **columns})
    return log, {"by": list(columns), "served": "{feature}_n"}


def _values(rng: np.random.Generator, rows: int) -> np.ndarray:
    """Return 2 to 50 values of uneven shares."""
    values = int(rng.integers(2, 51))
    return rng.choice([f"v{i}" for i in range(values)], rows, p=rng.dirichlet(np.full(values, 2.0)))


def _places(audit: skewcheck.Audit) -> Iterator[object]:
    for feature in audit.features:
        yield from (cause.place for cause in feature.causes if cause.place is not None)
        yield from feature.worst
