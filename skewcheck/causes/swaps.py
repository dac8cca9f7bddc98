"""Another feature's values, another feature's parameters, or those of other rows."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.diagnosis import of_all_rows
from skewcheck.causes.distributions import matches
from skewcheck.causes.mechanism import Known, Mechanism, final_linear, with_step
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import LIKELY, Cause, Place


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield others' raw values, with the feature's steps or their own, and others' numbers."""
    feature = known.feature
    for other in known.others:
        if other.type != "numeric" or feature.type != "numeric":
            continue
        found: dict[str, object] = {"feature": other.name, "swapped": "values"}
        yield Mechanism(SWAPPED_FEATURES, feature.steps, found, other.name)
        if other.steps != feature.steps:
            yield Mechanism(SWAPPED_FEATURES, other.steps, found, other.name, "normalized")
    last = final_linear(feature.steps)
    for other in known.others if last is not None else ():
        theirs = final_linear(other.steps)
        if last is None or theirs is None or theirs[1] == last[1]:
            continue
        steps = with_step(feature.steps, last[0], theirs[1])
        found = {"feature": other.name, "swapped": "parameters"}
        yield Mechanism(SWAPPED_FEATURES, steps, found, variant="parameters")


def of_other(
    known: Known, other: str, served: FloatArray, tolerance: FloatArray | float
) -> Cause | None:
    """Return that finite served values are those of one other feature, if they may well be.

    Distributions alone prove little: that the other's must be somewhere has to say it is so.
    """
    named = [m for m in candidates(known) if m.source == other]
    tried = matches(known, named, served, None, tolerance)
    best = next((match for match in tried if match.within_noise), None)
    return None if best is None else of_all_rows(best.mechanism, LIKELY, known)


def other_rows(share: float, confidence: float, place: Place | None = None) -> Cause:
    """Return that the values are right, but those of other rows: no list of steps does that."""
    found = {"swapped": "rows"}
    return Cause(SWAPPED_FEATURES.code, share, confidence, found, place, "rows")
