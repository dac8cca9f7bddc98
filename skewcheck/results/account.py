"""What was read of a log, and which of its columns were used."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_NAMES = 20
"""Names of columns that are kept of those that nothing uses."""


@dataclass(frozen=True, slots=True)
class Account:
    """The files, bytes and columns of a log; what became of its rows is its `coverage`."""

    files: int
    size: int
    """Bytes, packed as they are."""
    raw: int
    """Features with a raw column."""
    served: int
    """Features with served columns."""
    marks: int = 0
    """Files that writers leave beside others, without a row: `_SUCCESS`, checksums, footers."""
    without: tuple[str, ...] = ()
    """Features without any column."""
    ignored: int = 0
    """Columns that nothing uses."""
    ignored_names: tuple[str, ...] = ()
    """The first of these; none where no value of the data may be shown, as a name may be one."""

    def without_names(self) -> Account:
        """Return it without the names of columns that nothing uses."""
        return replace(self, ignored_names=())
