"""Values of another feature, parameters of another feature, and values of other rows."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.distributions import matches
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear, with_step
from skewcheck.causes.mechanism_causes import of_all_rows
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, Cause, Place


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield the other features' raw values, with either feature's steps, and their parameters.

    Parameters are those of the last step that shifts and scales.
    """
    feature = context.feature
    for other in context.others:
        if other.type != "numeric" or feature.type != "numeric":
            continue
        parameters: dict[str, object] = {"feature": other.name, "swapped": "values"}
        yield Mechanism(SWAPPED_FEATURES, feature.steps, parameters, other.name)
        if other.steps != feature.steps:
            yield Mechanism(SWAPPED_FEATURES, other.steps, parameters, other.name, "normalized")
    last = final_linear(feature.steps)
    for other in context.others if last is not None else ():
        other_last = final_linear(other.steps)
        if last is None or other_last is None or other_last[1] == last[1]:
            continue
        steps = with_step(feature.steps, last[0], other_last[1])
        parameters = {"feature": other.name, "swapped": "parameters"}
        yield Mechanism(SWAPPED_FEATURES, steps, parameters, variant="parameters")


def of_other(
    context: FeatureContext, other: str, served: FloatArray, tolerance: FloatArray | float
) -> Cause | None:
    """Return the cause that finite served values are those of one other feature; None without.

    A matching distribution alone is weak evidence: the caller knows that the other feature's
    values must have been served somewhere.
    """
    swaps = [m for m in candidates(context) if m.source == other]
    swap_matches = matches(context, swaps, served, None, tolerance)
    best = next((match for match in swap_matches if match.within_noise), None)
    return None if best is None else of_all_rows(best.mechanism, LIKELY, context)


def other_rows(share: float, confidence: float, place: Place | None = None) -> Cause:
    """Return the cause of right values in other rows, which no list of steps predicts."""
    parameters = {"swapped": "rows"}
    return Cause(SWAPPED_FEATURES.code, share, confidence, parameters, place, "rows")
