"""An incident in one line: what happened to which features, where and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skewcheck.reports.words.causes import says_where, sentence
from skewcheck.reports.words.phrases import cause_text, names
from skewcheck.reports.words.places import where
from skewcheck.results.audit import Audit
from skewcheck.results.causes import Cause, Place
from skewcheck.results.incidents import Incident
from skewcheck.text.printable import count, printable

MIN_FEATURES = 2
"""Features of an incident that a reader is told of first: of one its own lines say as much."""


def message(incident: Incident) -> str:
    """Return what happened, without the names of the features."""
    place = whereabouts(incident)
    cause = incident.cause
    if cause is None:
        number, listed = count(len(incident.features), "feature"), ", ".join(incident.codes)
        return f"{number} {located(incident)}: {incident.verdict.value} ({listed})"
    text = f"{cause.code}: {sentence(cause)}"
    dated = cause.place is not None and (cause.place.since is not None or incident.since is None)
    if not (says_where(cause) and dated):
        text += f" (where {place})"
    others = [name for name in incident.features if name not in cause.features]
    if cause.features and others:
        codes = [code for code in incident.codes if code != cause.code]
        text += f"; beside it {names(others, 5)} ({', '.join(codes) or cause.code})"
    return text


def whereabouts(incident: Incident) -> str:
    """Return `host = web-7 since 2026-11-01 03:00`."""
    place = incident.place or Place()
    return where(replace(place, since=incident.since, until=incident.until))


def located(incident: Incident) -> str:
    """Return `in host = web-7 since ...`; of a time alone `since 2026-11-01 03:00`."""
    place = whereabouts(incident)
    named = incident.place is not None and incident.place.of_rows
    return f"in {place}" if named or not place.startswith(("since ", "until ", "from ")) else place


def line(incident: Incident) -> str:
    """Return an incident and the features that it is of."""
    return _line(_leading(incident))


def _leading(incident: Incident) -> tuple[str, Sequence[str]]:
    features = incident.cause.features if incident.cause is not None else ()
    return f"incident: {printable(message(incident), 400)}", features or incident.features


def of_several(audit: Audit) -> list[Incident]:
    """Return the incidents that reports lead with, the newest first."""
    return [incident for incident in audit.incidents if len(incident.features) >= MIN_FEATURES]


def other_causes(audit: Audit) -> list[Cause]:
    """Return the causes of several features that are in none of these incidents."""
    told = [incident.cause for incident in of_several(audit)]
    return [cause for cause in audit.causes if cause not in told]


def leading(audit: Audit) -> list[tuple[str, Sequence[str]]]:
    """Return what reports begin with, and the features of each: incidents, then other causes."""
    of_causes = [(cause_text(cause), cause.features) for cause in other_causes(audit)]
    return [*map(_leading, of_several(audit)), *of_causes]


def leading_lines(audit: Audit) -> Sequence[str]:
    """Return the lines that reports begin with, with the names of their features."""
    return [_line(item) for item in leading(audit)]


def _line(item: tuple[str, Sequence[str]]) -> str:
    text, features = item
    return f"{text} [{names(features, 10)}]" if features else text
