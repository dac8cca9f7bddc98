"""What a running server pays for its profile: processor time a row of `skewcheck.Profiler`.

    python benchmarks/profiler.py [ROWS]

20 numeric features, raw and served. All threads count (`time.process_time`): taking the rows,
counting them and writing the profile. A server has just made the values of a row, which are in the
processor's cache: a few hundred rows are added over and over. The least of several runs, as other
work on the machine only adds to it; `add alone` is the part that a request pays, without the thread
that counts.
"""

from __future__ import annotations

import sys
import tempfile
import time
from operator import itemgetter
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck

FEATURES, RUNS, DISTINCT = 20, 5, 512


def made(rows: int, seed: int) -> pd.DataFrame:
    """Return training data of all features."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({f"x{i}": rng.gamma(2, 5 + i, rows) for i in range(FEATURES)})


def main(rows: int) -> None:
    """Print the processor time of a row, in microseconds."""
    parameters = skewcheck.fit(made(20_000, 1))
    raw = made(DISTINCT, 2)
    pairs = [
        *zip(raw.to_dict("records"), parameters.transform(raw).to_dict("records"), strict=True)
    ]
    rounds = rows // DISTINCT
    names = ("values of two dicts", "add alone", "add, count and write")
    times: dict[str, list[float]] = {name: [] for name in names}
    size = 0
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            profiler = skewcheck.Profiler(parameters, folder)
            began, in_thread = time.process_time(), time.thread_time()
            for _ in range(rounds):
                for row, served in pairs:
                    profiler.add(row, served)
            requests = time.thread_time() - in_thread
            profiler.close()
            ended = time.process_time()
            size = sum(path.stat().st_size for path in Path(folder).iterdir())
        keys = itemgetter(*raw.columns)
        taken = time.process_time()
        for _ in range(rounds):
            for row, served in pairs:
                keys(row) + keys(served)
        for name, seconds in zip(
            names, (time.process_time() - taken, requests, ended - began), strict=True
        ):
            times[name].append(seconds / (rounds * DISTINCT) * 1e6)
    print(f"{rounds * DISTINCT:,} rows of {FEATURES} features, raw and served;"
          f" profile of {size / 1e6:.1f} MB")  # fmt: skip
    for name, each in times.items():
        print(f"{name}: {min(each):.2f} us a row (runs: {', '.join(f'{t:.2f}' for t in each)})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
