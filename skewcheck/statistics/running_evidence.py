"""Evidence between two models of the statistics that served values were normalized by."""

from __future__ import annotations

import numpy as np

from skewcheck.features.types import FloatArray

EXACT = 1e-15
"""Root mean square of residuals below which they are 0."""


def log_likelihood_ratio(
    first: FloatArray, second: FloatArray, *, free: tuple[int, int] = (0, 0)
) -> float:
    """Return the log-likelihood ratio of the first model to the second on the same rows.

    Residuals are of one unit per row, independent and normal, with a deviation that is not known:
    n ln(rms2 / rms1), with half of ln n for each free parameter that one model has more (Burnham
    and Anderson, Model Selection and Multimodel Inference, 2002, sections 2.2 and 6.4.1). Rows that
    are beyond the unit in both models are left out; 0 without others.
    """
    some = (np.abs(first) <= 1) | (np.abs(second) <= 1)
    rows = int(some.sum())
    if not rows:
        return 0.0
    rms = [max(float(np.sqrt(np.mean(r[some] ** 2))), EXACT) for r in (first, second)]
    more = free[0] - free[1]
    return float(rows * np.log(rms[1] / rms[0]) - more / 2 * np.log(rows))
