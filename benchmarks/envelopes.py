"""What envelopes cost: `python envelopes.py` audits the same rows flat and in envelopes.

Whole processes are timed, in turns, so that other work on the machine meets all alike. Writes
ENVELOPES.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from processes import machine

import skewcheck

NUMBERS = 30
NAMES = [f"feature_{i:02}" for i in range(NUMBERS)]
PER_REQUEST = 4
"""Rows of a request, where it holds several."""
AUDIT = [sys.executable, "-m", "skewcheck", "audit"]

Record = dict[str, Any]


def _flat(rows: list[Record]) -> Iterator[str]:
    yield from map(json.dumps, rows)


def _docker(rows: list[Record]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({"log": json.dumps(row) + "\n", "stream": "stdout"})


def _sagemaker(rows: list[Record]) -> Iterator[str]:
    for row in rows:
        data = ",".join(map(str, row.values()))
        part = {"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": "CSV"}
        yield json.dumps({"captureData": {"endpointInput": part}, "eventVersion": "0"})


def _requests(rows: list[Record]) -> Iterator[str]:
    for start in range(0, len(rows), PER_REQUEST):
        yield json.dumps({"id": str(start), "instances": rows[start : start + PER_REQUEST]})


def _both(rows: list[Record]) -> Iterator[str]:
    for start in range(0, len(rows), PER_REQUEST):
        request = json.dumps({"instances": rows[start : start + PER_REQUEST]})
        yield json.dumps({"log": request, "stream": "stdout"})


LAYOUTS: dict[str, Callable[[list[Record]], Iterator[str]]] = {
    "flat": _flat,
    "JSON in a string (docker)": _docker,
    "CSV in a string (SageMaker)": _sagemaker,
    "records of a request, 4 each": _requests,
    "the same in a string": _both,
}


def main() -> None:
    """Write the logs, audit them in turns, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="layouts with this in their name, and flat")
    chosen = parser.parse_args()
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, live = (
            pd.DataFrame(np.round(rng.normal(50, 10, (n, NUMBERS)), 4), columns=NAMES)
            for n in (20_000, chosen.rows)
        )
        skewcheck.save(skewcheck.fit(train), folder / "p.json")
        rows = live.to_dict("records")
        logs = {}
        for layout, write in LAYOUTS.items():
            if layout == "flat" or chosen.only in layout:
                logs[layout] = folder / f"{len(logs)}.jsonl"
                with logs[layout].open("w") as out:
                    out.writelines(f"{line}\n" for line in write(rows))
        seconds: dict[str, list[float]] = {layout: [] for layout in logs}
        for _ in range(chosen.runs):
            for layout, log in logs.items():
                begun = time.perf_counter()
                subprocess.run(
                    [*AUDIT, str(folder / "p.json"), str(log)], check=True, capture_output=True
                )
                seconds[layout].append(time.perf_counter() - begun)
    flat = statistics.median(seconds["flat"])
    lines = [
        f"| {layout} | {statistics.median(s):.2f} | {min(s):.2f} |"
        f" {statistics.median(s) / flat:.2f} |"
        for layout, s in seconds.items()
    ]
    table = "\n".join(lines)
    text = (
        f"# Envelopes\n\n{chosen.rows:,} rows of {NUMBERS} numbers, `python envelopes.py` on"
        f" {machine()}: seconds of a whole process, median and least of {chosen.runs} runs in"
        f" turns, and the median over that of flat JSON Lines.\n\n"
        f"| layout | median | least | over flat |\n|---|---|---|---|\n{table}\n"
    )
    print(text)
    if not chosen.only:
        Path(__file__).with_name("ENVELOPES.md").write_text(text)


if __name__ == "__main__":
    main()
