"""What counts as skew: thresholds, waivers, exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.catalogue.tests import thresholds
from skewcheck.results.verdicts import Verdict
from skewcheck.text.patterns import matches


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
    thresholds: Mapping[str, float] = field(default_factory=thresholds)
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
