"""How exponentially weighted statistics of a server's own rows begin, and are updated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from skewcheck.statistics.moving import Rule

Start = Literal["first", "standard", "training", "weighted"]
BEGUN: tuple[Start, ...] = ("first", "standard", "training")
"""What stands for rows before the first: its own value; mean 0 and deviation 1; training's numbers.
The other start is nothing, where weights add up to 1 (pandas' `ewm`)."""
AROUND = (1.0, 0.0, 2.0)
"""Exponents of the decay in the variance: of the weighted rows, around the mean before the row, and
around the mean after it."""
UPDATES: tuple[tuple[Start, float], ...] = (
    *((start, around) for start in BEGUN for around in AROUND), ("weighted", AROUND[0]),
)  # fmt: skip
"""The starts, each with the exponents that make a difference."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How weighted statistics begin, and are updated."""

    start: Start
    around: float
    shifted: bool
    """Those before the row itself."""
    rule: Rule
