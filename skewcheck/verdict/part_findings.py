"""What the tests of windows and segments say of one feature, and how it changes its audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from skewcheck.results.audit import FeatureAudit
from skewcheck.results.parts import Change, FailingParts, Segment, Trend, WindowFigures
from skewcheck.results.verdicts import Verdict, worst
from skewcheck.verdict.known_segments import without_natural_places
from skewcheck.verdict.onsets import agreed


@dataclass(frozen=True, slots=True)
class PartFindings:
    """Figures, changes and verdicts of one feature in the parts of the log."""

    windows: tuple[WindowFigures, ...] = ()
    changes: tuple[Change, ...] = ()
    trend: Trend | None = None
    segments: tuple[Segment, ...] = ()
    worst: tuple[Segment, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Return the worst verdict of any part; ok without any."""
        verdicts = [segment.verdict for segment in self.segments]
        verdicts += [Verdict.SKEW] if self.changes else []
        return worst([*verdicts, Verdict.OK])

    def __add__(self, other: PartFindings) -> PartFindings:
        """Join the findings of two dimensions; the smaller set of worst segments is kept."""
        return PartFindings(
            self.windows + other.windows,
            self.changes + other.changes,
            self.trend or other.trend,
            self.segments + other.segments,
            min(filter(None, (self.worst, other.worst)), key=_rows, default=()),
        )

    def onto(self, feature: FeatureAudit, seconds: float | None) -> FeatureAudit:
        """Return the feature's audit with these parts, and a verdict no better than theirs.

        `failing_parts` is set where the parts alone make the verdict. `seconds` is the length of
        windows of time, None for others. An untested feature stays so.
        """
        with_parts = replace(
            feature, windows=self.windows, changes=self.changes, trend=self.trend,
            segments=self.segments, worst=self.worst,
        )  # fmt: skip
        with_parts = without_natural_places(with_parts)
        with_parts = with_parts if seconds is None else agreed(with_parts, seconds)
        verdict = worst([feature.verdict, self.verdict])
        if feature.verdict is Verdict.UNTESTED or verdict is feature.verdict:
            return with_parts
        columns = dict.fromkeys(s.column for s in self.segments if s.verdict is verdict)
        failing = FailingParts(bool(self.changes), tuple(columns))
        return replace(with_parts, verdict=verdict, failing_parts=failing)


def _rows(segments: Sequence[Segment]) -> int:
    return sum(segment.rows for segment in segments)
