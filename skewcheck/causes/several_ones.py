"""Rows of one-hot columns with several ones: a buffer that was not cleared, or columns summed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.places import located, of_mask
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import SURE, Cause

MIN_ROWS = 5
"""Rows with several ones: fewer are strays."""


def several_ones(parts: Mapping[str, FloatArray], rows: SampledRows) -> Cause | None:
    """Return that rows have more than one 1; None where hardly any has.

    `parts` are the served columns of a feature in these rows. Rows with another number than 0 and
    1 are of another kind.
    """
    if len(parts) < 2:
        return None
    columns = np.array(list(parts.values()))
    binary = ((columns == 0) | (columns == 1)).all(axis=0)
    several = binary & (np.where(binary, columns, 0).sum(axis=0) > 1)
    if several.sum() < MIN_ROWS:
        return None
    place = located(of_mask(rows, several))
    return Cause(
        ENCODING_CHANGED.code, float(several.mean()), SURE, {}, place, variant="several_ones"
    )
