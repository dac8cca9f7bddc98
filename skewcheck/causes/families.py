"""All families of mechanisms, and the one that is seen from a whole log at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from skewcheck.catalogue.causes import CAUSES, RECOMPUTED_PARAMETERS
from skewcheck.causes import recomputed
from skewcheck.causes.diagnosis import drift, of_all_rows
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.locating import place_of
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear
from skewcheck.causes.moments_by_part import PartMoments, raw_moments
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import Linear
from skewcheck.results.causes import LIKELY, SURE, Cause, Place, label


def candidates(context: FeatureContext) -> Iterator[Mechanism]:
    """Yield all mechanisms that can be predicted from what training knew.

    Simplest first: of mechanisms that explain the same rows the first is named.
    """
    specs = sorted(CAUSES.values(), key=lambda spec: spec.complexity)
    for family in dict.fromkeys(spec.family for spec in specs if spec.family):
        predict: Callable[[FeatureContext], Iterator[Mechanism]] = import_module(family).candidates
        yield from predict(context)


FILES = 10
"""Files whose own parameters are told; of more, only how many there are."""


def recomputed_on(evidence: Evidence) -> list[Cause]:
    """Return what moments of served values tell at once, without trying any mechanism."""
    found = list(recomputed.where(evidence))
    if found:
        share = min(sum(part.share for part in found), 1.0)
        place = found[0].on if len(found) == 1 and found[0].column is not None else None
        details: dict[str, object] = {"on": found[0].on}
        if len(found) > 1 and found[0].column is not None:
            details = {"count": len(found), "parts": place_of(found[0].column, ())}
        return [Cause(
            RECOMPUTED_PARAMETERS.code, share, SURE, _numbers(found, evidence),
            place if isinstance(place, Place) else None, "each" if len(found) > 1 else "", details,
        )]  # fmt: skip
    other = recomputed.of_alarmed(evidence) if evidence.all_rows is None else None
    if other is None:
        return []
    if not other.cause.fitted_to_serving:
        return [of_all_rows(other, SURE, evidence.context)]
    return [of_all_rows(other, LIKELY, evidence.context), drift(round(1 - LIKELY, 2))]


def _numbers(found: list[PartMoments], evidence: Evidence) -> dict[str, object]:
    """Return the parameters that each part has, where raw values tell them."""
    last = final_linear(evidence.context.feature.steps)
    if last is None:
        return {}
    i, step = last
    pairs = [(part, raw_moments(evidence, i, part)) for part in found]
    known = {label(part.value): _figures(raw, part.moments, step) for part, raw in pairs if raw}
    if len(found) == 1:
        return known.get(label(found[0].value), {})
    column = found[0].column
    per = None if column is None else column.name or column.kind
    told: dict[str, object] = {"per": per, "count": len(found)}
    return {**told, "files": dict(list(known.items())[:FILES])} if known else told


def _figures(raw: Moments, served: Moments, step: Linear) -> dict[str, object]:
    """Return what turned the one into the other: the served deviation tells the ddof."""
    if step.op == "zscore":
        std = raw.std / served.std
        return {"mean": raw.mean - served.mean * std, "std": std}
    if step.op == "minmax":
        return {"min": raw.min, "max": raw.max}
    return {"scale": max(-raw.min, raw.max)} if step.op == "maxabs" else {}
