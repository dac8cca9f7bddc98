"""Findings as lines with links: what is wrong, in sentences of which names are links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.reports.findings import Finding, codes_of, findings, lines_of
from skewcheck.reports.words.phrases import names
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import printable


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence on a feature, which it names first, or on none in particular."""

    feature: FeatureAudit | None
    text: str
    """Without the name."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A finding: a sentence, those of its features that it does not say, and links to the rest."""

    verdict: Verdict
    first: Line
    more: tuple[Line, ...]
    others: tuple[FeatureAudit, ...]
    """Features of it that no line begins with."""
    codes: tuple[str, ...]


def incident_lines(audit: Audit) -> list[Incident]:
    """Return the findings of an audit in their order, the worst and newest first; all safe."""
    return [_incident(finding) for finding in findings(audit)]


def _incident(finding: Finding) -> Incident:
    text, more = lines_of(finding)
    listed = names([feature.name for feature in finding.features], 10)
    alone = len(finding.features) == 1
    first = _line(text.removesuffix(f" [{listed}]"), finding.features if alone else ())
    rest = tuple(_line(line, finding.features) for line in more)
    linked = {line.feature.name for line in (first, *rest) if line.feature is not None}
    others = tuple(feature for feature in finding.features if feature.name not in linked)
    return Incident(finding.verdict, first, rest, others, tuple(codes_of(finding)))


def _line(text: str, features: Sequence[FeatureAudit]) -> Line:
    """Return a line apart from the name of the feature that it begins with."""
    for feature in features:
        name = f"{printable(feature.name)}: "
        if text.startswith(name):
            return Line(feature, text.removeprefix(name))
    return Line(None, text)
