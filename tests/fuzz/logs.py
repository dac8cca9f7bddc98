"""Audit damaged logs and states: `python tests/fuzz/logs.py [--cases 10000] [--seed 5]`.

Each case ends with exit code 0, 1, 2 or 3; 2 with one line that is no internal error. One that
passes has accounted for every row that is whole in its file. None takes over 20 seconds by the
clock or 1 GB. A remembered log has the same report as one that is read, whatever befell the state.
A case that fails is printed with what runs it again: `--seed S --first N --cases 1`.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from log_mutations import FEATURES, Chance, _bytes, _cut, _zeros, case, frame

import skewcheck
from skewcheck.cli import main as skewcheck_main

FIXED = 5
HANG = 20
"""Seconds by the clock after which a case is taken to hang."""
MEMORY = 10**9
"""Bytes that no case may take."""
OPTIONS = (
    [], [], ["--time-column", "ts", "--since", "2026-11-29T10:00"], ["--by", "note"],
    ["--served", "none"], ["--every", "1000"], ["--time-column", "ts", "--every", "1d"],
    ["--no-values"], ["--raw", "{feature}", "--allow-missing"],
)  # fmt: skip


def run(words: list[str]) -> tuple[int, str]:
    """Return exit code and stderr of a command."""
    err = io.StringIO()
    with contextlib.redirect_stderr(err), contextlib.redirect_stdout(io.StringIO()):
        code = skewcheck_main(words)
    return code, err.getvalue()


def problems(code: int, err: str) -> Iterator[str]:
    """Yield what is wrong with how a command ended."""
    if code not in (0, 1, 2, 3):
        yield f"exit code {code}"
    if code == 2 and (err.count("\n") != 1 or not err[:-1].isprintable()):
        yield f"no line: {err!r:.300}"
    if "internal error" in err or "Traceback" in err:
        yield err


def log_case(chance: Chance) -> tuple[str, list[str]]:
    """Audit a damaged log; return how it ended, and what is wrong."""
    damaged = case(chance)
    options = chance.choice(OPTIONS)
    path = Path("logs", damaged.name)
    path.write_bytes(damaged.content)
    try:
        report = Path("r.json")
        report.unlink(missing_ok=True)
        words = ["audit", "p.json", str(path), *options, "-q", "--report", "json=r.json"]
        code, err = run(words)
        wrong = [f"{p} ({damaged.name}, {damaged.what}, {options})" for p in problems(code, err)]
        if code != 2:
            coverage = json.loads(report.read_text())["coverage"]
            lost = sum(loss["rows"] for loss in coverage.get("losses", ()) if loss["code"] != "cut")
            if coverage["parsed"] != coverage["audited"] + coverage.get("outside", 0) + lost:
                wrong.append(f"the account does not add up: {coverage}")
            if code == 0 and coverage["parsed"] < damaged.least:
                wrong.append(
                    f"{damaged.least} rows are whole, {coverage['parsed']} were read, exit code 0"
                    f" ({damaged.name}, {damaged.what}, {options})"
                )
        return f"exit {code}", wrong
    finally:
        path.unlink()


def state_case(chance: Chance) -> tuple[str, list[str]]:
    """Damage a file of a state, audit with it, and compare with what it must be."""
    shutil.rmtree("s", ignore_errors=True)
    shutil.copytree("s0", "s")
    files = sorted(path for path in Path("s").rglob("*") if path.is_file())
    for path in chance.sample(files, chance.choice((1, 1, 2))):
        content = path.read_bytes() or b"x"
        how = chance.choice((_bytes, _bytes, _zeros, _cut))
        path.write_bytes(how(content, chance))
        if chance.random() < 0.05:
            path.unlink()
    words = ["audit", "p.json", "days", "-q", "--report", "json=r.json", "--state", "s"]
    Path("r.json").unlink(missing_ok=True)
    code, err = run(words)
    wrong = list(problems(code, err))
    if code != 2 and _report("r.json") != _report("r0.json"):
        wrong.append(f"another report than without the state ({[str(p) for p in files]})")
    code, err = run(["history", "--state", "s"])
    wrong += list(problems(code, err))
    return f"state {code}", wrong


def _report(path: str) -> dict[str, object]:
    report = json.loads(Path(path).read_text())
    del report["run"]
    return report


def prepare() -> None:
    """Write what the cases share: parameters, two days of logs, a state that knows them."""
    log = frame(1, 3000)
    skewcheck.save(skewcheck.fit(log[list(FEATURES)]), "p.json")
    for folder in ("logs", "days"):
        Path(folder).mkdir()
    for day in range(2):
        path = Path("days", f"{day}.parquet")
        frame(day + 2).to_parquet(path)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    words = ["audit", "p.json", "days", "-q", "--report", "json=r0.json"]
    for _ in range(3):
        if run([*words, "--state", "s0"])[0] != 0:
            raise SystemExit("the clean log is not clean")


def worker(seed: int, first: int, cases: int) -> None:
    """Run cases, in a folder that goes with the process's parent."""
    prepare()
    counts: Counter[str] = Counter()
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    faulthandler.enable()
    for number in range(first, first + cases):
        os.write(1, f"{number}\n".encode())
        chance = random.Random(f"{seed} {number}")  # noqa: S311  # nothing secret
        faulthandler.dump_traceback_later(HANG, exit=True)
        what, wrong = (state_case if chance.random() < 0.1 else log_case)(chance)
        faulthandler.cancel_dump_traceback_later()
        counts[what] += 1
        for problem in wrong:
            os.write(1, f"! --seed {seed} --first {number} --cases 1: {problem}\n".encode())
    summary = ", ".join(f"{n:,} {what}" for what, n in sorted(counts.items()))
    os.write(1, f"= {summary}\n".encode())


def _worked(seed: int, first: int, cases: int) -> tuple[int, list[str]]:
    """Run a worker; return its exit code and what it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--worker", "--seed", str(seed)]
        done = subprocess.run(
            [*command, "--first", str(first), "--cases", str(cases)],
            stdout=subprocess.PIPE, text=True, check=False, cwd=folder, errors="replace",
            env={**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"},
        )  # fmt: skip
    return done.returncode, done.stdout.splitlines()


def watched(seed: int, first: int, cases: int) -> int:
    """Run a worker again and again until all cases are done; return how many failed.

    A case in which it died is tried once more: the machine may have stood still.
    """
    failed, end = 0, first + cases
    while first < end:
        code, lines = _worked(seed, first, end - first)
        for line in lines:
            if not line.isdecimal():
                print(line.removeprefix("= "), flush=True)
                failed += line.startswith("!")
        numbers = [int(line) for line in lines if line.isdecimal()]
        if not numbers:
            raise SystemExit("the worker did not begin")
        if code:
            again, _ = _worked(seed, numbers[-1], 1)
            died = f"--seed {seed} --first {numbers[-1]} --cases 1: died ({code})"
            print(f"! {died}" if again else f"{died}, and not when it was tried again")
            failed += bool(again)
        first = numbers[-1] + 1
    return failed


def main() -> None:
    """Parse the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=10_000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--seed", type=int, default=FIXED)
    options.add_argument("--worker", action="store_true")
    given = options.parse_args()
    if given.worker:
        worker(given.seed, given.first, given.cases)
        return
    failed = watched(given.seed, given.first, given.cases)
    print(f"{given.cases:,} damaged logs and states, {failed} problems")
    raise SystemExit(min(failed, 1))


if __name__ == "__main__":
    main()
