"""All families of mechanisms, and the one that is seen from a whole log at once."""

from __future__ import annotations

from collections.abc import Iterator

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
from skewcheck.causes.diagnosis import LIKELY, SURE, Diagnosis, drift, told
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.locating import Place
from skewcheck.causes.mechanism import Known, Mechanism, final_linear
from skewcheck.causes.parts import FILE, Part
from skewcheck.profile.moments import Moments
from skewcheck.steps import Linear

FAMILIES = (application, parameters, methods, pipeline, units, swaps, precision)
"""Simplest first: of mechanisms that explain the same rows the first is named."""


def candidates(known: Known) -> Iterator[Mechanism]:
    """Yield all mechanisms that can be predicted from what training knew."""
    for family in FAMILIES:
        yield from family.candidates(known)


FILES = 10
"""Files whose own parameters are told; of more, only how many there are."""


def recomputed_on(evidence: Evidence) -> list[Diagnosis]:
    """Return what moments of served values tell at once, without trying any mechanism."""
    found = list(recomputed.where(evidence))
    if found:
        share = min(sum(part.share for part in found), 1.0)
        several = len(found) > 1 and f"each of {len(found)} {_plural(found[0])} by itself"
        did = f"with parameters computed on {several or found[0].on}"
        numbers = _numbers(found, evidence)
        return [Diagnosis("recomputed_parameters", share, SURE, did, numbers, _place(found))]
    other = recomputed.of_alarmed(evidence) if evidence.all_rows is None else None
    if other is None:
        return []
    if other.code != "recomputed_parameters":
        return [told(other, SURE, evidence.known)]
    return [told(other, LIKELY, evidence.known), drift(round(1 - LIKELY, 2))]


def _plural(part: Part) -> str:
    return "files" if part.column == FILE else f"values of {part.column}"


def _place(found: list[Part]) -> Place | None:
    """Return the one file or segment whose rows all have the parameters of their own."""
    first = found[0]
    alone = len(found) == 1 and first.column is not None
    return Place(f"{first.column} = {first.value}", 1.0, 1.0) if alone else None


def _numbers(found: list[Part], evidence: Evidence) -> dict[str, object]:
    """Return the parameters that each part has, where raw values tell them."""
    last, raw = final_linear(evidence.known.feature.steps), evidence.raw
    known = raw is not None and raw.whole.n and last is not None and not last[0]
    if raw is None or last is None or not known:
        return {"per": found[0].column} if len(found) > 1 else {}
    if found[0].column is None:
        return _figures(raw.whole, last[1])
    files = {part.value: _figures(raw.files[part.value], last[1])
             for part in found if part.column == FILE and part.value in raw.files}  # fmt: skip
    if len(found) == 1:
        return files.get(found[0].value, {})
    shown = dict(list(files.items())[:FILES])
    return {"per": found[0].column, "count": len(found), **({"files": shown} if shown else {})}


def _figures(of: Moments, step: Linear) -> dict[str, object]:
    if step.op == "zscore":
        return {"mean": of.mean, "std": of.std}
    if step.op == "minmax":
        return {"min": of.min, "max": of.max}
    return {"scale": max(-of.min, of.max)} if step.op == "maxabs" else {}
