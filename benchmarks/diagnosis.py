"""Measure how long causes are searched: `python benchmarks/diagnosis.py`. About two minutes.

A log of 50 features that all alarm is audited, and one of as many rows without a fault: the
difference is what the diagnosis takes, whatever else an audit does: seconds of CPU of one process,
which on an idle machine are the longest that it may take, the least of runs in turn after one that
is thrown away. `--profile NAME` prints where the time of one log goes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

import skewcheck

FEATURES, ROWS, TRAINING_ROWS = 50, 20_000, 20_000
Array = np.ndarray
Columns = Mapping[str, Array]
Fault = Callable[[Array, Array, int], Array]
"""Served values of raw ones, right ones, and the number of the feature."""
MODES = {"paired": ("raw", "served"), "served": ("served",), "raw": ("raw",)}


def raw_values(seed: int, rows: int) -> dict[str, Array]:
    """Return features of five kinds: normal, cents, counts, tenths, and of a heavy tail."""
    random = np.random.default_rng(seed)
    kinds: list[Callable[[float], Array]] = [
        lambda c: random.normal(40 * c, 12, rows),
        lambda c: np.round(random.gamma(2, 5 * c, rows), 2),
        lambda c: random.poisson(5 * c, rows).astype(float),
        lambda c: np.round(random.normal(10, 6 * c, rows), 1),
        lambda c: random.lognormal(2, 0.5 + 0.1 * c, rows),
    ]
    return {f"f{i:02d}": kinds[i % 5](1 + i / 10) for i in range(FEATURES)}


def right(raw: Columns, lines: Mapping[str, tuple[float, float]]) -> dict[str, Array]:
    """Return z-scores."""
    return {name: (x - lines[name][0]) / lines[name][1] for name, x in raw.items()}


def _moving(x: Array, z: Array, _: int) -> Array:
    mean, std = _line(x, z)
    variance, served = std**2, np.empty(len(x))
    for i, value in enumerate(x.tolist()):
        mean = 0.99 * mean + 0.01 * value
        variance = 0.99 * variance + 0.01 * (value - mean) ** 2
        served[i] = (value - mean) / variance**0.5
    return served


def _line(x: Array, z: Array) -> tuple[float, float]:
    """Return the mean and deviation that made z of x."""
    a, b = int(np.argmin(x)), int(np.argmax(x))
    std = (x[b] - x[a]) / (z[b] - z[a])
    return float(x[a] - z[a] * std), float(std)


def _window(x: Array, _z: Array, _: int) -> Array:
    rolling = pd.Series(x).rolling(50, min_periods=1)
    return ((x - rolling.mean()) / rolling.std(ddof=0).replace(0, 1.0)).to_numpy()


def _of_raw(change: Callable[[Array], Array]) -> Fault:
    """Return a change of raw values, normalized as training does."""

    def fault(x: Array, z: Array, _: int) -> Array:
        mean, std = _line(x, z)
        with np.errstate(all="ignore"):
            return (change(x) - mean) / std

    return fault


def _tenth(_: Array, z: Array, i: int) -> Array:
    """Return a tenth of the rows with other parameters."""
    rows = np.random.default_rng(i).random(len(z)) < 0.1
    return np.where(rows, 0.8 * z + 0.3, z)


def _noise(_: Array, z: Array, i: int) -> Array:
    """Return what no mechanism makes."""
    return z + np.random.default_rng(i).normal(0, 0.5, len(z))


def _of_served(change: Callable[[Array], Array]) -> Fault:
    return lambda _x, z, _: change(z)


PARAMETERS = _of_served(lambda z: 0.9 * z + 0.2)
UNIT = _of_raw(lambda x: 1.609344 * x)
LATE = _of_served(lambda z: np.concatenate([z[:1], z[:-1]]))
KINDS: tuple[Fault, ...] = (
    PARAMETERS, lambda x, _z, _: x, UNIT, _of_raw(lambda x: np.float16(x).astype(float)),
    _of_raw(np.cbrt), _of_raw(np.floor), _of_served(lambda z: np.round(z, 2)),
    lambda x, _z, _: (x - x.min()) / np.ptp(x), LATE, _of_served(lambda z: np.minimum(z, 1.0)),
)  # fmt: skip
FAULTS: Mapping[str, tuple[Fault, tuple[str, ...]]] = {
    "other parameters": (PARAMETERS, ("paired", "served")),
    "a tenth of the rows": (_tenth, ("paired", "served")),
    "ten kinds of faults": (lambda x, z, i: KINDS[i % 10](x, z, i), ("paired", "served")),
    "another unit": (UNIT, ("paired", "served", "raw")),
    "a moving mean": (_moving, ("paired",)),
    "windows of 50 rows": (_window, ("paired",)),
    "a row late": (LATE, ("paired",)),
    "noise": (_noise, ("paired",)),
    "drift": (_of_raw(lambda x: 1.1 * x + 0.3 * x.std()), ("served", "raw")),
    "another mixture": (_of_raw(lambda x: np.where(np.arange(len(x)) % 3, x, 100 * x)),
                        ("served", "raw")),
}  # fmt: skip
"""By name: what a server does, and the modes of logs that show it."""


class Diagnosis:
    """Logs of faulty servers, each beside a right one."""

    def __init__(self) -> None:
        training = raw_values(1, TRAINING_ROWS)
        self.parameters = skewcheck.fit(pd.DataFrame(training))
        self.lines = {name: (float(x.mean()), float(x.std())) for name, x in training.items()}
        self.raw = raw_values(2, ROWS)
        self.served = right(self.raw, self.lines)
        random = np.random.default_rng(3)
        times = np.sort(random.integers(0, 4 * 86_400, ROWS)) + 1_772_409_600
        self.others = {"host": random.choice(["a", "b", "c"], ROWS), "time": times}

    def log(self, mode: str, fault: Fault | None) -> pa.Table:
        """Return a log of a mode; without a fault that of a right server."""
        made = dict(self.served)
        if fault is not None:
            made = {name: fault(self.raw[name], z, i) for i, (name, z) in enumerate(made.items())}
        undone = {n: z * self.lines[n][1] + self.lines[n][0] for n, z in made.items()}
        raw = self.raw if mode != "raw" or fault is None else undone
        sides = {"raw": raw, "served": {f"{n}_norm": z for n, z in made.items()}}
        columns = {n: x for side in MODES[mode] for n, x in sides[side].items()}
        return pa.table({**columns, **self.others})

    def audit(self, mode: str, log: pa.Table) -> skewcheck.Audit:
        """Return the audit of a log."""
        served = "none" if mode == "raw" else "{feature}_norm"
        return skewcheck.audit(self.parameters, log, served=served, time_column="time")

    def seconds(self, mode: str, fault: Fault, runs: int) -> tuple[float, float, int]:
        """Return the least of audits with and without the fault, and how many features alarm."""
        faulty, clean = self.log(mode, fault), self.log(mode, None)
        alarms = sum(f.verdict.value in ("skew", "warn") for f in self.audit(mode, faulty).features)
        times: dict[int, list[float]] = {0: [], 1: []}
        for run in range(2 * runs):
            begun = time.process_time()
            self.audit(mode, clean if run % 2 else faulty)
            times[run % 2].append(time.process_time() - begun)
        return min(times[0]), min(times[1]), alarms


def measured(runs: int, only: str) -> Iterator[tuple[str, float]]:
    """Yield what was diagnosed, and the difference in seconds."""
    bench = Diagnosis()
    for name, (fault, modes) in FAULTS.items():
        for mode in modes if only in name else ():
            faulty, clean, alarms = bench.seconds(mode, fault, runs)
            title = f"diagnosis of {alarms} alarming features, {mode}: {name}"
            yield title, max(faulty - clean, 0.0)


def main() -> None:
    """Print the seconds as JSON, which `bench.py` reads, or the profile of one log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="a part of a name: others are left out")
    parser.add_argument("--profile", help="a fault and a mode, as 'noise:paired'")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, [*os.sched_getaffinity(0)][:2])
    if chosen.profile:
        name, mode = chosen.profile.split(":")
        bench = Diagnosis()
        log = bench.log(mode, FAULTS[name][0])
        bench.audit(mode, log)
        profile = cProfile.Profile()
        profile.runcall(bench.audit, mode, log)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
        return
    print(json.dumps(dict(measured(chosen.runs, chosen.only)), indent=1))


if __name__ == "__main__":
    main()
