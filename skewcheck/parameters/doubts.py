"""What a foreign file alone shows to be wrong with it, whatever format it is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from skewcheck.features.steps import Impute, Vocabulary, ZScore
from skewcheck.features.types import Feature, NumericReference, Parameters, ParameterWarning

_FITTED = 1e-3
"""A mean this near to 0 beside a deviation this near to 1 was fitted on standardized data."""
_PART = 0.05
"""Likewise on a part of its rows: means of 0 then come out a little off, in every feature."""
_SEVERAL = 3
"""Features from which that is no chance."""


def doubted(parameters: Parameters) -> Parameters:
    """Return the parameters with a warning of each doubt that the reader did not have itself."""
    told = {(warning.code, name) for warning in parameters.warnings for name in warning.features}
    kept = list(parameters.warnings)
    for code, find in _DOUBTS:
        skip = {name for of, name in told if of in (code, "constant")}
        kept += find([f for f in parameters.features if f.name not in skip])
    return replace(parameters, warnings=tuple(kept))


def _constant(features: Iterable[Feature]) -> Iterator[ParameterWarning]:
    def single(reference: NumericReference) -> bool:
        return reference.std == 0 or (reference.min is not None and reference.min == reference.max)

    names = [
        f.name for f in features
        if not f.output and isinstance(f.reference, NumericReference) and single(f.reference)
    ]  # fmt: skip
    if names:
        yield ParameterWarning("constant", features=tuple(names))


def _refitted(features: Iterable[Feature]) -> Iterator[ParameterWarning]:
    first = {f.name: step for f in features if (step := _first_zscore(f)) is not None}

    def near(step: ZScore, by: float) -> bool:
        return abs(step.mean) < by and abs(step.std - 1) < by

    names = [name for name, step in first.items() if near(step, _FITTED)]
    if len(first) >= _SEVERAL and all(near(step, _PART) for step in first.values()):
        names = [*first]
    # Exactly 0 and 1 are also what a column of zeros has, and a step that is to do nothing.
    idle = all(first[name] == ZScore(0.0, 1.0) for name in names) and 2 * len(names) < len(first)
    if names and not idle:
        yield ParameterWarning("refitted", features=tuple(names))


def _first_zscore(feature: Feature) -> ZScore | None:
    """Return the z-score that takes raw values: after another step it may well find mean 0."""
    step = next((step for step in feature.steps if not isinstance(step, Impute)), None)
    return step if isinstance(step, ZScore) else None


def _opposite(features: Iterable[Feature]) -> Iterator[ParameterWarning]:
    orders: dict[frozenset[str], dict[tuple[str, ...], list[str]]] = {}
    for feature in features:
        for step in feature.steps:
            if isinstance(step, Vocabulary):
                known = orders.setdefault(frozenset(step.values), {})
                known.setdefault(step.values, []).append(feature.name)
    for some in orders.values():
        if len(some) > 1:
            names = [name for named in some.values() for name in named]
            one, other = [named[0] for named in some.values()][:2]
            pair = {"feature": one, "other": other}
            yield ParameterWarning("opposite_codes", pair, tuple(names))


_Doubt = Callable[[Iterable[Feature]], Iterator[ParameterWarning]]
_DOUBTS: tuple[tuple[str, _Doubt], ...] = (
    ("constant", _constant), ("refitted", _refitted), ("opposite_codes", _opposite),
)  # fmt: skip
