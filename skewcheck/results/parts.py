"""Results of windows and segments: figures, changes, trends, verdicts."""

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
    baseline has no earlier window."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """By the code of the test, in the unit of `TestSpec.windowed`; without those that the window
    has no value of."""
    alike: bool = False
    """Nearly all its values are one that was rare in training: figures of them give it away."""


@dataclass(frozen=True, slots=True)
class Change:
    """Consecutive windows that differ from the reference alike, with a verdict of skew."""

    since: str
    """Start of the first of them, as in `WindowFigures`."""
    until: str | None
    """Start of the window after the last; None where it lasts to the end of the log."""
    confidence: float
    """Posterior probability that it began in that window; 1 for the first of the log."""
    test: str
    """The test that is furthest beyond its threshold."""
    statistic: float | None
    """Of that test, over the run of windows with the largest effect; None where it may not be
    shown."""
    rows: float | None = None
    """Rows of that run, independent ones where rows depend on each other; None where not counted.
    """


@dataclass(frozen=True, slots=True)
class FailingParts:
    """The parts in which a feature fails that passes in the whole log."""

    windows: bool
    """Some windows fail."""
    columns: tuple[str, ...] = ()
    """Segment columns of which some values fail."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A significant linear trend of the mean over the windows."""

    slope: float
    """Training standard deviations per window."""
    p_value: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A feature in the rows with one value of a column, or with any of its rare values."""

    column: str
    value: str | None
    """None where no value may be shown."""
    rows: int
    verdict: Verdict
    tests: tuple[JudgedTest, ...]
    has_counterpart: bool = False
    """Compared with the same segment of training or of another log; else with the whole reference,
    from which a segment may differ without a fault."""
    alike: bool = False
    """As in `WindowFigures`."""
    values: int | None = 1
    """How many values of the column it is of, nulls aside; None where they were not counted."""


@dataclass(frozen=True, slots=True)
class WindowLayout:
    """How a log is cut into windows."""

    column: str | None
    """The time column; None for windows of so many rows."""
    every: str
    """Their length as the option has it: `1h`, or a number of rows."""
    baseline: str
    """`reference`, `previous`, `same-hour` or the path of another log."""
    starts: tuple[str, ...]
    """As in `WindowFigures`."""
