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
class FeatureGate:
    """What features may do to the gate, other than the audit as a whole; None for no difference."""

    inconclusive: str | None = None
    """`pass` or `fail`: too little data for them then counts as ok, or exits with 1."""
    untested: str | None = None
    """`pass`: that nothing compared their served values with training then holds nothing up."""


@dataclass(frozen=True, slots=True)
class Weakening:
    """An option by which a gate may pass where another, its base, would not."""

    key: str
    """Of the option, as `fail_on`, `thresholds.psi` or `features."fare*".psi`."""
    value: object
    """Text, number, truth value, None for none, or a tuple of texts; so is `base`."""
    base: object
    features: tuple[str, ...] = ()
    """The features that it is of, where these are not all."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy that an audit was held to: where it is from, and what weakens it."""

    fingerprint: str
    """`sha256:` and the digest of the policy: the same for the same policy."""
    file: str | None = None
    """The settings file; None where none was read."""
    keys: tuple[str, ...] = ()
    """What the settings file sets, without what a flag sets instead."""
    outside: tuple[tuple[str, str], ...] = ()
    """Keys and paths of inputs that it names outside of the folder where it stands."""
    weaker: tuple[Weakening, ...] = ()
    """Than the defaults, wherever it was set."""
    lock: str | None = None
    """The policy lock that it is no weaker than; None without one."""
    gate: str | None = None
    """The gate of the settings file that is meant, `[audit.NAME]`; None without one."""


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
    feature_gates: Mapping[str, FeatureGate] = field(default_factory=dict)
    """Per feature pattern; the first that matches and says something holds."""
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

    def inconclusive_of(self, feature: str) -> str | None:
        """Return `pass` or `fail` where too little data for a feature has a rule of its own."""
        gates = self._gates(feature)
        return next((gate.inconclusive for gate in gates if gate.inconclusive is not None), None)

    def lets_untested_pass(self, feature: str) -> bool:
        """Return whether a feature may be served without a comparison with training."""
        return any(gate.untested == "pass" for gate in self._gates(feature))

    def _gates(self, feature: str) -> list[FeatureGate]:
        gates = self.feature_gates.items()
        return [gate for pattern, gate in gates if matches(feature, (pattern,))]

    def waived(self, feature: str, test: str, today: str) -> str | None:
        """Return the last day of the waiver of a feature's test; None if none holds `today`."""
        days = [
            waiver.until
            for waiver in self.waivers
            if waiver.code == test and matches(feature, (waiver.feature,))
        ]
        return max((day for day in days if day >= today), default=None)

    def exit_code(self, *verdicts: Verdict, held: bool = False, failed: bool = False) -> int:
        """Return the exit code of an audit whose features have these verdicts.

        That of the worst verdict, or if it is 0 that of the next. Where an audit is `held` it is
        inconclusive for other reasons than too little data, which `inconclusive` does not let
        pass; where it has `failed`, a feature of its own rule made it 1.
        """
        if self.fail_on == "never":
            return 0
        inconclusive = {"pass": 0, "fail": 1}.get(self.inconclusive or "", 3)
        inconclusive = 1 if failed else inconclusive or 3 * held
        codes = {
            Verdict.SKEW: 1,
            Verdict.INCONCLUSIVE: inconclusive,
            Verdict.WARN: int(self.fail_on == "warn"),
        }
        return next((code for v, code in codes.items() if v in verdicts and code), 0)
