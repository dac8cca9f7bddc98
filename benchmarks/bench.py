"""Measure what the audit costs: `python benchmarks/bench.py`, or `make bench`. About ten minutes.

Every figure is that of whole processes, run in turn (A B A B ...) after a run that is thrown away:
medians, and for a ratio the median of the ratios of neighbours. This process imports nothing heavy,
as the peak memory that the system reports for a child begins at that of its parent.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from statistics import median

from processes import PYTHON, ROOT, Run, machine, run, told
from rivals import CSV_SCAN, DICTIONARY_SCAN, DUCKDB, JSON_SCAN, SCANS, SCIPY, SMALL_IMPORTS

KERNEL = find_spec("skewcheck.counts._kernel") is not None
TRAIN_ROWS = 100_000
PAIRED_ROWS = 3_000_000
CSV_ROWS = 1_000_000
JSON_ROWS = 300_000
SMALL_ROWS = 10_000
NIGHT_ROWS = 200_000
NIGHTS = 30
TEXTS = ("csv", "jsonl")
SCIPY_BYTES_PER_ROW = 2_000  # what pandas and sorting need, guessed high


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: what was asked, what came out."""

    what: str
    most: float | None
    """What it may be at most, None where nothing was asked."""
    measured: float
    unit: str = ""

    def __str__(self) -> str:
        """Return the line of the table."""
        asked = "" if self.most is None else f"<= {self.most:g}{self.unit}"
        met = "" if self.most is None else "yes" if self.measured <= self.most else "**no**"
        return f"| {self.what} | {asked} | {self.measured:.2f}{self.unit} | {met} |"


class Bench:
    """What all measurements share, and what they found."""

    def __init__(self, data: Path, runs: int) -> None:
        self.data = data
        self.runs = runs
        self.rows: list[Row] = []
        self.details: list[str] = []

    def file(self, kind: str, rows: int) -> Path:
        """Return a data file, made if it is not there."""
        path = self.data / f"{kind}-{rows}.{kind if kind in TEXTS else 'parquet'}"
        if not path.exists():
            run([PYTHON, str(ROOT / "benchmarks/data.py"), kind, str(self.data), str(rows)])
        return path

    def fit(self, name: str, *options: str) -> Path:
        """Return a parameter file fitted anew to the training sample."""
        path = self.data / name
        train = self.file("train", TRAIN_ROWS)
        run([PYTHON, "-m", "skewcheck", "fit", str(train), "-o", str(path), *options])
        return path

    def audit(self, parameters: Path, log: Path, rows: int, *options: str) -> list[str]:
        """Return the command of an audit, after one that shows that it audits everything."""
        out = self.data / "audit.json"
        command = [PYTHON, "-m", "skewcheck", "audit", str(parameters), str(log), *options]
        command += ["--fail-on", "never", "--format", "json", "-o", str(out)]
        run(command)
        report = json.loads(out.read_text())
        features = len(json.loads(parameters.read_text())["features"])
        tested = features - report["summary"]["untested"]
        if (report["logs"]["rows"], tested) != (rows, features):
            sys.exit(f"{log.name}: {report['logs']['rows']} rows, {tested} features were audited")
        print(f"{log.name}: {rows:,} rows, {features} features, verdict {report['verdict']}")
        return command

    def compare(
        self, title: str, commands: dict[str, list[str]], runs: int,
        before: Callable[[], object] = int,
    ) -> dict[str, list[Run]]:  # fmt: skip
        """Run the commands in turn, each after a call of `before`, and note their medians."""
        found: dict[str, list[Run]] = {name: [] for name in commands}
        for turn in range(runs + 1):
            for name, command in commands.items():
                before()
                measured = run(command)
                if turn:
                    found[name].append(measured)
        for name, measured_runs in found.items():
            wall, cpu, peak = (
                median(getattr(one, key) for one in measured_runs)
                for key in ("wall", "cpu", "peak")
            )
            self.details.append(f"| {title} | {name} | {wall:.3f} | {cpu:.3f} | {peak:.0f} |")
            print(self.details[-1])
        return found

    def ratio(self, what: str, most: float | None, ours: list[Run], theirs: list[Run]) -> None:
        """Note the median of the ratios of wall times, pair by pair."""
        pairs = zip(ours, theirs, strict=True)
        self.rows.append(Row(what, most, median(a.wall / b.wall for a, b in pairs)))

    def scan(
        self, title: str, most: tuple[float | None, float | None], audit: list[str], log: Path
    ) -> list[Run]:
        """Compare an audit, with the kernel and without, with the fastest bare scan.

        `most` bounds the ratios of the two; returns the runs with the kernel, or with NumPy alone
        where none was built.
        """
        scripts = {**SCANS, "dictionaries": DICTIONARY_SCAN}
        scans = {name: [PYTHON, "-c", script, str(log)] for name, script in scripts.items()}
        ways = {"NumPy alone": ["env", "SKEWCHECK_KERNEL=off", *audit]}
        if KERNEL:
            ways = {"kernel": audit, **ways}
        found = self.compare(title, {**ways, **scans}, self.runs)
        fastest = min(SCANS, key=lambda name: median(one.wall for one in found[name]))
        for way, bound in zip(("kernel", "NumPy alone"), most, strict=True):
            if way in ways:
                what = f"{title}, {way}: audit / scan by {fastest}"
                self.ratio(what, bound, found[way], found[fastest])
        first = found[next(iter(ways))]
        what = f"{title}: audit / row groups, categories read as dictionaries"
        self.ratio(what, None, first, found["dictionaries"])
        peaks = (median(one.peak for one in runs) for runs in (first, found[fastest]))
        self.rows.append(Row(f"{title}: peak memory / the scan's", 1.2, next(peaks) / next(peaks)))
        return first

    def parquet(self, few: int, many: int) -> None:
        """Audit logs of two sizes against bare scans and a hand-written script."""
        parameters = self.fit("params.json")
        peaks = []
        for rows, most in ((few, (None, None)), (many, (1.5, 2.1))):
            log = self.file("log", rows)
            audit = self.audit(parameters, log, rows)
            title = f"Parquet, {rows:,} x 50"
            peaks.append([one.peak for one in self.scan(title, most, audit, log)])
            self.scipy(title, log, rows)
        self.duckdb(title, audit, parameters, log)
        self.rows.append(Row(f"Peak memory at {many:,} rows", 700, max(peaks[1]), " MB"))
        growth = median(peaks[1]) / median(peaks[0])
        self.rows.append(Row(f"Peak memory, {many:,} / {few:,} rows", 1.05, growth))
        log = self.file("paired", PAIRED_ROWS)
        audit = self.audit(parameters, log, PAIRED_ROWS, "--served", "{feature}_norm")
        self.scan(f"Parquet, {PAIRED_ROWS:,} x 50, raw and served", (2.2, 3.0), audit, log)

    def duckdb(self, title: str, audit: list[str], parameters: Path, log: Path) -> None:
        """Compare an audit with nothing but histograms by DuckDB, where that is installed."""
        if find_spec("duckdb") is None:
            self.details.append(f"| {title} | DuckDB: not installed | | | |")
            return
        bare = [PYTHON, "-c", DUCKDB, str(parameters), str(log)]
        found = self.compare(title, {"audit": audit, "DuckDB's histograms": bare}, self.runs)
        self.ratio(f"{title}: audit / DuckDB's bare histograms", 0.5, *found.values())

    def scipy(self, title: str, log: Path, rows: int) -> None:
        """Run the hand-written script once, if there is memory for it."""
        if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < rows * SCIPY_BYTES_PER_ROW:
            self.details.append(f"| {title} | pandas and scipy.stats: too little memory | | | |")
            return
        one = run([PYTHON, "-c", SCIPY, str(self.file("train", TRAIN_ROWS)), str(log)])
        self.details.append(
            f"| {title} | pandas and scipy.stats, one run "
            f"| {one.wall:.3f} | {one.cpu:.3f} | {one.peak:.0f} |"
        )
        print(self.details[-1])

    def csv(self) -> None:
        """Audit a CSV file against bare streaming of it."""
        log = self.file("csv", CSV_ROWS)
        title = f"CSV, {CSV_ROWS:,} x 50"
        audit = self.audit(self.data / "params.json", log, CSV_ROWS)
        commands = {"audit": audit, "open_csv": [PYTHON, "-c", CSV_SCAN, str(log)]}
        found = self.compare(title, commands, self.runs)
        self.ratio(f"{title}: audit / bare pyarrow.csv", 1.2, found["audit"], found["open_csv"])

    def jsonlines(self) -> None:
        """Audit a file of JSON Lines against bare streaming of it."""
        log = self.file("jsonl", JSON_ROWS)
        title = f"JSON Lines, {JSON_ROWS:,} x 50"
        audit = self.audit(self.data / "params.json", log, JSON_ROWS)
        commands = {"audit": audit, "open_json": [PYTHON, "-c", JSON_SCAN, str(log)]}
        found = self.compare(title, commands, self.runs)
        self.ratio(f"{title}: audit / bare pyarrow.json", 1.3, found["audit"], found["open_json"])

    def start(self) -> None:
        """Compare the start and a small audit with the imports that they cannot do without."""
        script = Path(PYTHON).with_name("skewcheck")
        tool = [str(script)] if script.exists() else [PYTHON, "-m", "skewcheck"]
        runs = 3 * self.runs
        bare = "import typer"
        commands = {"skewcheck --help": [*tool, "--help"], bare: [PYTHON, "-c", bare]}
        found = self.compare("Start", commands, runs)
        self.ratio("`skewcheck --help` / `import typer`", 1.2, *found.values())
        parameters = self.fit("small.json", "--features", "cents_*,category_*")
        audit = self.audit(parameters, self.file("log", SMALL_ROWS), SMALL_ROWS)
        commands = {"audit": audit, "its imports": [PYTHON, "-c", SMALL_IMPORTS]}
        found = self.compare(f"Small audit, {SMALL_ROWS:,} x 20", commands, runs)
        self.ratio(f"Small audit / `{SMALL_IMPORTS}`", 1.3, *found.values())

    def rendering(self) -> None:
        """Render the audit of 200 features in every format."""
        files = [self.file("train", TRAIN_ROWS), self.file("log", CSV_ROWS)]
        found = json.loads(told("rendering.py", *map(str, files)))
        for name, seconds in found["seconds"].items():
            what = f"{name} report of {found['features']} features, with its imports"
            self.rows.append(Row(what, 3.0 if name == "html" else 0.5, seconds, " s"))
            print(self.rows[-1])

    def reading(self) -> None:
        """Read parameter files that are wide, deep, hostile or damaged."""
        for what, (most, seconds) in json.loads(told("reading.py")).items():
            self.rows.append(Row(what, most, seconds, " s"))
            print(self.rows[-1])

    def diagnosis(self) -> None:
        """Search the causes of 50 features that all alarm, of ten kinds of logs."""
        for what, seconds in json.loads(told("diagnosis.py")).items():
            self.rows.append(Row(what, 0.5, seconds, " s"))
            print(self.rows[-1])

    def nights(self) -> None:
        """Audit 30 files of which a state knows 29, against an audit of the one that is new."""
        parameters = self.fit("params.json")
        log, folder = self.file("log", NIGHT_ROWS), self.data / "nights"
        folder.mkdir(exist_ok=True)
        for night in range(NIGHTS):
            (folder / f"{night:02}.parquet").unlink(missing_ok=True)
            os.link(log, folder / f"{night:02}.parquet")
        new = folder / f"{NIGHTS - 1:02}.parquet"
        new.unlink()
        new.write_bytes(log.read_bytes())
        ages = count(int(log.stat().st_mtime) - 1_000_000)
        state = ("--state", str(self.data / "state"))
        commands = {
            "29 known, 1 new": self.audit(parameters, folder, NIGHTS * NIGHT_ROWS, *state),
            "the new one": self.audit(parameters, new, NIGHT_ROWS),
        }

        def renewed() -> None:
            moment = next(ages)
            os.utime(new, (moment, moment))

        title = f"{NIGHTS} nights, {NIGHT_ROWS:,} x 50 each"
        found = self.compare(title, commands, 2 * self.runs, renewed)
        self.ratio(f"{title}: with a state / the new one alone", 1.2, *found.values())


def report(bench: Bench) -> str:
    """Return the result as Markdown."""
    lines = [
        "# Benchmark results",
        "",
        "Written by `make bench`. Whole processes, run in turn: medians, and medians of the ratios",
        f"of neighbours, of {bench.runs} runs ({3 * bench.runs} for start and small audit).",
        "",
        machine(),
        "",
        "| what | asked | measured | met |",
        "|---|---|---:|---|",
        *map(str, bench.rows),
        "",
        "| what | process | wall, s | CPU, s | peak, MB |",
        "|---|---|---:|---:|---:|",
        *bench.details,
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the options, measure, write the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, help="keep the data here for the next time")
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--rows", type=int, nargs=2, default=(1_000_000, 5_000_000))
    options.add_argument("-o", type=Path, default=ROOT / "benchmarks/RESULTS.md", dest="output")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = (given.data or Path(temporary)).resolve()
        data.mkdir(parents=True, exist_ok=True)
        bench = Bench(data, given.runs)
        bench.parquet(*given.rows)
        bench.csv()
        bench.jsonlines()
        bench.start()
        bench.rendering()
        bench.reading()
        bench.diagnosis()
        bench.nights()
    given.output.write_text(report(bench))
    print(given.output.read_text())


if __name__ == "__main__":
    main()
