"""The reach of a time window: the times it kept, and so which other windows keep the same rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skewcheck.logs.arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Reach:
    """Between which times a window kept rows: others that part them alike keep the same rows.

    `+` gives that of both.
    """

    before: float | None = None
    """The latest time that lay before the window; None where none did."""
    first: float = np.inf
    last: float = -np.inf
    """Earliest and latest time that was kept."""
    after: float = np.inf
    """The earliest time that lay behind the window."""
    earlier: int = 0
    later: int = 0
    """Rows that were left out, as their time lies before or behind the window."""
    untimed: int = 0
    """Rows that were left out, as they have no time."""
    timeless: int = 0
    """Rows that were kept without a time: only a window without ends does that."""

    @property
    def left(self) -> int:
        """The rows that were left out."""
        return self.earlier + self.later + self.untimed

    @classmethod
    def of(cls, times: FloatArray, since: float, until: float) -> Reach:
        """Return the reach of the window [since, until) over rows with these times (NaN: none)."""
        timed = times[~np.isnan(times)]
        if since == -np.inf and until == np.inf:
            kept, before, after, timeless = timed, timed[:0], timed[:0], len(times) - len(timed)
        else:
            before, after = timed[timed < since], timed[timed >= max(since, until)]
            kept, timeless = timed[(timed >= since) & (timed < until)], 0
        return cls(
            float(before.max()) if len(before) else None,
            float(kept.min(initial=np.inf)),
            float(kept.max(initial=-np.inf)),
            float(after.min(initial=np.inf)),
            len(before),
            len(after),
            len(times) - len(timed) - timeless,
            timeless,
        )

    def __add__(self, other: Reach) -> Reach:
        """Add the reach of other rows in the same window."""
        before = [reach.before for reach in (self, other) if reach.before is not None]
        return Reach(
            max(before, default=None),
            min(self.first, other.first),
            max(self.last, other.last),
            min(self.after, other.after),
            self.earlier + other.earlier,
            self.later + other.later,
            self.untimed + other.untimed,
            self.timeless + other.timeless,
        )

    def holds(self, since: float, until: float) -> bool:
        """Return whether the window [since, until) keeps the same rows."""
        if since == -np.inf and until == np.inf:
            return not self.left
        if self.timeless or (self.before is not None and self.before >= since):
            return False
        return since <= self.first and self.last < until <= self.after
