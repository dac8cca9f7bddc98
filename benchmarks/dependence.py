"""Measure the test of dependence between features: `make dependence DATA=folder`.

Power where an association weakens, where rows of one column belong to others and where a column of
a public set is late; false alarms on halves of the public sets, as they are and with other margins.
Beside it, on the same tables, a classifier two-sample test (Lopez-Paz and Oquab, Revisiting
Classifier Two-Sample Tests, ICLR 2017) and the maximum mean discrepancy (Gretton et al., A Kernel
Two-Sample Test, JMLR 13, 2012), which tell that something moved. Writes DEPENDENCE.md.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import public_sets
from processes import machine
from scipy.stats import beta, norm
from sklearn.ensemble import HistGradientBoostingClassifier

import skewcheck
from skewcheck.features.types import Parameters

HERE = Path(__file__).resolve().parent
TRAIN = 100_000
RIVAL_ROWS = 1_000
"""Rows of each side for MMD, whose matrices grow with their square."""
PERMUTATIONS = 100
LATE_ROWS = 3_000
"""Rows from which on a late column is looked for: with fewer, chance hides a change of 0.2."""
ALPHA = 0.01
Table = pd.DataFrame


@dataclass
class Rate:
    """How often something happened, of so many runs."""

    what: str
    asked: str
    hits: int = 0
    runs: int = 0
    seconds: float = 0.0
    peak: float = 0.0

    def __str__(self) -> str:
        low, high = interval(self.hits, self.runs)
        share = 100 * self.hits / max(self.runs, 1)
        return (
            f"| {self.what} | {self.asked} | {share:.1f} % | {100 * low:.1f} to {100 * high:.1f} |"
            f" {self.runs} | {1e3 * self.seconds / max(self.runs, 1):.0f} ms | {self.peak:.0f} MB |"
        )


def interval(hits: int, runs: int) -> tuple[float, float]:
    """Return the 95 % interval of Clopper and Pearson (Biometrika 26, 1934)."""
    low = beta.ppf(0.025, hits, runs - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, runs - hits) if hits < runs else 1.0
    return float(low), float(high)


def alarms(parameters: Parameters, log: Table) -> list[str]:
    """Return the features whose test of dependence is at least `warn`."""
    audit = skewcheck.audit(parameters, log, fail_on="never")
    return [
        f.name for f in audit.features for t in f.tests
        if t.name == "dependence" and t.verdict.value in ("skew", "warn")
    ]  # fmt: skip


def normal(rng: np.random.Generator, rows: int, rho: float = 0.9) -> Table:
    """Return ten features: x and y with this correlation, and eight others."""
    x = rng.normal(size=rows)
    y = rho * x + np.sqrt(1 - rho**2) * rng.normal(size=rows)
    others = {f"z{i}": 0.3 * x + rng.normal(size=rows) for i in range(8)}
    return Table({"x": x, "y": y, **others})


def permuted(log: Table, rng: np.random.Generator, share: float) -> Table:
    """Return a log with the y of other rows in a share of them."""
    rows = np.flatnonzero(rng.random(len(log)) < share)
    y = log["y"].to_numpy().copy()
    y[rows] = y[rng.permutation(rows)]
    return log.assign(y=y)


def classifier(train: Table, log: Table, seed: int) -> bool:
    """Return whether a gradient boosting tells the two apart, on held back halves, at 1 %."""
    n = min(len(train), len(log))
    x = np.vstack([train.to_numpy()[:n], log.to_numpy()[:n]])
    y = np.repeat([0, 1], n)
    half = np.random.default_rng(seed).random(len(y)) < 0.5
    model = HistGradientBoostingClassifier(max_iter=50, random_state=seed).fit(x[half], y[half])
    right = (model.predict(x[~half]) == y[~half]).mean()
    return bool((right - 0.5) * 2 * np.sqrt((~half).sum()) > norm.isf(ALPHA))


def mmd(train: Table, log: Table, seed: int) -> bool:
    """Return whether MMD with the median heuristic is significant at 1 %, by permutations."""
    rng = np.random.default_rng(seed)
    n = min(len(train), len(log), RIVAL_ROWS)
    x = np.vstack([t.sample(n, random_state=seed).to_numpy() for t in (train, log)])
    x = (x - x.mean(0)) / x.std(0)
    squares = (x * x).sum(1)
    distances = np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0)
    kernel = np.exp(-distances / np.median(distances))
    np.fill_diagonal(kernel, 0)

    def statistic(signs: np.ndarray) -> float:
        return float(signs @ kernel @ signs)

    signs = np.repeat([1.0, -1.0], n)
    null = [statistic(rng.permutation(signs)) for _ in range(PERMUTATIONS)]
    return statistic(signs) > float(np.quantile(null, 1 - ALPHA))


def timed(rate: Rate, decide: Callable[[], bool]) -> None:
    """Count a run, its time, and the memory of the first one."""
    if not rate.runs:
        tracemalloc.start()
        decide()
        rate.peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    began = time.perf_counter()
    rate.hits += decide()
    rate.seconds += time.perf_counter() - began
    rate.runs += 1


def powers(runs: int, rivals: int) -> list[Rate]:
    """Return the power in simulated worlds, of the test and of its rivals, and false alarms."""
    train = normal(np.random.default_rng(0), TRAIN)
    parameters = skewcheck.fit(train)
    worlds: dict[str, tuple[str, Callable[[np.random.Generator], Table]]] = {
        "clean, 2,000 rows": ("<= 1 %", lambda rng: normal(rng, 2_000)),
        "correlation 0.9 to 0.87, 2,000 rows": (">= 95 %", lambda rng: normal(rng, 2_000, 0.87)),
        "3 % of the rows with a permuted partner, 20,000 rows": (
            "seen", lambda rng: permuted(normal(rng, 20_000), rng, 0.03),
        ),
    }  # fmt: skip
    rates = []
    for name, (asked, draw) in worlds.items():
        rate = Rate(name, asked)
        for seed in range(runs):
            log = draw(np.random.default_rng(seed + 1))
            timed(rate, lambda log=log: bool(alarms(parameters, log)))
        rates.append(rate)
        for rival in (classifier, mmd):
            rate = Rate(f"{name}: {rival.__name__}", "-")
            for seed in range(rivals):
                log = draw(np.random.default_rng(seed + 1))
                timed(rate, lambda log=log, seed=seed, rival=rival: rival(train, log, seed))
            rates.append(rate)
        print(*rates[-3:], sep="\n", flush=True)
    return rates


def margins(rng: np.random.Generator, log: Table) -> Table:
    """Return a log with another margin of each number: shifted, scaled, bent, clipped, rounded."""
    log = log.copy()
    for name in log.columns:
        if not pd.api.types.is_numeric_dtype(log[name]) or log[name].dtype == bool:
            continue
        x = log[name].astype(float)
        spread, middle = x.std() or 1.0, x.median()
        ways = (
            x + spread, 3.7 * x, np.arctan(x / spread),
            np.sign(x - middle) * np.abs(x - middle) ** 1.7,
            x.clip(x.quantile(0.1), x.quantile(0.8)), (x / spread * 2).round(),
            x.where(rng.random(len(x)) > 0.04),
        )  # fmt: skip
        log[name] = ways[rng.integers(len(ways))]
    return log


def on_public_sets(folder: Path, runs: int) -> list[Rate]:
    """Return false alarms on halves, and the power where one of their columns is late by a row."""
    clean = Rate("halves of the public sets, audits with an alarm", "<= 1 %")
    other = Rate("the same with other margins", "<= 1 %")
    late = Rate(
        f"a column late by a row, where that changes some z by 0.2, {LATE_ROWS:,} rows or more",
        ">= 99 %",
    )
    tables = {name: public_sets.table(folder / name) for name in public_sets.SETS}
    each = max(runs // len(tables), 1)
    for seed in range(each):
        for name, table in tables.items():
            rng = np.random.default_rng([seed, len(name)])
            rows = table.sample(min(len(table), 40_000), random_state=seed).reset_index(drop=True)
            half = len(rows) // 2
            parameters = skewcheck.fit(rows[:half])
            log = rows[half : half + int(rng.choice([1_000, 3_000, 20_000]))].reset_index(drop=True)
            timed(clean, lambda log=log, p=parameters: bool(alarms(p, log)))
            changed = margins(rng, log)
            timed(other, lambda log=changed, p=parameters: bool(alarms(p, log)))
            pairs = () if parameters.dependence is None else parameters.dependence.pairs
            strong = {n for p in pairs if abs(p.correlation) > 0.25 for n in (p.first, p.second)}
            if strong and len(log) >= LATE_ROWS:
                column = sorted(strong)[int(rng.integers(len(strong)))]
                behind = log.assign(**{column: log[column].shift(1)})[1:]
                timed(late, lambda log=behind, c=column, p=parameters: c in alarms(p, log))
    return [clean, other, late]


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--rivals", type=int, default=100)
    parser.add_argument("--output", type=Path, default=HERE / "DEPENDENCE.md")
    arguments = parser.parse_args()
    rates = powers(arguments.runs, arguments.rivals) + on_public_sets(
        arguments.data, arguments.runs
    )
    lines = [
        "# The test of dependence between features", "",
        f"Written by `make dependence DATA=folder` ({machine()}). Time and memory are those of a",
        "run; of an audit all tests of ten features. Rivals say that rows differ, not how.", "",
        "| what | asked | measured | 95 % interval | runs | time | peak memory |",
        "|---|---|---:|---|---:|---:|---:|", *map(str, rates),
    ]  # fmt: skip
    arguments.output.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
