"""Verdicts of tests, features and audits, and which is the worst of several."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """The verdict of a test, a feature or an audit."""

    SKEW = "skew"
    INCONCLUSIVE = "inconclusive"
    WARN = "warn"
    OK = "ok"
    UNTESTED = "untested"


ALARMS = frozenset({Verdict.SKEW, Verdict.WARN})
"""Verdicts that say that something differs from training."""


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of verdicts, `skew`, `inconclusive`, `warn`, `ok` in that order.

    `untested` where there are no others.
    """
    present = set(verdicts)
    for verdict in (Verdict.SKEW, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.OK):
        if verdict in present:
            return verdict
    return Verdict.UNTESTED
