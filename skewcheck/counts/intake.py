"""The account of rows: what became of each row that was read of a log, file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

MAX_FILES = 200
"""Files of which it is kept what they lost, the first in path order: a profile must not grow with
a log."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows by what became of them; `+` adds."""

    audited: int = 0
    earlier: int = 0
    later: int = 0
    """Left out, as their time lies before, or behind, the times that were asked for."""
    untimed: int = 0
    """Left out, as no time can be read in them, where only some times were asked for."""
    featureless: int = 0
    """Left out, as they hold a value of no feature: records of another kind."""
    cut: int = 0
    """Files that end inside a record, or without the mark that ends their format."""
    undecoded: int = 0
    """Records left out, as what they hold cannot be decoded."""
    other: int = 0
    """Records left out, as they are of another notation, or a filter passes them over."""
    gained: int = 0
    """Of the rows that were made those beyond one of each record."""
    joined: int = 0
    """Records that are part of a row which another record begins."""
    unmatched: int = 0
    duplicate: int = 0
    late: int = 0
    """Records that are joined with no other: their id is nowhere else, or came before on the same
    side, or the times of those with it lie too far apart."""

    @property
    def parsed(self) -> int:
        """All rows that were read."""
        lost = self.untimed + self.featureless + self.undecoded
        unjoined = self.unmatched + self.duplicate + self.late
        kept = self.audited + self.earlier + self.later + self.joined
        return kept + lost + unjoined + self.other

    @property
    def rows_of_undecoded(self) -> float:
        """Rows in the records that cannot be decoded, if as many as in the others."""
        rows = self.parsed - self.undecoded - self.other
        return self.undecoded * rows / max(rows - self.gained, 1) if rows else self.undecoded

    def __add__(self, other: RowCounts) -> RowCounts:
        """Add the rows of both."""
        return RowCounts(
            self.audited + other.audited,
            self.earlier + other.earlier,
            self.later + other.later,
            self.untimed + other.untimed,
            self.featureless + other.featureless,
            self.cut + other.cut,
            self.undecoded + other.undecoded,
            self.other + other.other,
            self.gained + other.gained,
            self.joined + other.joined,
            self.unmatched + other.unmatched,
            self.duplicate + other.duplicate,
            self.late + other.late,
        )


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of the rows of a log, or of a part of it; `+` adds."""

    total: RowCounts = field(default_factory=RowCounts)
    losses: Mapping[str, RowCounts] = field(default_factory=dict)
    """By file what was lost, of at most `MAX_FILES` files: the first in path order."""
    first_undecoded: tuple[str, int] | None = None
    """The file and the number (from 0) of the first record that cannot be decoded."""
    rowless: tuple[str, ...] = ()
    """The files of a whole log in which no row was met; of a part of it none are named."""

    @classmethod
    def of(cls, file: str, rows: RowCounts, first_undecoded: int | None = None) -> Intake:
        """Return the account of rows of one file."""
        lost = replace(rows, audited=0, earlier=0, other=0, joined=0, gained=0)
        first = None if first_undecoded is None else (file, first_undecoded)
        return cls(rows, {} if lost == RowCounts() else {file: lost}, first)

    def __add__(self, other: Intake) -> Intake:
        """Add the rows of both; those of `self` come first."""
        losses = self.losses
        if other.losses:
            losses = dict(self.losses)
            for file, rows in other.losses.items():
                if file in losses or len(losses) < MAX_FILES:
                    losses[file] = losses.get(file, RowCounts()) + rows
        first = self.first_undecoded or other.first_undecoded
        return Intake(self.total + other.total, losses, first, self.rowless + other.rowless)
