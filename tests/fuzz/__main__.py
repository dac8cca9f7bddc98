"""Damage parameter files of every format and read them: `python tests/fuzz [--seconds 60]`.

Two thirds of the time go to a fixed seed, the rest to a random one, which is told. Nothing but a
SkewcheckError may come of it: no other exception, no hang, no memory over 500 MB, no code run. A
case that fails is told with what reads it again: `--seed S --case N`.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
from pathlib import Path

FIXED = 5


def run(seed: int, first: int, cases: int, seconds: float) -> int:
    """Run a worker; return the case at which it failed, -1 for none."""
    worker = Path(__file__).parent / "worker.py"
    command = [sys.executable, worker, str(seed), str(first), str(cases), str(seconds)]
    few = {"MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, env={**os.environ, **few}, check=False,
        timeout=seconds + 120,
    )  # fmt: skip
    cases = done.stdout.split()
    if not cases:
        raise SystemExit("the worker did not begin")
    print(f"seed {seed}: {len(cases):,} cases", flush=True)
    return int(cases[-1]) if done.returncode else -1


def main() -> None:
    """Parse the options and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int)
    options.add_argument("--case", type=int, help="this one alone; needs --seed")
    options.add_argument("--cases", type=int, default=10**9, help="at most so many of each seed")
    given = options.parse_args()
    chosen = random.SystemRandom().randrange(10**6)
    plan = [(FIXED, given.seconds * 2 / 3), (chosen, given.seconds / 3)]
    if given.seed is not None:
        plan = [(given.seed, given.seconds)]
    cases = given.cases if given.case is None else 1
    for seed, seconds in plan:
        failed = run(seed, given.case or 0, cases, seconds)
        if failed >= 0:
            raise SystemExit(f"failed; again with: --seed {seed} --case {failed}")


if __name__ == "__main__":
    main()
