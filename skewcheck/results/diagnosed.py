"""The diagnosis of a feature: a file of its own, so that a clean audit imports no mechanism."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from skewcheck.results.causes import Cause


class Remainder(StrEnum):
    """Which rows no cause explains, and whether their served values follow the raw ones."""

    ALL = "all"
    """No cause explains any of the rows that fail."""
    ALL_ASTRAY = "all_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    OTHERS = "others"
    """Causes explain other rows."""
    OTHERS_ASTRAY = "others_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    MANY = "many"
    """As many causes as are looked for explain other rows."""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The causes of one feature, and the rows that none of them explains."""

    causes: tuple[Cause, ...]
    unexplained: float = 0.0
    """Share of all rows that fail parity and that no cause explains."""
    negligible: bool = False
    """All differences are too small to matter to a model: proofs then warn instead of skew."""
    fitted_to_serving: bool = False
    """A cause says that parameters were estimated on the serving data itself."""
    remainder: Remainder | None = None
    """What is known of the rows that no cause explains; None where parity holds."""
