"""Parameters that were estimated on serving data, predicted from the raw values of a log."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS as RECOMPUTED
from skewcheck.catalogue.causes import WRONG_METHOD
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.fixed_points import MIN_SERVED_ROWS
from skewcheck.causes.mechanism import (
    Mechanism,
    figures,
    final_linear,
    line,
    with_step,
)
from skewcheck.causes.moments_by_part import is_training, raw_parts
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import (
    Affine,
    Divided,
    EpsilonIn,
    Linear,
    MaxAbs,
    MinMax,
    ZScore,
)

MIN_RAW_ROWS = 5
"""Moments of fewer raw rows are near training's, or near each other, by chance."""


def candidates(evidence: Evidence) -> Iterator[Mechanism]:
    """Yield the training steps with parameters estimated on the log, or on a part of it.

    The whole log comes first. Nothing without raw values, or without a step that shifts and scales.
    """
    context = evidence.context
    last = final_linear(context.feature.steps)
    if last is None or evidence.all_rows is None:
        return
    i, step = last
    for part in raw_parts(evidence, i):
        moments = part.moments
        if (
            moments.n < MIN_RAW_ROWS
            or not moments.std > 0  # of different values as well, where squares underflow
            or is_training(moments, context, ())
        ):
            continue
        details = {"on": part.on}
        for estimated, variant in _estimated_steps(step, moments):
            steps, cause, parameters = (
                with_step(context.feature.steps, i, estimated),
                RECOMPUTED,
                figures(estimated),
            )
            if estimated.op != step.op:
                cause, variant, parameters = (
                    WRONG_METHOD,
                    "computed",
                    {"op": estimated.op, **parameters},
                )
            yield Mechanism(cause, steps, parameters, variant=variant, details=details)


def _estimated_steps(step: Linear, moments: Moments) -> Iterator[tuple[Linear, str]]:
    """Yield the steps whose parameters are these moments, with the variant of the cause's phrase.

    Those of training's own method come first.
    """
    # pandas divides by n - 1, NumPy by n.
    deviations = (moments.std, moments.std * math.sqrt(moments.n / (moments.n - 1)))
    epsilon: tuple[float, EpsilonIn] = (0.0, "scale")
    if isinstance(step, Divided):
        epsilon = step.epsilon, step.epsilon_in
    others: list[Linear] = [ZScore(moments.mean, std, *epsilon) for std in deviations]
    ends = step.range if isinstance(step, MinMax) else (0.0, 1.0)
    others += [MinMax(moments.min, moments.max, ends, *epsilon)]
    others += [MaxAbs(max(-moments.min, moments.max), *epsilon)]
    if isinstance(step, Affine):
        yield from ((Affine(moments.mean, 1 / std), "") for std in deviations)
    yield from (
        (estimated, "")
        for estimated in sorted(others, key=lambda estimated: estimated.op != step.op)
    )
    if isinstance(step, ZScore):
        yield replace(step, mean=moments.mean), "mean"
        yield replace(step, std=moments.std), "std"


def close(evidence: Evidence, mechanism: Mechanism, moments: Moments) -> bool:
    """Return whether recovered parameters are the moments of a sample of rows, within its noise.

    The training parameters must be far from them (10 standard errors), or it is no evidence.
    """
    training_step, recovered_step = (
        final_linear(evidence.context.feature.steps),
        final_linear(mechanism.steps),
    )
    if training_step is None or recovered_step is None or moments.n < 2 * MIN_SERVED_ROWS:
        return False
    if not mechanism.cause.recovered or not isinstance(training_step[1], ZScore) or not moments.std:
        return False

    def standard_errors(step: Linear) -> float:
        offset, scale = line(step)
        mean = abs(offset - moments.mean) / moments.std
        return max(mean, abs(scale / moments.std - 1)) * math.sqrt(moments.n)

    return standard_errors(recovered_step[1]) < 3 and standard_errors(training_step[1]) > 10
