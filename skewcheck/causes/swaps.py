"""Another feature's values, or another feature's parameters.

swapped_features: another feature's values or parameters
    Detected: the feature's own steps on another feature's raw values, another feature's steps on
    its own, or all of another feature predict what was served; or the values are right, but of
    other rows: as they should be distributed, and not those of their raw values.
    What to do: compare the order of the columns on both sides; pass features by name.
"""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.causes.diagnosis import LIKELY, Diagnosis, told
from skewcheck.causes.distributions import matches
from skewcheck.causes.mechanism import Known, Mechanism, final_linear, with_step
from skewcheck.features.types import FloatArray


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield others' raw values, with the feature's steps or their own, and others' numbers."""
    feature = known.feature
    for other in known.others:
        if other.type != "numeric" or feature.type != "numeric":
            continue
        found: dict[str, object] = {"feature": other.name, "swapped": "values"}
        did = f"with the values of {other.name}"
        yield Mechanism("swapped_features", feature.steps, did, found, other.name)
        if other.steps != feature.steps:
            did = f"with the normalized values of {other.name}"
            yield Mechanism("swapped_features", other.steps, did, found, other.name)
    last = final_linear(feature.steps)
    for other in known.others if last is not None else ():
        theirs = final_linear(other.steps)
        if last is None or theirs is None or theirs[1] == last[1]:
            continue
        steps = with_step(feature.steps, last[0], theirs[1])
        found = {"feature": other.name, "swapped": "parameters"}
        did = f"with the parameters of {other.name}"
        yield Mechanism("swapped_features", steps, did, found)


def of_other(
    known: Known, other: str, served: FloatArray, tolerance: FloatArray | float
) -> Diagnosis | None:
    """Return that finite served values are those of one other feature, if they may well be.

    Distributions alone prove little: that the other's must be somewhere has to say it is so.
    """
    named = [m for m in candidates(known) if m.source == other]
    tried = matches(known, named, served, None, tolerance)
    best = next((match for match in tried if match.within_noise), None)
    return None if best is None else told(best.mechanism, LIKELY, known)
