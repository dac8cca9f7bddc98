"""Normalize and audit generated pipelines: `python tests/fuzz/generated.py [--cases 50000]`.

What the training normalization makes must be clean, in paired and in served mode, and a cell that
is changed must break parity. The tests try the first 200 seeds; this goes on from there. A case
that fails is printed with its seed.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipelines import pipeline
from test_laws_of_clean_logs import PIPELINES, alarms, changed_cell, fitted

import skewcheck


def attempt(seed: int) -> str:
    """Return what is wrong with a pipeline; empty for nothing."""
    warnings.simplefilter("ignore")
    line = pipeline(seed)
    try:
        with tempfile.TemporaryDirectory() as name:
            return ", ".join(_broken_laws(seed, Path(name)))
    except Exception as error:  # whatever it is, it is a case to look at
        return f"{type(error).__name__}: {error} {line.steps}"


def _broken_laws(seed: int, folder: Path) -> Iterator[str]:
    line = pipeline(seed)
    parameters, served = fitted(line, folder)
    logs = served.assign(f=line.frame["f"]), served.drop(columns="f", errors="ignore")
    for log in logs:
        audit = skewcheck.audit(parameters, line.write_log(log, folder), served="{feature}_n")
        if alarming := alarms(audit):
            yield f"{audit.logs.mode} {alarming[:3]} {line.steps}"
    if not changed_cell(line, parameters, served, seed):
        yield f"a changed cell is not seen: {line.steps}"


def main() -> None:
    """Parse the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=50_000)
    options.add_argument("--first", type=int, default=PIPELINES, help="the first seed")
    given = options.parse_args()
    seeds = range(given.first, given.first + given.cases)
    failed = 0
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for seed, problem in zip(seeds, pool.map(attempt, seeds, chunksize=20), strict=True):
            if problem:
                failed += 1
                print(f"seed {seed}: {problem}", flush=True)
    print(f"{given.cases:,} pipelines, {failed} failed")
    raise SystemExit(min(failed, 1))


if __name__ == "__main__":
    main()
