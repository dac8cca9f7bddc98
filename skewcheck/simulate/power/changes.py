"""Changes of a distribution that a simulated audit detects: of the mean, spread, a level, nulls.

Logs are drawn from training's distribution with a change, and measured and judged by the functions
of an audit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import KS, LINF, NULLS, TESTS
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.policy import Policy
from skewcheck.results.tests import Measurement, Outcome, Subject, of_feature
from skewcheck.results.verdicts import ALARMS, Verdict
from skewcheck.simulate.power.screen import Figures
from skewcheck.simulate.power.search import SMALLEST_CHANGE, Detectable, detectable
from skewcheck.simulate.power.simulated_logs import (
    Simulated,
    SimulatedLevels,
    SimulatedNumbers,
)
from skewcheck.simulate.power.tilting import TrainingDistribution
from skewcheck.verdict.decisions import judge_tests, p_value_source
from skewcheck.verdict.measures import estimates

FAILING = (frozenset({Verdict.SKEW}), ALARMS)
"""Verdicts of a failing audit, those with `--fail-on warn` second."""
GATING = frozenset({Kind.DISTANCE, Kind.SHARE})
"""Kinds of the tests that `estimates` measures."""
TRIED_CHANGES = 25
"""Changes, each the same factor apart, of which the largest that is possible is looked for."""
Changed = Callable[[float], FloatArray | None]
"""The shares of a log's cells after a change of some size; None for a change that none can have."""


@dataclass(frozen=True, slots=True)
class AuditedFeature:
    """A feature in audits of so many rows, among others that have not changed."""

    name: str
    logs: Simulated
    rows: int
    policy: Policy
    p_values: int
    """P-values of the whole audit whose tests have a threshold."""

    @property
    def shares(self) -> FloatArray:
        """Training's shares of the cells of `logs`."""
        training = self.logs.rows
        shares: FloatArray = training / training.sum()
        return shares

    def detectable(self, changed: Changed, largest: float, test: TestSpec) -> Detectable:
        """Return the smallest changes up to `largest` with which an audit fails.

        The power is taken to grow with the change; `test` is the likeliest to detect it.
        """
        sizes = largest * np.geomspace(SMALLEST_CHANGE, 1, TRIED_CHANGES)
        possible = [float(size) for size in sizes if changed(float(size)) is not None]
        if not possible:
            return Detectable(None, None)
        shares_of = lru_cache(maxsize=2)(changed)

        def alarms(size: float, logs: int, random: np.random.Generator) -> int:
            shares = shares_of(size)
            if shares is None:
                return 0
            return self.alarms(random.multinomial(self.rows, shares, logs), test.code)

        return detectable(alarms, possible[-1], possible[0])

    def alarms(self, drawn: IntArray, first: str) -> int:
        """Return how many audits of logs fail, each a row of `drawn` with its rows by cell."""
        if not isinstance(self.logs, SimulatedNumbers):
            return sum(self._fails(log, first) for log in drawn)
        figures, limits = Figures.of(self.logs.reference, drawn), self._limits()
        # As in `_fails`: what warns has no shortcut.
        alpha = 0.0 if self.policy.fail_on == "warn" else self.policy.alpha / max(self.p_values, 1)
        sure = figures.sure(limits, alpha)
        left = drawn[figures.open(limits) & ~sure]
        return int(sure.sum()) + sum(self._fails(log, first) for log in left)

    def _limits(self) -> dict[str, float]:
        """Return the effects from which tests of numbers alarm, by code."""
        warns = self.policy.fail_on == "warn"
        gating = [x for x in TESTS.values() if x.numeric and x.in_parts and x.kind in GATING]
        thresholds = {spec: self.policy.threshold(self.name, spec.code) for spec in gating}
        return {
            spec.code: limit / spec.warns if warns else limit
            for spec, limit in thresholds.items() if limit is not None
        }  # fmt: skip

    def _fails(self, drawn: IntArray, first: str) -> bool:
        """Return whether the audit of a log with these rows by cell fails."""
        outcomes: dict[str, Outcome] = {}
        for code, outcome in self._estimates(drawn, first):
            if self.policy.fail_on == "warn":
                outcomes[code] = outcome
                continue
            # Nothing outweighs a skew, and doubt takes time to compute.
            sure = replace(outcome, power=None) if isinstance(outcome, Measurement) else outcome
            outcomes[code] = sure
            # Skew by Bonferroni's correction is skew by any other.
            if self._verdict({code: sure}, self.p_values) is Verdict.SKEW:
                return True
        others = max(self.p_values / max(self._corrected(outcomes), 1), 1.0)
        return self._verdict(outcomes, others) in FAILING[self.policy.fail_on == "warn"]

    def _estimates(self, drawn: IntArray, first: str) -> Iterator[tuple[str, Outcome]]:
        """Yield the outcomes of the tests of a log beside training, that of `first` first."""
        match self.logs:
            case SimulatedNumbers() as numbers:
                yield from estimates(numbers.sample(drawn, numbers.reference, part=True), first)
            case SimulatedLevels() as levels:
                yield from estimates(levels.sample(drawn, levels.reference, part=True), first)

    def _verdict(self, outcomes: dict[str, Outcome], multiplicity: float) -> Verdict:
        subject = Subject(self.name)
        return of_feature(judge_tests({subject: outcomes}, self.policy, "", multiplicity)[subject])

    def _corrected(self, outcomes: dict[str, Outcome]) -> int:
        """Return how many p-values of the feature are corrected together."""
        return len({
            p_value_source(code) for code, outcome in outcomes.items()
            if isinstance(outcome, Measurement) and outcome.p_value is not None
            and self.policy.threshold(self.name, code) is not None
        })  # fmt: skip


def without_reported(policy: Policy) -> Policy:
    """Return the policy without thresholds of tests that do not gate of themselves."""

    def gating(thresholds: dict[str, float]) -> dict[str, float]:
        return {c: limit for c, limit in thresholds.items() if TESTS[c].kind is not Kind.REPORTED}

    return replace(
        policy, thresholds=gating(dict(policy.thresholds)),
        feature_thresholds={
            pattern: gating(dict(table)) for pattern, table in policy.feature_thresholds.items()
        },
    )  # fmt: skip


def of_shift(audited: AuditedFeature, training: TrainingDistribution, largest: float) -> Detectable:
    """Return the detected shifts of the mean, up or down: those harder to see.

    In standard deviations of training. A distribution without values that far down can only shift
    up.
    """
    up = audited.detectable(_present(audited, training.shifted), largest, KS)
    down = audited.detectable(_present(audited, lambda by: training.shifted(-by)), largest, KS)
    both = [d for d in (up, down) if d.likely is not None]
    likely = [d.likely for d in both if d.likely is not None]
    sure = [d.sure for d in both if d.sure is not None]
    return Detectable(
        max(likely, default=None), max(sure) if sure and len(sure) == len(both) else None
    )


def of_scale(audited: AuditedFeature, training: TrainingDistribution, largest: float) -> Detectable:
    """Return the detected ratios of the standard deviation to training's, above 1."""
    wider = _present(audited, lambda more: training.wider(1 + more))
    more = audited.detectable(wider, largest, KS)
    return Detectable(*(None if x is None else 1 + x for x in (more.likely, more.sure)))


def _present(audited: AuditedFeature, changed: Changed) -> Changed:
    """Return a change of the finite values' shares as one of all cells: nulls stay as many."""
    absent = audited.shares[-2:]

    def of_all(size: float) -> FloatArray | None:
        shares = changed(size)
        return None if shares is None else np.append(shares * (1 - absent.sum()), absent)

    return of_all


def of_level(audited: AuditedFeature) -> Detectable:
    """Return the detected changes of the most frequent level's share of the rows with a level.

    It is less, or more where it is under a half; the others keep their proportions.
    """
    shares = audited.shares
    present = 1 - shares[-1]
    i = int(np.argmax(shares[:-1]))
    share = shares[i] / present

    def changed(change: float) -> FloatArray | None:
        other = share + change if share < 0.5 else share - change
        if not 0 < other < 1 or not share < 1:
            return None
        scaled: FloatArray = shares * (1 - other) / (1 - share)
        scaled[i], scaled[-1] = other * present, shares[-1]
        return scaled

    return audited.detectable(changed, 1.0, LINF)


def of_nulls(audited: AuditedFeature) -> Detectable:
    """Return the detected increases of the share of nulls."""
    shares = audited.shares
    place = -2 if isinstance(audited.logs, SimulatedNumbers) else -1
    share = shares[place]

    def changed(more: float) -> FloatArray | None:
        if not share + more <= 1 or not share < 1:
            return None
        scaled: FloatArray = shares * (1 - share - more) / (1 - share)
        scaled[place] = share + more
        return scaled

    return audited.detectable(changed, 1 - float(share), NULLS)
