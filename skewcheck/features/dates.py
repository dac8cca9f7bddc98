"""Dates of holidays: as texts, and as days since 1970-01-01."""

from __future__ import annotations

import re
from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(Z|\+00:00)?")
"""What programs write behind a date that they take for a time."""


def day_of(text: str) -> int | None:
    """Return the days since 1970-01-01 of a date in ISO 8601; None of another text."""
    head, tail = text[:10], text[10:]
    if tail and not _MIDNIGHT.fullmatch(tail):
        return None
    try:
        return (date.fromisoformat(head) - EPOCH).days
    except ValueError:
        return None


def text_of(day: int) -> str:
    """Return the date, in ISO 8601, of a day that is given by days since 1970-01-01."""
    return (EPOCH + timedelta(days=day)).isoformat()
