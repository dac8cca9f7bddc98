"""Measure how often audits name faults of real servers: `python server_causes.py --data FOLDER`.

Faults stand in server_values.py, server_levels.py, server_parameters.py, server_state.py and
server_rows.py; server_logs.py puts them into logs of the public sets. What came out is the second
section of CAUSES.md. `--sample N` runs a seeded share of 1/N of the logs, each fault once at least.
"""

from __future__ import annotations

import argparse
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import natural_splits
import numpy as np
import sections
import server_report
from processes import machine
from server_faults import FAULTS
from server_judge import Judged, judged
from server_logs import Case, audited, clean, planned, written
from server_sets import SETS, ServerSet, server_set

CLEAN_LOGS = 28
"""Seeds of clean logs, of each set in each mode: over 5,000 features."""


@dataclass(frozen=True)
class Outcome:
    """One log: what was said of it, or the error that ended its audit."""

    case: Case
    judged: Judged | None
    error: str = ""


LOADED: dict[str, ServerSet] = {}
"""The sets, read before the processes fork: no task carries them."""


def measured(case: Case) -> Outcome:
    """Write the log of a case, audit it, and judge what was said."""
    fault = FAULTS[case.fault] if case.fault is not None else None
    data = LOADED[case.data]
    log = written(case, fault, data)
    if fault is not None and not log.wrong:
        return Outcome(case, None)
    try:
        said = audited(case, log, fault, data)
    except Exception:  # a crash of an audit is a result, and is listed
        return Outcome(case, None, traceback.format_exc())
    return Outcome(case, judged(case, fault, log, data, said))


def _sampled(cases: Sequence[Case], one_in: int) -> Iterator[Case]:
    """Yield a share of the cases, and one at least of every fault."""
    random, seen = np.random.default_rng(17), set[int | None]()
    for place in random.permutation(len(cases)).tolist():
        case = cases[place]
        if case.fault not in seen or random.random() < 1 / one_in:
            seen.add(case.fault)
            yield case


def _without_runs(cases: Sequence[Case], logs: Sequence[Judged]) -> list[str]:
    """Return the faults of which no log has enough wrong rows."""
    tried = {run.case.fault for log in logs for run in log.runs if run.fault}
    return [FAULTS[i].name for i in {case.fault for case in cases} - tried if i is not None]


def main() -> None:
    """Run the logs on two processes and write the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "CAUSES.md")
    parser.add_argument("--sample", type=int, default=1, help="run one log in so many")
    parser.add_argument(
        "--only", help="a part of a fault's name or its family: others are left out"
    )
    parser.add_argument("--worst", action="store_true", help="print every log that is told wrong")
    chosen = parser.parse_args()
    started = time.perf_counter()
    LOADED.update({name: server_set(name, chosen.data) for name in SETS})
    cases = [*planned(FAULTS, LOADED), *clean(LOADED, CLEAN_LOGS)]
    if chosen.only:
        names = [f"{fault.family} {fault.name}" for fault in FAULTS]
        cases = [c for c in cases if c.fault is not None and chosen.only in names[c.fault]]
    if chosen.sample > 1:
        cases = list(_sampled(cases, chosen.sample))
    splits_of = partial(natural_splits.splits_of, one_in=chosen.sample)
    sets = [] if chosen.only else [chosen.data / path for path in natural_splits.SETS]
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        splits = pool.map(splits_of, sets)
        outcomes = list(pool.map(measured, cases, chunksize=4))
        named = [named for of_set in splits for named in of_set]
    seconds = time.perf_counter() - started
    errors = [(o.case, o.error) for o in outcomes if o.error]
    logs = [o.judged for o in outcomes if o.judged is not None]
    shown = server_report.Measured(
        logs, named, errors, len(FAULTS), seconds, machine(), chosen.sample
    )
    if not chosen.only:
        sections.write_second(chosen.output, server_report.page(shown))
    print(server_report.summary(shown))
    for name in _without_runs(cases, logs):
        print("no run:", name)
    if chosen.worst or chosen.only:
        print(server_report.worst(shown, FAULTS))


if __name__ == "__main__":
    main()
