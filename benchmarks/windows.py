"""Measure windows and segments: `python benchmarks/windows.py [--data FOLDER]`.

What they cost; onsets of injected faults and false alarms on drawn logs; the US Census of
NannyML, whose changes are known, with `--data` (the folder that holds `us_census_ma`). Writes a
table to stdout.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
from data import batch

import skewcheck

WINDOWS, EACH = 24, 500
BEGIN = 0.6
NUMERIC = 8
FAULTS = ("shifted by 0.5 sd", "not normalized", "level renamed")
ROOT = Path(__file__).resolve().parent.parent


def drawn(seed: int, rows: int) -> dict[str, object]:
    """Return columns of eight numeric features of several shapes and two categorical ones."""

    rng = np.random.default_rng(seed)
    shapes: list[Callable[[], object]] = [
        lambda: rng.normal(10, 2, rows),
        lambda: np.round(rng.gamma(2, 5, rows), 2),
        lambda: rng.poisson(4, rows).astype(float),
        lambda: rng.standard_t(3, rows),
    ]
    columns = {f"x{i}": shapes[i % len(shapes)]() for i in range(NUMERIC)}
    columns["pay"] = rng.choice(["Cash", "Card", "App"], rows, p=[0.5, 0.3, 0.2])
    columns["zone"] = rng.choice([f"z{i}" for i in range(40)], rows)
    columns["seg"] = rng.choice(list("abcdefgh"), rows)
    return columns


def _parameters() -> object:
    import pandas as pd

    return skewcheck.fit(pd.DataFrame(drawn(0, 20_000)), exclude=["seg"])


def onset(seed: int) -> tuple[str, bool, bool]:
    """Return a fault, whether it was found, and whether its onset was told within one window."""
    import pandas as pd

    parameters = _parameters()
    log = pd.DataFrame(drawn(seed, WINDOWS * EACH))
    fault, name = FAULTS[seed % 3], f"x{seed // 3 % NUMERIC}"
    late = np.arange(len(log)) >= BEGIN * len(log)
    options: dict[str, object] = {}
    if fault == FAULTS[0]:
        log.loc[late, name] += 0.5 * log[name].std()
    elif fault == FAULTS[1]:
        raw = log[name].copy()
        served = parameters.transform(log)
        for column in log.columns:
            if column.startswith("x"):
                log[column] = served[column]
        log.loc[late, name] = raw[late]
        options = {"served": "{feature}", "features": "x*"}
    else:
        name = "pay"
        log.loc[late, name] = log.loc[late, name].str.lower()
    audit = skewcheck.audit(parameters, log, every=EACH, **options)
    found = next(one for one in audit.features if one.name == name)
    starts = [int(change.since.removeprefix("row ")) // EACH for change in found.changes]
    true = int(BEGIN * WINDOWS)
    return fault, bool(starts), bool(starts) and abs(starts[0] - true) <= 1


def clean(seed: int) -> tuple[str, ...]:
    """Return the verdicts of a clean log with windows, and with segments."""
    import pandas as pd

    parameters = _parameters()
    log = pd.DataFrame(drawn(100_000 + seed, WINDOWS * EACH))
    return tuple(
        skewcheck.audit(parameters, log, **options).verdict.value
        for options in ({"every": EACH}, {"by": "seg"})
    )


def simulated(runs: int, audits: int, workers: int) -> Iterable[str]:
    """Yield lines on onsets and false alarms."""
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(onset, range(1, runs + 1), chunksize=5))
        verdicts = list(pool.map(clean, range(audits), chunksize=5))
    for fault in FAULTS:
        own = [one for one in found if one[0] == fault]
        near = sum(one[2] for one in own)
        yield f"| onset within one window: {fault} | >= 95 % | {near} of {len(own)} |"
    for i, what in enumerate(("24 windows", "8 segments")):
        for verdict, most in (("skew", "1"), ("warn", "3")):
            alarms = sum(one[i] == verdict for one in verdicts)
            line = f"clean audits that end in {verdict}: {what}"
            yield f"| {line} | <= {most} % | {alarms} of {audits} |"


def census(folder: Path) -> Iterable[str]:
    """Yield what is told of RELP in windows of 5,000 rows: known are chunks 14, and 26 to 28."""
    place = folder / "us_census_ma"
    others = ["id", "year", "employed", "prediction", "predicted_probability"]
    parameters = skewcheck.fit(place / "employment_MA_reference.pq", exclude=others)
    audit = skewcheck.audit(parameters, place / "employment_MA_analysis.pq", every=5_000)
    relp = next(one for one in audit.features if one.name == "RELP")
    for change in relp.changes:
        since = int(change.since.removeprefix("row ")) // 5_000
        until = int(change.until.removeprefix("row ")) // 5_000 - 1 if change.until else "the end"
        sure = f"{100 * change.confidence:.1f} %"
        yield f"| US Census, RELP | | chunks {since} to {until} ({sure}): {change.message} |"


def seconds(command: list[str]) -> tuple[float, float]:
    """Return wall and processor time of a run."""
    start = time.perf_counter()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(command)}: exit {child.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def cost(parameters: Path, logs: list[Path], runs: int) -> Iterable[str]:
    """Yield what 24 windows and 8 segments cost against the plain audit, run in turn."""
    plain = ["--time-column", "ts"]
    ways = {
        "24 windows": ["--time-column", "ts", "--every", "1h"],
        "8 segments": ["--time-column", "ts", "--by", "seg"],
    }
    with tempfile.TemporaryDirectory() as folder:
        out = ["--fail-on", "never", "--format", "json", "-o", f"{folder}/audit.json"]
        for log in logs:
            head = [sys.executable, "-m", "skewcheck", "audit", str(parameters), str(log), *out]
            seconds([*head, *plain])
            for what, options in ways.items():
                pairs = [
                    (seconds([*head, *plain]), seconds([*head, *options])) for _ in range(runs)
                ]
                wall, cpu = (median(b[i] / a[i] for a, b in pairs) for i in (0, 1))
                line = f"{what} against the plain audit, {log.stem}"
                yield f"| {line} | <= 1.5 | {wall:.2f} (processor time {cpu:.2f}) |"


def written(folder: Path, rows: int) -> tuple[Path, list[Path]]:
    """Write parameters and two logs of 24 hours with 8 segments, sorted by time and shuffled."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(7)
    skewcheck.save(skewcheck.fit(batch(100_000, 1)), folder / "params.json")
    log = batch(rows, 2)
    times = np.sort(rng.uniform(0, 86_400, rows)) + 1_763_596_800
    places = [f"s{i}" for i in rng.integers(0, 8, rows)]
    log = log.append_column("ts", pa.array(times)).append_column("seg", pa.array(places))
    pq.write_table(log, folder / "sorted.parquet", row_group_size=65_536)
    order = pa.array(rng.permutation(rows))
    pq.write_table(log.take(order), folder / "shuffled.parquet", row_group_size=65_536)
    return folder / "params.json", [folder / "sorted.parquet", folder / "shuffled.parquet"]


def table(runs: int, audits: int, data: Path | None, rows: int = 1_000_000) -> Iterator[str]:
    """Yield the table: onsets, false alarms, cost, and the census where its folder is given."""
    yield "| what | asked | measured |"
    yield "|---|---|---|"
    with tempfile.TemporaryDirectory() as folder:
        parameters, logs = written(Path(folder), rows)
        yield from cost(parameters, logs, 5)
    yield from simulated(runs, audits, os.cpu_count() or 1)
    if data is not None:
        yield from census(data)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder that holds us_census_ma")
    parser.add_argument("--runs", type=int, default=200, help="logs with a fault")
    parser.add_argument("--audits", type=int, default=300, help="clean logs")
    options = parser.parse_args()
    for line in table(options.runs, options.audits, options.data):
        print(line, flush=True)


if __name__ == "__main__":
    main()
