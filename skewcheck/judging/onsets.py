"""One onset, not two: a cause says since when as its sample of rows tells, a change as its window.

Where both mean the same, the window holds: it is counted on all rows, and a sample may hold a row
from before that looks like those after.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from skewcheck.auditing import Cause, Change, FeatureAudit

_MOMENT = re.compile(r"\b(since|until) (\d{4}-\d\d-\d\d \d\d:\d\d)\b")


def agreed(feature: FeatureAudit, seconds: float) -> FeatureAudit:
    """Return a feature whose causes have the onsets and ends of its changes, if these are near.

    Windows are `seconds` long. A moment inside the window in which a change begins (or ends) says
    the same more exactly and stays; one in a neighbouring window becomes the change's.
    """
    if not feature.changes or not feature.causes:
        return feature
    causes = tuple(_settled(cause, feature.changes, seconds) for cause in feature.causes)
    message = feature.message
    for old, new in zip(feature.causes, causes, strict=True):
        message = message.replace(old.message, new.message)
    return replace(feature, causes=causes, message=message)


def _settled(cause: Cause, changes: tuple[Change, ...], seconds: float) -> Cause:
    def text(found: re.Match[str]) -> str:
        word, moment = found[1], found[2]
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()
        ends = [c.since if word == "since" else c.until for c in changes]
        for end in ends:
            if end is None:
                continue
            start = datetime.fromisoformat(end).timestamp()
            # The last row before an end lies in the window before it.
            offset = at - start if word == "since" else at - start + seconds
            if 0 <= offset < seconds:
                return found[0]
            if -seconds <= offset < 2 * seconds:
                return f"{word} {end[:16].replace('T', ' ')}"
        return found[0]

    where = None if cause.where is None else _MOMENT.sub(text, cause.where)
    return replace(cause, where=where, message=_MOMENT.sub(text, cause.message))
