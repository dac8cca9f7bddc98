"""All families of mechanisms, and the causes that moments of served values show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from importlib import import_module

from skewcheck.catalogue.causes import CAUSES, RECOMPUTED_PARAMETERS
from skewcheck.causes import fixed_points
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.grid_parameters import of_part
from skewcheck.causes.mechanism import FeatureContext, Mechanism, final_linear
from skewcheck.causes.mechanism_causes import drift, of_all_rows
from skewcheck.causes.moments_by_part import PartMoments, raw_moments
from skewcheck.causes.places import place_of
from skewcheck.causes.standardized_parts import standardized_part
from skewcheck.counts.moments import Moments
from skewcheck.features.steps import Linear
from skewcheck.results.causes import LIKELY, SURE, Cause, Place, label


def candidates(
    context: FeatureContext, codes: Collection[str] = CAUSES
) -> Iterator[Mechanism]:  # fmt: skip
    """Yield the mechanisms of all families, as the catalogue of causes lists and orders them.

    Simplest first: of mechanisms that explain the same rows the first is named. With `codes`, of
    the families of these causes alone.
    """
    specs = sorted((CAUSES[code] for code in CAUSES if code in codes), key=lambda s: s.complexity)
    for family in dict.fromkeys(spec.family for spec in specs if spec.family):
        predict: Callable[[FeatureContext], Iterator[Mechanism]] = import_module(family).candidates
        yield from predict(context)


MAX_FILES = 10
"""Parts whose parameters are listed: a report of more is unreadable."""


def causes_of_moments(evidence: Evidence) -> list[Cause]:
    """Return the causes that moments of served values show, without a search.

    Empty where they are none of data that parameters were estimated on.
    """
    parts = list(fixed_points.where(evidence))
    if parts:
        share = min(sum(part.share for part in parts), 1.0)
        place = parts[0].on if len(parts) == 1 and parts[0].column is not None else None
        details: dict[str, object] = {"on": parts[0].on}
        parameters, variant = _parameters(parts, evidence), "each" if len(parts) > 1 else ""
        if len(parts) > 1 and parts[0].column is not None:
            details = {"count": len(parts), "parts": place_of(parts[0].column, ())}
        elif not parameters:
            recovered = of_part(evidence, parts[0])
            if recovered is not None:
                parameters, variant = dict(recovered.parameters), recovered.variant
                details |= recovered.details
        return [Cause(
            RECOMPUTED_PARAMETERS.code, share, SURE, parameters,
            place if isinstance(place, Place) else None, variant, details,
        )]  # fmt: skip
    part = standardized_part(evidence)
    if part is not None:
        return [part]
    mechanism = fixed_points.of_alarmed(evidence) if evidence.all_rows is None else None
    if mechanism is None:
        return []
    if not mechanism.cause.fitted_to_serving:
        return [of_all_rows(mechanism, SURE, evidence.context)]
    return [of_all_rows(mechanism, LIKELY, evidence.context), drift(round(1 - LIKELY, 2))]


def _parameters(parts: list[PartMoments], evidence: Evidence) -> dict[str, object]:
    """Return the parameters of each part, as far as raw values, or grids of several parts, tell."""
    last = final_linear(evidence.context.feature.steps)
    if last is None:
        return {}
    i, step = last
    pairs = [(part, raw_moments(evidence, i, part)) for part in parts]
    by_value = {
        label(part.value): _fitted_parameters(raw, part.moments, step) for part, raw in pairs if raw
    }
    if len(parts) > 1 and not by_value:
        recovered = ((part.value, of_part(evidence, part)) for part in parts[:MAX_FILES])
        by_value = {label(value): dict(r.parameters) for value, r in recovered if r is not None}
    if len(parts) == 1:
        return by_value.get(label(parts[0].value), {})
    column = parts[0].column
    column_name = None if column is None else column.name or column.kind
    parameters: dict[str, object] = {"per": column_name, "count": len(parts)}
    if column is not None and column.kind == "segment":
        parameters = {"over": "key", **parameters}
    return (
        {**parameters, "files": dict(list(by_value.items())[:MAX_FILES])}
        if by_value
        else parameters
    )


def _fitted_parameters(raw: Moments, served: Moments, step: Linear) -> dict[str, object]:
    """Return the parameters that give these served moments from the raw ones, ddof included."""
    if step.op == "zscore":
        std = raw.std / served.std
        return {"mean": raw.mean - served.mean * std, "std": std}
    if step.op == "minmax":
        return {"min": raw.min, "max": raw.max}
    return {"scale": max(-raw.min, raw.max)} if step.op == "maxabs" else {}
