"""What a test, a feature or an audit ends in."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """What a test, a feature or an audit ends in."""

    SKEW = "skew"
    INCONCLUSIVE = "inconclusive"
    WARN = "warn"
    OK = "ok"
    UNTESTED = "untested"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the first that any has of: skew, inconclusive, warn, ok; untested without any."""
    present = set(verdicts)
    for verdict in (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.OK):
        if verdict in present:
            return verdict
    return Verdict.UNTESTED
