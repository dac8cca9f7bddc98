"""One onset, not two: a cause says since when as its sample of rows tells, a change as its window.

Where both mean the same, the window holds: it is counted on all rows, and a sample may hold a row
from before that looks like those after.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from skewcheck.results.audit import Cause, Change, FeatureAudit

_MOMENT = re.compile(r"\b(since|until) (\d{4}-\d\d-\d\d \d\d:\d\d)\b")


def agreed(feature: FeatureAudit, seconds: float) -> FeatureAudit:
    """Return a feature whose causes have the onsets and ends of its changes, if these are near.

    Windows are `seconds` long. A moment inside the window in which a change begins (or ends) says
    the same more exactly and stays; one in the window before or after becomes the change's.
    """
    if not feature.changes or not feature.causes:
        return feature
    starts = [_seconds(window.start) for window in feature.windows]
    causes = tuple(_settled(cause, feature.changes, starts, seconds) for cause in feature.causes)
    return replace(feature, causes=causes)


def _seconds(moment: str) -> float:
    found = datetime.fromisoformat(moment)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _settled(
    cause: Cause, changes: tuple[Change, ...], starts: list[float], seconds: float
) -> Cause:
    def text(found: re.Match[str]) -> str:
        word, at = found[1], _seconds(found[2])
        for change in changes:
            end = change.since if word == "since" else change.until
            if end is None:
                continue
            # The last row before an end lies in the window before it.
            i = starts.index(_seconds(end)) - (word == "until")
            if starts[i] <= at < starts[i] + seconds:
                return found[0]
            before, after = starts[max(i - 1, 0)], starts[min(i + 1, len(starts) - 1)]
            if before <= at < after + seconds:
                return f"{word} {end[:16].replace('T', ' ')}"
        return found[0]

    where = None if cause.where is None else _MOMENT.sub(text, cause.where)
    return replace(cause, where=where, message=_MOMENT.sub(text, cause.message))
