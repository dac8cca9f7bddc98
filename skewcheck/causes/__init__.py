"""Why production differs: which mechanism explains it, with its numbers, where and since when.

Each family of mechanisms is a file that yields predictions; nothing here knows thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes import (
    application,
    methods,
    parameters,
    pipeline,
    precision,
    recomputed,
    swaps,
    units,
)
from skewcheck.causes.distributions import (
    Match,
    critical,
    distance,
    fitted_line,
    from_grid,
    matches,
    raw_matches,
)
from skewcheck.causes.evidence import Evidence, Rows
from skewcheck.causes.locating import located
from skewcheck.causes.mechanism import Known, Mechanism, figures, final_linear, line
from skewcheck.causes.paired import diagnosed
from skewcheck.features import FloatArray, NumericReference
from skewcheck.grids import Grid
from skewcheck.pushing import push
from skewcheck.steps import Step

CODES: Mapping[str, str] = MappingProxyType(
    {
        "not_normalized": "application", "normalized_twice": "application",
        "wrong_parameters": "recovering", "stale_parameters": "parameters",
        "recomputed_parameters": "recomputed", "wrong_ddof": "parameters",
        "wrong_method": "methods", "swapped_features": "swaps", "step_missing": "pipeline",
        "step_changed": "pipeline", "unit_change": "units", "precision_loss": "precision",
        "stuck_value": "stuck", "encoding_changed": "encoding", "category_renamed": "renaming",
        "drift": "drift",
    }
)  # fmt: skip
FAMILIES = (application, parameters, methods, pipeline, units, swaps, precision)
"""Simplest first: of mechanisms that explain the same rows the first is named."""
SURE = 0.99
LIKELY = 0.9
OPEN = 0.5
"""Confidence of a line fitted to a distribution: drift explains it as well."""
STUCK = 0.2
NEGLIGIBLE = 5e-5
"""Of a standard deviation: recovered parameters nearer than this do no harm."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One cause of what was seen of a feature."""

    code: str
    share: float
    """Of all rows of the log."""
    confidence: float
    did: str
    """What production did, to follow "were served "."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    where: str | None = None
    negligible: bool = False
    """The parameters are off by less than matters, or only by the digits that were written."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield all mechanisms that can be predicted from what training knew."""
    for family in FAMILIES:
        yield from family.candidates(known)


def of_paired(evidence: Evidence) -> tuple[list[Diagnosis], float]:
    """Return the causes of rows that fail parity, and the share of all rows that none explains."""
    if not len(evidence.rows):
        return [], 0.0
    again = list(_recomputed(evidence))
    if again and abs(sum(one.share for one in again) - evidence.share) < 0.02:
        return again, 0.0
    found, left = diagnosed(evidence, candidates(evidence.known))
    result = []
    for one in found:
        share = evidence.share * float(one.explained.mean())
        place = _place(one.explained, evidence, share)
        told = Diagnosis(
            one.mechanism.code, share, SURE if not one.rivals else OPEN, one.mechanism.did,
            one.mechanism.parameters, place, _negligible(one.mechanism, evidence.known),
        )  # fmt: skip
        result.append(told)
        result += [
            Diagnosis(rival.code, share, OPEN, rival.did, rival.parameters, place)
            for rival in one.rivals
        ]
    result.sort(key=lambda d: -d.share)
    return result, evidence.share * float(left.mean())


def _place(explained: NDArray[np.bool_], evidence: Evidence, share: float) -> str | None:
    if evidence.all_rows is None:
        return None
    place = located(evidence.rows.only(explained), evidence.all_rows, share)
    return None if place is None else place.text


def _recomputed(evidence: Evidence) -> Iterator[Diagnosis]:
    """Yield recomputed parameters, of the whole log or all files together."""
    found = list(recomputed.where(evidence))
    if not found:
        return
    share = sum(part for _, part in found)
    files = [file for file, _ in found if file is not None]
    data = "the serving data"
    if files:
        data = f"{files[0]} itself" if len(files) == 1 else f"each of {len(files)} files by itself"
    numbers: dict[str, object] = {}
    last = final_linear(evidence.known.feature.steps)
    if evidence.raw is not None and evidence.raw.whole.n and last is not None and last[0] == 0:
        whole = evidence.raw.whole if not files else evidence.raw.files[files[0]]
        if last[1].op == "zscore":
            numbers = {"mean": whole.mean, "std": whole.std}
        elif last[1].op == "minmax":
            numbers = {"min": whole.min, "max": whole.max}
    did = f"with parameters computed on {data}"
    yield Diagnosis("recomputed_parameters", min(share, 1.0), SURE, did, numbers)


def _negligible(mechanism: Mechanism, known: Known) -> bool:
    """Tell parameters that only differ by less than matters, or by the digits in the file."""
    own, other = final_linear(known.feature.steps), final_linear(mechanism.steps)
    if mechanism.code != "wrong_parameters" or own is None or other is None:
        return False
    (offset, scale), (other_offset, other_scale) = line(own[1]), line(other[1])
    near = abs(other_scale / scale - 1) < NEGLIGIBLE
    near = near and abs(other_offset - offset) / abs(scale) < NEGLIGIBLE
    pairs = zip(figures(own[1]).values(), figures(other[1]).values(), strict=False)
    written = all(
        isinstance(a, float) and isinstance(b, float) and _as_written(a, b) for a, b in pairs
    )
    return near or written


def _as_written(written: float, used: float) -> bool:
    """Return whether `used`, cut to the digits of `written`, is `written`."""
    digits = len(repr(written).replace(".", "").replace("-", "").lstrip("0").split("e")[0])
    return digits < 12 and float(f"{used:.{max(digits, 1)}g}") == written


def of_served(evidence: Evidence, grid: Grid | None, step: float | None) -> list[Diagnosis]:
    """Return the causes of served values that are not training's, likeliest first."""
    served = evidence.rows.served
    served = served[np.isfinite(served)]
    again = list(_recomputed(evidence))
    if again or len(served) < 10:
        return again
    stuck = _stuck(served, evidence)
    if stuck is not None:
        return [stuck]
    known = evidence.known
    seen = step if grid is not None and grid.scale is not None else None
    found = matches(known, candidates(known), served, seen)
    if seen is not None:
        exact = next((m for m in found if m.on_grid and m.within_noise), None)
        if exact is not None:
            return [_told(exact.mechanism, SURE, known)]
        if grid is not None and grid.scale is not None and grid.offset is not None and step:
            other = from_grid(known, served, grid.scale, grid.offset, step)
            if other is not None:
                return [_told(other, SURE if _same(other, known, served) else LIKELY, known)]
    best = next((m for m in found if m.within_noise), None)
    if best is not None:
        return [_told(best.mechanism, LIKELY, known), drift(1 - LIKELY)]
    fitted = fitted_line(known, served)
    if fitted is not None:
        return [_told(fitted.mechanism, OPEN, known), drift(OPEN)]
    return [drift(LIKELY)]


def _same(mechanism: Mechanism, known: Known, served: FloatArray) -> bool:
    reference = known.reference
    if reference is None:
        return False
    return distance(reference, mechanism.steps, served) <= critical(reference, len(served))


def _told(mechanism: Mechanism, confidence: float, known: Known) -> Diagnosis:
    return Diagnosis(
        mechanism.code, 1.0, confidence, mechanism.did, mechanism.parameters,
        negligible=_negligible(mechanism, known),
    )  # fmt: skip


def drift(confidence: float) -> Diagnosis:
    """Return the cause that is left where no mechanism explains what moved."""
    return Diagnosis("drift", 1.0, confidence, "as they came: the world moved")


def of_raw(evidence: Evidence, raw: FloatArray) -> list[Diagnosis]:
    """Return the causes of raw values that are not distributed as training's, likeliest first."""
    known = evidence.known
    finite = raw[np.isfinite(raw)]
    reference = known.reference
    if reference is None or len(finite) < 10:
        return [drift(OPEN)]
    stuck = _stuck(finite, evidence, raw=True)
    if stuck is not None:
        return [stuck]
    if known.feature.steps and _same(Mechanism("", known.feature.steps, ""), known, finite):
        did = "from a raw column that holds normalized values already (is it --served?)"
        return [Diagnosis("normalized_twice", 1.0, LIKELY, did)]
    found = raw_matches(known, units.candidates(known), finite)
    if found:
        return [_told(found[0].mechanism, LIKELY, known), drift(1 - LIKELY)]
    other = _other_values(known, finite)
    if other is not None:
        return [_told(other.mechanism, LIKELY, known), drift(1 - LIKELY)]
    return [drift(LIKELY)]


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
    if share - expected < STUCK:
        return None
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


__all__ = [
    "CODES", "LIKELY", "OPEN", "SURE", "Diagnosis", "Evidence", "Known", "Rows",
    "drift", "of_paired", "of_raw", "of_served", "recomputed",
]  # fmt: skip
