"""What a change over windows is, in words; its times stand beside it."""

from __future__ import annotations

from skewcheck.results.audit import Change
from skewcheck.text.numbers import figure, percent

_DISTANCES = {
    "ks": "KS D", "linf": "L∞", "psi": "PSI", "mannwhitney": "P(serving > training)",
}  # fmt: skip
"""Labels of the tests whose statistic is no share of the rows."""


def change_text(change: Change) -> str:
    """Return the statistic of the test that is furthest beyond its threshold, in its own unit."""
    if change.test == "parity":
        return f"parity broken in {percent(change.statistic)} of the rows"
    if change.test in _DISTANCES:
        return f"{_DISTANCES[change.test]} {figure(change.statistic)}"
    return f"{change.test} {percent(change.statistic)}"
