"""Two faults of the same rows: raw values in another unit, and the parameters of an older file."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import STALE_PARAMETERS, UNIT_CHANGE, WRONG_PARAMETERS
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.explained_rows import predicted
from skewcheck.causes.mechanism import Mechanism
from skewcheck.causes.units import UNITS, converted

MIN_SHARE = 0.99
"""Share of the rows on a line that both together predict."""
MIN_ROWS = 5
"""Rows on it: a unit and a file have no number that could be fitted to them."""


def unit_and_file(
    evidence: Evidence, line: Mechanism, explained: NDArray[np.bool_]
) -> tuple[Mechanism, Mechanism] | None:
    """Return the unit and the older file that make the line of the explained rows.

    None where none do, for few rows, and where several do.
    """
    context = evidence.context
    if line.cause is not WRONG_PARAMETERS or explained.sum() < MIN_ROWS:
        return None
    rows, name = evidence.rows.only(explained), context.feature.name
    found = [
        (
            Mechanism(
                UNIT_CHANGE, steps, {"factor": unit.factor, "offset": unit.offset},
                variant=unit.variant, details=unit.details,
            ),
            Mechanism(STALE_PARAMETERS, steps, {"file": file}),
        )
        for file, older in context.history if older.steps and older.steps != context.feature.steps
        for unit in UNITS
        if predicted(steps := (converted(unit), *older.steps), name, rows).mean() >= MIN_SHARE
    ]  # fmt: skip
    return found[0] if len(found) == 1 else None
