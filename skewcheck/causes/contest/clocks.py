"""Hypotheses of counted periods: another time zone, first day or month, a 12-hour clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from skewcheck.catalogue.causes import TIME_SHIFT
from skewcheck.causes.contest.hypothesis import Hypothesis
from skewcheck.causes.functions import CLOCK, DAY, counted_period
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.types import FloatArray

MAX_HABIT = 3
"""Hours, or months, by which worlds move: on Sundays everything is later."""


def hypotheses(context: FeatureContext) -> Iterator[Hypothesis]:
    """Yield all shifts around the period that training counts; nothing where it counts none."""
    first, length = counted_period(context) or (0, 0)
    for start in (first, 1 - first) if length else ():
        for turn in range(1, length):
            offset = turn if 2 * turn <= length else turn - length
            settings: dict[str, object] = {"offset": offset, "modulo": length}
            settings |= {"first": start} if start != first else {}
            yield Hypothesis(
                TIME_SHIFT, _around(first, turn, length, start), settings,
                "first" if start != first else "", chosen_among=2 * length,
                as_worlds_do=length >= CLOCK and abs(offset) <= MAX_HABIT,
            )  # fmt: skip
    for start in (1, 0) if length == DAY else ():
        settings = {"modulo": CLOCK, "first": start}
        turn = (CLOCK - 1) * start
        yield Hypothesis(
            TIME_SHIFT, _around(first, turn, CLOCK, start), settings, "clock", chosen_among=2
        )


def _around(first: int, turn: int, period: int, start: int) -> Callable[[FloatArray], FloatArray]:
    return lambda x: (x - first + turn) % period + start
