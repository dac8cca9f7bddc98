"""One onset, not two: a cause says since when as its sample of rows tells, a change as its window.

Where both mean the same, the window holds: it is counted on all rows, and a sample may hold a row
from before that looks like those after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from skewcheck.results.audit import FeatureAudit
from skewcheck.results.causes import Cause, Place
from skewcheck.results.parts import Change


def agreed(feature: FeatureAudit, seconds: float) -> FeatureAudit:
    """Return a feature whose causes have the onsets and ends of its changes, if these are near.

    Windows are `seconds` long. A moment inside the window in which a change begins (or ends) says
    the same more exactly and stays; one in the window before or after becomes the change's.
    """
    if not feature.changes or not feature.causes:
        return feature
    windows = _Windows([_epoch(window.start) for window in feature.windows], seconds)
    causes = tuple(_settled(cause, feature.changes, windows) for cause in feature.causes)
    return replace(feature, causes=causes)


def _epoch(moment: str) -> float:
    """Return the epoch seconds of an ISO time, UTC if it names no zone."""
    parsed = datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True, slots=True)
class _Windows:
    """Windows with rows, in order."""

    starts: Sequence[float]
    """Epoch seconds."""
    seconds: float
    """Their length."""

    def nearest(self, moment: float, changes: Sequence[tuple[float, int]]) -> float:
        """Return the change that a moment means; the moment where it means none, or says more.

        Of each change the epoch seconds and the place of the window in which its last, or first,
        row lies.
        """
        for change, i in changes:
            if self.starts[i] <= moment < self.starts[i] + self.seconds:
                return moment
            before = self.starts[max(i - 1, 0)]
            after = self.starts[min(i + 1, len(self.starts) - 1)]
            if before <= moment < after + self.seconds:
                return change
        return moment


def _settled(cause: Cause, changes: Sequence[Change], windows: _Windows) -> Cause:
    begins = [_epoch(change.since) for change in changes]
    ends = [_epoch(change.until) for change in changes if change.until is not None]
    # The last row before an end lies in the window before it.
    sinces = [(moment, windows.starts.index(moment)) for moment in begins]
    untils = [(moment, windows.starts.index(moment) - 1) for moment in ends]

    def settled(place: Place | None) -> Place | None:
        if place is None:
            return None
        since, until = place.since, place.until
        return replace(
            place,
            since=None if since is None else windows.nearest(since, sinces),
            until=None if until is None else windows.nearest(until, untils),
            inside=settled(place.inside),
        )

    return replace(cause, place=settled(cause.place))
