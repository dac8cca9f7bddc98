"""How to audit, as one value: what flags, configuration files and keywords become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from skewcheck.config.readers import NO_SERVED
from skewcheck.results.policy import Policy


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the values of some features stand, if not where the templates say."""

    raw: str | None = None
    """A column's name; `{feature}` in it is replaced."""
    served: str | None = None
    """Likewise; `none` where no column has them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to audit: which columns, which rows, and what counts as skew."""

    raw: str = "{feature}"
    served: str | None = None
    """`none`: the log has no served values; None: nobody said so, and none are tested."""
    columns: Mapping[str, Columns] = field(default_factory=dict)
    """Per feature pattern (`fare*`), in the order of the file; the first that matches holds."""
    features: tuple[str, ...] = ()
    """Patterns; none means all."""
    exclude: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Names for a foreign file's unnamed values."""
    reference: str | None = None
    """Training data that replaces the stored reference."""
    min_rows: int = 1
    since: datetime | None = None
    """Rows from this moment on; always with an offset."""
    until: datetime | None = None
    """Rows before this moment."""
    last: timedelta | None = None
    time_column: str | None = None
    every: timedelta | int | None = None
    """Windows of time, or of so many rows, in which a log is audited as well."""
    baseline: str | None = None
    """What windows and segments are compared with, instead of the reference: `previous`,
    `same-hour`, or the path of another log."""
    by: tuple[str, ...] | None = None
    """Columns whose values are audited as segments, and may tell where a fault sits; None lets
    columns of few values be tried for the latter only."""
    cluster: str | None = None
    """The column, such as a user's id, of whose values rows with the same one are alike."""
    history: tuple[str, ...] = ()
    """Older parameter files, which a server may still use."""
    importance: str | None = None
    """A file of the features' importances; None leaves those of the parameter file."""
    null_values: tuple[str, ...] = ()
    """Texts that stand for no value, beside the empty one."""
    values: bool = True
    """False: no report may show a value of the data."""
    state: str | None = None
    """The folder of what a run leaves for the next."""
    state_hash: Literal["auto", "full"] = "auto"
    """By what a file is known to be unchanged."""
    settle: timedelta | None = None
    """Files that were modified in this time are left for the next run."""
    only_new_alarms: bool = False
    """Fail for what the last run did not find, only."""
    policy: Policy = field(default_factory=Policy)

    @property
    def served_template(self) -> str | None:
        """Return the template of served columns; None without any."""
        return None if self.served == NO_SERVED else self.served
