"""A year of nightly audits: breaks alarm, and the season only where training lacks it.

    python benchmarks/calendar_year.py [--seeds N] [--part year|half|state]

The world is that of `fixtures/year.py`: training is the year before, or its first half. A night is
audited by itself, and once more with `--state`, as a nightly job does.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "fixtures"))

import year

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.verdicts import ALARMS

NIGHTS = 365
VERDICTS = ("ok", "warn", "skew", "inconclusive")


@dataclass(frozen=True)
class Audited:
    """What the audit of a night said."""

    number: int
    verdict: str
    skewed: frozenset[str]
    months: tuple[int, ...]
    """Months of the log that training lacks, as the report says."""

    @property
    def kind(self) -> str:
        """What the night is: `break` with its feature, `holiday`, or `other`."""
        broken = year.breaks_of(self.number)
        if broken:
            return f"break of `{broken[0].feature}`"
        return "holiday" if self.number in HOLIDAYS else "other"


HOLIDAYS = frozenset(
    n for n in range(NIGHTS) if year.night(n, rows=2)["is_holiday"].any()
)  # fmt: skip


def fitted(days: int) -> Parameters:
    """Return the parameters of a year of training, or of its first days."""
    rows = year.TRAINING_ROWS * days // 365
    holidays = [*year.HOLIDAYS, year.COVERED]
    return skewcheck.fit(year.training(days, rows), time_column="ts", holidays=holidays)


def nights(
    parameters: Parameters, seed: int, folder: Path | None = None, numbers: range = range(NIGHTS)
) -> Iterator[Audited]:
    """Audit each night, with the state of those before in a folder where one is given."""
    for number in numbers:
        log = year.night(number, seed=seed)
        if folder is None:
            audit = skewcheck.audit(parameters, log, by="none")
        else:
            path = f"log-{number:03}.parquet"
            log.to_parquet(path)
            audit = skewcheck.audit("p.json", path, by="none", state="state")
            Path(path).unlink()
        skewed = frozenset(f.name for f in audit.features if f.verdict == "skew")
        said = [note.parameters["months"] for note in audit.notes if note.code == "unseen_months"]
        alarmed = {f.name for f in audit.features if f.verdict in ALARMS}
        months = said[0] if said and alarmed else ()
        yield Audited(
            number, str(audit.verdict), skewed, months if isinstance(months, tuple) else ()
        )


def table(audited: list[Audited]) -> Iterator[str]:
    """Yield the lines of a table of verdicts by kind of night."""
    yield "| nights | runs | " + " | ".join(f"`{verdict}`" for verdict in VERDICTS) + " |"
    yield "|---|---|---|---|---|---|"
    kinds = ["other", "holiday", *(f"break of `{one.feature}`" for one in year.BREAKS)]
    for kind in kinds:
        counts = Counter(night.verdict for night in audited if night.kind == kind)
        runs = sum(counts.values())
        shares = " | ".join(f"{counts[v]}" for v in VERDICTS)
        yield f"| {kind} | {runs} | {shares} |"


def whole_year(seeds: int) -> Iterator[str]:
    """Yield what nights say that are compared with a whole year."""
    yield f"\n## Training of a whole year ({seeds} years of nights)\n"
    parameters = fitted(365)
    parts = parameters.strata.parts if parameters.strata is not None else None
    yield (
        f"Strata: {parts.seasons if parts else 0} months x {parts.days if parts else 0} kinds of"
        f" days x {parts.blocks if parts else 0} blocks of hours.\n"
    )
    audited = [n for seed in range(1, seeds + 1) for n in nights(parameters, seed)]
    yield from table(audited)
    others = [n for n in audited if n.kind in ("other", "holiday")]
    false = sum(bool(n.skewed) for n in others)
    other = sum(len(n.skewed - {b.feature for b in year.breaks_of(n.number)}) for n in audited)
    yield f"\nNights without a break that alarm: {false} of {len(others)}; features that alarm"
    yield f"beside that of the break: {other}."


def half_year() -> Iterator[str]:
    """Yield what nights say that are compared with the first half of a year."""
    yield "\n## Training of January to June\n"
    audited = list(nights(fitted(181), 1))
    yield "| nights without a break | runs | alarm | alarm and the report names the month |"
    yield "|---|---|---|---|"
    calm = [n for n in audited if not year.breaks_of(n.number)]
    halves = {"January to June": range(181), "July to December": range(181, NIGHTS)}
    for name, numbers in halves.items():
        some = [n for n in calm if n.number in numbers]
        alarms = [n for n in some if n.skewed]
        yield f"| {name} | {len(some)} | {len(alarms)} | {sum(bool(n.months) for n in alarms)} |"


def with_state(numbers: range) -> Iterator[str]:
    """Yield what nights say that remember those before."""
    yield "\n## With `--state`\n"
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        skewcheck.save(fitted(365), "p.json")
        audited = list(nights(skewcheck.load("p.json"), 1, Path(folder), numbers))
        os.chdir(before)
    yield "| quarter | nights without a break | of these alarm |\n|---|---|---|"
    for quarter in range(4):
        some = [n for n in audited if n.number * 4 // NIGHTS == quarter]
        if not some:
            continue
        calm = [n for n in some if not year.breaks_of(n.number)]
        yield f"| {quarter + 1} | {len(calm)} | {sum(bool(n.skewed) for n in calm)} |"
    for one in year.BREAKS:
        broken = [n for n in audited if one in year.breaks_of(n.number)]
        if not broken:
            continue
        found = [i for i, n in enumerate(broken) if one.feature in n.skewed]
        first = f"in night {found[0] + 1}" if found else "never"
        yield (
            f"\nThe break of `{one.feature}` ({one.shift:g}, {len(broken)} nights) is found"
            f" {first}, and in {len(found)} nights."
        )


def main() -> None:
    """Audit the nights and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="years of nights")
    parser.add_argument("--part", choices=("year", "half", "state"), help="one of three alone")
    parser.add_argument("--first", type=int, default=0, help="the first night with a state")
    parser.add_argument("--last", type=int, default=NIGHTS - 1, help="the last one")
    options = parser.parse_args()
    numbers = range(options.first, options.last + 1)
    parts = {"year": whole_year(options.seeds), "half": half_year(), "state": with_state(numbers)}
    for name, part in parts.items():
        for line in part if options.part in (None, name) else ():
            print(line, flush=True)


if __name__ == "__main__":
    main()
