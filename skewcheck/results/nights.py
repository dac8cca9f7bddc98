"""What a state folder remembers of nights: a number per feature, and what it was measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

LEARN = 14
"""Nights before shifts over nights may alarm: each day of the week twice."""


class Shift(NamedTuple):
    """How far a number of a feature lies from training in one night."""

    value: float
    """In standard deviations of training."""
    variance: float
    """Of the night's rows alone, where nothing changed."""


Shifts = Mapping[str, Mapping[str, Shift]]
"""By feature, and what of it: its location, the share of nulls, or that of a level by its place."""


@dataclass(frozen=True, slots=True)
class Night:
    """One audited log among those of other nights."""

    at: str
    """When its audit began: ISO time, UTC."""
    shifts: Shifts
    files: tuple[str, ...] = ()
    """Digests of its files as they were; those of least value of many, none of data in memory."""
    since: float | None = None
    """Epoch seconds from which on rows were asked for; None for no such bound."""
    newest: float | None = None
    """Time of its newest row in epoch seconds, where times are known."""

    def shares_rows(self, earlier: Night) -> bool:
        """Return whether it holds rows of an earlier night, so that only one of both may count."""
        if not set(self.files).isdisjoint(earlier.files):
            return True
        if self.since is not None and earlier.newest is not None and self.since <= earlier.newest:
            return True
        return bool(self.shifts) and self.shifts == earlier.shifts


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that was accepted: nights until then are no evidence any more."""

    until: str
    """ISO time, UTC."""
    why: str


@dataclass(frozen=True, slots=True)
class PastNights:
    """The nights with the same parameters and logs since the last accepted change."""

    nights: tuple[Night, ...] = ()
    """Oldest first; none shares rows with another."""
    learn: int = LEARN
    """Nights that are only learnt from."""
    accepted: Accepted | None = None
    """The last accepted change; None where none was."""
    files: tuple[str, ...] = ()
    """Of the log that is audited now, as `Night` has them."""
    now: str = ""
    """When its audit began."""

    def before(self, night: Night) -> tuple[Night, ...]:
        """Return the nights that share no rows with one that is added to them."""
        return tuple(past for past in self.nights if not night.shares_rows(past))


def distinct(nights: Sequence[Night]) -> tuple[Night, ...]:
    """Return nights of which none shares rows with another: of such the last one."""
    kept: list[Night] = []
    for night in nights:
        kept = [past for past in kept if not night.shares_rows(past)]
        kept.append(night)
    return tuple(kept)
