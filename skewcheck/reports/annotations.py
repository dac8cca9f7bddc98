"""Annotations for CI systems: one per feature in trouble, with a code and a severity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from skewcheck.reports.summary import excess, in_trouble, sentence
from skewcheck.reports.words import phrases
from skewcheck.reports.words.gate import hold_text
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.gate import Hold
from skewcheck.results.policy import Policy
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import printable

Severity = Literal["error", "warning"]
ROWS = "rows"
"""Stands for a feature where an annotation is of the log's rows."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One feature whose verdict is skew, inconclusive or warn."""

    feature: str
    """As in the data: whatever shows it has to make it safe."""
    code: str
    """Of the likeliest cause, else of the test that is furthest beyond its threshold."""
    verdict: Verdict
    severity: Severity
    message: str
    """One line, safe and cut: the feature, what is wrong with it, and why."""

    @property
    def fingerprint(self) -> str:
        """The same for the same code of the same feature, whatever the figures are."""
        return sha256(
            f"{self.code}\0{self.feature}".encode("utf-8", "backslashreplace")
        ).hexdigest()


def annotated(audit: Audit) -> list[Annotation]:
    """Return what is wrong with each feature in trouble, worst first, then what holds the audit."""
    troubled = [_annotation(feature, audit.policy) for feature in in_trouble(audit)]
    return [*troubled, *(_held(hold, audit.policy) for hold in audit.holds)]


def _held(hold: Hold, policy: Policy) -> Annotation:
    level: Severity = "warning" if policy.fail_on == "never" else "error"
    if hold.coverage is not None:
        level = severity(hold.verdict, policy, "")
    text = printable(hold_text(hold), 400)
    return Annotation(next(iter(hold.features), ROWS), hold.code, hold.verdict, level, text)


def severity(verdict: Verdict, policy: Policy, feature: str) -> Severity:
    """Return `error` for skew, and for what else makes the exit code of this policy."""
    rule = policy.inconclusive_of(feature) if verdict is Verdict.INCONCLUSIVE else None
    if rule == "pass":
        return "warning"
    code = policy.exit_code(verdict, failed=rule == "fail")
    return "error" if verdict is Verdict.SKEW or code else "warning"


def _annotation(feature: FeatureAudit, policy: Policy) -> Annotation:
    wrong = [test for test in feature.tests if test.verdict is feature.verdict]
    worst = max(wrong, key=excess, default=None)
    code = worst.name if worst is not None else feature.verdict.value
    if feature.causes:
        code = feature.causes[0].code
    parts = [f"{printable(feature.name)}: {sentence(feature)}", *_why(feature)]
    level = severity(feature.verdict, policy, feature.name)
    return Annotation(feature.name, code, feature.verdict, level, "; ".join(parts))


def _why(feature: FeatureAudit) -> Iterable[str]:
    yield from (phrases.told_cause(cause, feature) for cause in feature.causes[:2])
    yield from phrases.parity_lines(feature.parity)
