"""Notes on the times of a log in words: what of its year and week training does not know."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.text.templates import Template

CALENDAR_NOTES: Mapping[str, Template] = {
    "unseen_strata": (
        "{share:.0%} of the rows are of parts of the week that training never saw: they count as"
        " all of training"
    ),
    "uncovered_days": (
        "{share:.0%} of the rows are of days outside of {first_day} to {last_day}, of which"
        " holidays are known: features of holidays are not checked there; fit training again with"
        " a longer list"
    ),
}
"""Templates by the code of the note; their fields are its parameters."""
