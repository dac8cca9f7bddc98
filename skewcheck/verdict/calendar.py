"""The test of features that are functions of a row's time, and what it makes of their others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import CALENDAR, TESTS
from skewcheck.counts.calendar import CalendarCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.calendar import Holidays
from skewcheck.features.dates import text_of
from skewcheck.features.notes import Note
from skewcheck.results.tests import Measurement, Outcome, Outcomes, Reason, Subject
from skewcheck.verdict.support import BY_TIME, UNCOVERED

MAX_UNTIMED = 0.05
"""Share of a feature's values in rows without a time beyond which the others prove too little to
stand for the tests of its distribution."""


def with_calendar(
    outcomes: Mapping[Subject, Outcomes], plan: Plan, profile: Profile
) -> dict[Subject, Outcomes]:
    """Return the outcomes with the test of each feature that is a function of a row's time.

    Where it has a value, tests of the feature's distribution are reported and do not gate: they are
    of the times that the log is of. So are they where the holidays of these times are not known.
    """
    result = dict(outcomes)
    for name, outcome in _outcomes(plan, profile):
        subject = Subject(name)
        tests = dict(result[subject])
        counts = profile.calendar.get(name, CalendarCounts())
        if (counts.rows or counts.uncovered) and _counted(counts):
            why = BY_TIME if isinstance(outcome, Measurement) else UNCOVERED
            tests = {code: _reported(code, test, why) for code, test in tests.items()}
        result[subject] = {**tests, CALENDAR.code: outcome}
    return result


def likeliest(counts: CalendarCounts) -> int:
    """Return the place of the function that differs in the fewest rows, the first of equal ones."""
    return min(range(len(counts.differ)), key=counts.differ.__getitem__)


def uncovered_notes(plan: Plan, profile: Profile) -> list[Note]:
    """Return the note on features of holidays, with rows of days whose holidays are not known."""
    if plan.calendar is None:
        return []
    known = [
        (days, counts)
        for place, functions in plan.calendar.functions
        if (counts := profile.calendar.get(plan.features[place].feature.name)) is not None
        and (days := functions[0].holidays) is not None and counts.uncovered
    ]  # fmt: skip
    if not known:
        return []
    share = max(counts.uncovered / (counts.rows + counts.uncovered) for _, counts in known)
    return [Note("uncovered_days", {"share": share, **_span(known[0][0])})]


def _span(days: Holidays) -> dict[str, object]:
    return {"first_day": text_of(days.since), "last_day": text_of(days.until)}


def _outcomes(plan: Plan, profile: Profile) -> Iterator[tuple[str, Outcome]]:
    if plan.calendar is None:
        return
    for place, functions in plan.calendar.functions:
        feature = plan.features[place]
        counts = profile.calendar.get(feature.feature.name, CalendarCounts())
        if not plan.calendar.timed:
            outcome: Outcome = Reason("no_times", {"column": plan.calendar.column})
        elif feature.raw is None:
            outcome = Reason("time_of_served")
        elif counts.uncovered and not counts.rows and (days := functions[0].holidays) is not None:
            outcome = Reason("no_covered_day", _span(days))
        elif not counts.rows or not counts.differ:
            outcome = Reason("no_timed_row")
        else:
            share = counts.differ[likeliest(counts)] / counts.rows
            outcome = Measurement(share, share)
        yield feature.feature.name, outcome


def _counted(counts: CalendarCounts) -> bool:
    return counts.untimed <= MAX_UNTIMED * (counts.rows + counts.uncovered + counts.untimed)


def _reported(code: str, outcome: Outcome, why: Reason) -> Outcome:
    """Return the outcome of a test that does not gate if it is of the distribution of values."""
    spec = TESTS[code]
    of_values = spec.kind is not Kind.PROOF and not spec.of_all_rows and spec.changed
    if not of_values and not spec.of_pairs:
        return outcome
    if isinstance(outcome, Reason):
        return outcome
    return replace(outcome, reported=True, reason=why)
