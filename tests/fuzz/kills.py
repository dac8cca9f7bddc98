"""Kill nightly audits, or take their memory: `python tests/fuzz/kills.py [--kills 500] [--seed 5]`.

After each the next night must exit with 1, unless the alarm's reports got out whole; no report is
ever half, and the night after that the alarm is old. A sweep of limits of memory follows, from none
to enough, and one in which each call in turn finds no memory.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from failing_calls import failing
from rides import frame

import skewcheck
from skewcheck.cli import main as skewcheck_main

STEP = 16 * 2**20
"""Bytes by which limits of memory differ."""
OLD = "an older report"
NIGHT = ["audit", "p.json", "bad.parquet", "--state", "s", "--only-new-alarms", "--quiet",
         "--report", "json=r.json", "--report", "line=r.txt"]  # fmt: skip


def child(prepare: Callable[[], None] = lambda: None) -> int:
    """Start a night in a process of its own and return its number."""
    process = os.fork()
    if process:
        return process
    try:
        stdout = os.open("stdout", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(stdout, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        prepare()
        code = skewcheck_main(NIGHT)
        sys.stdout.flush()
        os._exit(code)
    except BaseException:
        os._exit(2)


def ended(process: int) -> int:
    """Wait for a process; return its exit code, or less than 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def night() -> int:
    """Return the exit code of a night that nothing disturbs."""
    return ended(child())


def begin() -> None:
    """Put the folder back to the evening before."""
    shutil.rmtree("s", ignore_errors=True)
    shutil.copytree("before", "s")
    for name in ("r.json", "r.txt", "stdout"):
        Path(name).write_text(OLD)


def delivered() -> bool:
    """Return whether all reports of tonight are whole; ends the process where one is half."""
    text, line = Path("r.json").read_text(), Path("r.txt").read_text()
    if text != OLD and json.loads(text)["verdict"] != "skew":
        raise SystemExit("! a wrong report")
    if line != OLD and not (line.startswith("tool=skewcheck ") and line.endswith("\n")):
        raise SystemExit("! half a report")
    return OLD not in (text, line) and Path("stdout").read_text().startswith("skew: 1 skew (fare)")


def check(code: int, name: str) -> str:
    """Check the nights after one that ended so; return what became of the alarm."""
    told = delivered()
    again = night()
    if code == 1 and not told:
        raise SystemExit(f"! {name}: exit code 1 without a report")
    if again != 1 and not told:
        raise SystemExit(f"! {name}: exit code {code}, an alarm was lost: {again}")
    if code == 2 and again != 1:
        raise SystemExit(f"! {name}: exit code 2 made the alarm old: {again}")
    if not delivered() or night() != 0:
        raise SystemExit(f"! {name}: the alarm never grows old")
    return f"ended with {code}, alarm {'new' if again else 'old'} the next night"


def kills(number: int, seed: int) -> Counter[str]:
    """Kill so many nights at random moments."""
    chance = random.Random(seed)  # noqa: S311  # nothing secret
    begin()
    started = time.monotonic()
    night()
    span = (time.monotonic() - started) * 1.2
    counts: Counter[str] = Counter()
    for i in range(number):
        begin()
        process = child()
        time.sleep(chance.uniform(0, span))
        os.kill(process, signal.SIGKILL)
        counts[check(ended(process), f"kill {i}")] += 1
    return counts


def limits() -> Counter[str]:
    """Run nights with ever more memory until three in a row have enough."""
    counts: Counter[str] = Counter()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    enough, limit = 0, used
    while enough < 3:
        begin()
        bytes_ = (limit, limit)
        code = ended(child(lambda: resource.setrlimit(resource.RLIMIT_AS, bytes_)))  # noqa: B023
        enough = enough + 1 if code == 1 else 0
        counts[check(code, f"{(limit - used) // STEP} x {STEP} bytes")] += 1
        limit += STEP
    return counts


def calls() -> Counter[str]:
    """Let each call in turn find no memory."""
    counts: Counter[str] = Counter()
    for number in range(1, 1000):
        begin()
        with failing(Path(), number, "memory") as injector:
            stderr, sys.stderr = sys.stderr, open(os.devnull, "w")  # noqa: SIM115, PTH123
            code = skewcheck_main(NIGHT)
            sys.stderr = stderr
        if not injector.failed:
            return counts
        counts[check(code, f"call {number}, {injector.calls[-1]}")] += 1
    raise SystemExit("! no end")


def main() -> None:
    """Parse the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=500)
    options.add_argument("--seed", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        columns = frame(1, 2000)[["fare"]]
        skewcheck.save(skewcheck.fit(columns), "p.json")
        (columns * 100).to_parquet("bad.parquet")
        frame(2, 2000)[["fare"]].to_parquet("good.parquet")
        good = [word.replace("bad", "good") for word in NIGHT]
        process = os.fork()
        if not process:
            os._exit(skewcheck_main(good))
        if ended(process) != 0:
            raise SystemExit("the good night is not good")
        shutil.copytree("s", "before")
        parts: dict[str, Callable[[], Counter[str]]] = {
            "kills": lambda: kills(given.kills, given.seed),
            "limits of memory": limits,
            "calls without memory": calls,
        }
        for title, part in parts.items():
            for what, times in sorted(part().items()):
                print(f"{title}: {times:,} {what}", flush=True)
        os.chdir("/")
    print("0 alarms lost, 0 reports wrong or half")


if __name__ == "__main__":
    main()
