"""Rows that fail parity and that no mechanism explains: what can be said of them all the same."""

from __future__ import annotations

import numpy as np

from skewcheck.causes.evidence import SampledRows
from skewcheck.features.steps import forward
from skewcheck.features.types import Feature, FloatArray

LEAST = 20
"""Fewer rows than this do not tell whether values belong together."""
ALIKE = 1.36
"""Kolmogorov's statistic that two samples of one distribution stay under in 95 % of cases."""
FOLLOWS = 0.5
"""Rank correlation from which served values are said to follow the raw ones of their row."""


def of_other_rows(feature: Feature, rows: SampledRows, log: SampledRows | None) -> bool:
    """Tell served values that are right, but of other rows.

    They must be distributed as the right ones of the same rows. As a transformation of the raw
    value may keep a distribution too, they must also not follow the raw ones or, where nearly
    all values differ from each other, be found among the right ones of the log.
    """
    raw = rows.raw.get(feature.name)
    if raw is None:
        return False
    expected = forward(feature.steps, raw)
    both = np.isfinite(expected) & np.isfinite(rows.served)
    served, expected = rows.served[both], expected[both]
    if len(served) < LEAST or len(np.unique(expected)) < 2 or len(np.unique(served)) < 2:
        return False
    if _apart(served, expected) > ALIKE * np.sqrt(2 / len(served)):
        return False
    everywhere = expected
    if log is not None and feature.name in log.raw:
        everywhere = np.append(expected, forward(feature.steps, log.raw[feature.name]))
    lost = float(np.max(rows.served_tolerance)) + 1e-6 * float(np.std(expected))
    distinct = len(np.unique(expected)) > 0.5 * len(expected)
    among = distinct and _found_among(served, everywhere, lost) > 0.9
    return among or _rank_correlation(served, expected) < FOLLOWS


def astray(feature: Feature, rows: SampledRows) -> bool:
    """Tell whether served values have nothing to do with the raw ones of their rows."""
    raw = rows.raw.get(feature.name)
    if raw is None:
        return False
    both = np.isfinite(raw) & np.isfinite(rows.served)
    found = np.abs(_rank_correlation(rows.served[both], raw[both])) if both.sum() >= LEAST else 1.0
    return bool(found < 4 / np.sqrt(max(both.sum(), 1)))


def _apart(a: FloatArray, b: FloatArray) -> float:
    """Return the largest difference of the distribution functions of two samples."""
    places = np.concatenate((a, b))
    # What rounding made of a value is that value.
    unit = 1e-5 * float(np.std(b)) + 1e-300
    of_a, of_b = (
        np.searchsorted(np.sort(np.round(v / unit)), np.round(places / unit), "right") / len(v)
        for v in (a, b)
    )
    return float(np.abs(of_a - of_b).max())


def _found_among(values: FloatArray, others: FloatArray, lost: float) -> float:
    """Return the share of the values that are within `lost` of one of the others."""
    others = np.sort(others[np.isfinite(others)])
    i = np.clip(np.searchsorted(others, values), 1, max(len(others) - 1, 1))
    away = np.minimum(np.abs(values - others[i - 1]), np.abs(values - others[i % len(others)]))
    return float((away <= lost).mean())


def _rank_correlation(a: FloatArray, b: FloatArray) -> float:
    """Return Spearman's correlation; ties take the middle of their ranks. 0 for a constant."""
    ranks = []
    for values in (a, b):
        ordered = np.sort(values)
        ends = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
        ranks.append(np.add(*ends) / 2 - len(values) / 2)
    size = float(np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1]))
    return float(ranks[0] @ ranks[1]) / size if size else 0.0
