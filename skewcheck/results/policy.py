"""From effects and p-values to a verdict: thresholds, multiple testing, exit codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from skewcheck.statistics.corrections import CORRECTIONS
from skewcheck.text.patterns import matches

if TYPE_CHECKING:
    from skewcheck.statistics.power import Power

Value = float | str | None


class Verdict(StrEnum):
    """What a test, a feature or an audit ends in."""

    SKEW = "skew"
    INCONCLUSIVE = "inconclusive"
    WARN = "warn"
    OK = "ok"
    UNTESTED = "untested"


THRESHOLDS: Mapping[str, float] = MappingProxyType(
    {
        "ks": 0.1,  # largest distance of two distribution functions
        "mannwhitney": 0.07,  # distance of P(serving > reference) from one half
        "psi": 0.2,  # the customary "significant shift"
        "linf": 0.1,  # share of one category
        "nulls": 0.05,
        "nonfinite": 0.05,
        "unseen": 0.05,
        "range": 0.05,
        "error": 0.1,  # of the model: how much larger than in training, relatively
        "parity": 0.001,
        "grid": 0.001,
    }
)
WARNS = 2
"""An effect of its threshold divided by this warns."""
SHARES = frozenset({"nulls", "nonfinite", "unseen", "range"})
"""Tests of a share."""
SHARE_WARNS = 5
"""What warns there: one percentage point of five."""
PROOFS = frozenset({"parity", "grid"})
"""Tests that are no estimates: what they find needs no significance, and any of it warns."""
MOVED = frozenset({"ks", "mannwhitney", "psi"})
"""Tests that tell whether a distribution moved at all: `BY_EFFECT` lean on their p-values."""
BY_EFFECT = ("mean", "std", "wasserstein", "js", "kl")
"""Tests without a p-value of their own: they gate only where a threshold is set."""
FACTS = frozenset({"missing", "type", "constant"})
"""Findings that are skew wherever they are made: they have no threshold."""


class Subject(NamedTuple):
    """What was tested: a feature in the whole log, or in one window or segment of it."""

    feature: str
    column: str = ""
    """The segment column, or the time column; empty for the whole log."""
    value: str = ""
    """The segment's value, or the start of the window."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that somebody knows of: shown, but not counted until the day is over."""

    code: str
    feature: str
    """A name or a pattern."""
    until: str
    """ISO date, the last day on which it holds."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as skew."""

    alpha: float = 0.01
    """The chance of any false alarm in a whole audit."""
    correction: str = "holm"
    """`holm`, or `bh`: then alpha is the expected share of false ones among the alarms."""
    thresholds: Mapping[str, float] = field(default_factory=lambda: dict(THRESHOLDS))
    feature_thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Per feature pattern (`fare*`): its own thresholds; the first that matches holds."""
    fail_on: str = "skew"
    """`skew`, `warn` or `never`."""
    allow_missing: bool = False
    inconclusive: str | None = None
    """`pass` or `fail`: an inconclusive audit then exits with 0 or 1 instead of 3."""
    waivers: tuple[Waiver, ...] = ()

    def threshold(self, feature: str, test: str) -> float | None:
        """Return the threshold of a test of a feature; None where it is only reported."""
        for pattern, own in self.feature_thresholds.items():
            if matches(feature, (pattern,)) and test in own:
                return own[test]
        return self.thresholds.get(test)

    def waived(self, feature: str, test: str, today: str) -> str | None:
        """Return the day until which a waiver holds for a test of a feature, or None."""
        days = [
            waiver.until
            for waiver in self.waivers
            if waiver.code == test and matches(feature, (waiver.feature,))
        ]
        return max((day for day in days if day >= today), default=None)

    def exit_code(self, *verdicts: Verdict) -> int:
        """Return the exit code of an audit whose features end in these verdicts.

        The worst verdict tells, unless it is let pass: then the next.
        """
        if self.fail_on == "never":
            return 0
        doubt = {"pass": 0, "fail": 1}.get(self.inconclusive or "", 3)
        codes = {
            Verdict.SKEW: 1,
            Verdict.INCONCLUSIVE: doubt,
            Verdict.WARN: int(self.fail_on == "warn"),
        }
        return next((code for v, code in codes.items() if v in verdicts and code), 0)


@dataclass(frozen=True, slots=True)
class Test:
    """One test of one feature: first measured, then judged by `judged`."""

    __test__: ClassVar[bool] = False  # no test case, whatever pytest thinks of the name

    name: str
    """A code of the contract: `ks`, `psi`, `nulls` ..."""
    verdict: Verdict = Verdict.OK
    statistic: float | None = None
    """The statistic itself: D, PSI, a share ..."""
    effect: float | None = None
    """What is held against the threshold: the statistic less what no shift would give."""
    expected: float | None = None
    """The statistic without any shift, where that is not zero."""
    p_value: float | None = None
    p_adjusted: float | None = None
    """The p-value after correction over the whole audit."""
    threshold: float | None = None
    """None where the test is only reported."""
    value: Value = None
    """The value or level that the statistic is about, where there is one."""
    reason: str | None = None
    """Why the test is `untested`."""
    waived: str | None = None
    """The day until which a waiver holds; its verdict then does not count."""
    interval: tuple[float, float] | None = None
    """Confidence interval of the statistic, 95 %."""
    rows: float | None = None
    """Rows that the p-value is of: less than were logged where rows depend on each other."""
    power: Power | None = field(default=None, compare=False, repr=False)
    """What the test could have shown; None for one that is no estimate."""
    deff: float = 1.0
    """Design effect: rows of the log that are worth one independent row."""
    needed: float | None = None
    """Rows of such a log that it would take, where the test is `inconclusive`; inf for a reference
    too small."""


def untested(name: str, reason: str) -> Test:
    """Return a test that could not be done, and why."""
    return Test(name, Verdict.UNTESTED, reason=reason)


def judged(
    tests: Mapping[Subject, Sequence[Test]], policy: Policy, today: str, looks: int = 1
) -> dict[Subject, tuple[Test, ...]]:
    """Judge all tests of all features together: correct the p-values, then compare effects.

    Tests of one feature that share a p-value (`psi` and `linf`, both by chi-square) count once.
    A threshold that a test brings along holds where the policy has none. `today` is the ISO date
    by which waivers are judged. A test that finds no skew, and would not have found an effect of
    its threshold significant at alpha divided by the number of p-values, is inconclusive. Each
    p-value was chosen among `looks` (Bonferroni); a family that may spend half of alpha has 2.
    """
    family: dict[tuple[Subject, str], float] = {
        (subject, _source(test)): min(1.0, looks * test.p_value)
        for subject, some in tests.items()
        for test in some
        if test.p_value is not None and policy.threshold(subject.feature, test.name) is not None
    }
    corrected_p = CORRECTIONS[policy.correction](list(family.values()))
    adjusted = dict(zip(family, corrected_p, strict=True))
    each = policy.alpha / max(looks * len(family), 1)
    result = {}
    for subject, some in tests.items():
        feature = subject.feature
        own = {test.name: policy.threshold(feature, test.name) for test in some}
        corrected = [
            replace(
                test,
                threshold=test.threshold if own[test.name] is None else own[test.name],
                p_adjusted=None if test.p_value is None else adjusted.get((subject, _source(test))),
                waived=policy.waived(feature, test.name, today),
            )
            for test in some
        ]
        least = min(
            (t.p_adjusted for t in corrected if t.p_adjusted is not None and t.name in MOVED),
            default=0.0,
        )
        result[subject] = tuple(
            _doubted(replace(test, verdict=_verdict(test, policy, least)), each)
            for test in corrected
        )
    return result


def _source(test: Test) -> str:
    """Return the test that a p-value comes from."""
    return "chi2" if test.name in {"psi", "linf"} else test.name


def _verdict(test: Test, policy: Policy, least: float) -> Verdict:
    """Judge one test. One without a p-value of its own is as significant as its feature's best."""
    if test.verdict is Verdict.UNTESTED:
        return Verdict.UNTESTED
    effect = test.effect or 0.0
    if test.name in FACTS:
        return Verdict.SKEW if effect > 0 else Verdict.OK
    if test.threshold is None:
        return Verdict.OK
    if test.name in PROOFS:
        if effect <= 0:
            return Verdict.OK
        return Verdict.SKEW if effect >= test.threshold else Verdict.WARN
    p = least if test.p_value is None else test.p_adjusted
    if p is None or p > policy.alpha:
        return Verdict.OK
    if effect >= test.threshold and effect > 0:
        return Verdict.SKEW
    warns = test.threshold / (SHARE_WARNS if test.name in SHARES else WARNS)
    return Verdict.WARN if effect >= warns and effect > 0 else Verdict.OK


def _doubted(test: Test, alpha: float) -> Test:
    """Call a test inconclusive whose rows could not have shown what it looks for."""
    quiet = test.verdict in (Verdict.OK, Verdict.WARN)
    if not quiet or test.power is None or test.rows is None or not test.threshold:
        return test
    from skewcheck.statistics.power import (  # settings, which every command reads, need no SciPy
        LIKELY,
        needed,
    )

    if test.power(test.rows, alpha, test.threshold) >= LIKELY:
        return test
    rows = needed(test.power, test.rows, alpha, test.threshold, test.deff)
    return replace(test, verdict=Verdict.INCONCLUSIVE, needed=rows)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first that any has of: skew, inconclusive, warn, ok; untested without any."""
    found = set(verdicts)
    for verdict in (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.OK):
        if verdict in found:
            return verdict
    return Verdict.UNTESTED


def of_feature(tests: Iterable[Test]) -> Verdict:
    """Return a feature's verdict: untested where nothing but facts (its type) could be seen.

    What is waived does not count against it.
    """
    return worst(
        Verdict.OK if test.waived and test.verdict is not Verdict.UNTESTED else test.verdict
        for test in tests
        # That a column holds numbers is no test of what they are.
        if not (test.name in FACTS and test.verdict is Verdict.OK)
    )
