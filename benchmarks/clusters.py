"""Rows that depend on each other: false alarms with `--cluster`, and warnings without.

Users with rows of their own kind: a Gaussian random effect of each user on each of 25 features
under their quantile functions. `python -m benchmarks.clusters [AUDITS]` prints a table.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.special import gammainccinv, ndtr, pdtrik

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.words.notes import texts

ICC = 0.3
REFERENCE = 20_000
USER = "user_id"
Floats = NDArray[np.float64]


def _lognormal(z: Floats) -> Floats:
    return np.exp(0.8 * z)


def _count(z: Floats) -> Floats:
    return np.ceil(pdtrik(ndtr(z), 3.0)).clip(0)


def _zeros(z: Floats) -> Floats:
    return np.round(np.exp(z.clip(0.2)) - np.exp(0.2), 2)


def _tail(z: Floats) -> Floats:
    return ndtr(-z) ** (-1 / 1.5)


def _gamma(z: Floats) -> Floats:
    return np.round(gammainccinv(2.0, ndtr(-z)) * 9, 2)


SHAPES: tuple[Callable[[Floats], Floats], ...] = (_lognormal, _count, _zeros, _tail, _gamma)
LEVELS = (5, 10, 20, 50, 200)


def columns(
    users: NDArray[np.int64], icc: float, rng: np.random.Generator, shift: float = 0.0
) -> dict[str, pa.Array]:
    """Return 25 features of rows of these users; `shift` moves the first one, in deviations."""
    number, found = int(users.max()) + 1, {}
    for i in range(25):
        z = np.sqrt(1 - icc) * rng.normal(size=len(users))
        z += np.sqrt(icc) * rng.normal(size=number)[users] + shift * (i == 0)
        if i < 20:
            found[f"{SHAPES[i % 5].__name__[1:]}_{i:02}"] = pa.array(SHAPES[i % 5](z))
            continue
        levels = LEVELS[i - 20]
        zipf = np.cumsum(1 / np.arange(1, levels + 1))
        codes = np.searchsorted(zipf / zipf[-1], ndtr(z)).clip(0, levels - 1)
        names = pa.array([f"level {j}" for j in range(levels)])
        found[f"level_{i:02}"] = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), names)
    return found


@dataclass(frozen=True)
class Case:
    """A kind of log."""

    name: str
    sizes: tuple[int, ...]
    icc: float = ICC
    shuffled: bool = False
    cluster: str | None = None
    logged: bool = False
    """The log has the users' column, though nobody names it."""
    shift: float = 0.0

    def log(self, rng: np.random.Generator) -> pa.Table:
        """Return a log."""
        users = np.repeat(np.arange(len(self.sizes)), self.sizes)
        if self.shuffled:
            rng.shuffle(users)
        found = columns(users, self.icc, rng, self.shift)
        if self.cluster or self.logged:
            found[USER] = pa.array([f"u{i}" for i in users])
        return pa.table(found)


HALF = (10_000, *[100] * 100)
PARETO = tuple(int(20_000 / i / 5.19) + 1 for i in range(1, 101))


ASKED = ("independent rows, no cluster", "100 users of 200 rows, --cluster",
         "100 users of 200 rows, without")  # fmt: skip


def cases() -> list[Case]:
    """Return all kinds."""
    sizes = {
        "100 users of 200 rows": (200,) * 100, "1,000 users of 20": (20,) * 1000,
        "one user with half of the rows, 100 of 100": HALF, "100 users, sizes by Zipf": PARETO,
        "20 users of 1,000": (1000,) * 20,
    }  # fmt: skip
    found = [Case("independent rows, no cluster", (1,) * 20_000, 0.0)]
    found += [Case("independent rows, --cluster", (200,) * 100, 0.0, cluster=USER, shuffled=True)]
    found += [Case("every row its own user, --cluster", (1,) * 20_000, 0.0, cluster=USER)]
    for name, rows in sizes.items():
        found += [
            Case(f"{name}, --cluster", rows, cluster=USER),
            Case(f"{name}, without", rows),
            Case(f"{name}, shuffled, without", rows, shuffled=True),
            Case(f"{name}, shuffled, user_id logged", rows, shuffled=True, logged=True),
        ]
    some = (20,) * 250
    return [
        *found,
        Case("0.1 sd in 1 of 25, 5,000 rows, without", (1,) * 5000, 0.0, shift=0.1),
        Case("the same, --cluster (250 users)", some, 0.0, cluster=USER, shift=0.1),
        Case("the same, --cluster (5,000 users)", (1,) * 5000, 0.0, cluster=USER, shift=0.1),
        Case("1 sd in 1 of 25, 100 users of 200, --cluster", (200,) * 100, cluster=USER, shift=1.0),
    ]


def run(case: Case, seed: int, audits: int) -> list[tuple[str, bool, float, float]]:
    """Audit logs of one kind: verdict, whether it warns, least p of the first feature, worth."""
    rng, found = np.random.default_rng(seed), []
    known: Parameters | None = None
    for i in range(audits):
        if i % 10 == 0 or known is None:
            known = skewcheck.fit(pa.table(columns(np.arange(REFERENCE), 0.0, rng)))
        audit = skewcheck.audit(known, case.log(rng), cluster=case.cluster)
        warned = any("p-values are too small" in note for note in texts(audit.notes))
        p = min(t.p_adjusted for t in audit.features[0].tests if t.p_adjusted is not None)
        worth = np.median([(f.effective_rows or f.rows) / f.rows for f in audit.features])
        found.append((audit.verdict.value, warned, p, float(worth)))
    return found


def table(audits: int, only: Sequence[str] = ()) -> Iterator[str]:
    """Yield a table: `audits` of what was asked for, a fifth of the others."""
    chosen = [(i, c) for i, c in enumerate(cases()) if not only or any(a in c.name for a in only)]
    heads = ("audits", "skew", "warn", "inconclusive", "warning", "p <= 0.01 in one", "rows worth")
    yield f"| log of 20,000 rows | {' | '.join(heads)} |"
    yield f"|---{'|--:' * len(heads)}|"
    parts = 2 * (os.cpu_count() or 1)
    with ProcessPoolExecutor() as pool:
        for number, case in chosen:
            number_of = audits if only or case.name in ASKED else audits // 5
            seeds = range(1000 * number, 1000 * number + parts)
            some = pool.map(run, repeat(case), seeds, repeat(-(-number_of // parts)))
            found = [one for part in some for one in part]
            verdicts = [verdict for verdict, *_ in found]
            shares = [verdicts.count(v) / len(found) for v in ("skew", "warn", "inconclusive")]
            shares += [np.mean([warned for _, warned, *_ in found])]
            shares += [np.mean([p <= 0.01 for *_, p, _ in found])]
            worth = np.median([one[-1] for one in found])
            told = " | ".join(f"{share:.1%}" for share in shares)
            yield f"| {case.name} | {len(found)} | {told} | {worth:.1%} |"


def main(arguments: Sequence[str]) -> None:
    """Print the table; a number of audits and parts of names may be given."""
    for line in table(int(arguments[0]) if arguments else 500, arguments[1:]):
        print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
