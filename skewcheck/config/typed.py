"""The options of the Python API's functions, typed so that editors complete and check them.

The keys are those of the table of options and mean what they mean there; None, as everywhere,
leaves the default. A value may be what a flag or a TOML file would hold, or a Python object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, TypeAlias, TypedDict

Texts: TypeAlias = str | Sequence[str]
"""A list, or one text that is split at its commas."""
Moment: TypeAlias = str | date
"""A `datetime`, a day, or either in ISO format; UTC where there is no offset."""
Duration: TypeAlias = str | timedelta
"""Such as `24h`, `7d` or `90m`."""
Features: TypeAlias = Texts | Mapping[str, Mapping[str, object]]
"""Patterns of features; or by pattern a table of `raw`, `served` and thresholds by test."""


class _Columns(TypedDict, total=False):
    """Where values stand in a log, and how they are read."""

    raw: str | None
    served: str | None
    null_values: Texts | None
    version: int | None
    as_of: Moment | None
    sql: str | None
    columns: Texts | None


class _Selected(TypedDict, total=False):
    """Which features are meant, and what they are called."""

    features: Features | None
    exclude: Texts | None
    names: Texts | None
    group: str | None


class ApplyOptions(_Columns, _Selected, total=False):
    """Options of `skewcheck.apply`."""


class InjectOptions(_Columns, total=False):
    """Options of `skewcheck.inject`."""

    names: Texts | None
    group: str | None
    since: Moment | None
    time_column: str | None
    history: Texts | None


class PowerOptions(_Selected, total=False):
    """Options of `skewcheck.power`."""

    alpha: float | None
    thresholds: Mapping[str, float] | Texts | None
    fail_on: Literal["skew", "warn", "never"] | None


class ProfileOptions(_Columns, _Selected, total=False):
    """Options of `skewcheck.profile` and of `skewcheck.Profiler`: those that counts depend on."""

    join: str | None
    within: Duration | None
    layout: str | None
    where: Texts | None
    since: Moment | None
    until: Moment | None
    last: Duration | None
    time_column: str | None
    every: Duration | int | None
    by: Texts | None
    cluster: str | None
    settle: Duration | None


class BisectOptions(_Columns, _Selected, total=False):
    """Options of `skewcheck.bisect`."""

    join: str | None
    within: Duration | None
    layout: str | None
    where: Texts | None
    since: Moment | None
    until: Moment | None
    last: Duration | None
    time_column: str | None
    by: Texts | None


class AuditOptions(_Columns, _Selected, total=False):
    """Options of `skewcheck.audit` and of `skewcheck.testing.assert_no_skew`."""

    join: str | None
    within: Duration | None
    layout: str | None
    where: Texts | None
    max_bad: float | None
    alpha: float | None
    thresholds: Mapping[str, float] | Texts | None
    fail_on: Literal["skew", "warn", "never"] | None
    correction: Literal["holm", "bh"] | None
    inconclusive: Literal["pass", "fail"] | None
    allow_missing: bool | None
    min_rows: int | None
    since: Moment | None
    until: Moment | None
    last: Duration | None
    time_column: str | None
    every: Duration | int | None
    baseline: str | None
    history: Texts | None
    importance: str | None
    by: Texts | None
    cluster: str | None
    ignore: Texts | None
    no_values: bool | None
    state: str | None
    state_hash: Literal["auto", "full"] | None
    settle: Duration | None
    learn: int | None
    only_new_alarms: bool | None
    engine: Literal["threads", "processes", "dask", "spark"] | None
    workers: int | None
