"""From mechanisms to causes: how sure they are, and whether they matter."""

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
"""Of a standard deviation: recovered parameters nearer than this do no harm."""


def negligible(
    mechanism: Mechanism, context: FeatureContext, raw: FloatArray | None = None
) -> bool:
    """Tell what differs from training by less than matters, or by the digits in the file.

    Parameters of the last scaling are compared with each other; other steps by what they make of
    the raw values: those given, or the reference's.
    """
    steps = context.feature.steps
    own, other = final_linear(steps), final_linear(mechanism.steps)
    # Training's own steps stand in where those that were used are not known.
    if own is None or mechanism.source is not None or mechanism.steps == steps:
        return False
    if other is not None and with_step(mechanism.steps, other[0], own[1]) == steps:
        (offset, scale), (other_offset, other_scale) = line(own[1]), line(other[1])
        near = abs(other_scale / scale - 1) < NEGLIGIBLE
        near = near and abs(other_offset - offset) / abs(scale) < NEGLIGIBLE
        pairs = zip(figures(own[1]).values(), figures(other[1]).values(), strict=False)
        # Only recovered numbers may be the file's own before they were written.
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
    """Return whether `used`, cut to the digits of `written`, is `written`."""
    digits = len(repr(written).replace(".", "").replace("-", "").lstrip("0").split("e")[0])
    return digits < 12 and float(f"{used:.{max(digits, 1)}g}") == written


def cause_of(
    mechanism: Mechanism, share: float, confidence: float, place: Place | None = None, *,
    small: bool = False,
) -> Cause:  # fmt: skip
    """Return a mechanism that a share of the log's rows underwent as a cause.

    `small` is whether it is negligible.
    """
    return Cause(
        mechanism.cause.code, share, confidence, mechanism.parameters, place, mechanism.variant,
        mechanism.details, negligible=small,
    )  # fmt: skip


def of_all_rows(mechanism: Mechanism, confidence: float, context: FeatureContext) -> Cause:
    """Return a mechanism that all rows of the log underwent as a cause."""
    return cause_of(mechanism, 1.0, confidence, small=negligible(mechanism, context))


def drift(confidence: float) -> Cause:
    """Return the cause that is left where no mechanism explains what moved."""
    return Cause(DRIFT.code, 1.0, confidence)


def is_mechanical(cause: Cause) -> bool:
    """Tell what production did from what the world did."""
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
