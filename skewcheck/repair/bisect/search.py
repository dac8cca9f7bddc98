"""Which version of the parameters production uses: the audit itself says it, given all of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from skewcheck.catalogue.causes import STALE_PARAMETERS
from skewcheck.catalogue.fact_tests import GRID, PARITY
from skewcheck.causes.mechanism import figures, final_linear
from skewcheck.features.steps import Step
from skewcheck.features.types import Parameters
from skewcheck.repair.bisect.versions import Version, Versions, numbers_of
from skewcheck.results.audit import Audit, FeatureAudit
from skewcheck.results.causes import LIKELY, Cause
from skewcheck.results.verdicts import ALARMS

MAX_AT_ONCE = 50
"""Versions that are tried without a look at the numbers that the log shows: each takes the search
for causes some 2 ms a feature, and 15 where served values alone are logged."""
NEAREST = 5
"""Versions that are tried of each feature whose numbers the log shows, the nearest to these."""
_OF_NUMBERS = (PARITY.code, GRID.code)
"""Tests that depend on the numbers that values were served with."""

AuditWith = Callable[[Sequence[Path]], Audit]
"""Audits the log with these files as older parameters."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A version whose numbers production uses."""

    version: Version
    causes: Mapping[str, Cause]
    """The cause that says so of each feature; empty where no feature uses others than today's."""

    @property
    def confidence(self) -> float | None:
        """The least of the features'; None where tests show that today's numbers are used."""
        return min((cause.confidence for cause in self.causes.values()), default=None)


@dataclass(frozen=True, slots=True)
class Bisected:
    """What the history says of a log."""

    fit: Fit | None
    """None where no version fits."""
    today: Version | None
    """The version with the numbers of the file as it is; None where these are not committed."""
    uses_today: bool
    """Whether tests show that production uses these."""
    current: Parameters
    others: tuple[str, ...]
    """Features in trouble that no version, or another one, explains."""
    audit: Audit
    versions: Versions
    shallow: bool


def bisected(
    current: Parameters, versions: Versions, audit_with: AuditWith, *, shallow: bool
) -> Bisected:
    """Return which version the log fits.

    A version fits the features whose served values are, with a confidence of 0.9 or more, those of
    its numbers; of several, that of most features, then that which agrees with today's file on the
    others, then the newest. The file as it is fits where parity or a grid was tested and holds.
    """
    key = numbers_of(current)
    today = next((v for v in versions.versions if numbers_of(v.parameters) == key), None)
    older = [version for version in versions.versions if version is not today]
    audit = audit_with([v.file for v in _shortlist(older, audit_with)])
    named = {f.name: cause for f in audit.features if (cause := _stale(f)) is not None}
    troubled = {f.name for f in audit.features if f.verdict in ALARMS}
    fit = _best(older, current, named)
    explained = set[str]() if fit is None else {*fit.causes}
    uses_today = fit is None and _holds(audit)
    if uses_today and today is not None:
        fit = Fit(today, {})
    others = tuple(sorted(troubled - explained))
    return Bisected(fit, today, uses_today, current, others, audit, versions, shallow)


def _best(
    older: Sequence[Version], current: Parameters, named: Mapping[str, Cause]
) -> Fit | None:  # fmt: skip
    """Return the version of most features that are named; None where none is."""
    by_file = {str(version.file): version for version in older}
    best, best_key = None, (1, 0)
    for version in older:  # the newest of equals is the last
        causes = _agreeing(version, named, by_file)
        key = len(causes), _as_today(version, current, named)
        if key >= best_key:
            best, best_key = Fit(version, causes), key
    return best


def _stale(feature: FeatureAudit) -> Cause | None:
    return next(
        (
            cause for cause in feature.causes
            if cause.code == STALE_PARAMETERS.code and cause.confidence >= LIKELY
        ),
        None,
    )  # fmt: skip


def _agreeing(
    version: Version, named: Mapping[str, Cause], by_file: Mapping[str, Version]
) -> dict[str, Cause]:
    """Return the features whose named version has the steps that this one has."""
    agreeing = {}
    for name, cause in named.items():
        other = by_file.get(str(cause.parameters.get("file")))
        if other is not None and _steps_of(version, name) == _steps_of(other, name):
            agreeing[name] = cause
    return agreeing


def _as_today(version: Version, current: Parameters, named: Mapping[str, Cause]) -> int:
    """Return how many features without such a cause have today's steps."""
    return sum(
        _steps_of(version, feature.name) == feature.steps
        for feature in current.features
        if feature.name not in named
    )


def _steps_of(version: Version, name: str) -> tuple[Step, ...]:
    return next((f.steps for f in version.parameters.features if f.name == name), ())


def _holds(audit: Audit) -> bool:
    """Return whether no test that depends on the numbers alarms: the world may still have moved."""
    return not any(
        test.name in _OF_NUMBERS and test.verdict in ALARMS
        for feature in audit.features
        for test in feature.tests
    )


def shows_numbers(feature: FeatureAudit) -> bool:
    """Return whether a test of a feature depends on the numbers that its values were served with:
    parity, or the grid of its training values."""
    return any(test.name in _OF_NUMBERS and test.statistic is not None for test in feature.tests)


def _shortlist(versions: Sequence[Version], audit_with: AuditWith) -> Sequence[Version]:
    """Return the versions to try: all of few, else those nearest to what the log shows."""
    if len(versions) <= MAX_AT_ONCE:
        return versions
    chosen = set[int]()
    for feature in audit_with(()).features:
        shown = _shown(feature)
        distances = [_distance(feature.name, shown, version) for version in versions]
        order = sorted(range(len(versions)), key=distances.__getitem__)
        chosen |= {place for place in order[:NEAREST] if distances[place] < math.inf}
    return [versions[place] for place in sorted(chosen)] if chosen else versions


def _shown(feature: FeatureAudit) -> dict[str, float]:
    """Return the numbers that the causes of a feature name."""
    return {
        key: float(value)
        for cause in feature.causes[:1]
        for key, value in cause.parameters.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _distance(name: str, shown: Mapping[str, float], version: Version) -> float:
    """Return how far a version's numbers are from those shown, relatively; infinite without any."""
    last = final_linear(_steps_of(version, name))
    if last is None:
        return math.inf
    of_version = {k: v for k, v in figures(last[1]).items() if isinstance(v, float | int)}
    shared = of_version.keys() & shown.keys()
    if not shared:
        return math.inf
    scale = max(abs(value) for value in of_version.values()) or 1.0
    return max(abs(of_version[key] - shown[key]) / scale for key in shared)
