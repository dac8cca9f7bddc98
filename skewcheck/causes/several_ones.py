"""Columns of levels of which several are 1: a buffer that was not cleared before each row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.places import AffectedRows, located
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import SURE, Cause

MIN_SHARE = 0.02
"""Share of the failing rows that have several ones: below, no cause is named either."""


def several_ones(evidence: Evidence, parts: Mapping[str, FloatArray]) -> Cause | None:
    """Return that failing rows have several ones, and zeros else; None where hardly any has.

    `parts` are the served columns of the failing rows.
    """
    if len(parts) < 2 or evidence.all_rows is None:
        return None
    served = np.array([*parts.values()])
    indicators = ((served == 0) | (served == 1)).all(0)
    several = indicators & ((served == 1).sum(0) > 1)
    share = float(several.mean()) if len(several) else 0.0
    if share < MIN_SHARE:
        return None
    share *= evidence.share
    affected = AffectedRows(evidence.rows, several, evidence.all_rows, None, share)
    return Cause(ENCODING_CHANGED.code, share, SURE, {}, located(affected), "several_ones")
