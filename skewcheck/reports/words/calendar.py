"""Notes on the times of a log in words: what of its year and week training does not know."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.text.templates import Template, filled

_NAMES = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def _unseen_months(parameters: Mapping[str, object]) -> str:
    months = parameters.get("months")
    numbers = [m for m in months if isinstance(m, int)] if isinstance(months, tuple) else []
    named = ", ".join(_NAMES[number - 1] for number in numbers)
    return filled(
        f"{{share:.0%}} of the rows are of {named}, of which training has no rows:"
        " {features:few 3} may differ by the season alone; fit training again with a whole year",
        parameters,
    )


CALENDAR_NOTES: Mapping[str, Template] = {
    "unseen_strata": (
        "{share:.0%} of the rows are of parts of the week that training never saw: they count as"
        " all of training"
    ),
    "holidays": (
        "{share:.0%} of the rows are of holidays, of which training has {days}: these differ from"
        " each other, so that only gross shifts are seen in them"
    ),
    "holidays_end": (
        "holidays are known until {last_day}: later ones are compared with usual days; fit training"
        " again with a longer list"
    ),
    "unseen_months": _unseen_months,
    "uncovered_days": (
        "{share:.0%} of the rows are of days outside of {first_day} to {last_day}, of which"
        " holidays are known: features of holidays are not checked there; fit training again with"
        " a longer list"
    ),
}
"""Templates by the code of the note; their fields are its parameters."""
