"""A cause's onset beside that of a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from skewcheck.results.audit import Cause, Change, FeatureAudit, WindowFigures
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict.onsets import agreed

CHANGE = Change("2026-11-20T06:00:00Z", "2026-11-20T12:00:00Z", 1.0, "ks", 0.4)
# No rows were logged from 1 to 4 o'clock.
HOURS = (0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
WINDOWS = tuple(WindowFigures(f"2026-11-20T{h:02}:00:00Z", 9, Verdict.OK) for h in HOURS)
FEATURE = FeatureAudit("x", "numeric", "raw", Verdict.SKEW, 10, 0, (), windows=WINDOWS)


def told(where: str) -> str:
    cause = Cause("drift", 0.5, 0.5, f"all rows {where} moved", where=where)
    found = agreed(replace(FEATURE, causes=(cause,), changes=(CHANGE,)), 3600)
    (settled,) = found.causes
    assert settled.where is not None
    assert settled.message == f"all rows {settled.where} moved"
    return settled.where


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("since 2026-11-20 05:58", "since 2026-11-20 06:00"),  # a row that looks like those after
        ("since 2026-11-20 07:10", "since 2026-11-20 06:00"),
        ("since 2026-11-20 06:31", "since 2026-11-20 06:31"),  # the same, more exactly
        ("since 2026-11-20 03:00", "since 2026-11-20 03:00"),  # another matter
        ("until 2026-11-20 11:59", "until 2026-11-20 11:59"),
        ("until 2026-11-20 12:02", "until 2026-11-20 12:00"),
        (
            "host = b since 2026-11-20 05:58 until 2026-11-20 12:02",
            "host = b since 2026-11-20 06:00 until 2026-11-20 12:00",
        ),
        ("host = since when", "host = since when"),
    ],
)
def test_near_onsets_become_one(where: str, expected: str) -> None:
    assert told(where) == expected


def test_the_window_before_may_be_hours_before() -> None:
    late = replace(CHANGE, since="2026-11-20T04:00:00Z")
    cause = Cause("drift", 0.5, 0.5, "", where="since 2026-11-20 00:58")
    (settled,) = agreed(replace(FEATURE, causes=(cause,), changes=(late,)), 3600).causes
    assert settled.where == "since 2026-11-20 04:00"


def test_without_changes_or_causes_nothing_is_settled() -> None:
    assert agreed(FEATURE, 3600) is FEATURE
