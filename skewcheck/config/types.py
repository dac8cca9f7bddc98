"""How to audit, as one value: what flags, configuration files and keywords become."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from skewcheck.config.connected import Connected as Connected
from skewcheck.config.options import BASELINES
from skewcheck.config.pattern_tables import pattern_tables
from skewcheck.config.readers import NO_SERVED, UNITS
from skewcheck.logs.asked import Asked
from skewcheck.results.nights import LEARN
from skewcheck.results.policy import FeatureGate, Policy
from skewcheck.text.patterns import may_overlap

if TYPE_CHECKING:
    from skewcheck.config.conditions import Condition
    from skewcheck.config.layouts import Layout

Data = dict[str, object]
"""A policy as JSON has it, by key of the options."""
MAX_BAD_USUAL = 0.01
"""What `max_bad` is where nobody says another."""
NO_COLUMNS = "none"
"""What `by` is where no column may be tried."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the values of some features stand, if not where the templates say."""

    raw: str | None = None
    """A column's name; `{feature}` in it is replaced."""
    served: str | tuple[str, ...] | None = None
    """Likewise; `none` where no column has them. A list is of one-hot levels, in their order."""


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """The file that some of the settings are from."""

    path: str
    keys: tuple[str, ...] = ()
    """What it sets, without what a flag sets instead and what is about reports alone."""
    outside: tuple[tuple[str, str], ...] = ()
    """Keys and paths of inputs that it names outside of the folder where it stands."""
    gate: str | None = None
    """The gate that is meant, of a table of its own in the file."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to audit: which columns, which rows, and what counts as skew."""

    raw: str = "{feature}"
    served: str | None = None
    """`none`: the log has no served values; None: nobody said so, and none are tested."""
    columns: Mapping[str, Columns] = field(default_factory=dict)
    """Per feature pattern (`fare*`), in the order of the file; the first that matches holds."""
    connected: Mapping[str, Connected] = field(default_factory=dict)
    """Per feature, whose columns the log itself shows."""
    features: tuple[str, ...] = ()
    """Patterns; none means all."""
    exclude: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Names for a foreign file's unnamed values."""
    group: str | None = None  # a key whose parameters are meant, or the column with the keys
    column_names: tuple[str, ...] = ()
    """Of delimited files without a header."""
    parameters: str | None = None
    """The parameter file that a settings file names; None where it is given beside them."""
    logs: tuple[str, ...] = ()
    """Likewise."""
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
    """What windows are compared with, if not training: `previous`, `same-hour`, or a log's path."""
    by: tuple[str, ...] | None = None
    """Columns of segments; None: columns of few values may tell where a fault sits, no more."""
    cluster: str | None = None
    """The column, such as a user's id, of whose values rows with the same one are alike."""
    history: tuple[str, ...] = ()
    """Older parameter files, which a server may still use."""
    importance: str | None = None
    """A file of the features' importances; None leaves those of the parameter file."""
    null_values: tuple[str, ...] = ()
    """Texts that stand for no value, beside the empty one."""
    version: int | None = None
    """Of tables among the logs; None for the newest."""
    as_of: datetime | None = None
    """The moment whose version of tables is meant; always with an offset."""
    layout: Layout | None = None
    """Where records hold features; None where the log itself shows it."""
    where: tuple[Condition, ...] = ()
    """Which records are meant: those for which all hold."""
    max_bad: float = 0.01
    """The share of records that cannot be decoded, beyond which there is no verdict."""
    sql: str | None = None
    """The query whose rows of a database are the log; None for its only table."""
    join: tuple[str, ...] = ()
    """Names of the id whose records are one row; none: records are rows by themselves."""
    within: timedelta | None = None
    values: bool = True
    """False: no report may show a value of the data."""
    state: str | None = None
    """The folder of what a run leaves for the next."""
    state_hash: Literal["auto", "full"] = "auto"
    """By what a file is known to be unchanged."""
    settle: timedelta | None = None
    """Files that were modified in this time are left for the next run."""
    learn: int = LEARN
    """Nights in the state before shifts over nights may alarm."""
    only_new_alarms: bool = False
    """Fail for what the last run did not find, only."""
    engine: str = "threads"  # what measures the files
    workers: int | None = None
    policy: Policy = field(default_factory=Policy)
    file: SettingsFile | None = field(default=None, compare=False)
    """Where some of them are from; None where no file was read."""

    @property
    def served_template(self) -> str | None:
        """Return the template of served columns; None without any."""
        return None if self.served == NO_SERVED else self.served

    @property
    def asked(self) -> Asked:
        """Return which rows of tables and databases among the logs are meant."""
        return Asked(self.version, self.as_of, self.sql)

    def data(self) -> Data:
        """Return what gates as JSON has it: the same policy gives the same data.

        Keys are sorted, and what is a set (patterns, waivers, texts) is sorted as well; what is not
        given is left out. Paths are relative to the repository, or else to the working folder.
        """
        policy = self.policy
        every = self.every
        waivers = {f"{w.code}:{w.feature}@{w.until}" for w in policy.waivers}
        gates = {
            pattern: {"inconclusive": gate.inconclusive, "untested": gate.untested}
            for pattern, gate in policy.feature_gates.items()
            if gate != FeatureGate()
        }
        thresholds = {
            key: _numbers(table) for key, table in policy.feature_thresholds.items() if table
        }
        values: Data = {
            "allow_missing": policy.allow_missing,
            "alpha": float(policy.alpha),
            "as_of": _moment_text(self.as_of),
            "baseline": portable(self.baseline) if self._compares_with_log else self.baseline,
            "by": [NO_COLUMNS] if self.by == () else sorted({*(self.by or ())}),
            "chosen": sorted(policy.chosen),
            "cluster": self.cluster,
            "column_names": list(self.column_names),
            "columns": pattern_tables(_columns(self.columns)),
            "correction": policy.correction,
            "every": duration_text(every) if isinstance(every, timedelta) else every,
            "exclude": sorted({*self.exclude}),
            "fail_on": policy.fail_on,
            "feature_gates": pattern_tables(gates),
            "feature_thresholds": pattern_tables(thresholds),
            "features": sorted({*self.features}),
            "group": self.group,
            "history": sorted({str(portable(path)) for path in self.history}),
            "ignore": sorted(waivers),
            "inconclusive": policy.inconclusive,
            "join": "=".join(self.join) or None,
            "last": duration_text(self.last),
            "learn": None if self.learn == LEARN else self.learn,
            "layout": None if self.layout is None else self.layout.data(),
            "logs": sorted({str(portable(path)) for path in self.logs}),
            "max_bad": None if self.max_bad == MAX_BAD_USUAL else float(self.max_bad),
            "min_rows": self.min_rows,
            "names": list(self.names),
            "null_values": sorted({*self.null_values}),
            "only_new_alarms": self.only_new_alarms,
            "parameters": portable(self.parameters),
            "raw": self.raw,
            "reference": portable(self.reference),
            "served": self.served,
            "settle": duration_text(self.settle or None),
            "since": _moment_text(self.since),
            "sql": self.sql,
            "state": portable(self.state) if self._relies_on_state else None,
            "state_hash": None if self.state_hash == "auto" else self.state_hash,
            "thresholds": _numbers(policy.thresholds),
            "time_column": self.time_column,
            "until": _moment_text(self.until),
            "where": sorted(map(str, self.where)),
            "version": None if self.version is None else str(self.version),
            "within": duration_text(self.within),
        }
        return {key: value for key, value in values.items() if value not in (None, False, [])}

    @property
    def _relies_on_state(self) -> bool:
        """Whether another state folder may give another exit code.

        One that a settings file names may be brought with it, whatever is in it.
        """
        of_file = self.file is not None and "state" in self.file.keys
        return self.only_new_alarms or self.state_hash == "full" or of_file

    @property
    def _compares_with_log(self) -> bool:
        return self.baseline is not None and self.baseline not in BASELINES


def fingerprint(data: Mapping[str, object]) -> str:
    """Return `sha256:` and the digest of a policy's data, whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{sha256(text.encode('ascii')).hexdigest()}"


def portable(path: str | None) -> str | None:
    """Return a path relative to the repository, or else the working folder, with `/` in it.

    One that is on another drive stays as it is; of a URL it is what may be shown.
    """
    if path is None:
        return None
    import os  # most audits name no path
    from pathlib import Path

    from skewcheck.config.discovery import repository
    from skewcheck.logs.storage import is_url, public

    if is_url(path):
        return public(path)
    start = Path.cwd()
    try:
        relative = os.path.relpath(Path(path).resolve(), repository(start) or start)
    except (OSError, ValueError, RuntimeError):
        return path
    return Path(relative).as_posix()


def duration_text(length: timedelta | None) -> str | None:
    """Return a length of time in its largest whole unit, as `1d` for `24h`; None for None."""
    if length is None:
        return None
    units = ((letter, length / timedelta(**{unit: 1})) for letter, unit in reversed(UNITS.items()))
    whole = (f"{number:.0f}{letter}" for letter, number in units if number == int(number) > 0)
    return next(whole, f"{length.total_seconds()!r}s")


def _moment_text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def _numbers(thresholds: Mapping[str, float]) -> dict[str, float]:
    return {test: float(thresholds[test]) for test in sorted(thresholds)}


def _columns(columns: Mapping[str, Columns]) -> dict[str, dict[str, str | list[str] | None]]:
    """Return the tables of columns; empty ones hide those behind them that fit the same names."""
    patterns, empty = list(columns), Columns()
    full = [(i, p) for i, p in enumerate(patterns) if columns[p] != empty]
    kept = [
        p
        for i, p in enumerate(patterns)
        if columns[p] != empty or any(j > i and may_overlap(p, q) for j, q in full)
    ]
    return {p: {"raw": columns[p].raw, "served": _plain(columns[p].served)} for p in kept}


def _plain(names: str | tuple[str, ...] | None) -> str | list[str] | None:
    return list(names) if isinstance(names, tuple) else names
