"""How often clean audits cry wolf: never as skew."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skewcheck import api
from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.histogram import Histogram
from skewcheck.features.types import CategoricalReference, Feature, NumericReference, Parameters
from skewcheck.reports.words.features import message
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Measurement, Subject, of_feature
from skewcheck.results.verdicts import Verdict
from skewcheck.statistics import two_sample as stats
from skewcheck.verdict.categorical import CategoricalSample
from skewcheck.verdict.decisions import judge_tests
from skewcheck.verdict.numeric import NumericSample, numeric_tests
from skewcheck.verdict.shares import unseen

RNG = np.random.default_rng


def columns(rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return ten features of many shapes."""
    return pd.DataFrame(
        {
            "normal": rng.normal(5, 2, rows),
            "tail": rng.pareto(1.3, rows),
            "cents": np.round(rng.gamma(2, 9, rows), 2),
            "count": rng.poisson(3, rows),
            "zeros": np.where(rng.random(rows) < 0.7, 0.0, rng.exponential(5, rows)),
            "nulls": np.where(rng.random(rows) < 0.2, np.nan, rng.normal(0, 1, rows)),
            "single": rng.normal(0, 1, rows).astype(np.float32),
            "flag": rng.random(rows) < 0.03,
            "kind": rng.choice(list("abcde"), rows, p=[0.5, 0.3, 0.15, 0.04, 0.01]),
            "zip": np.char.add("z", rng.zipf(1.7, rows).clip(0, 400).astype(str)),
        }
    )


@pytest.mark.parametrize(
    ("training", "serving"), [(300, 300), (3000, 300), (300, 3000), (3000, 3000)]
)
def test_clean_audits_are_no_skew(training: int, serving: int) -> None:
    # Trap: p < 0.05 per column fails 65 % of clean runs; thresholds learnt at another size do too.
    rng = RNG(training + 7 * serving)
    verdicts = []
    for i in range(30):
        known = api.fit(columns(training, rng))
        log = columns(serving, rng)
        if i % 2:
            log = known.transform(log).add_suffix("_norm")
        audit = api.audit(known, log, served="{feature}_norm" if i % 2 else None)
        verdicts.append(audit.verdict)
        assert audit.verdict != "skew", [(f.name, message(f)) for f in audit.features]
    assert verdicts.count(Verdict.WARN) <= 1


def test_small_samples_of_one_world_are_no_psi_skew() -> None:
    # Trap: PSI over 0.1 in 85 % of cases without drift at 100 rows a side.
    rng = RNG(4)
    large = 0
    for _ in range(40):
        known = api.fit(pd.DataFrame({"x": rng.normal(0, 1, 100)}))
        audit = api.audit(known, pd.DataFrame({"x": rng.normal(0, 1, 100)}))
        large += (next(t.statistic for t in audit.features[0].tests if t.name == "psi") or 0) > 0.1
        # A hundred rows could not have shown what is looked for, and the report says so.
        assert audit.verdict == "inconclusive"
    assert large > 20


def test_a_tiny_effect_in_ten_million_rows_is_no_skew() -> None:
    # Trap: a million rows make every p-value 0. Counts alone: no need for ten million values.

    edges = np.arange(10.0)
    at = np.full(10, 1_000_000)
    moved = at + np.array([200_000, 0, 0, 0, 0, 0, 0, 0, 0, -200_000])
    training, serving = (Histogram.discrete(edges, rows) for rows in (at, moved))
    reference = NumericReference(
        10_000_000, mean=4.5, std=2.87, min=0.0, max=9.0, histogram=training
    )
    moments = Moments(10_000_000, 4.32, 8.7e7, 0.0, 9.0)
    counts = NumericCounts(10_000_000, 0, 0, 0, moments, serving, edges, edges)
    assert stats.ks(training.interleaved, serving.interleaved).p_value == 0
    sample = NumericSample(counts, reference, (), served=False)
    found = judge_tests({Subject("x"): numeric_tests(sample)}, Policy(), "2026-11-20")
    assert of_feature(found[Subject("x")]) == "ok"


def test_rare_levels_of_training_alone_are_no_strangers() -> None:
    # Half of the levels are seen once: as many new ones are to be expected (Good 1953).
    rng = RNG(9)

    def names(n: int) -> pd.DataFrame:
        ids = np.where(rng.random(n) < 0.1, rng.integers(0, 10**6, n), rng.integers(0, 20, n))
        return pd.DataFrame({"x": np.char.add("z", ids.astype(str))})

    counts = names(4000).x.value_counts()
    reference = CategoricalReference(4000, 0, {str(k): int(v) for k, v in counts.items()})
    known = Parameters((Feature("x", "categorical", (), reference),), "")
    assert api.audit(known, names(3000)).verdict == "ok"


def test_the_share_of_strangers_to_expect_is_that_of_levels_seen_once() -> None:
    # Good, Biometrika 40 (1953), equation 9, against the true share of what training missed.
    rng, shares = RNG(10), 1 / np.arange(1, 2001)
    shares /= shares.sum()
    expected, truth = [], []
    for _ in range(50):
        seen = np.bincount(rng.choice(2000, 3000, p=shares), minlength=2000)
        reference = CategoricalReference(3000, 0, {str(i): int(n) for i, n in enumerate(seen)})
        counts = CategoricalCounts(10, 0, 0, np.array([10]), 0, {})
        measured = unseen(CategoricalSample(counts, Levels.text(("0",)), reference))
        assert isinstance(measured, Measurement)
        expected.append(measured.expected or 0)
        truth.append(shares[seen == 0].sum())
    assert np.mean(expected) == pytest.approx(np.mean(truth), rel=0.03)
