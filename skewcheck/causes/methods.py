"""Another scaler than training's, with parameters that fit the training data."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.causes.mechanism import Known, Mechanism, final_linear, summary, with_step
from skewcheck.steps import Linear, MaxAbs, MinMax, Robust, ZScore

_NAMES = {"zscore": "z-score", "minmax": "min-max", "robust": "robust", "maxabs": "max-abs"}


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
            did = f"with {_NAMES[step.op]} scaling, where training has {_NAMES.get(own.op, own.op)}"
            steps = with_step(known.feature.steps, i, step)
            yield Mechanism("wrong_method", steps, did, {"op": step.op})
