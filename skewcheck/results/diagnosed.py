"""What a diagnosis found: a type of its own, so that a clean audit loads no mechanism."""

from __future__ import annotations

from dataclasses import dataclass

from skewcheck.results.audit import Cause


@dataclass(frozen=True, slots=True)
class Found:
    """The causes of one feature."""

    causes: tuple[Cause, ...]
    unexplained: float = 0.0
    """Share of all rows that fail parity and that no cause explains."""
    negligible: bool = False
    """All that fails parity does so by less than matters."""
    told: str = ""
    """What is known of the rows that no cause explains, to follow their share."""
