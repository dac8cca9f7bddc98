"""Training's own numbers in the wrong place: divided by the variance, mean and std exchanged."""

from __future__ import annotations

import math
from collections.abc import Iterator

from skewcheck.catalogue.causes import WRONG_PARAMETERS
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.mechanism import Mechanism, figures, final_linear, like, line, with_step
from skewcheck.features.steps import Linear, MinMax, ZScore


def candidates(evidence: Evidence) -> Iterator[Mechanism]:
    """Yield z-scores and min-max scaling with training's numbers in the wrong place.

    Nothing without raw values: a distribution may drift so.
    """
    context = evidence.context
    last = final_linear(context.feature.steps)
    if last is None or context.feature.name not in evidence.rows.raw:
        return
    i, step = last
    for relation, offset, scale in _relations(step):
        if scale and math.isfinite(scale) and (offset, scale) != line(step):
            other = like(step, offset, scale)
            yield Mechanism(
                WRONG_PARAMETERS, with_step(context.feature.steps, i, other),
                {**figures(other), "relation": relation}, variant=relation,
                details={"training": figures(step)},
            )  # fmt: skip


def _relations(step: Linear) -> Iterator[tuple[str, float, float]]:
    """Yield what was done, with offset and scale such that served = (x - offset) / scale."""
    if isinstance(step, ZScore) and not step.epsilon:
        yield "by_variance", step.mean, step.std**2
        yield "by_root", step.mean, math.sqrt(max(step.std, 0.0))
        yield "exchanged", step.std, step.mean
        yield "only_divided", 0.0, step.std
        yield "only_centred", step.mean, 1.0
    if isinstance(step, MinMax) and step.range == (0.0, 1.0) and not step.epsilon:
        yield "by_maximum", step.min, step.max
        yield "exchanged", step.max, step.min - step.max
