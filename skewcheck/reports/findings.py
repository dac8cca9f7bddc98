"""Findings: what a reader is told of first. Each feature in trouble is in at least one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from skewcheck.reports.summary import MOST, in_trouble, sentence
from skewcheck.reports.words import incidents, phrases
from skewcheck.reports.words.causes import sentence as cause_sentence
from skewcheck.reports.words.features import causes_in_message
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.causes import Cause
from skewcheck.results.incidents import Incident
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import count, printable


@dataclass(frozen=True, slots=True)
class Finding:
    """An incident or a cause of several features, or a feature by itself."""

    features: tuple[FeatureAudit, ...]
    incident: Incident | None = None
    cause: Cause | None = None
    """The cause of all its features, where they are several."""

    @property
    def verdict(self) -> Verdict:
        """The worst of its features, which come worst first."""
        return self.features[0].verdict

    @property
    def since(self) -> float:
        """Epoch seconds; minus infinity where nothing says when it began."""
        dates = [] if self.incident is None else [self.incident.since]
        causes = [c for f in self.features for c in causes_in_message(f) if c.place is not None]
        dates += [cause.place.since for cause in causes if cause.place is not None]
        return max((date for date in dates if date is not None), default=float("-inf"))


def findings(audit: Audit) -> list[Finding]:
    """Return what is wrong, the worst verdict first, then the newest.

    Each feature in trouble is in the incidents and causes of several that name it, else by itself.
    """
    troubled = {feature.name: feature for feature in in_trouble(audit)}
    order = {name: place for place, name in enumerate(troubled)}

    def members(names: Sequence[str]) -> tuple[FeatureAudit, ...]:
        known = sorted(set(names) & order.keys(), key=order.__getitem__)
        return tuple(troubled[name] for name in known)

    found = [
        *(Finding(members(x.features), x, x.cause) for x in incidents.of_several(audit)),
        *(Finding(members(x.features), None, x) for x in incidents.other_causes(audit)),
    ]
    found = [finding for finding in found if finding.features]
    told = {feature.name for finding in found for feature in finding.features}
    found += [Finding((feature,)) for name, feature in troubled.items() if name not in told]
    ranks = list(phrases.TROUBLE)
    found.sort(key=lambda f: (ranks.index(f.verdict), -f.since, order[f.features[0].name]))
    return found


def lines_of(finding: Finding) -> tuple[str, list[str]]:
    """Return a finding in a sentence, and those of its features that it does not say; all safe.

    The place of an incident is in the first; the features' own sentences leave it out.
    """
    several = len(finding.features) > 1
    if finding.cause is not None and several:
        code = finding.cause.code
        more = [f for f in finding.features if {c.code for c in causes_in_message(f)} != {code}]
        return _shared(finding, finding.cause), [
            f"{printable(f.name)}: {sentence(f)}" for f in more
        ]
    if finding.incident is not None and several:
        number = count(len(finding.features), "feature")
        place = incidents.located(finding.incident)
        rest = [f"{printable(f.name)}: {_inside(f, finding.incident)} ({', '.join(_codes([f]))})"
                for f in finding.features]  # fmt: skip
        return f"{number} {printable(place, 300)}", rest
    return f"{printable(finding.features[0].name)}: {sentence(finding.features[0])}", []


def _shared(finding: Finding, cause: Cause) -> str:
    text = (
        cause_sentence(cause) if finding.incident is None else incidents.message(finding.incident)
    )
    named = [feature.name for feature in finding.features]
    said = printable(text.removeprefix(f"{cause.code}: "), MOST)
    return said if all(name in said for name in named) else f"{said} [{phrases.names(named, 10)}]"


def _inside(feature: FeatureAudit, incident: Incident) -> str:
    """Return the sentence of a feature without the place that its incident has said."""
    named = causes_in_message(feature)
    if len(named) != 1 or feature.unexplained or named[0].place is None:
        return sentence(feature)
    place, shared = named[0].place, incident.place
    of_it = shared is None or (place.column, place.values) == (shared.column, shared.values)
    if not of_it or place.since != incident.since or place.purity < 1 or place.coverage < 1:
        return sentence(feature)
    return printable(cause_sentence(replace(named[0], place=None)), MOST)


def codes_of(finding: Finding) -> list[str]:
    """Return what `skewcheck explain` says more of: codes of causes, else of tests."""
    shared = [] if finding.cause is None else [finding.cause.code]
    return shared or _codes(finding.features)


def _codes(features: Sequence[FeatureAudit]) -> list[str]:
    causes = [cause.code for feature in features for cause in causes_in_message(feature)]
    tests = [
        test.name for feature in features for test in feature.tests
        if test.verdict is feature.verdict and not test.waived
    ]  # fmt: skip
    return list(dict.fromkeys(causes or tests))
