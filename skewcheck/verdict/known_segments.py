"""One answer to where, not two: a drift's place against segments of which training is known.

A cause compares a part of the log with the whole of training, from which a segment may differ by
nature. Where training is known by segment, the segment's own test knows better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skewcheck.counts.dimensions import Rest, shown
from skewcheck.results.audit import FeatureAudit
from skewcheck.results.causes import Cause
from skewcheck.results.parts import Segment
from skewcheck.results.verdicts import ALARMS


def without_natural_places(feature: FeatureAudit) -> FeatureAudit:
    """Return a feature whose causes have no place that its segments contradict.

    Causes of rows that fail parity are proven row by row, and stay.
    """
    if feature.parity is not None or not feature.causes:
        return feature
    causes = (_checked(cause, feature.segments) for cause in feature.causes)
    return replace(feature, causes=tuple(causes))


def _checked(cause: Cause, segments: Sequence[Segment]) -> Cause:
    """Return a cause without its place if one of the place's segments passes, or another fails."""
    place = cause.place
    if place is None or place.kind == "file":
        return cause
    inside = {shown(Rest.NULL if value is None else value) for value in place.values}
    contradicted = any(
        (segment.verdict in ALARMS) != (segment.value in inside)
        for segment in segments
        if segment.column == place.column and segment.has_counterpart
    )
    return replace(cause, place=None) if contradicted else cause
