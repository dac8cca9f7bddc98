"""What tests of `inject` share: a log, a parameter file, and a short form of the call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

import skewcheck
from skewcheck.features.steps import Clip, Impute, Log1p, MinMax, OneHot, Robust, Vocabulary, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.simulate.inject import Injected

ROWS = 4000


def frame(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    fare = np.round(rng.gamma(2, 5, rows), 2)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 12, rows),
            "fare": np.where(rng.random(rows) < 0.05, np.nan, fare),
            "count": rng.poisson(5, rows),
            "speed": rng.normal(30, 9, rows),
            "pay": rng.choice(["Cash", "Card", "App"], rows, p=[0.6, 0.3, 0.1]),
            "way": rng.choice(["b", "a", "c"], rows),
            "host": rng.choice(["web-1", "web-2", "web-7"], rows),
            "ts": pd.Timestamp("2026-11-01", tz="UTC") + pd.to_timedelta(np.arange(rows), "min"),
        }
    )


TRAIN, LOG = frame(1), frame(2)
STEPS = Parameters(
    (
        Feature("age", "numeric", (ZScore(40.0, 12.0),)),
        Feature("fare", "numeric", (Impute(7.0), Clip(None, 40.0), Log1p(), ZScore(2.2, 0.6))),
        Feature("count", "numeric", (MinMax(0.0, 20.0),)),
        Feature("speed", "numeric", (Robust(30.0, 12.0),)),
        Feature("pay", "categorical", (Vocabulary(("Cash", "Card", "App")),)),
        Feature("way", "categorical", (OneHot(("b", "a", "c")),)),
    ),
    "",
    path="p.json",
)
KNOWN = skewcheck.fit(TRAIN, parameters=STEPS)


Inject = Callable[..., tuple[Injected, pd.DataFrame]]


def injector(folder: Path) -> Inject:
    """Return a function that injects into LOG, or another log, and reads what was written."""

    def run(fault: str, log: object = LOG, **given: object) -> tuple[Injected, pd.DataFrame]:
        out = folder / "out.parquet"
        done = skewcheck.inject(fault, KNOWN, log, out, **given)
        return done, pq.read_table(out).to_pandas()

    return run


AGE, FARE = LOG["age"].to_numpy(), LOG["fare"].to_numpy()
COUNT, SPEED = LOG["count"].to_numpy(np.float64), LOG["speed"].to_numpy()
Z = (AGE - 40) / 12
