"""The account of records that were joined."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JoinedRecords:
    """What became of the records of one file that are no rows of their own, as they were joined."""

    file: str
    """The file's name, as reports show it."""
    joined: int = 0
    """Part of a row that another record began."""
    unmatched: int = 0
    """Left out: no id, or no other record has it."""
    duplicate: int = 0
    """Left out: another record of the same side has the id, and came first."""
    late: int = 0
    """Left out: the times of the records with that id lie too far apart."""
    undecoded: int = 0
    first_undecoded: int | None = None
    other: int = 0
    cut: int = 0
    """As of batches; `cut` is 0 or 1."""

    def __add__(self, more: JoinedRecords) -> JoinedRecords:
        """Add the records of the same file; those of `self` come first."""
        first = self.first_undecoded
        return JoinedRecords(
            self.file,
            self.joined + more.joined,
            self.unmatched + more.unmatched,
            self.duplicate + more.duplicate,
            self.late + more.late,
            self.undecoded + more.undecoded,
            more.first_undecoded if first is None else first,
            self.other + more.other,
            max(self.cut, more.cut),
        )
