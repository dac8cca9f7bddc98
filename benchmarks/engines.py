"""Measure what engines cost beside threads: writes ENGINES.md. `--data FOLDER` keeps the data.

One process audits the same file by threads and by an engine in turn, each with two workers, after
a run of both that is thrown away: medians, and for a ratio the median of the ratios of neighbours.
Starting the engine does not count, as a cluster is there for many audits.
"""

from __future__ import annotations

import argparse
import os
import pickle
import tempfile
import time
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from processes import PYTHON, ROOT, machine, run

WORKERS = 2


ENGINES: dict[str, float | None] = {"processes": None, "dask": 1.2}
"""How many times as long as threads an engine may take; None: nobody asked."""


@dataclass(frozen=True, slots=True)
class Compared:
    """An engine and threads, in turn."""

    seconds: list[tuple[float, float]]
    """Of threads, and of the engine, from start to end."""
    same: bool
    """Whether both gave the same report."""

    @property
    def ratio(self) -> float:
        """Return how many times as long the engine took."""
        return median(engine / threads for threads, engine in self.seconds)


def compared(parameters: Path, log: Path, executor: Executor, runs: int) -> Compared:
    """Audit a log by both, so often."""
    import skewcheck

    def timed(by: Executor | None) -> tuple[float, object]:
        start = time.perf_counter()
        audit = skewcheck.audit(str(parameters), str(log), executor=by, workers=WORKERS)
        return time.perf_counter() - start, [feature.tests for feature in audit.features]

    seconds, same = [], True
    for i in range(runs + 1):
        (threads, expected), (engine, report) = timed(None), timed(executor)
        same = same and report == expected
        if i:
            seconds.append((threads, engine))
    return Compared(seconds, same)


class Weighing(Executor):
    """Runs each task at once, from bytes, and weighs what would be sent."""

    def __init__(self) -> None:
        self.task_bytes: list[int] = []
        self.result_bytes: list[int] = []
        self.measure_seconds: list[float] = []
        self.unpack_seconds: list[float] = []

    def submit(self, fn, /, *args, **kwargs):
        """Run a task, and note its bytes and seconds."""
        future: Future[object] = Future()
        sent = pickle.dumps(args)
        start = time.process_time()
        result = fn(*pickle.loads(sent), **kwargs)  # noqa: S301  # of this process
        self.measure_seconds.append(time.process_time() - start)
        data = pickle.dumps(result)
        start = time.process_time()
        future.set_result(pickle.loads(data))  # noqa: S301  # of this process
        self.unpack_seconds.append(time.process_time() - start)
        self.task_bytes.append(len(sent))
        self.result_bytes.append(len(data))
        return future


def weighed(parameters: Path, log: Path) -> list[str]:
    """Return the lines of what tasks take, and of what the driver does with each."""
    import skewcheck
    from skewcheck.counts.profile import Profile

    adding: list[float] = []
    plain = Profile.__add__

    def add(self: Profile, other: Profile) -> Profile:
        start = time.process_time()
        total = plain(self, other)
        adding.append(time.process_time() - start)
        return total

    weighing = Weighing()
    Profile.__add__ = add  # type: ignore[method-assign]
    start = time.process_time()
    skewcheck.audit(str(parameters), str(log), executor=weighing, workers=WORKERS)
    whole = time.process_time() - start
    Profile.__add__ = plain  # type: ignore[method-assign]
    first, last = weighing.result_bytes[0], weighing.result_bytes[-2]
    driver = median(weighing.unpack_seconds) + median(adding)
    rest = whole - sum(weighing.measure_seconds) - driver * len(weighing.task_bytes)
    return [
        f"| tasks | {len(weighing.task_bytes)} |",
        f"| bytes of a task | {median(weighing.task_bytes):,.0f} |",
        f"| bytes of the first result | {first:,} |",
        f"| bytes of the last but one | {last:,} |",
        f"| CPU seconds of a task, in a worker | {median(weighing.measure_seconds):.3f} |",
        f"| CPU seconds for its result, in the driver | {driver:.3f} |",
        f"| CPU seconds of all the rest: planning, judging, causes | {rest:.2f} |",
    ]


def main() -> None:
    """Measure and write the page."""
    from skewcheck.engine.engines import opened

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="a folder that keeps the data")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = given.data or Path(folder)
        train, log = data / "train-100000.parquet", data / f"log-{given.rows}.parquet"
        for kind, path, rows in (("train", train, 100_000), ("log", log, given.rows)):
            if not path.exists():
                run([PYTHON, str(ROOT / "benchmarks/data.py"), kind, str(data), str(rows)])
        parameters = data / "params.json"
        if not parameters.exists():
            run([PYTHON, "-m", "skewcheck", "fit", str(train), "-o", str(parameters)])
        rows = []
        for name, most in ENGINES.items():
            with opened(name, WORKERS) as engine:
                both = compared(parameters, log, engine.executor, given.runs)
            threads, seconds = (median(pair[i] for pair in both.seconds) for i in (0, 1))
            least = [min(pair[i] for pair in both.seconds) for i in (0, 1)]
            rows.append(
                f"| {name} | {'' if most is None else most} | {both.ratio:.2f} | {threads:.2f}"
                f" | {seconds:.2f} | {least[1] / least[0]:.2f}"
                f" | {'yes' if both.same else '**no**'} |"
            )
        tasks = weighed(parameters, log)
    load = os.getloadavg()[2]
    lines = [
        "# Engines beside threads", "",
        "Written by `make engines`. One process, the same file by threads and by an engine in",
        f"turn, each with {WORKERS} workers; wall-clock seconds, medians of {given.runs}; starting",
        "the engine does not count.", "",
        f"{given.rows:,} rows x 50 features, raw, Parquet. The machine's load in the quarter of an",
        f"hour before the end, of these runs and of others: {load:.0f} (an idle one: 2).",
        "", machine(), "",
        "| engine | asked | engine / threads | threads, s | engine, s | of the least | same |",
        "|---|--:|--:|--:|--:|--:|---|", *rows, "",
        "## What a task costs", "",
        "| | |", "|---|--:|", *tasks,
    ]  # fmt: skip
    (ROOT / "benchmarks/ENGINES.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
