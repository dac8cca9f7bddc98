"""Group what judged features say of places and times into incidents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from skewcheck.counts.dimensions import Rest, shown
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.causes import Cause, Place, nulls_last, timeless
from skewcheck.results.incidents import Incident
from skewcheck.results.verdicts import ALARMS, worst

MINUTE = 60.0
"""Seconds within which a cause begins: its place says the minute."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """That a feature is not well in a place, from a time on."""

    feature: str
    code: str
    place: Place | None
    """Without times."""
    since: float | None = None
    until: float | None = None
    width: float = MINUTE
    """Seconds from `since` in which it begins."""
    is_cause: bool = True

    def begins_with(self, other: _Finding) -> bool:
        """Return whether both begin at a known time, and that may be the same."""
        if self.since is None or other.since is None:
            return False
        return self.since < other.since + other.width and other.since < self.since + self.width


def incidents(
    features: Sequence[FeatureAudit], roots: Sequence[Cause]
) -> tuple[Incident, ...]:  # fmt: skip
    """Return the incidents of features that alarm, the newest first, those without a time last.

    `roots` are the causes of several features. What has neither place nor time is in none.
    """
    alarmed = [feature for feature in features if feature.verdict in ALARMS]
    findings = [finding for feature in alarmed for finding in _findings(feature)]
    order = {feature.name: i for i, feature in enumerate(features)}
    grouped = [_incident(group, alarmed, roots, order) for group in _groups(findings)]
    return tuple(
        sorted(
            grouped,
            key=lambda incident: (
                incident.since is None, -(incident.since or 0.0), -len(incident.features),
                order[incident.features[0]],
            ),
        )
    )  # fmt: skip


def _findings(feature: FeatureAudit) -> Iterator[_Finding]:
    """Yield the places of a feature's causes; of its alarms where no cause has one.

    Changes of windows by time are alarms, and the worst segments.
    """
    placed = [cause for cause in feature.causes if cause.place is not None]
    for cause in placed:
        place = cause.place
        if place is not None and (place.of_rows or _since(place) is not None or _until(place)):
            yield _Finding(
                feature.name, cause.code, timeless(place), _since(place), _until(place)
            )  # fmt: skip
    dated = any(_since(cause.place) is not None for cause in placed)
    starts = [_epoch(window.start) for window in feature.windows]
    known = [start for start in starts if start is not None]
    width = min((b - a for a, b in pairwise(known)), default=MINUTE)
    for change in feature.changes if not dated else ():
        since = _epoch(change.since)
        # What lasts since the first window of the log began before it.
        if since is not None and since != min(known, default=since):
            until = None if change.until is None else _epoch(change.until)
            yield _Finding(feature.name, change.test, None, since, until, width, is_cause=False)
    if feature.worst and not any(c.place is not None and c.place.of_rows for c in placed):
        null = shown(Rest.NULL)
        values = [None if s.value == null else s.value for s in feature.worst]
        place = Place(feature.worst[0].column, values=tuple(sorted(values, key=nulls_last)))
        alarms = (t.name for s in feature.worst for t in s.tests if t.verdict in ALARMS)
        for code in dict.fromkeys(alarms):
            yield _Finding(feature.name, code, place, is_cause=False)


def _since(place: Place | None) -> float | None:
    """Return since when rows of a place, or of what it is inside of, are affected."""
    if place is None:
        return None
    return place.since if place.since is not None else _since(place.inside)


def _until(place: Place | None) -> float | None:
    """Return until when they are."""
    if place is None:
        return None
    return place.until if place.until is not None else _until(place.inside)


def _epoch(moment: str) -> float | None:
    """Return the epoch seconds of an ISO time; None for `row 5000`."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def _groups(findings: Sequence[_Finding]) -> Iterator[list[_Finding]]:
    """Yield findings of one place and time.

    What has only a place, or only a time, joins the one group that has it, if there is but one.
    """
    groups: list[list[_Finding]] = []
    for finding in sorted(findings, key=_is_partial):
        homes = [group for group in groups if _belongs(finding, group[0])]
        if len(homes) == 1 or (homes and not _is_partial(finding)):
            homes[0].append(finding)
        else:
            groups.append([finding])
    yield from groups


def _is_partial(finding: _Finding) -> int:
    """Return how many of place and time are not known."""
    return (finding.place is None) + (finding.since is None)


def _belongs(finding: _Finding, first: _Finding) -> bool:
    """Return whether a finding has the place and time of a group's first, as far as it says any."""
    same_time = finding.begins_with(first)
    if finding.place is None:
        return same_time
    if finding.since is None:
        return finding.place == first.place
    return finding.place == first.place and same_time


def _incident(
    group: Sequence[_Finding], features: Sequence[FeatureAudit], roots: Sequence[Cause],
    order: dict[str, int],
) -> Incident:  # fmt: skip
    """Return the incident of findings of one place and time."""
    names = tuple(sorted({finding.feature for finding in group}, key=order.__getitem__))
    causes = [finding.code for finding in group if finding.is_cause]
    alarms = [finding.code for finding in group if not finding.is_cause]
    place = group[0].place
    sinces = [finding.since for finding in group if finding.since is not None]
    ends = [finding.until for finding in group if finding.since is not None or finding.until]
    until = max((end for end in ends if end is not None), default=None)
    inside = [feature for feature in features if feature.name in names]
    since = min(sinces, default=None)
    return Incident(
        names, tuple(dict.fromkeys((*causes, *alarms))), place, since,
        None if None in ends else until, _cause(inside, place, since, roots),
        worst(feature.verdict for feature in inside),
    )  # fmt: skip


def _cause(
    features: Sequence[FeatureAudit], place: Place | None, since: float | None,
    roots: Sequence[Cause],
) -> Cause | None:  # fmt: skip
    """Return the root cause of most features of a place; of one feature its first cause there."""
    if len(features) == 1:
        here = (
            cause for cause in features[0].causes
            if cause.place is not None and timeless(cause.place) == place
            and _since(cause.place) == since
        )  # fmt: skip
        return next(here, None)
    names = {feature.name for feature in features}
    common = [
        root for root in roots
        if root.place is not None
        and timeless(root.place) == place and 2 * len(names & {*root.features}) > len(names)
    ]  # fmt: skip
    return max(common, key=lambda root: len(names & {*root.features}), default=None)
