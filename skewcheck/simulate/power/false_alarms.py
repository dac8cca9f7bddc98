"""False alarms: verdicts of simulated audits of clean logs, by the tests that an audit runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import betaincinv

from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    NumericReference,
    Parameters,
)
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Outcome, Subject, of_feature
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.simulate.power.simulated_logs import (
    Simulated,
    SimulatedLevels,
    SimulatedNumbers,
)
from skewcheck.verdict.categorical import categorical_tests
from skewcheck.verdict.decisions import judge_tests, p_value_source
from skewcheck.verdict.numeric import numeric_tests

Draw = Callable[[np.random.Generator], dict[str, Outcome]]
"""Draws one feature of a log and of a reference, and measures it."""
Step = Callable[[str], None]
"""Called before a step of the work, with the feature that it is of, if it is of one."""


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


def simulated(
    parameters: Parameters, rows: int, policy: Policy, audits: int, step: Step = lambda _: None
) -> FalseAlarms:
    """Return the verdicts of `audits` simulated audits of clean logs of `rows` rows.

    Reference and log are both drawn from the shares of the reference, each feature by itself. The
    seed is fixed: the same arguments give the same result. `step` is called before each audit.
    """
    random = np.random.default_rng(0)
    draws = {f.name: draw for f in parameters.features if (draw := _draw(f, rows)) is not None}
    verdicts: Counter[Verdict] = Counter()
    gating = 0
    for _ in range(audits):
        step("")
        measured = {Subject(name): draw(random) for name, draw in draws.items()}
        judged_tests = judge_tests(measured, policy, "")
        gating = len({
            (subject, p_value_source(test.name))
            for subject, tests in judged_tests.items() for test in tests
            if test.p_value is not None and test.threshold is not None
        })  # fmt: skip
        verdicts[worst(of_feature(tests) for tests in judged_tests.values())] += 1
    return FalseAlarms(audits, dict(verdicts), gating)


def simulated_feature(feature: Feature) -> Simulated | None:
    """Return what draws logs of a feature, in raw units; None without a distribution."""
    reference = feature.reference
    if isinstance(reference, NumericReference) and reference.histogram.total:
        return SimulatedNumbers.of(reference)
    if isinstance(reference, CategoricalReference) and reference.counts:
        return SimulatedLevels(reference)
    return None


def _draw(feature: Feature, rows: int) -> Draw | None:
    """Return what draws a clean log and measures it; None for a feature without a distribution."""
    logs = simulated_feature(feature)
    if logs is None or not (training := logs.rows).sum():
        return None
    m, shares = int(training.sum()), training / training.sum()

    def draw(random: np.random.Generator) -> dict[str, Outcome]:
        reference, log = random.multinomial(m, shares), random.multinomial(rows, shares)
        if isinstance(logs, SimulatedNumbers):
            sample = logs.sample(log, logs.training(reference))
            return numeric_tests(replace(sample, steps=feature.steps))
        return categorical_tests(logs.sample(log, logs.training(reference)))

    return draw
