"""Print how long each report takes for 200 features: `python rendering.py TRAIN LOG`, for bench.py.

TRAIN and LOG have 50 features; each is taken four times, in two of them raw values are served
four times as large, in windows, so that half of the features are in trouble. Seconds are those of
the first report of its kind in the process: with the imports that it needs.
"""

from __future__ import annotations

import json
import sys
import time

import pandas as pd

import skewcheck
from skewcheck.reports import FORMATS

ROWS = 20_000


def four(path: str, *, broken: bool) -> pd.DataFrame:
    """Return the first rows of a file with every column four times."""
    found = pd.read_parquet(path).iloc[:ROWS]
    columns = {
        f"{name}_{copy}": column * 4
        if broken and copy < 2 and column.dtype.kind in "if"
        else column
        for copy in range(4)
        for name, column in found.items()
    }
    return pd.DataFrame(columns)


def main() -> None:
    """Audit once, then render in all formats."""
    train, log = sys.argv[1:]
    parameters = skewcheck.fit(four(train, broken=False))
    audit = skewcheck.audit(parameters, four(log, broken=True), every=ROWS // 20)
    took = {}
    for name, render in FORMATS.items():
        started = time.perf_counter()
        render(audit)
        took[name] = time.perf_counter() - started
    print(json.dumps({"features": len(audit.features), "seconds": took}))


if __name__ == "__main__":
    main()
