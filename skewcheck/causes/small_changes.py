"""Numbers of levels that differ by less than matters, as those of an encoder fitted again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from skewcheck.catalogue.causes import ENCODING_CHANGED
from skewcheck.causes.mechanism_causes import NEGLIGIBLE
from skewcheck.features.steps import Map, Step, encode
from skewcheck.features.transform import filled, map_to_several
from skewcheck.features.types import CategoricalReference, Feature, FloatArray
from skewcheck.results.causes import SURE, Cause

Pairs = Mapping[tuple[str | None, float | str], int]
"""Rows that fail, by raw level and served number, or the name of several."""


def is_negligible(feature: Feature, pairs: Pairs, mismatched: int) -> bool:
    """Return whether a map's served numbers differ by NEGLIGIBLE standard deviations at most.

    That is what parameters of other steps are granted. The deviation is that of training's rows in
    each column, or without their number of its levels. Not where a number is missing, or pairs were
    not counted.
    """
    step = next((step for step in feature.steps if isinstance(step, Map)), None)
    if step is None or not pairs or sum(pairs.values()) < mismatched:
        return False
    served = [_vector(number) for _, number in pairs]
    expected = _numbers(feature.steps, [level for level, _ in pairs])
    if any(len(vector) != expected.shape[1] for vector in served):
        return False
    levels = [*step.values]
    reference = feature.reference
    counts = reference.counts if isinstance(reference, CategoricalReference) else {}
    weights = np.array([counts.get(level, 0) for level in levels], np.float64)
    weights = weights if weights.sum() else np.ones(len(levels))
    training = _numbers(feature.steps, levels)
    mean = weights @ training / weights.sum()
    deviation = np.sqrt(weights @ (training - mean) ** 2 / weights.sum())
    return bool((np.abs(np.array(served) - expected) <= NEGLIGIBLE * deviation).all())


def _numbers(steps: Sequence[Step], levels: Sequence[str | None]) -> FloatArray:
    """Return what levels are served as, shape (levels, columns); NaN for nothing."""
    several = map_to_several(steps)
    if several is not None:
        return several.vectors(filled(steps, levels))
    return encode(steps, levels).values.reshape(-1, 1)


def _vector(number: float | str) -> list[float]:
    """Return the numbers of a name; NaN stands for none."""
    return [float(part) for part in number.split(" ")] if isinstance(number, str) else [number]


def other_numbers(feature: Feature, pairs: Pairs, share: float) -> Cause:
    """Return that levels are served as other numbers, of a share of the log's rows."""
    several = map_to_several(feature.steps)
    if several is not None:
        columns = {"columns": several.names}
        return Cause(ENCODING_CHANGED.code, share, SURE, columns, variant="columns_other")
    mapping = {
        level: number for level, number in pairs
        if level is not None and isinstance(number, float) and math.isfinite(number)
    }  # fmt: skip
    parameters = {"mapping": mapping}
    return Cause(ENCODING_CHANGED.code, share, SURE, parameters, variant="other_numbers")
