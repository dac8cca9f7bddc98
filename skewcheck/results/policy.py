"""The policy of an audit: level, correction, thresholds, waivers, exit codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.catalogue.tests import thresholds
from skewcheck.results.verdicts import Verdict
from skewcheck.text.patterns import matches


@dataclass(frozen=True, slots=True)
class Waiver:
    """A test of a feature whose verdict is shown, but not counted, up to a day."""

    code: str
    """Of the test."""
    feature: str
    """A name or a pattern (`fare*`)."""
    until: str
    """ISO date, the last day on which it holds."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What counts as skew, and which exit code an audit gets."""

    alpha: float = 0.01
    """The family-wise error rate of a whole audit; with `bh` its false discovery rate."""
    correction: str = "holm"
    """`holm` or `bh`, a key of `CORRECTIONS`."""
    thresholds: Mapping[str, float] = field(default_factory=thresholds)
    """Of the effect, by the code of the test; tests without one are only reported."""
    chosen: frozenset[str] = field(default=frozenset(), compare=False)
    """Codes of tests whose threshold in `thresholds` the user set, be it the usual one."""
    feature_thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Per feature pattern (`fare*`): its own thresholds, which the user set; the first that matches
    holds."""
    fail_on: str = "skew"
    """`skew`, `warn` or `never`: from which verdict on an audit exits with 1."""
    allow_missing: bool = False
    """A feature without a column is untested rather than skew."""
    inconclusive: str | None = None
    """`pass` or `fail`: an inconclusive audit then exits with 0 or 1 instead of 3."""
    waivers: tuple[Waiver, ...] = ()

    def threshold(self, feature: str, test: str, *, chosen_only: bool = False) -> float | None:
        """Return the threshold of a test of a feature; None where it is only reported.

        With `chosen_only` the one that the user set, if any.
        """
        for pattern, of_pattern in self.feature_thresholds.items():
            if matches(feature, (pattern,)) and test in of_pattern:
                return of_pattern[test]
        return None if chosen_only and test not in self.chosen else self.thresholds.get(test)

    def waived(self, feature: str, test: str, today: str) -> str | None:
        """Return the last day of the waiver of a feature's test; None if none holds `today`."""
        days = [
            waiver.until
            for waiver in self.waivers
            if waiver.code == test and matches(feature, (waiver.feature,))
        ]
        return max((day for day in days if day >= today), default=None)

    def exit_code(self, *verdicts: Verdict) -> int:
        """Return the exit code of an audit whose features have these verdicts.

        That of the worst verdict, or if it is 0 that of the next.
        """
        if self.fail_on == "never":
            return 0
        inconclusive = {"pass": 0, "fail": 1}.get(self.inconclusive or "", 3)
        codes = {
            Verdict.SKEW: 1,
            Verdict.INCONCLUSIVE: inconclusive,
            Verdict.WARN: int(self.fail_on == "warn"),
        }
        return next((code for v, code in codes.items() if v in verdicts and code), 0)
