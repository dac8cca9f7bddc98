"""Where a log shows the values of a feature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Connected:
    """Where the values of one feature stand by what the log shows, where no option says it."""

    raw: str | None = None
    """A column; None where the raw values are not logged."""
    served: Mapping[str, str] | None = None
    """Columns by the name that training gives them (`fare`, `dow_mon`); None where none are."""
