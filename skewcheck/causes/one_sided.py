"""Causes where only served or only raw values were logged: distributions, and the raw grid."""

from __future__ import annotations

import numpy as np

from skewcheck.causes import units
from skewcheck.causes.adjusting import fitted_line, from_grid, new_atom
from skewcheck.causes.diagnosis import LIKELY, OPEN, SURE, Diagnosis, drift, told
from skewcheck.causes.distributions import (
    NOISE,
    SAME,
    Match,
    critical,
    distance,
    matches,
    raw_matches,
)
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.families import candidates, recomputed_on
from skewcheck.causes.mechanism import Known, Mechanism
from skewcheck.causes.methods import recognised
from skewcheck.causes.precision import narrowed
from skewcheck.features import FloatArray, NumericReference
from skewcheck.grids import LEAST, Grid
from skewcheck.pushing import push
from skewcheck.steps import Clip, Impute, Step

STUCK = 0.2
LOOSE = 0.1
"""Of a scale: how well distributions tell the whole grid steps of an offset."""
FAR = 0.2
FIT = 0.1
USUAL = 1.36
"""Kolmogorov's statistic that clean logs stay under in 95 % of cases."""
CLOSER = 0.6
"""A fitted line is believed instead of a mechanism if it is nearer by this factor."""


def of_served(evidence: Evidence, grid: Grid | None, step: float | None) -> list[Diagnosis]:
    """Return the causes of served values that are not training's, likeliest first."""
    known, rows = evidence.known, evidence.rows.only(np.isfinite(evidence.rows.served))
    served = rows.served
    again = list(recomputed_on(evidence))
    if again or len(served) < 10:
        return again
    tolerance = rows.served_tolerance
    own = Mechanism("", known.feature.steps, "")
    same = _same(own, known, served, tolerance)
    if grid is not None and grid.narrow is not None:
        narrow = narrowed(known, grid.narrow)
        if same or _same(narrow, known, served, tolerance):
            return [told(narrow, SURE, known)]
    stuck = _stuck(served, evidence)
    if stuck is not None:
        return [stuck]
    lost = _nulls(evidence)
    seen = step if grid is not None and grid.usable >= LEAST else None
    right = seen is not None and grid is not None and grid.on
    if lost is not None and same:
        return [lost]
    found = matches(known, candidates(known), served, seen, tolerance)
    if right:
        found = [m for m in found if m.on_grid and m.mechanism.code != "precision_loss"]
    exact = next((m for m in found if m.on_grid and m.within_noise), None)
    if exact is not None and not right:
        return [told(exact.mechanism, SURE, known)]
    if grid is not None and grid.scale is not None and grid.offset is not None and step:
        other = from_grid(known, served, grid.scale, grid.offset, step)
        if other is not None:
            sure = SURE if _same(other, known, served, tolerance) else LIKELY
            return [told(recognised(known, other, LOOSE), sure, known)]
    best = next((m for m in found if m.within_noise), None)
    # Values that training's own parameters put on the raw grid were served with those.
    fitted = None if right else fitted_line(known, served, tolerance)
    closer = fitted is not None and (best is None or fitted.distance < CLOSER * best.distance)
    if best is not None and not (closer and best.distance > CLOSER * _critical(known, served)):
        sure = _confidence(best.distance, _own(known, served, known.feature.steps), known, served)
        # An older file is no guess of ours among many: the user named it.
        sure = LIKELY if best.mechanism.code == "stale_parameters" else sure
        return [told(best.mechanism, sure, known), drift(round(1 - sure, 2))]
    atom = new_atom(known, served, tolerance)
    if atom is not None:
        return [told(atom.mechanism, LIKELY, known), drift(round(1 - LIKELY, 2))]
    if fitted is not None:
        return [told(recognised(known, fitted.mechanism, SAME), OPEN, known), drift(OPEN)]
    return [drift(LIKELY)]


def _nulls(evidence: Evidence) -> Diagnosis | None:
    """Tell a fill value that was left out: nulls are served, as many as training filled."""
    reference, steps = evidence.known.reference, evidence.known.feature.steps
    fills = any(isinstance(step, Impute) for step in steps)
    share = float(np.isnan(evidence.rows.served).mean())
    if reference is None or not fills or not reference.nulls:
        return None
    if share < 0.5 * reference.nulls / reference.rows or share * len(evidence.rows) < 5:
        return None
    did = "without the impute step: nulls are served as nulls"
    return Diagnosis("step_missing", share, LIKELY, did, {"op": "impute"})


def _critical(known: Known, served: FloatArray) -> float:
    return critical(known.reference, len(served)) if known.reference is not None else 1.0


def _same(
    mechanism: Mechanism, known: Known, served: FloatArray, tolerance: FloatArray | float = 0.0
) -> bool:
    reference = known.reference
    if reference is None:
        return False
    return distance(reference, mechanism.steps, served, tolerance) <= critical(
        reference, len(served)
    )


def of_raw(evidence: Evidence, raw: FloatArray) -> list[Diagnosis]:
    """Return the causes of raw values that are not distributed as training's, likeliest first."""
    known = evidence.known
    finite = raw[np.isfinite(raw)]
    lost = evidence.rows.raw_tolerance
    lost = lost[np.isfinite(raw)] if isinstance(lost, np.ndarray) else lost
    reference = known.reference
    if reference is None or len(finite) < 10:
        return [drift(OPEN)]
    stuck = _stuck(finite, evidence, raw=True)
    if stuck is not None:
        return [stuck]
    if known.feature.steps and _same(Mechanism("", known.feature.steps, ""), known, finite):
        did = "from a raw column that holds normalized values already (is it --served?)"
        return [Diagnosis("normalized_twice", 1.0, LIKELY, did)]
    found = raw_matches(known, units.candidates(known), finite, lost)
    best = found[0] if found else _other_values(known, finite)
    if best is None:
        return [drift(LIKELY)]
    sure = _confidence(best.distance, _own(known, finite, ()), known, finite)
    return [told(best.mechanism, sure, known), drift(round(1 - sure, 2))]


def _own(known: Known, values: FloatArray, steps: tuple[Step, ...]) -> float:
    """Return how far the values are from what training says they should be."""
    return distance(known.reference, steps, values) if known.reference is not None else 0.0


def _confidence(fit: float, own: float, known: Known, values: FloatArray) -> float:
    """Return how sure a match without free parameters is.

    Many mechanisms are tried: a small drift is met by one of them now and then. Sure is only
    what explains a large difference (D from 0.2 on) down to the noise of most clean logs.
    """
    usual = _critical(known, values) * USUAL / NOISE
    return LIKELY if own >= FAR and fit <= min(usual, FIT * own) else OPEN


def _other_values(known: Known, raw: FloatArray) -> Match | None:
    """Return the one other feature whose training distribution these raw values have."""
    found = []
    for other in known.others:
        reference = other.reference
        if not isinstance(reference, NumericReference) or not len(reference.edges):
            continue
        d = distance(reference, (), raw)
        if d <= critical(reference, len(raw)):
            did = f"with the values of {other.name}"
            said: dict[str, object] = {"feature": other.name, "swapped": "values"}
            found.append(Match(Mechanism("swapped_features", (), did, said), d, within_noise=True))
    return found[0] if len(found) == 1 else None


def _stuck(values: FloatArray, evidence: Evidence, *, raw: bool = False) -> Diagnosis | None:
    """Return a value that stands far more often than in training, if the rest is as it was."""
    distinct, counts = np.unique(values, return_counts=True)
    i = int(np.argmax(counts))
    share, value = float(counts[i] / len(values)), float(distinct[i])
    reference = evidence.known.reference
    if reference is None or share < STUCK:
        return None
    steps = () if raw else evidence.known.feature.steps
    rest = values[values != value]
    expected = _share_of(reference, steps, value)
    # A value that is frequent in training stands out only far above that: counts move about.
    if share < min(3 * expected + STUCK, 0.9):
        return None
    bound = expected > 0 and value in (distinct[0], distinct[-1])
    if bound and share < 0.99 and any(isinstance(s, Clip) for s in steps):
        return None  # values beyond a clip bound pile up there, whatever they are
    if len(rest) >= 20 and distance(reference, steps, rest) > 3 * critical(reference, len(rest)):
        return None
    did = "as one and the same value" if not raw else "from raw values that are all the same"
    return Diagnosis("stuck_value", share, SURE if share > 0.9 else LIKELY, did, {"value": value})


def _share_of(reference: NumericReference, steps: tuple[Step, ...], value: float) -> float:
    """Return the share of training rows that a right server serves as this value."""
    pushed = push(reference, steps)
    if pushed is None:
        return 0.0
    i = int(np.searchsorted(pushed.high, value))
    on = i < len(pushed.low) and pushed.low[i] <= value
    total = int(pushed.reference.at.sum() + pushed.reference.between.sum())
    return float(pushed.reference.at[i] / total) if on and total else 0.0
