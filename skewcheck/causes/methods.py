"""Another scaling method than training's, with parameters estimated on the training data."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.causes import WRONG_METHOD
from skewcheck.causes.mechanism import (
    FeatureContext,
    Mechanism,
    final_linear,
    line,
    quantile,
    summary,
    with_step,
)
from skewcheck.features.propagate import propagate
from skewcheck.features.steps import Linear, MaxAbs, MinMax, Robust, ZScore

TEXT_PRECISION = 1e-5
"""Relative error of parameters recovered from a text log with six digits."""
QUANTILE_UNCERTAINTY = 0.002
"""Uncertainty of a quantile's rank: one interval between edges on each side."""


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield z-score, min-max, robust and max-abs scaling in place of training's method.

    Nothing without a reference, or without a step that shifts and scales.
    """
    last = final_linear(context.feature.steps)
    if last is None:
        return
    i, training_step = last
    statistics = summary(context, context.feature.steps[:i])
    if statistics is None:
        return
    others: list[Linear] = [ZScore(statistics.mean, statistics.std)]
    if statistics.max > statistics.min:
        others += [
            MinMax(statistics.min, statistics.max),
            MinMax(statistics.min, statistics.max, (-1.0, 1.0)),
        ]
    if statistics.iqr > 0:
        others.append(Robust(statistics.median, statistics.iqr))
    largest = max(abs(statistics.min), abs(statistics.max))
    if largest > 0:
        others.append(MaxAbs(largest))
    for step in others:
        if step.op != training_step.op:
            settings: dict[str, object] = {"op": step.op}
            stretched = isinstance(step, MinMax) and step.range != (0.0, 1.0)
            if isinstance(step, MinMax) and stretched:
                settings["range"] = step.range
            steps = with_step(context.feature.steps, i, step)
            variant = "range" if stretched else ""
            details = {"training": training_step.op}
            yield Mechanism(WRONG_METHOD, steps, settings, variant=variant, details=details)


MAX_IQR_WIDTH = 0.05
"""Width of the interval of the interquartile range, of the range itself, that still tells it."""


def recognised(
    context: FeatureContext, mechanism: Mechanism, offset_slack: float = 0.0
) -> Mechanism:
    """Return robust scaling where recovered parameters are the median and interquartile range.

    A reference knows its quantiles only to an interval between edges, so that robust scaling is
    recovered as a line first. Other mechanisms are returned as they are. `offset_slack` is the
    error that the offset may have, in scales.
    """
    training_linear, used_linear = (
        final_linear(context.feature.steps),
        final_linear(mechanism.steps),
    )
    reference = context.reference
    if (
        not mechanism.cause.recovered
        or training_linear is None
        or used_linear is None
        or reference is None
    ):
        return mechanism
    i, step = training_linear
    propagated = propagate(reference, context.feature.steps[:i])
    if propagated is None or step.op == "robust":
        return mechanism
    offset, scale = line(used_linear[1])
    low, high = (
        [quantile(propagated, q + d) for q in (0.25, 0.5, 0.75)]
        for d in (-QUANTILE_UNCERTAINTY, QUANTILE_UNCERTAINTY)
    )
    iqr = low[2] - high[0], high[2] - low[0]
    if iqr[1] - iqr[0] > MAX_IQR_WIDTH * iqr[1]:
        return mechanism  # among few values a quartile is any of two: many a scale would do
    slack = TEXT_PRECISION * max(abs(offset), abs(scale)) + offset_slack * abs(scale)
    scale_slack = TEXT_PRECISION * abs(scale)
    if not low[1] - slack <= offset <= high[1] + slack or not (
        iqr[0] - scale_slack <= scale <= iqr[1] + scale_slack
    ):
        return mechanism
    return Mechanism(WRONG_METHOD, mechanism.steps, {"op": "robust"}, details={"training": step.op})
