"""All families of mechanisms, and the one that is seen from a whole log at once."""

from __future__ import annotations

from collections.abc import Iterator

from skewcheck.causes import (
    application,
    encoding,
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
from skewcheck.causes.moments_by_part import FILE, Part, raw_moments
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import Linear

FAMILIES = (application, parameters, methods, pipeline, encoding, units, swaps, precision)
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
    last = final_linear(evidence.known.feature.steps)
    if last is None:
        return {}
    i, step = last
    pairs = [(part, raw_moments(evidence, i, part)) for part in found]
    known = {part.value: _figures(raw, part.moments, step) for part, raw in pairs if raw}
    if len(found) == 1:
        return known.get(found[0].value, {})
    told: dict[str, object] = {"per": found[0].column, "count": len(found)}
    return {**told, "files": dict(list(known.items())[:FILES])} if known else told


def _figures(raw: Moments, served: Moments, step: Linear) -> dict[str, object]:
    """Return what turned the one into the other: the served deviation tells the ddof."""
    if step.op == "zscore":
        std = raw.std / served.std
        return {"mean": raw.mean - served.mean * std, "std": std}
    if step.op == "minmax":
        return {"min": raw.min, "max": raw.max}
    return {"scale": max(-raw.min, raw.max)} if step.op == "maxabs" else {}
