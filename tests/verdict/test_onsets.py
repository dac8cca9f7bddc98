"""A cause's onset beside that of a change."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from skewcheck.reports.words.causes import sentence
from skewcheck.reports.words.features import message
from skewcheck.reports.words.places import where
from skewcheck.results.audit import FeatureAudit, JudgedTest
from skewcheck.results.causes import Cause, Place
from skewcheck.results.parts import Change, WindowFigures
from skewcheck.results.verdicts import Verdict
from skewcheck.verdict.onsets import agreed

CHANGE = Change("2026-11-20T06:00:00Z", "2026-11-20T12:00:00Z", 1.0, "ks", 0.4)
# No rows were logged from 1 to 4 o'clock.
HOURS = (0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
WINDOWS = tuple(WindowFigures(f"2026-11-20T{h:02}:00:00Z", 9, Verdict.OK) for h in HOURS)
PARITY = JudgedTest("parity", Verdict.SKEW, 0.5, 0.5)
FEATURE = FeatureAudit("x", "numeric", "paired", Verdict.SKEW, 10, 0, (PARITY,), windows=WINDOWS)


def place(text: str) -> Place:
    """Return the place that `host = b since ... until ...` describes."""
    ends = {
        word: datetime.fromisoformat(f"{at}Z").timestamp()
        for word, at in re.findall(r"(since|until) (\d{4}-\d\d-\d\d \d\d:\d\d)", text)
    }
    if not text.startswith("host"):
        return Place(**ends)
    value = re.split(" (?:since|until) 2026", text.removeprefix("host = "))[0]
    return Place("host", values=(value,), **ends)


def told(text: str, change: Change = CHANGE) -> str:
    cause = Cause("wrong_ddof", 0.5, 0.99, {"ddof": 0}, place(text), details={"training": 1})
    found = agreed(replace(FEATURE, causes=(cause,), changes=(change,)), 3600)
    (settled,) = found.causes
    assert settled.place is not None
    assert sentence(settled) in message(found)
    return where(settled.place)


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_near_onsets_become_one(text: str, expected: str) -> None:
    assert told(text) == expected


def test_the_window_before_may_be_hours_before() -> None:
    late = replace(CHANGE, since="2026-11-20T04:00:00Z")
    assert told("since 2026-11-20 00:58", late) == "since 2026-11-20 04:00"


def test_without_changes_or_causes_nothing_is_settled() -> None:
    assert agreed(FEATURE, 3600) is FEATURE
