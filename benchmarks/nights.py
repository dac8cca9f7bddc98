"""How often a clean year alarms over nights, and how soon a standing shift does.

    python benchmarks/nights.py [--years N] [--quick] [--output FILE]

Years are simulated on the statistic of the test `nights`: ten correlated features, 1,000 rows a
night, a reference of 20,000 rows, 14 nights that are only learnt from. Beside them stands what no
test could do better, and a few years of whole audits (`nights_of_audits.py`).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

import nights_of_audits
import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from skewcheck.results.nights import LEARN
from skewcheck.statistics.intervals import of_share
from skewcheck.statistics.nights import evidence

Array = NDArray[np.float64]
NIGHTS, FEATURES, ROWS, REFERENCE, ALPHA = 365, 10, 1000, 20_000, 0.01
LOOK = 5
"""Nights between two looks at a clean year: evidence hardly changes from one to the next."""
NEAR = 4.0
"""A year whose evidence ever comes so near to an alarm (as a logarithm) is looked at every night,
so that none between two looks is missed."""
TOGETHER = 20
"""Years that are computed at once."""
LATEST = 120
"""Nights after a fault's start in which its alarm is looked for."""
SEEN_AT = 3
"""The feature with the fault."""


@dataclass(frozen=True)
class World:
    """A world where nothing happens."""

    name: str
    tau: float = 0.0
    """Deviation of independent nights."""
    week: float = 0.0
    """Deviation of the days of the week."""
    share: float = 1.0
    """Of the years asked for that are simulated."""

    def years(self, seed: tuple[int, ...], years: int, nights: int) -> Array:
        """Return shifts by year, feature and night: of the rows, the reference, and the nights."""
        rng = np.random.default_rng(seed)
        steady = _correlated(rng, years, nights) / math.sqrt(ROWS)
        steady -= _correlated(rng, years, 1) / math.sqrt(REFERENCE)
        weekdays = self.week * _correlated(rng, years, 7)
        weekdays -= weekdays.mean(axis=2, keepdims=True)  # training has whole weeks
        varying = self.tau * _correlated(rng, years, nights)
        shifts: Array = steady + varying + weekdays[..., np.arange(nights) % 7]
        return shifts


STEADY = World("steady")
WORLDS = (
    STEADY,
    World("nights vary by 0.01 sd", tau=0.01, share=0.3),
    World("nights vary by 0.05 sd", tau=0.05, share=0.3),
    World("days of the week differ by 0.05 sd", week=0.05, share=0.3),
    World("days of the week by 0.05 sd, nights by 0.02 sd", tau=0.02, week=0.05, share=0.3),
)


def _correlated(rng: np.random.Generator, years: int, nights: int) -> Array:
    """Return standard normal numbers by year, feature and night, features correlated by a half."""
    common = rng.normal(size=(years, 1, nights))
    numbers: Array = math.sqrt(0.5) * (common + rng.normal(size=(years, FEATURES, nights)))
    return numbers


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

    def shifts(self, nights: int) -> Array:
        """Return the fault by night."""
        since = np.arange(nights) - self.start + 1
        return np.where(since > 0, self.step + self.creep * since, 0.0)


FAULTS = (
    *(
        Fault(f"step of {step} at night {start + 1}", start, step=step, asked=asked)
        for step, asked in ((0.1, "10 in 90 %"), (0.05, "45 in 90 %"))
        for start in (14, 17, 20, 30, 100)
    ),
    Fault("creep of 0.001 a night from night 1", 0, creep=0.001, asked="95"),
    Fault("creep of 0.001 a night from night 15", 14, creep=0.001, asked="95"),
    Fault("step of 0.1 from night 1 on", 0, step=0.1),
)


def log_e(shifts: Array) -> Array:
    """Return the evidence of all features together, by year."""
    variances = np.full(shifts.shape[-1], 1 / ROWS)
    each = evidence(shifts, variances, 1 / REFERENCE, LEARN).log_e
    together: Array = logsumexp(each, axis=-1) - math.log(FEATURES)
    return together


def clean(part: tuple[World, int]) -> int:
    """Return in how many of `TOGETHER` clean years of a world there is an alarm."""
    world, seed = part
    shifts = world.years((seed, 1), TOGETHER, NIGHTS)
    coarse = range(LEARN + 1, NIGHTS + 1, LOOK)
    most = np.max([log_e(shifts[..., :n]) for n in coarse], axis=0)
    for i in np.flatnonzero(most > -math.log(ALPHA) - NEAR):
        every = range(LEARN + 1, NIGHTS + 1)
        most[i] = max(log_e(shifts[i : i + 1, :, :n])[0] for n in every)
    return int((most >= -math.log(ALPHA)).sum())


def delays(part: tuple[Fault, int]) -> list[float]:
    """Return nights from a fault's start to its alarm, of `TOGETHER` runs; infinite from `LATEST`.

    A fault's runs differ by their seed.
    """
    fault, seed = part
    shifts = STEADY.years((seed, 2), TOGETHER, fault.start + LATEST)
    shifts[:, SEEN_AT] += fault.shifts(fault.start + LATEST)
    found = np.full(TOGETHER, math.inf)
    for n in range(max(fault.start, LEARN) + 1, fault.start + LATEST + 1):
        left = np.flatnonzero(np.isinf(found))
        if len(left):
            alarm = log_e(shifts[left, :, :n]) >= -math.log(ALPHA)
            found[left[alarm]] = n - fault.start
    return [*found.tolist()]


def bounds(step: float, runs: int) -> tuple[list[float], list[float]]:
    """Return nights to the alarm of a step at night 15 whose size and first night are known.

    Where nights are known not to vary: by the likelihood ratio of this feature at its part of the
    level. Of all tests with the same errors it takes the fewest nights on average (Wald and
    Wolfowitz, Ann. Math. Statist. 19 (1948), p. 326). And where their variation is not known: by
    the least of the ratios to no shift and any variation, the price of not knowing it.
    """
    start, v, r = LEARN, 1 / ROWS, 1 / REFERENCE
    y = STEADY.years((3,), runs, start + LATEST)[:, SEEN_AT]
    y[:, start:] += step
    taus = np.concatenate([[0.0], np.geomspace(0.003, 0.3, 150)])[:, None]
    known, unknown = np.full(runs, math.inf), np.full(runs, math.inf)
    for n in range(start + 1, start + LATEST + 1):
        since, total = y[:, start:n].sum(axis=1), y[:, :n].sum(axis=1)
        shrunk = r / (v + r * n)  # of b by all nights: its posterior mean is shrunk * total
        score = (since - (n - start) * shrunk * total) / v
        information = (n - start) * (1 - (n - start) * shrunk) / v
        ratio = step * score - step**2 * information / 2
        w = 1 / (v + taus**2)
        of_tau = r + taus**2 / 7
        squares = w * (y[:, :n] ** 2).sum(axis=1) - of_tau * (w * total) ** 2 / (1 + of_tau * n * w)
        without = 0.5 * (n * np.log(w) - np.log1p(of_tau * n * w) - squares)
        limit = math.log(FEATURES / ALPHA)
        known[np.isinf(known) & (ratio >= limit)] = n - start
        worst = ratio + without[0] - without.max(axis=0)
        unknown[np.isinf(unknown) & (worst >= limit)] = n - start
    return [*known.tolist()], [*unknown.tolist()]


def report(years: int, pool: Executor, audited: nights_of_audits.Sizes) -> Iterator[str]:
    """Yield the lines of the page."""
    yield "# A year of nights\n"
    yield (
        f"By `python benchmarks/nights.py --years {years}`, a part of `make calibration`:"
        f" {FEATURES} features correlated by a half, {ROWS:,} rows a night, a reference of"
        f" {REFERENCE:,}, alpha {ALPHA:.0%} over the whole life, {LEARN} nights only learnt from."
        f" Simulated on the statistic itself, whole audits at the end.\n"
    )
    yield "## Clean years that alarm\n"
    yield (
        f"Of {NIGHTS} nights each; asked is at most 1 % of 1,000 in a steady world. Looked at every"
        f" {LOOK} nights, and every night where the evidence is ever above"
        f" {math.exp(-math.log(ALPHA) - NEAR):.1f} : 1.\n"
    )
    yield "| world | years | alarms | 95 % interval |\n|---|---|---|---|"
    for world in WORLDS:
        parts = max(round(years * world.share / TOGETHER), 1)
        alarms = sum(pool.map(clean, [(world, seed) for seed in range(parts)]))
        low, high = of_share(alarms / (parts * TOGETHER), parts * TOGETHER)
        yield f"| {world.name} | {parts * TOGETHER:,} | {alarms} | {low:.1%} to {high:.1%} |"
    yield "\n## Nights until the alarm, one feature of ten at fault\n"
    parts = max(years // 10 // TOGETHER, 1)
    yield f"Of {parts * TOGETHER} runs each, in a steady world.\n"
    yield "| fault | half | 90 % | 95 % | asked |\n|---|---|---|---|---|"
    for fault in FAULTS:
        some = pool.map(delays, [(fault, seed) for seed in range(parts)])
        yield f"| {fault.name} | {_quantiles([*chain(*some)])} | {fault.asked} |"
    yield (
        "\nUntil nights have shown how little they vary, a shift may be their variation: one that"
        " begins soon after the gate does takes longer. The bounds below are of a step at night"
        f" {LEARN + 1} whose size and first night are known beforehand.\n"
    )
    yield "| bound | half | 90 % | 95 % |\n|---|---|---|---|"
    for step in (0.1, 0.05):
        known, unknown = bounds(step, parts * TOGETHER)
        yield f"| step of {step}, nights known not to vary | {_quantiles(known)} |"
        yield f"| step of {step}, their variation unknown | {_quantiles(unknown)} |"
    yield from nights_of_audits.report(audited, pool)


def _quantiles(values: list[float]) -> str:
    places = [math.ceil(q * len(values)) - 1 for q in (0.5, 0.9, 0.95)]
    return " | ".join(f"{sorted(values)[place]:g}" for place in places)


def table(years: int, output: Path, audited: nights_of_audits.Sizes) -> None:
    """Simulate on two processes and write the page."""
    text = ""
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        for line in report(years, pool, audited):
            print(line, flush=True)
            text += f"{line}\n"
    output.write_text(text)


def main() -> None:
    """Simulate and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="no clean years of whole audits")
    parser.add_argument("--output", type=Path, default=Path(__file__).with_name("NIGHTS.md"))
    options = parser.parse_args()
    audited = nights_of_audits.QUICK if options.quick else nights_of_audits.FULL
    table(options.years, options.output, audited)


if __name__ == "__main__":
    main()
