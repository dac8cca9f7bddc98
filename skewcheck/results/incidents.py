"""Incidents: what went wrong in one place, or from one minute on, in one or several features."""

from __future__ import annotations

from dataclasses import dataclass

from skewcheck.results.causes import Cause, Place
from skewcheck.results.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Incident:
    """Causes and alarms of one log that share place and time."""

    features: tuple[str, ...]
    """In the order of the audit."""
    codes: tuple[str, ...]
    """Of their causes, then of the tests that alarm there where no cause has the place."""
    place: Place | None
    """Values of a column, or files, without times; None for a time alone."""
    since: float | None
    """Epoch seconds, the minute; None where it began before the log, or nothing says when."""
    until: float | None
    """Epoch seconds; None where it lasts to the end of the log, or nothing says until when."""
    cause: Cause | None
    """The cause of all its features or, as a root cause, of most of them; None without one."""
    verdict: Verdict
    """The worst of its features."""
