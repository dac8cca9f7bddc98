"""Mechanisms as causes: which are negligible, and which are likelier than drift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from skewcheck.catalogue.causes import CAUSES, DRIFT
from skewcheck.causes.mechanism import (
    FeatureContext,
    Mechanism,
    figures,
    final_linear,
    line,
    with_step,
)
from skewcheck.features.steps import forward
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import OPEN, Cause, Place

NEGLIGIBLE = 5e-5
"""Of a standard deviation: differences of parameters below it do not matter to a model."""
RECOVERY_ERROR = 5e-7
"""Of a standard deviation: error of parameters that are recovered from float32 values."""

MIN_WRITTEN_DIGITS = 4
"""Numbers of fewer digits were not rounded when they were written: what they lost would matter."""


def negligible(
    mechanism: Mechanism, context: FeatureContext, raw: FloatArray | None = None
) -> bool:
    """Return whether a mechanism differs from training by less than NEGLIGIBLE.

    Or only by the digits of the parameter file. Parameters of the last scaling are compared with
    each other; other steps by their outputs for raw values: those given, or the reference's edges.
    """
    steps = context.feature.steps
    training, used = final_linear(steps), final_linear(mechanism.steps)
    # Training's steps stand for unknown ones.
    if training is None or mechanism.source is not None or mechanism.steps == steps:
        return False
    if used is not None and with_step(mechanism.steps, used[0], training[1]) == steps:
        (offset, scale), (other_offset, other_scale) = line(training[1]), line(used[1])
        limit = NEGLIGIBLE - (RECOVERY_ERROR if mechanism.cause.recovered else 0.0)
        near = abs(other_scale / scale - 1) < limit
        near = near and abs(other_offset - offset) / abs(scale) < limit
        pairs = zip(figures(training[1]).values(), figures(used[1]).values(), strict=False)
        # Recovered parameters may be those of the file before they were rounded for it.
        return near or (
            mechanism.cause.recovered
            and all(
                isinstance(a, float) and isinstance(b, float) and _as_written(a, b)
                for a, b in pairs
            )
        )
    if raw is None:
        reference = context.reference
        raw = np.empty(0) if reference is None else np.append(reference.histogram.edges, np.nan)
    made, right = forward(mechanism.steps, raw), forward(steps, raw)
    return len(raw) > 0 and bool(np.isclose(made, right, 0, NEGLIGIBLE, equal_nan=True).all())


def _as_written(written: float, used: float) -> bool:
    """Return whether `used`, rounded to the digits of `written`, is `written`."""
    spelled = f"{written:.17g}" if written == int(written) else repr(written)
    digits = len(spelled.replace(".", "").replace("-", "").lstrip("0").split("e")[0])
    return MIN_WRITTEN_DIGITS <= digits < 12 and float(f"{used:.{digits}g}") == written


def cause_of(
    mechanism: Mechanism, share: float, confidence: float, place: Place | None = None, *,
    small: bool = False,
) -> Cause:  # fmt: skip
    """Return a mechanism of a share of the log's rows as a cause; `small`: it is negligible."""
    return Cause(
        mechanism.cause.code, share, confidence, mechanism.parameters, place, mechanism.variant,
        mechanism.details, negligible=small,
    )  # fmt: skip


def of_all_rows(mechanism: Mechanism, confidence: float, context: FeatureContext) -> Cause:
    """Return a mechanism of all rows of the log as a cause."""
    return cause_of(mechanism, 1.0, confidence, small=negligible(mechanism, context))


def drift(confidence: float) -> Cause:
    """Return drift, the cause without a mechanism."""
    return Cause(DRIFT.code, 1.0, confidence)


def is_mechanical(cause: Cause) -> bool:
    """Return whether a cause is a mechanism, and not drift."""
    return CAUSES[cause.code].mechanical


def names_mechanism(causes: Sequence[Cause]) -> bool:
    """Return whether the first cause is a mechanism that is likelier than drift."""
    return bool(causes) and is_mechanical(causes[0]) and causes[0].confidence > OPEN


def is_unplaced_constant(causes: list[Cause]) -> bool:
    """Return whether the first cause is a constant of some rows, whose place is not known yet."""
    return causes[0].share < 0.9 and causes[0].place is None and CAUSES[causes[0].code].constant


def if_likelier(partial: list[Cause], total: list[Cause]) -> list[Cause]:
    """Return the causes of some rows if the first is likelier than those of all rows; else none."""
    return partial if names_mechanism(partial) or not is_mechanical(total[0]) else []
