"""Measure what is large in another way than by rows: writes SCALE.md. Ten minutes.

Many features, keys, small files, levels: each at two sizes, of which the larger is to cost as
much more as it is larger.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from processes import PYTHON, ROOT, machine, run

ROWS = 20_000
"""Of a wide table."""
SMALL = 50
"""Rows of a small file."""
ARROW = """
import sys, pyarrow.dataset
for batch in pyarrow.dataset.dataset(sys.argv[1]).to_batches():
    pass
"""
LOADED = "import sys, skewcheck; skewcheck.load(sys.argv[1])"
NAMES = {ARROW: "an Arrow dataset's reading", LOADED: "reading the parameters"}


def wide(folder: Path, features: int) -> list[list[str]]:
    """Return a fit and an audit of so many features."""
    rng = np.random.default_rng(1)
    path, parameters = folder / f"wide-{features}.parquet", folder / f"wide-{features}.json"
    columns = {f"f{i}": rng.normal(i % 7, 1 + i % 3, ROWS) for i in range(features)}
    pq.write_table(pa.table(columns), path)
    pages = [f"{name}={parameters.with_suffix(f'.{name}')}.out" for name in ("html", "json")]
    reports = [word for page in pages for word in ("--report", page)]
    load = [PYTHON, "-c", LOADED, str(parameters)]
    return [fit(path, parameters), load, audit(parameters, path, *reports)]


def paired(folder: Path, features: int) -> list[list[str]]:
    """Return a fit of 200 rows, and an audit of raw and served values of as many."""
    rng = np.random.default_rng(4)
    path, parameters = folder / f"paired-{features}.parquet", folder / f"paired-{features}.json"
    columns = {f"f{i}": rng.normal(i % 7, 1 + i % 3, 200) for i in range(features)}
    pq.write_table(pa.table(columns), path)
    run(fit(path, parameters))
    log = folder / f"paired-log-{features}.parquet"
    run(applied(parameters, path, log))
    return [fit(path, parameters), audit(parameters, log, "--served", "{feature}_n")]


def keys(folder: Path, stores: int) -> list[list[str]]:
    """Return a fit by a key, and a paired audit, of 20 features with 100 rows for each key."""
    rng = np.random.default_rng(5)
    path, parameters = folder / f"keys-{stores}.parquet", folder / f"keys-{stores}.json"
    store = np.repeat(np.arange(stores), 100)
    level = rng.normal(0, 50, stores)[store]
    columns = {f"f{i}": level + rng.normal(0, 1 + i % 3, len(store)) for i in range(20)}
    pq.write_table(pa.table({"store": [f"s{n}" for n in store], **columns}), path)
    by = [*fit(path, parameters), "--by", "store", "--exclude", "store"]
    run(by)
    log = folder / f"keys-log-{stores}.parquet"
    run(applied(parameters, path, log))
    return [by, audit(parameters, log, "--served", "{feature}_n")]


def small(folder: Path, count: int) -> list[list[str]]:
    """Return an audit of so many Parquet files of 50 rows, and an Arrow dataset's reading."""
    rng = np.random.default_rng(6)
    logs, train = folder / f"small-{count}", folder / "small.parquet"
    logs.mkdir()

    def table(rows: int) -> pa.Table:
        columns = {f"x{i}": rng.normal(i, 1, rows) for i in range(9)}
        return pa.table({**columns, "c": np.array(["a", "b", "c"])[rng.integers(0, 3, rows)]})

    pq.write_table(table(5_000), train)
    for i in range(count):
        pq.write_table(table(SMALL), logs / f"{i:05d}.parquet")
    run(fit(train, folder / "small.json"))
    return [audit(folder / "small.json", logs), [PYTHON, "-c", ARROW, str(logs)]]


def files(folder: Path, count: int) -> list[list[str]]:
    """Return an audit of so many CSV files of ten rows."""
    rng = np.random.default_rng(2)
    logs, train = folder / f"files-{count}", folder / "train.parquet"
    logs.mkdir()
    pq.write_table(pa.table({name: rng.normal(size=5_000).round(4) for name in "abc"}), train)
    for i in range(count):
        rows = "".join(",".join(map(str, row)) + "\n" for row in rng.normal(size=(10, 3)).round(4))
        (logs / f"{i:05d}.csv").write_text(f"a,b,c\n{rows}")
    run(fit(train, folder / "files.json"))
    return [audit(folder / "files.json", logs)]


def levels(folder: Path, count: int) -> list[list[str]]:
    """Return audits of a category, and of a segment column, of so many levels, a row each."""
    rng = np.random.default_rng(3)
    log, train = folder / f"levels-{count}.parquet", folder / "few.parquet"
    ids = [f"id-{i * 2654435761 % 2**32:x}" for i in range(count)]
    pq.write_table(pa.table({"x": rng.normal(size=count), "c": ids}), log)
    few = [f"v{i}" for i in rng.zipf(1.3, 100_000) % 3_000]
    pq.write_table(pa.table({"x": rng.normal(size=100_000), "c": few}), train)
    parameters = folder / "levels.json"
    run(fit(train, parameters))
    return [audit(parameters, log), audit(parameters, log, "--by", "c", "--features", "x")]


def fit(train: Path, parameters: Path) -> list[str]:
    """Return the command of a fit."""
    return [PYTHON, "-m", "skewcheck", "fit", str(train), "-o", str(parameters)]


def applied(parameters: Path, log: Path, output: Path) -> list[str]:
    """Return the command that writes a log with served values beside the raw ones."""
    command = [PYTHON, "-m", "skewcheck", "apply", str(parameters), str(log)]
    return [*command, "-o", str(output), "--served", "{feature}_n"]


def audit(parameters: Path, log: Path, *options: str) -> list[str]:
    """Return the command of an audit that fails for nothing."""
    command = [PYTHON, "-m", "skewcheck", "audit", str(parameters), str(log), *options]
    return [*command, "--fail-on", "never", "--inconclusive", "pass", "-q"]


def measured(folder: Path) -> Iterator[str]:
    """Yield a row of the table per command."""
    for make, few, many in (
        (wide, 500, 5_000),
        (paired, 592, 2_000),
        (keys, 100, 1_000),
        (small, 2_000, 20_000),
        (files, 2_000, 20_000),
        (levels, 500_000, 5_000_000),
    ):
        for size in (few, many):
            # A process starts with the peak of the one that it is forked from.
            with ProcessPoolExecutor(1) as maker:
                commands = maker.submit(make, folder, size).result()
            for command in commands:
                of = run(command)
                at = command.index("--by") if "--by" in command else len(command)
                what = " ".join((command[3], *command[at : at + 2]))
                what = NAMES.get(command[2], what)
                yield (
                    f"| {make.__name__} | {size:,} | {what} | {of.wall:.1f} | {of.cpu:.1f}"
                    f" | {of.peak:.0f} |"
                )


def main() -> None:
    """Measure and write the table."""
    with tempfile.TemporaryDirectory() as name:
        rows = [*measured(Path(name))]
    lines = [
        "# Many features, files and levels",
        "",
        "Written by `make scale`. Whole processes, one run each. `wide`: features of 20,000 rows;",
        "`paired`: features of 200 rows, raw and served; `keys`: keys of 20 features and 100 rows;",
        "`small`: Parquet files of 50 rows and ten columns;",
        "`files`: CSV files of ten rows; `levels`: distinct texts in a column of as many rows.",
        "",
        machine(),
        "",
        "| what | size | command | wall, s | CPU, s | peak, MB |",
        "|---|---:|---|---:|---:|---:|",
        *rows,
    ]
    (ROOT / "benchmarks/SCALE.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
