"""What a diagnosis ends in: a type of its own, so that a clean audit loads no mechanism."""

from __future__ import annotations

from dataclasses import dataclass

from skewcheck.results.audit import Cause
from skewcheck.results.remainder import Remainder


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The causes of one feature."""

    causes: tuple[Cause, ...]
    unexplained: float = 0.0
    """Share of all rows that fail parity and that no cause explains."""
    negligible: bool = False
    """All that fails parity does so by less than matters."""
    fitted_to_serving: bool = False
    """A cause says that parameters were estimated on the serving data itself."""
    remainder: Remainder | None = None
    """What is known of the rows that no cause explains; None where parity holds."""
