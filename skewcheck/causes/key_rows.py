"""Rows of a sample by key, and what their keys have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.mechanism import Mechanism, final_linear, line
from skewcheck.counts.rows import segment_column
from skewcheck.features.grouped import Partition, by_group
from skewcheck.features.steps import Step, bounds
from skewcheck.features.types import Feature, FloatArray
from skewcheck.results.causes import Cause

Mask = NDArray[np.bool_]
SAME_LINE = 1e-5
"""Difference of offsets and scales, in units of the scale, up to which lines are the same."""
Signature = tuple[str, str, tuple[tuple[str, object], ...]]
"""What is the same of a cause in the rows of several keys: code, variant, parameters."""


@dataclass(frozen=True, slots=True)
class KeyedRows:
    """Sampled rows with their keys."""

    rows: SampledRows
    partition: Partition
    logged: FloatArray

    @classmethod
    def of(cls, feature: Feature, rows: SampledRows) -> KeyedRows | None:
        column = rows.segments.get(segment_column(feature.by or ""))
        if column is None or rows.logged is None:
            return None
        names = [value for value in column.values if value is not None]
        codes = np.where(column.codes < len(names), column.codes, -1).astype(np.int32)
        return cls(rows, Partition(tuple(names), codes), rows.logged)

    def served_by_steps(self, feature: Feature) -> Mask:
        """Return which rows were served as their key says, or have none with parameters."""
        made = by_group(feature.groups, self.partition, self.logged, self.rows.raw_tolerance)
        low, high = bounds(feature.steps, made.low, made.high)
        inside = self.rows.served >= low - self.rows.served_tolerance
        inside &= self.rows.served <= high + self.rows.served_tolerance
        inside |= np.isnan(low) & np.isnan(self.rows.served)
        return inside | ~self.partition.known(feature.groups)


def of_group(feature: Feature, key: str) -> Feature | None:
    """Return a feature as the rows of a key have it; None where it has no parameters for it."""
    if not feature.groups:
        return feature
    if key not in feature.groups:
        return None
    steps = (*feature.groups[key], *feature.steps)
    return replace(feature, steps=steps, groups={}, by=None, reference=None)


def common_prefix(feature: Feature) -> tuple[Step, ...] | None:
    """Return the steps before the last one, where all groups share them; None where not."""
    lasts = [final_linear(steps) for steps in feature.groups.values()]
    prefixes = {
        steps[:-1] if last is not None and last[0] == len(steps) - 1 else None
        for last, steps in zip(lasts, feature.groups.values(), strict=True)
    }
    return prefixes.pop() if len(prefixes) == 1 else None


def alike(steps: Sequence[Step], offset: float, scale: float) -> bool:
    last = final_linear(steps)
    if last is None:
        return False
    other, other_scale = line(last[1])
    near = abs(other_scale / scale - 1) < SAME_LINE
    return near and abs(other - offset) < SAME_LINE * abs(scale)


def signature_of_cause(cause: Cause) -> Signature:
    return cause.code, cause.variant, _hashable(cause.parameters)


def signature_of(mechanism: Mechanism) -> Signature:
    return mechanism.cause.code, mechanism.variant, _hashable(mechanism.parameters)


def _hashable(parameters: Mapping[str, object]) -> tuple[tuple[str, object], ...]:
    return tuple(sorted((k, v if isinstance(v, str | float) else repr(v))
                        for k, v in parameters.items()))  # fmt: skip
