"""Whether as many values of training data lie below a stored number as should."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from skewcheck.features.types import Feature, FloatArray, NumericReference

Contradiction = Mapping[str, object]
"""How data contradicts what is stored: its `kind` and what its template in the catalogue takes."""
MIN_ROWS = 20
"""Rows with a value below which no contradiction is stated."""
TOLERATED_ERRORS = 6.0
"""Standard errors that are put down to chance. A scaler that was fitted on a random part of the
rows, down to a half of them, has a mean within one of the whole's."""
MAX_SHARE_OFF = 0.05
"""Share of values beyond a stored range, or by which ranks about a stored quantile may be off."""


def wrong_rank(
    values: FloatArray, mark: str, value: float, share: float, slack: float
) -> Contradiction | None:
    """Return the contradiction if `value`, named `mark`, has not `share` of the values below it."""
    slack += TOLERATED_ERRORS * math.sqrt(share * (1 - share) / len(values))
    below, above = float((values < value).mean()), float((values > value).mean())
    if below > share + slack:
        return {"kind": "below", "share": below, "mark": mark}
    if above > 1 - share + slack:
        return {"kind": "above", "share": above, "mark": mark}
    return None


def wrong_quantile(feature: Feature, sample: FloatArray | None) -> Contradiction | None:
    """Return the contradiction of the first stored quantile or end that the data has not."""
    stored = feature.reference
    if not isinstance(stored, NumericReference) or sample is None:
        return None
    values = sample[np.isfinite(sample)]
    if len(values) < MIN_ROWS:
        return None
    marks = [(f"quantile {share:g}", value, share) for share, value in stored.quantiles.items()]
    ends = [("min", stored.min, 0.0), ("max", stored.max, 1.0)]
    marks += [(name, end, share) for name, end, share in ends if end is not None]
    for name, value, share in marks:
        contradiction = wrong_rank(values, name, value, share, MAX_SHARE_OFF)
        if contradiction is not None:
            return contradiction
    return None
