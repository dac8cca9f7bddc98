"""Whether training itself has enough values of a feature to test its distribution."""

from __future__ import annotations

from skewcheck.features.types import CategoricalReference, Reference
from skewcheck.results.tests import Reason

BY_TIME = Reason("calendar")
UNCOVERED = Reason("uncovered")
"""Why tests of a distribution do not gate: every row is compared with its time."""
MAX_NULL_SHARE = 0.9
"""A column with more nulls in training says too little by its few values: a gate must not wait for
ten times the rows because of one sparse column."""
MAX_LEVELS = 1_000
"""Levels of names and identifiers: most of them are too rare to be compared in any log."""


def unsupported(reference: Reference | None) -> Reason | None:
    """Return why training cannot support a test of a distribution; None where it can.

    Such a test counts where it alarms, or has power enough in spite of it; else it is untested.
    """
    if reference is None or not reference.rows:
        return None
    share = reference.nulls / reference.rows
    if share > MAX_NULL_SHARE:
        return Reason("sparse_in_training", {"share": share})
    if isinstance(reference, CategoricalReference):
        levels = sum(rows > 0 for rows in reference.counts.values()) + (reference.other > 0)
        if levels > MAX_LEVELS:
            return Reason("many_levels_in_training", {"levels": levels, "most": MAX_LEVELS})
    return None
