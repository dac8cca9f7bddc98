"""Causes of features that are no longer training's function of their row's time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from skewcheck.catalogue.tests import CALENDAR
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.shifted_times import Compared, shifted_times
from skewcheck.counts.sides import CategoricalSide
from skewcheck.features.calendar import CalendarFunction
from skewcheck.results.causes import Diagnosed
from skewcheck.results.tests import JudgedTest
from skewcheck.results.verdicts import ALARMS
from skewcheck.verdict.calendar import likeliest
from skewcheck.verdict.measured_log import MeasuredLog


def with_shifts(
    diagnoses: Sequence[Diagnosed], log: MeasuredLog,
    tests: Mapping[str, Sequence[JudgedTest]],
) -> list[Diagnosed]:  # fmt: skip
    """Return the diagnoses, with a cause of each feature whose calendar alarms, where one is seen.

    The cause comes first: it explains raw values, which others took for granted.
    """
    result = list(diagnoses)
    calendar = log.plan.calendar
    alarmed = {
        name for name, judged in tests.items() for test in judged
        if test.spec is CALENDAR and test.verdict in ALARMS
    }  # fmt: skip
    if calendar is None or not alarmed:
        return result
    evidence = LogEvidence(log.plan, log.profile, ())
    compared = {
        place: _compared(place, functions, log, evidence)
        for place, functions in calendar.functions
        if log.names[place] in alarmed
    }
    causes = {place: shifted_times(one) for place, one in compared.items()}
    zones = Counter(str(c.parameters["zone"]) for c in causes.values() if c and c.variant == "zone")
    for place, one in compared.items():
        cause = causes[place]
        if cause is None and zones:  # a server has one clock
            cause = shifted_times(one, zones.most_common(1)[0][0])
        if cause is not None:
            others = (other for other in result[place].causes if other.code != cause.code)
            result[place] = replace(result[place], causes=(cause, *others))
    return result


def _compared(
    place: int, functions: Sequence[CalendarFunction], log: MeasuredLog, evidence: LogEvidence
) -> Compared:
    plan = log.plan.features[place]
    counts = log.profile.calendar[plan.feature.name]
    best = likeliest(counts)
    return Compared(
        plan.feature.name, functions[best], evidence.of_log(place).rows,
        plan.raw.levels.names if isinstance(plan.raw, CategoricalSide) else (),
        share=counts.differ[best] / max(counts.rows, 1),
        since=counts.first if best == 0 else None,
    )  # fmt: skip
