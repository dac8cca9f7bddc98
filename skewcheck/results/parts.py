"""Windows and segments of a log as results: figures, changes, trends and verdicts of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class WindowFigures:
    """A feature in one window."""

    start: str
    """ISO time, UTC, or `row 5000`."""
    rows: int
    verdict: Verdict
    """That of the run of windows of one distribution in which it lies; `untested` where the
    baseline has nothing earlier to compare it with."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """By the code of its test, as `TestSpec.windowed` says; without what cannot be measured."""


@dataclass(frozen=True, slots=True)
class Change:
    """Windows in a row that skew the same way."""

    since: str
    """Start of the first of them, as in `WindowFigures`."""
    until: str | None
    """Start of the window after the last; None where it lasts to the end of the log."""
    confidence: float
    """Probability that it began in that window and in no other; 1 for the first of the log."""
    test: str
    """The test that is furthest beyond its threshold."""
    statistic: float
    """Of that test, over the windows that skew most."""


@dataclass(frozen=True, slots=True)
class FailingParts:
    """Which parts fail of a feature that passes in the whole log."""

    windows: bool
    columns: tuple[str, ...] = ()
    """Columns of which some segments fail."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A mean that rises or falls over the windows, significantly."""

    slope: float
    """Training standard deviations per window."""
    p_value: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A feature in the rows with one value of a column, or with any of its small ones."""

    column: str
    value: str | None
    """None where no value may be shown."""
    rows: int
    verdict: Verdict
    tests: tuple[JudgedTest, ...]
    known: bool = False
    """Compared with what is known of this segment; else with the whole, from which it may differ
    by nature."""


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """How a log was cut into windows."""

    column: str | None
    """The time column; None for windows of so many rows."""
    every: str
    baseline: str
    """What they are compared with: `reference`, `previous`, `same-hour` or a file."""
    starts: tuple[str, ...]
