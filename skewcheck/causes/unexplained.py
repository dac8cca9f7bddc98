"""Rows that fail parity and that no mechanism explains: served values of other rows, or of none."""

from __future__ import annotations

import numpy as np

from skewcheck.causes.evidence import SampledRows
from skewcheck.features.steps import forward
from skewcheck.features.types import Feature, FloatArray

MIN_ROWS = 20
"""Rows that a distance of distributions and a rank correlation need to mean anything."""
KS_CRITICAL_5_PERCENT = 1.36
"""Critical value of sqrt(n m / (n + m)) D at the 5 % level (Smirnov 1948, table)."""
MIN_AMONG = 0.9
"""Share of served values that are right values of the log from which on they are those."""
MIN_RANK_CORRELATION = 0.5
"""Rank correlation with the right values from which served ones are a transformation of them."""


def of_other_rows(feature: Feature, rows: SampledRows, log: SampledRows | None) -> bool:
    """Return whether served values are right values of other rows.

    They must have the distribution of the right values of the same rows. As a transformation of
    the raw value may keep a distribution, they must also not be correlated with the right ones or,
    where most values are distinct, be among the right ones of the log. Those that fall where the
    right ones rise are mirrored. False without raw values and for fewer than MIN_ROWS.
    """
    raw = rows.raw.get(feature.name)
    if raw is None:
        return False
    expected = forward(feature.steps, raw)
    both = np.isfinite(expected) & np.isfinite(rows.served)
    served, expected = rows.served[both], expected[both]
    if len(served) < MIN_ROWS or len(np.unique(expected)) < 2 or len(np.unique(served)) < 2:
        return False
    if _ks_distance(served, expected) > KS_CRITICAL_5_PERCENT * np.sqrt(2 / len(served)):
        return False
    correlation = _rank_correlation(served, expected)
    if correlation < -MIN_RANK_CORRELATION:
        return False
    everywhere = expected
    if log is not None and feature.name in log.raw:
        everywhere = np.append(expected, forward(feature.steps, log.raw[feature.name]))
    tolerance = float(np.max(rows.served_tolerance)) + 1e-6 * float(np.std(expected))
    distinct = len(np.unique(expected)) > 0.5 * len(expected)
    among = (
        distinct
        and _share_among(served, everywhere, tolerance) > MIN_AMONG
        # Where digits are few, any value is among them.
        and _share_among(served + np.std(expected) / 7, everywhere, tolerance) < MIN_AMONG / 2
    )
    return among or correlation < MIN_RANK_CORRELATION


def unrelated_to_raw(feature: Feature, rows: SampledRows) -> bool:
    """Return whether served values do not correlate with the raw ones of their rows.

    Spearman's coefficient within 4 standard errors (1 / sqrt(n)) of 0; False for few rows.
    """
    raw = rows.raw.get(feature.name)
    if raw is None:
        return False
    both = np.isfinite(raw) & np.isfinite(rows.served)
    if both.sum() < MIN_ROWS:
        return False
    correlation = abs(_rank_correlation(rows.served[both], raw[both]))
    return bool(correlation < 4 / np.sqrt(both.sum()))


def _ks_distance(a: FloatArray, b: FloatArray) -> float:
    """Return KS D of two samples, values within rounding of each other counted as equal."""
    points = np.concatenate((a, b))
    resolution = 1e-5 * float(np.std(b)) + 1e-300
    of_a, of_b = (
        np.searchsorted(np.sort(np.round(v / resolution)), np.round(points / resolution), "right")
        / len(v)
        for v in (a, b)
    )
    return float(np.abs(of_a - of_b).max())


def _share_among(values: FloatArray, others: FloatArray, tolerance: float) -> float:
    """Return the share of the values that are within `tolerance` of one of the others."""
    others = np.sort(others[np.isfinite(others)])
    i = np.clip(np.searchsorted(others, values), 1, max(len(others) - 1, 1))
    distances = np.minimum(np.abs(values - others[i - 1]), np.abs(values - others[i % len(others)]))
    return float((distances <= tolerance).mean())


def _rank_correlation(a: FloatArray, b: FloatArray) -> float:
    """Return Spearman's rank correlation with mid-ranks for ties; 0 for a constant."""
    ranks = []
    for values in (a, b):
        ordered = np.sort(values)
        ends = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
        ranks.append(np.add(*ends) / 2 - len(values) / 2)
    norm = float(np.linalg.norm(ranks[0]) * np.linalg.norm(ranks[1]))
    return float(ranks[0] @ ranks[1]) / norm if norm else 0.0
