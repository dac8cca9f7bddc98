"""Nights of a world with daily and weekly rhythm: clean ones pass, a fault of one feature is seen.

Ninety days of training; half of ten features have a rhythm. Fourteen clean days are audited one by
one, then days with a shift of one feature with a rhythm, by its standard deviation in training.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.features.types import Parameters

RHYTHMIC = 5
FEATURES = 10
TRAINING_DAYS = 90
START = pd.Timestamp("2026-01-05", tz="UTC")


def days(seed: int, first: int, count: int, rows: int) -> pd.DataFrame:
    """Return rows of days of the world, from a day of training's first on, in their order."""
    rng = np.random.default_rng(seed)
    at = first + np.sort(rng.random(rows)) * count
    times = START + pd.to_timedelta(at, unit="D")
    clock = pd.Series(times).dt
    columns: dict[str, object] = {"ts": times, "hour": clock.hour, "weekday": clock.day_of_week}
    weekend = np.asarray(clock.day_of_week >= 5)
    for i in range(FEATURES):
        values = rng.normal(size=rows)
        if i < RHYTHMIC:
            daily = np.sin(2 * np.pi * (np.asarray(clock.hour) - 2 * i) / 24)
            values = values + 0.7 * daily + (0.8 - 0.3 * i) * weekend
        columns[f"x{i}"] = values
    return pd.DataFrame(columns)


def trained(seed: int, rows: int, *, timed: bool = True) -> tuple[Parameters, pd.DataFrame]:
    """Return the parameters of ninety days, and these."""
    training = days(seed, 0, TRAINING_DAYS, rows)
    return skewcheck.fit(training, time_column="ts" if timed else None), training


def main() -> None:
    """Print a table of verdicts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="audits of each kind")
    parser.add_argument("--rows", type=int, default=3_000, help="rows a day")
    parser.add_argument("--no-times", action="store_true", help="as rivals: fit without times")
    parser.add_argument("--training", type=int, default=90_000, help="rows of training")
    chosen = parser.parse_args()
    print("| log | runs | `ok` | `warn` | `skew` | `inconclusive` |\n|---|---|---|---|---|---|")
    kinds = {"clean day": 0.0, "0.2 sd": 0.2, "0.3 sd": 0.3}
    verdicts: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    for run in range(chosen.runs):
        if run % 14 == 0:
            parameters, training = trained(run, chosen.training, timed=not chosen.no_times)
        night = days(10_000 + run, TRAINING_DAYS + run % 14, 1, chosen.rows)
        name = f"x{run % RHYTHMIC}"
        for kind, shift in kinds.items():
            changed = night.assign(**{name: night[name] + shift * training[name].std()})
            audit = skewcheck.audit(parameters, changed, by="none")
            feature = next(f for f in audit.features if f.name == name)
            verdicts[kind][audit.verdict if not shift else feature.verdict] += 1
    for kind, counts in verdicts.items():
        shares = [counts[v] / chosen.runs for v in ("ok", "warn", "skew", "inconclusive")]
        print(f"| {kind} | {chosen.runs} | " + " | ".join(f"{s:.1%}" for s in shares) + " |")
    with tempfile.TemporaryDirectory() as folder:
        sizes = []
        for fitted in (parameters, skewcheck.fit(training.drop(columns="ts"))):
            skewcheck.save(fitted, path := Path(folder) / "p.json")
            sizes.append(path.stat().st_size)
    print(f"\nThe parameter file has {sizes[0]:,} bytes, without times {sizes[1]:,}.")


if __name__ == "__main__":
    main()
