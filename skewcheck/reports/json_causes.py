"""Causes, places and incidents as members of the JSON report."""

from __future__ import annotations

from datetime import UTC, datetime

from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.incidents import message, whereabouts
from skewcheck.reports.words.places import where
from skewcheck.results.causes import Cause, Place
from skewcheck.results.incidents import Incident


def incident_members(incident: Incident) -> dict[str, object]:
    """Return an incident by the keys of the JSON report."""
    place = incident.place
    return {
        "features": incident.features,
        "codes": incident.codes,
        "verdict": incident.verdict.value,
        "where": whereabouts(incident),
        "place": place and _place(place),
        "since": _moment(incident.since),
        "until": _moment(incident.until),
        "cause": incident.cause and cause_members(incident.cause),
        "message": message(incident),
    }


def cause_members(cause: Cause) -> dict[str, object]:
    """Return a cause by the keys of the JSON report."""
    place = cause.place
    return {
        "code": cause.code,
        "features": cause.features or None,
        "share": cause.share,
        "confidence": cause.confidence,
        "parameters": cause.parameters or None,
        "where": place and where(place),
        "place": place and _place(place),
        "purity": place and place.purity,
        "coverage": place and place.coverage,
        "message": sentence(cause),
    }


def _place(place: Place) -> dict[str, object]:
    """Return where a cause sits as data; values that may not be shown are left out."""
    return {
        "kind": place.kind if place.of_rows else "time",
        "column": place.column,
        "values": place.values or None,
        "distinct": place.distinct,
        "since": _moment(place.since),
        "until": _moment(place.until),
        "inside": place.inside and _place(place.inside),
    }


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
