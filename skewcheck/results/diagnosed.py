"""The diagnosis of a feature: a file of its own, so that a clean audit imports no mechanism."""

from __future__ import annotations

from dataclasses import dataclass

from skewcheck.results.causes import Cause
from skewcheck.results.remainder import Remainder


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The causes of one feature, and the rows that none of them explains."""

    causes: tuple[Cause, ...]
    unexplained: float = 0.0
    """Share of all rows that fail parity and that no cause explains."""
    negligible: bool = False
    """All differences are too small to matter to a model: proofs then warn instead of skew."""
    remainder: Remainder | None = None
    """What is known of the rows that no cause explains; None where parity holds."""
