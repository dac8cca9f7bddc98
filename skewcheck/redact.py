"""A report that may leave the house: no value of the data in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from skewcheck.auditing import Audit, Bar, Cause, FeatureAudit, Parity, Segment

_FROM_DATA = frozenset({"value", "mapping"})
"""Keys of a cause's parameters that hold values of rows."""


def without_values(audit: Audit) -> Audit:
    """Return the same audit without anything that a row said.

    Gone are the values of examples (their file and row stay), levels, the labels of bars, the
    segments and texts of causes. Counts, shares, test figures, names of columns and files stay.
    """
    return replace(
        audit,
        features=tuple(_feature(feature) for feature in audit.features),
        causes=tuple(_cause(cause) for cause in audit.causes),
    )


def _feature(feature: FeatureAudit) -> FeatureAudit:
    causes = tuple(_cause(cause) for cause in feature.causes)
    message = feature.message
    for told, hidden in zip(feature.causes, causes, strict=True):
        message = message.replace(told.message, hidden.message)
    return replace(
        feature,
        tests=tuple(replace(test, value=None) for test in feature.tests),
        parity=None if feature.parity is None else _parity(feature.parity),
        bars=tuple(Bar("", bar.reference, bar.serving) for bar in feature.bars),
        causes=causes,
        message=message,
        segments=tuple(_segment(segment) for segment in feature.segments),
        worst=None if feature.worst is None else _segment(feature.worst),
    )


def _segment(segment: Segment) -> Segment:
    tests = tuple(replace(test, value=None) for test in segment.tests)
    return replace(segment, value=None, tests=tests)


def _parity(parity: Parity) -> Parity:
    if parity.example is None:
        return parity
    return replace(parity, example=replace(parity.example, raw=None, expected=None, served=None))


def _cause(cause: Cause) -> Cause:
    known: Mapping[str, object] = {
        key: value for key, value in cause.parameters.items() if key not in _FROM_DATA
    }
    return replace(cause, parameters=known, where=None, message=cause.code.replace("_", " "))
