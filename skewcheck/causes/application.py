"""Normalization left out, or done twice.

not_normalized: production fed raw values
    Detected: the served value is the raw value itself; without raw values, the training
    distribution before normalization is the one that is served. A raw column that holds
    normalized values is told as normalized_twice.
    What to do: apply the training steps before the model.

normalized_twice: production applied the normalization again
    Detected: the training steps, or the last of them, applied to their own result give what was
    served.
    What to do: find the two places that normalize, and keep one.
"""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.causes.mechanism import Known, Mechanism, final_linear
from skewcheck.features.steps import Impute


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield what a server serves that normalizes not at all, or again what is normalized.

    Fill values may be put in all the same: imputing is often another piece of code.
    """
    steps = known.feature.steps
    if not steps or known.feature.type != "numeric":
        return
    yield Mechanism("not_normalized", (), "without normalization")
    filled = tuple(step for step in steps if isinstance(step, Impute))
    if filled and filled != steps:
        yield Mechanism("not_normalized", filled, "without normalization")
    yield Mechanism("normalized_twice", (*steps, *steps), "normalized twice")
    last = final_linear(steps)
    if last is not None and len(steps) > 1:
        yield Mechanism("normalized_twice", (*steps, last[1]), "scaled twice")
