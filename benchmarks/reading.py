"""Print how long parameter files take that are wide, deep, hostile or damaged, for bench.py.

The files are those of the tests, which see that they are read or refused rightly. Each figure is
[asked, measured] in seconds, the measured one of the fastest of three readings, or of the slowest
file of many.
"""

from __future__ import annotations

import json
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import joblib

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "parameters")]

from bombs import BOMBS  # noqa: E402
from pmml_text import reader  # noqa: E402
from wide import indicators, nested, scaler  # noqa: E402

from skewcheck.parameters.pickles import unpickle  # noqa: E402
from skewcheck.text.errors import ParameterError  # noqa: E402

PLACE = Path("scaler.pkl")
CASES = 2_000
SLOWEST = re.compile(r"slowest ([0-9.]+) s")


def seconds(act: Callable[[], object]) -> float:
    """Return how long something takes, the fastest of three."""
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - begin)
    return best


def refused(content: bytes) -> None:
    """Read what is refused."""
    with suppress(ParameterError):
        unpickle(content, PLACE)


def damaged() -> float:
    """Return the most computing that one of the fuzzer's files takes."""
    command = [sys.executable, str(TESTS / "fuzz"), "--seed", "5", "--seconds", "900"]
    done = subprocess.run(
        [*command, "--cases", str(CASES)], capture_output=True, text=True, check=True
    )
    found = SLOWEST.search(done.stderr)
    if found is None:
        sys.exit(f"the fuzzer says no time: {done.stderr}")
    return float(found[1])


def main() -> None:
    """Read everything, and print the figures."""
    wide = scaler(3_000)
    file = BytesIO()
    joblib.dump(wide, file)
    pickled, dumped = pickle.dumps(wide, 4), file.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        read = reader(Path(folder))
        pmml = seconds(lambda: read(nested(50) + indicators(5_000)))
    bombs = max(seconds(lambda content=content: refused(content)) for content in BOMBS.values())
    found = {
        "Pickle of 3,000 columns, read": (0.2, seconds(lambda: unpickle(pickled, PLACE))),
        "joblib file of 3,000 columns, read": (0.2, seconds(lambda: unpickle(dumped, PLACE))),
        "PMML of 5,000 indicators and 50 constants within each other, read": (5, pmml),
        f"Slowest of {len(BOMBS)} pickle bombs, refused": (5, bombs),
        f"Slowest of {CASES:,} damaged parameter files, CPU": (5, damaged()),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
