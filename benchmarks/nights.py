"""How often a clean year alarms over nights, and how soon a standing shift does.

    python benchmarks/nights.py [--years N] [--output FILE]

Years are simulated on the statistic of the test `nights`: ten correlated features, 1,000 rows a
night, a reference of 20,000 rows, 14 nights that are only learnt from. A clean year is looked at
every `LOOK` nights, one with a fault every night.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from skewcheck.results.nights import LEARN
from skewcheck.statistics.intervals import of_share
from skewcheck.statistics.nights import evidence, mean

NIGHTS, FEATURES, ROWS, REFERENCE, ALPHA = 365, 10, 1000, 20_000, 0.01
LOOK = 5
"""Nights between two looks at a clean year: evidence hardly changes from one to the next."""


@dataclass(frozen=True)
class Fault:
    """What stands or grows in one of the features."""

    name: str
    start: int
    """The first night, from 0."""
    step: float = 0.0
    creep: float = 0.0
    """A night."""
    asked: str = ""

    def shifts(self, nights: int) -> np.ndarray:
        """Return the fault by night."""
        since = np.arange(nights) - self.start + 1
        return np.where(since > 0, self.step + self.creep * since, 0.0)


FAULTS = (
    Fault("step of 0.1 at night 101", 100, step=0.1, asked="10 in 90 %"),
    Fault("step of 0.1 at night 15, the first that gates", 14, step=0.1, asked="10 in 90 %"),
    Fault("step of 0.05 at night 101", 100, step=0.05, asked="45"),
    Fault("step of 0.05 at night 15, the first that gates", 14, step=0.05, asked="45"),
    Fault("creep of 0.001 a night from night 1", 0, creep=0.001, asked="95"),
    Fault("step of 0.1 from night 1 on", 0, step=0.1),
)


def correlated(rng: np.random.Generator, nights: int) -> np.ndarray:
    """Return standard normal numbers by night and feature, correlated by one half."""
    common = rng.normal(size=(nights, 1))
    return math.sqrt(0.5) * (common + rng.normal(size=(nights, FEATURES)))


def year(rng: np.random.Generator, nights: int, tau: float) -> np.ndarray:
    """Return the shifts of a clean world: of the rows, the reference, and between nights."""
    rows = correlated(rng, nights) / math.sqrt(ROWS)
    return rows - correlated(rng, 1) / math.sqrt(REFERENCE) + tau * correlated(rng, nights)


def log_e(shifts: np.ndarray) -> float:
    """Return the evidence of all features together."""
    variances = np.full(len(shifts), 1 / ROWS)
    return mean([evidence(x, variances, 1 / REFERENCE).log_e for x in shifts.T])


def clean(years: int, tau: float) -> int:
    """Return in how many clean years there is an alarm."""
    alarms = 0
    for seed in range(years):
        shifts = year(np.random.default_rng([seed, 1]), NIGHTS, tau)
        looks = range(LEARN + 1, NIGHTS + 1, LOOK)
        alarms += any(log_e(shifts[:n]) >= -math.log(ALPHA) for n in looks)
    return alarms


def delays(fault: Fault, runs: int) -> list[float]:
    """Return the nights from a fault's start to its alarm; infinite beyond 120 nights."""
    found = []
    for seed in range(runs):
        nights = fault.start + 120
        shifts = year(np.random.default_rng([seed, 2]), nights, 0.0)
        shifts[:, 3] += fault.shifts(nights)
        gating = range(max(fault.start, LEARN) + 1, nights + 1)
        alarm = next((n for n in gating if log_e(shifts[:n]) >= -math.log(ALPHA)), math.inf)
        found.append(alarm - fault.start)
    return sorted(found)


def report(years: int) -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# A year of nights\n"
    yield (
        f"By `python benchmarks/nights.py --years {years}`: {FEATURES} correlated features,"
        f" {ROWS:,} rows a night, a reference of {REFERENCE:,}, alpha {ALPHA:.0%} over the whole"
        f" life, {LEARN} nights only learnt from. Simulated on the statistic itself.\n"
    )
    yield "## Clean years that alarm\n"
    yield "| nights vary by (sd) | years | alarms | 95 % interval |\n|---|---|---|---|"
    for tau in (0.0, 0.01, 0.05):
        alarms = clean(years, tau)
        low, high = of_share(alarms / years, years)
        yield f"| {tau:g} | {years} | {alarms} | {low:.1%} to {high:.1%} |"
    yield "\n## Nights until the alarm, one feature of ten at fault\n"
    yield "| fault | runs | half | 90 % | 95 % | asked |\n|---|---|---|---|---|---|"
    for fault in FAULTS:
        runs = max(years // 2, 20)
        sorted_delays = delays(fault, runs)
        half, most, nearly = (sorted_delays[math.ceil(q * runs) - 1] for q in (0.5, 0.9, 0.95))
        yield f"| {fault.name} | {runs} | {half:g} | {most:g} | {nearly:g} | {fault.asked} |"
    yield (
        "\nA fault of 0.5 standard deviations alarms in the same night by that night's own tests."
        "\nUntil nights have shown how little they vary, a shift may be their variation: one that"
        " begins when the gate does takes longer."
    )


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=100)
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("NIGHTS.md"))
    options = parser.parse_args()
    text = ""
    for line in report(options.years):
        print(line, flush=True)
        text += f"{line}\n"
    options.output.write_text(text)


if __name__ == "__main__":
    main()
