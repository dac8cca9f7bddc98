"""Nights of whole audits with `--state`: clean years, and faults in the night they begin."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import skewcheck
from skewcheck.catalogue.tests import NIGHTS
from skewcheck.results.audit import Audit
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics.intervals import of_share

FEATURES, ROWS, REFERENCE = 10, 1000, 20_000
BEFORE = 20
"""Clean nights before a fault."""


@dataclass(frozen=True)
class Sizes:
    """How much is audited."""

    years: int
    """Clean gates."""
    nights: int
    """Of each."""
    faults: int
    """Nights with a fault of each size."""


FULL, QUICK = Sizes(4, 120, 60), Sizes(2, 30, 10)


def rows(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Return rows of features of several shapes, correlated by a half."""
    normal = math.sqrt(0.5) * (rng.normal(size=(count, 1)) + rng.normal(size=(count, FEATURES)))
    columns = {f"x{i}": normal[:, i] for i in range(FEATURES - 2)}
    return pd.DataFrame({
        **columns, "skewed": np.exp(normal[:, -2]), "whole": np.round(3 * normal[:, -1]),
    })  # fmt: skip


@contextmanager
def _folder() -> Iterator[None]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def _night(number: int, data: pd.DataFrame) -> Audit:
    log = Path(f"night-{number:03}.parquet")
    data.to_parquet(log)
    return skewcheck.audit("p.json", log, state="s")


def _trained(seed: int) -> np.random.Generator:
    rng = np.random.default_rng([seed, 5])
    skewcheck.save(skewcheck.fit(rows(rng, REFERENCE)), "p.json")
    return rng


def clean_year(part: tuple[int, int]) -> tuple[int, int]:
    """Return how many nights of a clean gate are skew by the test over nights, and by any."""
    seed, nights = part
    over_nights = skew = 0
    with _folder():
        rng = _trained(seed)
        for number in range(nights):
            audit = _night(number, rows(rng, ROWS))
            skew += audit.verdict == "skew"
            over_nights += any(
                test.spec is NIGHTS and test.verdict is Verdict.SKEW
                for feature in audit.features for test in feature.tests
            )  # fmt: skip
    return over_nights, skew


def same_night(part: tuple[float, int]) -> int:
    """Return of how many first nights with a shift of one feature the audit finds that feature."""
    size, faults = part
    found = 0
    with _folder():
        rng = _trained(1000)
        for number in range(BEFORE):
            _night(number, rows(rng, ROWS))
        shutil.copytree("s", "before")
        for fault in range(faults):
            shutil.rmtree("s")
            shutil.copytree("before", "s")
            name = f"x{fault % (FEATURES - 2)}"
            data = rows(rng, ROWS)
            audit = _night(BEFORE, data.assign(**{name: data[name] + size}))
            found += any(f.name == name and f.verdict is Verdict.SKEW for f in audit.features)
    return found


def report(sizes: Sizes, pool: Executor) -> Iterator[str]:
    """Yield the lines on whole audits."""
    yield "\n## Whole audits\n"
    yield (
        f"Of Parquet files of {ROWS:,} rows and {FEATURES} features with `--state`, one a night,"
        f" each after the other: {sizes.years} clean gates of {sizes.nights} nights, and"
        f" {sizes.faults} nights each in which a shift begins, after {BEFORE} clean ones.\n"
    )
    parts = [(seed, sizes.nights) for seed in range(sizes.years)]
    years = [*pool.map(clean_year, parts)]
    nights = sizes.years * sizes.nights
    alarmed, skew = sum(over > 0 for over, _ in years), sum(any_test for _, any_test in years)
    yield "| audited | of | alarms | asked |\n|---|---|---|---|"
    yield f"| clean gates, by the test over nights | {sizes.years} | {alarmed} | 1 % |"
    yield f"| clean nights, by any test | {nights:,} | {skew} | 1 % |"
    shifts = (0.5, 0.35, 0.25)
    for size, found in zip(
        shifts, pool.map(same_night, [(size, sizes.faults) for size in shifts]), strict=True
    ):
        low, high = of_share(found / sizes.faults, sizes.faults)
        asked = "all" if size == 0.5 else ""
        yield (
            f"| a shift of {size} sd, the same night | {sizes.faults} | {found}"
            f" ({low:.0%} to {high:.0%}) | {asked} |"
        )
