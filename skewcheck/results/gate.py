"""What an audit did not test or read, and what keeps it from passing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from skewcheck.results.tests import Reason
from skewcheck.results.verdicts import Verdict

LossCode = Literal[
    "undecoded", "unmatched", "duplicate", "late", "featureless", "untimed", "later", "cut"
]


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows that were read and not audited, or files that are not whole."""

    code: LossCode
    """`undecoded`: what a record holds is not of the notation that it should be of;
    `unmatched`: no other record has its id; `duplicate`: one of the same side has it and came
    first; `late`: the times of the records with its id lie too far apart;
    `featureless`: no feature has a value; `untimed`: no time can be read; `later`: their time
    lies behind the run's; `cut`: files that end inside a record, or without an end mark."""
    rows: int
    """Of `cut` the number of files: how many rows they miss is not known."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Rows by file, of the first 200 files with any."""
    first: tuple[str, int] | None = None
    """Of `undecoded` the file and the number, from 0, of the first such record."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The account of a log's rows: read = audited + joined + outside + other + lost."""

    parsed: int
    """Rows that were read."""
    audited: int
    outside: int = 0
    """Rows whose time lies outside of the times that were asked for."""
    other: int = 0
    """Records of another kind: lines of words among JSON, requests with empty lists, or what
    `--where` passes over."""
    losses: tuple[Loss, ...] = ()
    column: str | None = None
    """The column of times; None without one."""
    share: float = 0.0
    """Lost rows over audited and lost ones."""
    threshold: float | None = None
    """The share that is skew; None where the policy has none."""
    verdict: Verdict = Verdict.OK
    """`inconclusive` where files are cut and no more is wrong."""
    joined: int = 0
    """Records that are part of a row which another record begins."""
    records: int | None = None
    """Records before their lists became rows; None where each record is a row."""


@dataclass(frozen=True, slots=True)
class NotTested:
    """Something that no test of the audit looked at, whatever the log holds."""

    code: Literal["raw_only", "served_only", "dependence", "calendar"]
    """`raw_only`: what serving made of raw values; `served_only`: rows against their raw values;
    `dependence`: whether features depend on each other as in training; `calendar`: whether features
    that were functions of a row's time still are."""
    features: tuple[str, ...] = ()
    """Of these features; empty for all."""


@dataclass(frozen=True, slots=True)
class UnaskedServed:
    """Columns of the log that look like served values, which no option names."""

    features: tuple[str, ...]
    columns: tuple[str, ...]
    """At least one per feature, in their order; of a one-hot feature several."""
    template: str | None = None
    """What names them, with `{feature}` in it; None where no template does."""
    of_most: bool = False
    """The template names those of most features: `--served` can be it. Else it is of these."""
    likely: bool = True
    """Whether something speaks for each column; False where any of them may be the one."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why an audit does not pass, beside its features' verdicts."""

    code: Literal["served_unasked", "untested", "coverage", "unread_elements"]
    """`served_unasked`: served values seem to be logged, and were not tested; `untested`: features
    were logged, and nothing could be compared with training; `coverage`: rows of the log were not
    audited; `unread_elements`: one element of a list is read, and others hold values as well."""
    features: tuple[str, ...] = ()
    """None of `coverage` and `unread_elements`."""
    reason: Reason | None = None
    """Of `untested`."""
    served: UnaskedServed | None = None
    """Of `served_unasked`."""
    coverage: Coverage | None = None
    """Of `coverage`."""
    lists: tuple[str, ...] = ()
    """The lists of `unread_elements`."""

    @property
    def verdict(self) -> Verdict:
        """What the audit is at least."""
        return Verdict.INCONCLUSIVE if self.coverage is None else self.coverage.verdict
