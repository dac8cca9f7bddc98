"""Served values beside those that were expected, of rows that break parity: for drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from skewcheck.results.tests import Value


@dataclass(frozen=True, slots=True)
class Pairs:
    """Numbers of a bounded sample of the failing rows: the same rows of the same log."""

    expected: tuple[float, ...]
    """What training's steps make of the raw values, in served units; finite."""
    served: tuple[float, ...]
    """As many, finite."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A level, what training serves for it, and what was served instead."""

    raw: Value
    expected: Value
    served: Value
    share: float
    """Of the failing rows that were looked at."""
