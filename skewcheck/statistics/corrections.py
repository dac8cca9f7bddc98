"""Corrections of p-values for multiple testing, by the name of the option."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType


def holm(p_values: Sequence[float]) -> list[float]:
    """Return adjusted p-values, in order, that control the family-wise error rate at alpha.

    Holm, Scandinavian Journal of Statistics 6 (1979), p. 65: valid whatever the dependence.
    """
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [1.0] * len(p_values)
    running = 0.0
    for rank, i in enumerate(order):
        running = max(running, min(1.0, (len(order) - rank) * p_values[i]))
        adjusted[i] = running
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return adjusted p-values, in order, that control the false discovery rate at alpha.

    Benjamini and Hochberg, J. Royal Statistical Society B 57 (1995), section 3; valid for
    independent and positively dependent tests.
    """
    from scipy.stats import false_discovery_control  # slow to load, rarely used

    return [float(p) for p in false_discovery_control(p_values)] if p_values else []


CORRECTIONS: Mapping[str, Callable[[Sequence[float]], list[float]]] = MappingProxyType(
    {"holm": holm, "bh": benjamini_hochberg}
)
"""By the value of `--correction`; each takes p-values in [0, 1], none or more."""
