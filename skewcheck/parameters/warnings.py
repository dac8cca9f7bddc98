"""Warnings about likely mistakes in a foreign parameter file, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from skewcheck.features.steps import Impute, Vocabulary, ZScore
from skewcheck.features.types import Feature, NumericReference, Parameters, ParameterWarning

_STANDARDIZED_TOLERANCE = 1e-3
"""A mean this close to 0 and a std this close to 1 were fitted on standardized data."""
_SUBSET_TOLERANCE = 0.05
"""The same for a scaler fitted on a subset of standardized rows, where every mean is slightly
off."""
_MIN_FEATURES = 3
"""With fewer features, all means near 0 may be chance."""


def with_warnings(parameters: Parameters) -> Parameters:
    """Return the parameters with the warnings of all checks added.

    A check skips features that the reader has warned of with the same code, or as constant.
    """
    warned = {(warning.code, name) for warning in parameters.warnings for name in warning.features}
    all_warnings = list(parameters.warnings)
    for code, check in _CHECKS:
        already_warned = {name for warned_code, name in warned if warned_code in (code, "constant")}
        all_warnings += check([f for f in parameters.features if f.name not in already_warned])
    return replace(parameters, warnings=tuple(all_warnings))


def _constant(features: Iterable[Feature]) -> Iterator[ParameterWarning]:
    """Warn of features whose reference has a single value."""

    def single(reference: NumericReference) -> bool:
        return reference.std == 0 or (reference.min is not None and reference.min == reference.max)

    names = [
        f.name for f in features
        if not f.output and isinstance(f.reference, NumericReference) and single(f.reference)
    ]  # fmt: skip
    if names:
        yield ParameterWarning("constant", features=tuple(names))


def _refitted(features: Iterable[Feature]) -> Iterator[ParameterWarning]:
    """Warn of z-scores that were fitted on already standardized data."""
    first_steps = {f.name: step for f in features if (step := _first_zscore(f)) is not None}

    def is_near(step: ZScore, tolerance: float) -> bool:
        return abs(step.mean) < tolerance and abs(step.std - 1) < tolerance

    names = [name for name, step in first_steps.items() if is_near(step, _STANDARDIZED_TOLERANCE)]
    if len(first_steps) >= _MIN_FEATURES and all(
        is_near(step, _SUBSET_TOLERANCE) for step in first_steps.values()
    ):
        names = [*first_steps]
    # A column of zeros, and a step without effect, also have exactly 0 and 1.
    are_identities = all(first_steps[name] == ZScore(0.0, 1.0) for name in names)
    if names and not (are_identities and 2 * len(names) < len(first_steps)):
        yield ParameterWarning("refitted", features=tuple(names))


def _first_zscore(feature: Feature) -> ZScore | None:
    """Return the z-score applied to raw values; after another step a mean of 0 is plausible."""
    step = next((step for step in feature.steps if not isinstance(step, Impute)), None)
    return step if isinstance(step, ZScore) else None


def _opposite_codes(features: Iterable[Feature]) -> Iterator[ParameterWarning]:
    """Warn of features that encode the same levels in different orders."""
    orders: dict[frozenset[str], dict[tuple[str, ...], list[str]]] = {}
    for feature in features:
        for step in feature.steps:
            if isinstance(step, Vocabulary):
                by_order = orders.setdefault(frozenset(step.values), {})
                by_order.setdefault(step.values, []).append(feature.name)
    for by_order_of_set in orders.values():
        if len(by_order_of_set) > 1:
            names = [name for feature_names in by_order_of_set.values() for name in feature_names]
            first_name, second_name = [group[0] for group in by_order_of_set.values()][:2]
            pair = {"feature": first_name, "other": second_name}
            yield ParameterWarning("opposite_codes", pair, tuple(names))


_Check = Callable[[Iterable[Feature]], Iterator[ParameterWarning]]
_CHECKS: tuple[tuple[str, _Check], ...] = (
    ("constant", _constant), ("refitted", _refitted), ("opposite_codes", _opposite_codes),
)  # fmt: skip
