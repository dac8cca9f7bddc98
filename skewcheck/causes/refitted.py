"""Power and quantile transforms that were fitted on other data than training's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skewcheck.catalogue.causes import STEP_CHANGED
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import Mechanism, with_step
from skewcheck.features.steps import PowerTransform, Quantile, forward, inverse
from skewcheck.features.types import FloatArray

MIN_VALUES = 40
"""Different raw values: three numbers are fitted to fewer by chance, and fewer may ascend so."""
EXPONENTS = np.linspace(-4, 4, 81)
"""Exponents that are tried first: a likelihood has its maximum within them for any usual data."""
ITERATIONS = 12
"""Of Gauss and Newton's method, which doubles the right digits each time near the solution."""


def candidates(evidence: Evidence) -> Iterator[Mechanism]:
    """Yield the steps with the exponent, mean and deviation that fit the rows best.

    Nothing without raw values or a power transform.
    """
    steps = evidence.context.feature.steps
    i = next((i for i, s in enumerate(steps) if isinstance(s, PowerTransform)), None)
    raw = evidence.rows.raw.get(evidence.context.feature.name)
    if i is None or raw is None:
        return
    step = steps[i]
    x, y = forward(steps[:i], raw), inverse(steps[i + 1 :], evidence.rows.served)
    finite = np.isfinite(x) & np.isfinite(y)
    if not isinstance(step, PowerTransform) or len(np.unique(x[finite])) < MIN_VALUES:
        return
    fitted = _fitted(step.method, x[finite], y[finite])
    if fitted is None:
        return
    settings = {"lambda": fitted.lambda_, "mean": fitted.mean, "std": fitted.std}
    yield Mechanism(
        STEP_CHANGED, with_step(steps, i, fitted),
        {"op": step.op, "method": step.method, **settings}, variant="refitted",
        details={"training": {"op": step.op, "lambda": step.lambda_}},
    )  # fmt: skip


def _fitted(method: str, x: FloatArray, y: FloatArray) -> PowerTransform | None:
    """Return the power transform that is nearest in least squares; None where none ascends."""

    def curve(exponent: float) -> FloatArray:
        return PowerTransform(method, exponent).forward(x)

    def misfit(exponent: float) -> float:
        made = curve(exponent)
        if not np.isfinite(made).all() or not np.ptp(made) > 0:
            return np.inf
        return 1 - float(np.corrcoef(made, y)[0, 1])

    exponent = float(min(EXPONENTS, key=misfit))
    offset, scale = 0.0, 1.0
    for _ in range(ITERATIONS):
        made, width = curve(exponent), 1e-5
        slope = (curve(exponent + width) - curve(exponent - width)) / (2 * width)
        if not (np.isfinite(made).all() and np.isfinite(slope).all()):
            return None
        (offset, scale, change), *_ = np.linalg.lstsq(
            np.column_stack((np.ones_like(made), made, slope)), y, rcond=None
        )
        if not scale > 0:
            return None
        exponent += float(np.clip(change / scale, -0.2, 0.2))
    made = curve(exponent)
    if not np.isfinite(made).all():
        return None
    (offset, scale), *_ = np.linalg.lstsq(
        np.column_stack((np.ones_like(made), made)), y, rcond=None
    )
    if not scale > 0:
        return None
    return PowerTransform(method, exponent, float(-offset / scale), float(1 / scale))


def of_other_quantiles(evidence: Evidence) -> bool:
    """Return whether served values ascend with the raw ones, as any quantile transform's do.

    Other increasing functions do so too. False without raw values or a quantile transform, for
    few different values, and where values are beyond those that the transform gives.
    """
    steps, rows = evidence.context.feature.steps, evidence.rows
    i = next((i for i, s in enumerate(steps) if isinstance(s, Quantile)), None)
    raw = rows.raw.get(evidence.context.feature.name)
    if i is None or raw is None:
        return False
    x, y = forward(steps[:i], raw), inverse(steps[i + 1 :], rows.served)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    if min(len(np.unique(x)), len(np.unique(y))) < MIN_VALUES:
        return False
    # As float32 has them: six digits of the range of what is served.
    lost = 1e-6 * float(np.abs(y).max()) + float(np.max(rows.served_tolerance))
    low, high = forward((steps[i],), np.array([-np.inf, np.inf])).tolist()
    if y.min() < low - lost or y.max() > high + lost:
        return False
    order = np.lexsort((y, x))
    starts = np.flatnonzero(np.append(True, np.diff(x[order]) > 0))
    least = np.minimum.reduceat(y[order], starts)
    most = np.maximum.reduceat(y[order], starts)
    return bool((most[:-1] <= least[1:] + lost).all() and (most - least <= lost).all())
