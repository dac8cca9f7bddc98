"""Another scaler than training's, with parameters that fit the training data."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.causes import WRONG_METHOD
from skewcheck.causes.mechanism import (
    Known,
    Mechanism,
    final_linear,
    line,
    quantile,
    summary,
    with_step,
)
from skewcheck.features.propagate import propagate
from skewcheck.features.steps import Linear, MaxAbs, MinMax, Robust, ZScore

FITTED = 1e-5
"""Of a scale: how well numbers are recovered from a text log with six digits."""
BLUR = 0.002
"""Share of the rows by which quantiles of counted values are uncertain: an interval each side."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield z-score, min-max, robust and max-abs scaling in place of the one that training has."""
    last = final_linear(known.feature.steps)
    if last is None:
        return
    i, own = last
    found = summary(known, known.feature.steps[:i])
    if found is None:
        return
    others: list[Linear] = [ZScore(found.mean, found.std)]
    if found.max > found.min:
        others += [MinMax(found.min, found.max), MinMax(found.min, found.max, (-1.0, 1.0))]
    if found.iqr > 0:
        others.append(Robust(found.median, found.iqr))
    largest = max(abs(found.min), abs(found.max))
    if largest > 0:
        others.append(MaxAbs(largest))
    for step in others:
        if step.op != own.op:
            settings: dict[str, object] = {"op": step.op}
            stretched = isinstance(step, MinMax) and step.range != (0.0, 1.0)
            if isinstance(step, MinMax) and stretched:
                settings["range"] = step.range
            steps = with_step(known.feature.steps, i, step)
            variant = "range" if stretched else ""
            details = {"training": own.op}
            yield Mechanism(WRONG_METHOD, steps, settings, variant=variant, details=details)


def recognised(known: Known, found: Mechanism, loose: float = 0.0) -> Mechanism:
    """Name recovered numbers as median and interquartile range where they agree with those.

    A reference knows its quantiles to an interval between edges, so that robust scaling is
    recovered first and named here; all other numbers stay what they are. `loose` is how far the
    offset may be off, in scales.
    """
    own, used = final_linear(known.feature.steps), final_linear(found.steps)
    reference = known.reference
    if not found.cause.recovered or own is None or used is None or reference is None:
        return found
    i, step = own
    pushed = propagate(reference, known.feature.steps[:i])
    if pushed is None or step.op == "robust":
        return found
    offset, scale = line(used[1])
    low, high = ([quantile(pushed, q + d) for q in (0.25, 0.5, 0.75)] for d in (-BLUR, BLUR))
    iqr = low[2] - high[0], high[2] - low[0]
    # The digits of a text log lose a few parts in a million.
    slack = FITTED * max(abs(offset), abs(scale)) + loose * abs(scale)
    fine = FITTED * abs(scale)
    if not low[1] - slack <= offset <= high[1] + slack or not (
        iqr[0] - fine <= scale <= iqr[1] + fine
    ):
        return found
    return Mechanism(WRONG_METHOD, found.steps, {"op": "robust"}, details={"training": step.op})
