"""False alarms: verdicts of simulated audits of clean logs, by the tests that an audit runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.features.histogram import Histogram
from skewcheck.features.propagate import centers
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    IntArray,
    NumericReference,
    Parameters,
)
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Outcome, Subject, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.verdict.categorical import CategoricalSample, categorical_tests
from skewcheck.verdict.decisions import judge_tests, p_value_source
from skewcheck.verdict.numeric import NumericSample, numeric_tests

Draw = Callable[[np.random.Generator], dict[str, Outcome]]
"""Draws one feature of a log and of a reference, and measures it."""


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """The verdicts of simulated audits of clean logs."""

    audits: int
    verdicts: dict[Verdict, int]
    tests: int
    """P-values of one audit whose tests have a threshold: alpha is divided among them."""

    def share(self, verdict: Verdict) -> float:
        """Return the share of the audits with a verdict; 0 without audits."""
        return self.verdicts.get(verdict, 0) / self.audits if self.audits else 0.0

    def at_most(self, verdict: Verdict) -> float:
        """Return the upper limit of the share's one-sided 95 % confidence interval.

        Clopper and Pearson, Biometrika 26 (1934).
        """
        k = self.verdicts.get(verdict, 0)
        return float(betaincinv(k + 1, self.audits - k, 0.95)) if k < self.audits else 1.0


def simulated(parameters: Parameters, rows: int, policy: Policy, audits: int) -> FalseAlarms:
    """Return the verdicts of `audits` simulated audits of clean logs of `rows` rows.

    Reference and log are both drawn from the shares of the reference, each feature by itself. The
    seed is fixed: the same arguments give the same result.
    """
    random = np.random.default_rng(0)
    draws = {f.name: draw for f in parameters.features if (draw := _draw(f, rows)) is not None}
    verdicts: Counter[Verdict] = Counter()
    gating = 0
    for _ in range(audits):
        measured = {Subject(name): draw(random) for name, draw in draws.items()}
        judged_tests = judge_tests(measured, policy, "")
        gating = len({
            (subject, p_value_source(test.name))
            for subject, tests in judged_tests.items() for test in tests
            if test.p_value is not None and test.threshold is not None
        })  # fmt: skip
        verdicts[worst(of_feature(tests) for tests in judged_tests.values())] += 1
    return FalseAlarms(audits, dict(verdicts), gating)


def _draw(feature: Feature, rows: int) -> Draw | None:
    """Return what draws a clean log and measures it; None for a feature without a distribution."""
    reference = feature.reference
    if isinstance(reference, NumericReference) and reference.finite:
        return _numeric(feature, reference, rows)
    if isinstance(reference, CategoricalReference) and reference.counts:
        return _categorical(reference, rows)
    return None


def _numeric(feature: Feature, reference: NumericReference, rows: int) -> Draw:
    edges, counts = reference.histogram.edges, reference.histogram.interleaved
    missing = np.array([reference.nulls, reference.nonfinite])
    shares = np.append(counts, missing) / (counts.sum() + missing.sum())
    places = centers(reference)

    def filled(drawn: IntArray) -> NumericReference:
        at, between = drawn[1:-2:2], drawn[:-2:2]
        return replace(
            reference, rows=int(drawn.sum()), nulls=int(drawn[-2]), nonfinite=int(drawn[-1]),
            mean=None, std=None, histogram=Histogram(edges, at, between, between * places),
        )  # fmt: skip

    def draw(random: np.random.Generator) -> dict[str, Outcome]:
        training = filled(random.multinomial(reference.rows, shares))
        log = filled(random.multinomial(rows, shares))
        drawn = log.histogram
        moments = Moments.of(
            np.repeat(np.concatenate((edges, places)), np.concatenate((drawn.at, drawn.between)))
        )
        logged = NumericCounts(rows, log.nulls, 0, log.nonfinite, moments, drawn, edges, edges)
        return numeric_tests(NumericSample(logged, training, feature.steps, served=False))

    return draw


def _categorical(reference: CategoricalReference, rows: int) -> Draw:
    names = tuple(reference.counts)
    levels = Levels.text(names)
    counts = np.array([*reference.counts.values(), reference.other, reference.nulls])
    shares = counts / counts.sum()

    def draw(random: np.random.Generator) -> dict[str, Outcome]:
        training = random.multinomial(reference.rows, shares)
        log = random.multinomial(rows, shares)
        seen = {name: int(n) for name, n in zip(names, training, strict=False) if n}
        stored = CategoricalReference(reference.rows, int(training[-1]), seen, int(training[-2]))
        unseen = int(log[-2])
        logged = CategoricalCounts(
            rows, int(log[-1]), 0, log[:-2].astype(np.int64), unseen,
            {"other": unseen} if unseen else {},
        )  # fmt: skip
        return categorical_tests(CategoricalSample(logged, levels, stored))

    return draw
