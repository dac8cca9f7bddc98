"""Measure what verdicts are worth: `python calibration.py [--quick]` writes CALIBRATION.md.

False alarms of clean audits, power beside the best that any test could have, and how often a
large change ends in `ok` because there are too few rows. Columns are drawn, counted, tested and
judged by the code that an audit runs; only files are left out. Every figure is computed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import clusters
import numpy as np
import together
import windows
from columns import TRAINING, Categorical, Column, Numeric, drawn, training, zipf
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri
from scipy.stats import beta

from skewcheck.features.types import FloatArray
from skewcheck.results.policy import Policy
from skewcheck.results.tests import JudgedTest, Outcome, Subject, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.statistics import power
from skewcheck.verdict.decisions import judge_tests, p_value_source

SIZES = (200, 2_000, 20_000)
ROWS = (50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000)
DOUBTED = ("ks", "psi", "linf, 5 levels", "linf, 200 levels", "nulls", "nulls beside 50 %")
POLICY = Policy()


def verdicts(
    known: Sequence[Column], log: Sequence[FloatArray]
) -> dict[Subject, tuple[JudgedTest, ...]]:
    """Audit the columns of a log."""
    tests = {
        Subject(str(i)): one.tests(x) for i, (one, x) in enumerate(zip(known, log, strict=True))
    }
    return judge_tests(tests, POLICY, "2026-01-01")


def clean(job: tuple[int, float, int, int]) -> list[Verdict]:
    """Audit clean logs of so many rows, each against training of its own."""
    rows, correlation, seed, times = job
    rng = np.random.default_rng((rows, int(10 * correlation), seed))
    found = []
    for _ in range(times):
        known = training(rng, correlation)
        tests = verdicts(known, drawn(rng, rows, correlation))
        # Whether rows are too few is another matter: does it cry wolf?
        found.append(worst(_alarm(some) for some in tests.values()))
    return found


def _alarm(tests: Iterable[JudgedTest]) -> Verdict:
    """Return skew, warn or ok: a warning counts even where rows are too few."""
    told = list(tests)
    if of_feature(told) is Verdict.SKEW:
        return Verdict.SKEW
    return Verdict.WARN if any(_warns(t) for t in told) else Verdict.OK


def _warns(test: JudgedTest) -> bool:
    if test.verdict is Verdict.WARN:
        return True
    significant = test.p_adjusted is not None and test.p_adjusted <= POLICY.alpha
    large = (test.effect or 0.0) >= (test.threshold or np.inf) / test.spec.warns
    return test.verdict is Verdict.INCONCLUSIVE and significant and large


def shifted(job: tuple[float, int, int, int]) -> list[tuple[bool, bool, int]]:
    """Shift one normal feature: was any test, was KS significant; and how many p-values there are.

    The others are clean, and of one log: they are the family that corrections pay for.
    """
    shift, rows, seed, times = job
    rng = np.random.default_rng((int(100 * shift), rows, seed))
    rest = _others(rng, rows)
    found = []
    for _ in range(times):
        one = Numeric.of(rng.normal(size=TRAINING)).tests(rng.normal(shift, 1, rows))
        tests = judge_tests({**rest, Subject("x"): one}, POLICY, "2026-01-01")
        names = {
            t.name
            for t in tests[Subject("x")]
            if t.p_adjusted is not None and t.p_adjusted <= POLICY.alpha
        }
        found.append((bool(names), "ks" in names, _family(tests)))
    return found


def _others(rng: np.random.Generator, rows: int) -> dict[Subject, dict[str, Outcome]]:
    known, log = training(rng), drawn(rng, rows, 0.0)
    return {Subject(str(i)): known[i].tests(log[i]) for i in range(1, 25)}


def _family(tests: dict[Subject, tuple[JudgedTest, ...]]) -> int:
    """Return the number of p-values that were corrected; psi and linf share one."""
    return sum(
        len({p_value_source(t.name) for t in some if t.p_value is not None
             and t.threshold is not None})
        for some in tests.values()
    )  # fmt: skip


def doubted(job: tuple[str, int, int, int]) -> list[Verdict]:
    """Change one feature by 1.5 times a test's threshold; return its verdicts."""
    name, rows, seed, times = job
    rng = np.random.default_rng((DOUBTED.index(name), rows, seed))
    rest = _others(rng, rows)
    found = []
    for _ in range(times):
        before, after = changed(name, rng, rows)
        one = (Categorical if name.startswith("linf") else Numeric).of(before).tests(after)
        tests = judge_tests({**rest, Subject("x"): one}, POLICY, "2026-01-01")
        found.append(of_feature(tests[Subject("x")]))
    return found


def changed(name: str, rng: np.random.Generator, rows: int) -> tuple[FloatArray, FloatArray]:
    """Draw training and a log whose true effect is 1.5 times the threshold."""
    x, y = rng.normal(size=TRAINING), rng.normal(size=rows)
    if name == "ks":  # the largest difference of two normal distributions: 2 Phi(shift/2) - 1
        return x, y + 2 * float(ndtri((1 + 1.5 * POLICY.thresholds["ks"]) / 2))
    if name == "psi":  # both tails grow: neither D nor ranks see much of it
        return x, y * _scale(1.5 * POLICY.thresholds["psi"])
    if name.startswith("nulls"):
        own = 0.5 if "50" in name else 0.0
        more = own + 1.5 * POLICY.thresholds["nulls"]
        x[rng.random(TRAINING) < own] = np.nan
        y[rng.random(rows) < more] = np.nan
        return x, y
    levels = 5 if "5 levels" in name else 200
    codes = [np.searchsorted(zipf(levels), rng.random(n)) for n in (TRAINING, rows)]
    # The commonest level loses to all others, in proportion.
    share = float(zipf(levels)[0])
    gone = rng.random(rows) < min(1.5 * POLICY.thresholds["linf"], share) / share
    others = (zipf(levels)[1:] - share) / (1 - share)
    moved = 1 + np.searchsorted(others, rng.random(rows))
    after = np.where((codes[1] == 0) & gone, moved, codes[1])
    return codes[0].astype(np.float64), after.astype(np.float64)


def _scale(psi: float) -> float:
    """Return the scale of a normal distribution that gives this PSI over deciles."""
    cuts = ndtri(np.arange(1, 10) / 10)

    def excess(scale: float) -> float:
        q = np.diff(np.concatenate(([0.0], ndtr(cuts / scale), [1.0])))
        return float(((q - 0.1) * np.log(q / 0.1)).sum()) - psi

    return float(brentq(excess, 1.0, 4.0))


def _share(hits: int, runs: int) -> str:
    """Return a share with its Clopper-Pearson interval."""
    low = beta.ppf(0.025, hits, runs - hits + 1) if hits else 0.0
    high = beta.ppf(0.975, hits + 1, runs - hits) if hits < runs else 1.0
    return f"{100 * hits / runs:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _met(good: bool) -> str:
    return "yes" if good else "**no**"


DEPENDENT = """Clean logs of 20,000 rows of users whose rows are alike (intra-class correlation
0.3), against 20,000 independent rows of training. Asked: with `--cluster` at most 1 % in skew;
without, the warning in at least 95 %, and hardly ever where rows are independent."""


def report(pool: ProcessPoolExecutor, audits: int, runs: int) -> str:
    """Run everything and return the page."""
    lines = [
        "# Calibration\n",
        f"Written by `make calibration`: {audits:,} clean audits a row of 25 features (20 numeric",
        f"of five shapes, 5 categorical of 5 to 200 Zipf levels), {TRAINING:,} rows of training,",
        f"{runs:,} runs a row for the rest. In brackets: 95 % confidence.\n",
        "## False alarms: whole audits of clean logs\n",
        "| rows | correlation | skew (at most 1 %) | warn (at most 3 %) | met |",
        "|---|---|---|---|---|",
    ]
    for correlation in (0.0, 0.8):
        for rows in SIZES:
            parts = [(rows, correlation, seed, audits // 20) for seed in range(20)]
            found = [v for some in pool.map(clean, parts) for v in some]
            skew, warn = found.count(Verdict.SKEW), found.count(Verdict.WARN)
            met = _met(skew <= 0.01 * len(found) and warn <= 0.03 * len(found))
            cells = _share(skew, len(found)), _share(warn, len(found)), met
            lines.append(f"| {rows:,} | {correlation:g} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    lines += [
        "\n## Power: one of 25 features shifted\n",
        "Beside it the two-sample z-test with known variances at the same level, alpha divided by",
        "the number of p-values: no test has more (Neyman and Pearson).\n",
        "| shift, sd | rows | any test significant (at least 95 %) | KS alone | z-test | met |",
        "|---|---|---|---|---|---|",
    ]
    for shift, rows in ((0.2, 2_000), (0.1, 5_000)):
        parts2 = [(shift, rows, seed, runs // 20) for seed in range(20)]
        hits = [one for some in pool.map(shifted, parts2) for one in some]
        level = POLICY.alpha / hits[0][2]
        bound = ndtr(shift * np.sqrt(power.effective_size(rows, TRAINING)) + ndtri(level / 2))
        seen, ks = sum(h[0] for h in hits), sum(h[1] for h in hits)
        cells = _share(seen, len(hits)), _share(ks, len(hits)), f"{100 * bound:.1f} %"
        lines.append(
            f"| {shift:g} | {rows:,} | {' | '.join(cells)} | {_met(seen >= 0.95 * len(hits))} |"
        )
        print(lines[-1], flush=True)
    lines += [
        "\n## Honest doubt: a true effect of 1.5 times the threshold\n",
        "Share of features that end in `ok` (at most 5 %), in brackets in `inconclusive`.\n",
        f"| test | {' | '.join(f'{rows:,} rows' for rows in ROWS)} | met |",
        f"|---|{'---|' * len(ROWS)}---|",
    ]
    for name in DOUBTED:
        cells2, worst_share = [], 0.0
        for rows in ROWS:
            parts3 = [(name, rows, seed, runs // 4) for seed in range(2)]
            ends = [v for some in pool.map(doubted, parts3) for v in some]
            fine, doubt = ends.count(Verdict.OK), ends.count(Verdict.INCONCLUSIVE)
            worst_share = max(worst_share, fine / len(ends))
            cells2.append(f"{100 * fine / len(ends):.1f} % ({100 * doubt / len(ends):.0f} %)")
        lines.append(f"| {name} | {' | '.join(cells2)} | {_met(worst_share <= 0.05)} |")
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run on two processes and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    parser.add_argument("--data", type=Path, help="folder of the public sets: adds US Census")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "CALIBRATION.md")
    chosen = parser.parse_args()
    audits, runs = (100, 200) if chosen.quick else (1000, 1000)
    started = time.perf_counter()
    with ProcessPoolExecutor(2, get_context("fork")) as pool:
        page = report(pool, audits, runs)
    page += "\n## Rows that depend on each other\n\n" + DEPENDENT + "\n"
    page += _told(clusters.table(audits // 2))
    page += "\n## Windows and segments\n\n"
    page += _told(windows.table(runs // 5, audits // 3, chosen.data))
    page += f"\nTook {time.perf_counter() - started:.0f} s on two processes.\n"
    chosen.output.write_text(f"{page}\n{together.section()}")


def _told(lines: Iterable[str]) -> str:
    """Print lines as they come, and return them."""
    told = []
    for line in lines:
        print(line, flush=True)
        told.append(line + "\n")
    return "".join(told)


if __name__ == "__main__":
    main()
