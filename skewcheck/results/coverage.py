"""What became of the rows of a log: those that were audited, and those that were not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from skewcheck.results.verdicts import Verdict

LossCode = Literal["featureless", "untimed", "later", "cut"]


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows that were read and not audited, or files that are not whole."""

    code: LossCode
    """`featureless`: no feature has a value; `untimed`: no time can be read; `later`: their time
    lies behind the run's; `cut`: files that end inside a record, or without an end mark."""
    rows: int
    """Of `cut` the number of files: how many rows they miss is not known."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Rows by file, of the first 200 files with any."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The account of a log's rows: read = audited + outside + lost."""

    parsed: int
    """Rows that were read."""
    audited: int
    outside: int = 0
    """Rows whose time lies outside of the times that were asked for."""
    losses: tuple[Loss, ...] = ()
    column: str | None = None
    """The column of times; None without one."""
    share: float = 0.0
    """Lost rows over audited and lost ones."""
    threshold: float | None = None
    """The share that is skew; None where the policy has none."""
    verdict: Verdict = Verdict.OK
    """`inconclusive` where files are cut and no more is wrong."""
