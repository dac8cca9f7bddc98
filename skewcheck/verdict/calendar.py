"""The test of features that are functions of a row's time, and what it makes of their others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from skewcheck.catalogue.spec import Kind
from skewcheck.catalogue.tests import CALENDAR, TESTS
from skewcheck.counts.calendar import CalendarCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.results.tests import Measurement, Outcome, Outcomes, Reason, Subject
from skewcheck.verdict.support import BY_TIME

MAX_UNTIMED = 0.05
"""Share of a feature's values in rows without a time beyond which the others prove too little to
stand for the tests of its distribution."""


def with_calendar(
    outcomes: Mapping[Subject, Outcomes], plan: Plan, profile: Profile
) -> dict[Subject, Outcomes]:
    """Return the outcomes with the test of each feature that is a function of a row's time.

    Where it has a value, tests of the feature's distribution are reported and do not gate: they are
    of the times that the log is of.
    """
    result = dict(outcomes)
    for name, outcome in _outcomes(plan, profile):
        subject = Subject(name)
        tests = dict(result[subject])
        if isinstance(outcome, Measurement) and _counted(profile.calendar[name]):
            tests = {code: _reported(code, test) for code, test in tests.items()}
        result[subject] = {**tests, CALENDAR.code: outcome}
    return result


def likeliest(counts: CalendarCounts) -> int:
    """Return the place of the function that differs in the fewest rows, the first of equal ones."""
    return min(range(len(counts.differ)), key=counts.differ.__getitem__)


def _outcomes(plan: Plan, profile: Profile) -> Iterator[tuple[str, Outcome]]:
    if plan.calendar is None:
        return
    for place, _ in plan.calendar.functions:
        feature = plan.features[place]
        counts = profile.calendar.get(feature.feature.name, CalendarCounts())
        if not plan.calendar.timed:
            outcome: Outcome = Reason("no_times", {"column": plan.calendar.column})
        elif feature.raw is None:
            outcome = Reason("time_of_served")
        elif not counts.rows or not counts.differ:
            outcome = Reason("no_timed_row")
        else:
            share = counts.differ[likeliest(counts)] / counts.rows
            outcome = Measurement(share, share)
        yield feature.feature.name, outcome


def _counted(counts: CalendarCounts) -> bool:
    return counts.untimed <= MAX_UNTIMED * (counts.rows + counts.untimed)


def _reported(code: str, outcome: Outcome) -> Outcome:
    """Return the outcome of a test that does not gate if it is of the distribution of values."""
    spec = TESTS[code]
    of_values = spec.kind is not Kind.PROOF and not spec.of_all_rows and spec.changed
    if not of_values and not spec.of_pairs:
        return outcome
    if isinstance(outcome, Reason):
        return outcome
    return replace(outcome, reported=True, reason=BY_TIME)
