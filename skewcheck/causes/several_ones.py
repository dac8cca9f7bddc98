"""Columns of levels of which several are 1: a buffer that was not cleared, or columns summed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.places import AffectedRows, located, of_mask
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import SURE, Cause, Place

MIN_SHARE = 0.02
"""Share of the failing rows that have several ones: below, no cause is named either."""
MIN_ROWS = 5
"""Rows with several ones where raw values are not logged: fewer are strays."""


def of_failing_rows(evidence: Evidence, parts: Mapping[str, FloatArray]) -> Cause | None:
    """Return that failing rows have several ones, and zeros else; None where hardly any has.

    `parts` are the served columns of the failing rows.
    """
    several = _several(parts)
    share = float(several.mean()) if len(several) else 0.0
    if share < MIN_SHARE or evidence.all_rows is None:
        return None
    share *= evidence.share
    affected = AffectedRows(evidence.rows, several, evidence.all_rows, None, share)
    return _cause(share, located(affected))


def of_all_rows(parts: Mapping[str, FloatArray], rows: SampledRows) -> Cause | None:
    """Return that rows of a log have several ones; None where hardly any has.

    `parts` are the served columns in these rows.
    """
    several = _several(parts)
    if several.sum() < MIN_ROWS:
        return None
    return _cause(float(several.mean()), located(of_mask(rows, several)))


def _several(parts: Mapping[str, FloatArray]) -> NDArray[np.bool_]:
    """Return which rows have several ones; those with another number than 0 and 1 are none."""
    if len(parts) < 2:
        return np.zeros(0, np.bool_)
    served = np.array([*parts.values()])
    several: NDArray[np.bool_] = ((served == 0) | (served == 1)).all(0) & ((served == 1).sum(0) > 1)
    return several


def _cause(share: float, place: Place | None) -> Cause:
    return Cause(ENCODING_CHANGED.code, share, SURE, {}, place, "several_ones")
