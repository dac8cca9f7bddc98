"""Tests as data: a measurement or the reason for none, and the judged test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from skewcheck.catalogue.spec import Kind, TestSpec
from skewcheck.catalogue.tests import TESTS
from skewcheck.results.verdicts import Verdict, worst

if TYPE_CHECKING:
    from skewcheck.statistics.power import PowerFunction

Value = float | str | None


class Subject(NamedTuple):
    """What a test is of: a feature in the whole log, or in one window or segment of it."""

    feature: str
    column: str = ""
    """The segment column, or the time column; empty for the whole log."""
    value: str = ""
    """The segment's value, or the start of the window."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a test could not be done, or has less force; `reports.words.reasons` has the words."""

    code: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Fields of the template: numbers, names of columns, texts of a parameter file."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a test measured, before it is judged; None where a figure does not apply."""

    statistic: float | None = None
    """The statistic itself: D, PSI, a share ..."""
    effect: float | None = None
    """What is held against the threshold: the statistic less what no shift would give."""
    expected: float | None = None
    """The statistic without any shift, where that is not zero."""
    p_value: float | None = None
    rows: float | None = None
    """Rows that the p-value is of: less than were logged where rows depend on each other."""
    interval: tuple[float, float] | None = None
    """Confidence interval of the statistic, 95 %."""
    value: Value = None
    """The value or level that the statistic is about, where there is one."""
    partner: str | None = None
    """The other feature that the statistic is about, where there is one."""
    threshold: float | None = None
    """Holds where the policy has none for this test."""
    power: PowerFunction | None = field(default=None, compare=False)
    """The power of the test; None for a fact or a proof."""
    deff: float = 1.0
    """Design effect: rows of the log that are worth one independent row."""
    reason: Reason | None = None
    """Why its result has less force."""
    unsupported: Reason | None = None
    """Why training itself cannot support the test: with too little power it is then untested."""
    assumed: bool = False
    """What training had is taken from constants of the steps, which need not be it: gates by a
    threshold that the user set alone."""


Outcome: TypeAlias = Measurement | Reason
"""The measurement of a test, or why it is untested."""
Outcomes: TypeAlias = Mapping[str, Outcome]
"""The outcomes of one subject by the code of the test, in the order of reports."""


@dataclass(frozen=True, slots=True)
class JudgedTest:
    """One test of one feature, measured and judged."""

    name: str
    """The code of its entry in the catalogue: `ks`, `psi`, `nulls` ..."""
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
    reason: Reason | None = None
    """Why it is `untested` or `inconclusive`, or has less force."""
    waived: str | None = None
    """The day until which a waiver holds; its verdict then does not count."""
    interval: tuple[float, float] | None = None
    """Confidence interval of the statistic, 95 %."""
    rows: float | None = None
    """Rows that the p-value is of: less than were logged where rows depend on each other."""
    deff: float = 1.0
    """Design effect: rows of the log that are worth one independent row."""
    partner: str | None = None
    """The other feature that the statistic is about, where there is one."""
    needed: float | None = None
    """Rows of the log with enough power, where it has too little; infinite where the reference is
    too small."""

    @property
    def spec(self) -> TestSpec:
        """Return its entry in the catalogue; KeyError where its code has none."""
        return TESTS[self.name]


def of_feature(tests: Iterable[JudgedTest]) -> Verdict:
    """Return a feature's verdict: the worst of its tests, `untested` if only facts were tested.

    A waived test counts as `ok`, unless it is untested.
    """
    return worst(
        Verdict.OK if test.waived and test.verdict is not Verdict.UNTESTED else test.verdict
        for test in tests
        # That a column has the right type, or belongs to another, is no test of its values.
        if not (test.verdict is Verdict.OK and (test.spec.kind is Kind.FACT or test.spec.of_pairs))
    )
