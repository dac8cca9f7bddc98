"""Flags, keywords and the options of a file: all become one `Settings`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from skewcheck.catalogue.tests import gating
from skewcheck.catalogue.tests import thresholds as usual_thresholds
from skewcheck.config import options as o
from skewcheck.config.given import AS_FLAGS, Given, Origin
from skewcheck.config.options import TOML, Option
from skewcheck.config.readers import (
    COLUMN_OR_COLUMNS,
    TEXT,
    WrongValueError,
    choice,
    threshold,
)
from skewcheck.config.types import Columns, Settings
from skewcheck.results.policy import FeatureGate, Policy
from skewcheck.text.errors import UsageError
from skewcheck.text.similar import nearest

if TYPE_CHECKING:
    from skewcheck.config.layouts import Layout

_RAW: Option[str | None] = Option("raw", TEXT, None, "The column of its raw values.", ())
_SERVED: Option[str | tuple[str, ...] | None] = Option(
    "served", COLUMN_OR_COLUMNS, None, "The column, or columns, of its served values.", ()
)
_INCONCLUSIVE: Option[str | None] = Option(
    "inconclusive", choice(*o.INCONCLUSIVE), None, "Too little data for it: exit 0 or 1, not 3.", ()
)
_UNTESTED: Option[str | None] = Option(
    "untested", choice("pass"), None, "It may be served without a comparison with training.", ()
)
_KEYS = (_RAW.key, _SERVED.key, _INCONCLUSIVE.key, _UNTESTED.key)
"""What a table of some features may hold, beside thresholds by test."""
_LAYOUTS = "layouts"
"""The key of the tables `[layouts.NAME]`, which are a user's own."""
TABLES = "features by pattern"
"""The key of the tables `[features."fare*"]`, which is of no option."""


def settings(
    given: Mapping[str, object],
    file: Mapping[str, object] | None = None,
    origin: Origin = AS_FLAGS,
) -> Settings:
    """Return the settings: options as given, then those of a file, then defaults.

    Keys are those of the options; None counts as not given; `file` is what `settings_file.read`
    returns. Thresholds of both are merged test by
    test. Raises UsageError that names the option as `origin` says that it was written.
    """
    options = {key: value for key, value in given.items() if value is not None}
    found = Given(merged(options, file or {}, origin), origin)
    result = checked_settings(found, Path())
    if found.values:
        from skewcheck.config.combinations import check  # without options none excludes another

        check(found, result)
    return result


def merged(
    options: Mapping[str, object], base: Mapping[str, object], origin: Origin
) -> dict[str, object]:
    """Return options before those of a base, split; thresholds test by test.

    So are tables of features pattern by pattern, with those of `options` first.
    """
    first, others = split(options), split(base)
    both = {**others, **first}
    if "thresholds" in first and "thresholds" in others:
        tables = (o.THRESHOLD.of(Given(table, origin)) for table in (others, first))
        both["thresholds"] = {test: value for table in tables for test, value in table.items()}
    ours, theirs = first.get(TABLES), others.get(TABLES)
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        both[TABLES] = {**ours, **{key: theirs[key] for key in theirs if key not in ours}}
    return both


def split(options: Mapping[str, object]) -> dict[str, object]:
    """Return options whose `features` by pattern, if they are tables, have another key."""
    tables = options.get("features")
    if not isinstance(tables, Mapping):
        return dict(options)
    return {**{key: options[key] for key in options if key != "features"}, TABLES: tables}


def _names(
    given: Given, folder: Path, option: Option[tuple[str, ...]] = o.NAMED
) -> tuple[str, ...]:
    """Return the names as they were given, or as a file has them that one name names."""
    listed = option.of(given)
    if len(listed) != 1:
        return listed
    from skewcheck.config.names import names

    return names(given, folder, option)


def _refuse_unknown(given: Given) -> None:
    for key in given.values:
        if key == o.POLICY_LOCK.key:
            problem = "must not stand in the file that it locks; give it on the command line"
            raise given.error(key, problem)
        if key not in TOML and key not in (TABLES, _LAYOUTS):
            raise given.unknown(key, tuple(TOML))


def checked_settings(given: Given, folder: Path) -> Settings:
    """Return the settings that options say; those that name files do so in a folder.

    Raises UsageError for unknown keys and wrong values.
    """
    _refuse_unknown(given)
    tables = _tables(given)
    return Settings(
        raw=o.RAW.of(given),
        served=o.SERVED.of(given),
        columns={pattern: _columns(table) for pattern, table in tables.items()},
        features=o.FEATURES.of(given),
        exclude=o.EXCLUDE.of(given),
        names=_names(given, folder),
        group=o.GROUP.of(given),
        column_names=_names(given, folder, o.COLUMNS),
        parameters=o.PARAMETERS_OF_GATE.of(given),
        logs=o.LOGS_OF_GATE.of(given),
        reference=o.REFERENCE.of(given),
        min_rows=o.MIN_ROWS.of(given),
        since=o.SINCE.of(given),
        until=o.UNTIL.of(given),
        last=o.LAST.of(given),
        time_column=o.TIME_COLUMN.of(given),
        every=o.EVERY.of(given),
        baseline=o.BASELINE.of(given),
        by=_by(given),
        cluster=o.CLUSTER.of(given),
        history=o.HISTORY.of(given),
        importance=o.IMPORTANCE.of(given),
        null_values=o.NULL_VALUES.of(given),
        version=o.VERSION.of(given),
        as_of=o.AS_OF.of(given),
        sql=o.SQL.of(given),
        join=o.JOIN.of(given),
        within=o.WITHIN.of(given),
        layout=_layout(given),
        where=o.ROWS_WHERE.of(given),
        max_bad=o.MAX_BAD.of(given),
        values=not o.NO_VALUES.of(given),
        state=o.STATE.of(given),
        state_hash="full" if o.STATE_HASH.of(given) == "full" else "auto",
        settle=o.SETTLE.of(given),
        learn=o.LEARN.of(given),
        only_new_alarms=o.ONLY_NEW_ALARMS.of(given),
        engine=o.ENGINE.of(given),
        workers=o.WORKERS.of(given),
        policy=_policy(given, tables),
    )


def _layout(given: Given) -> Layout | None:
    """Return the layout of the name that was given: a user's own, or a preset."""
    own, name = given.values.get(_LAYOUTS), o.LAYOUT.of(given)
    if own is None and name is None:
        return None
    from skewcheck.config.layouts import layout_of, presets  # most audits name none

    try:
        tables = own.items() if isinstance(own, Mapping) else ()
        known = {**presets(), **{str(key): layout_of(str(key), table) for key, table in tables}}
    except WrongValueError as wrong:
        raise UsageError(f"{given.origin.prefix(_LAYOUTS)}: {wrong}") from None
    if name is not None and name not in known:
        hint = nearest(name, tuple(known)) or f"; known are {', '.join(known)}"
        raise o.LAYOUT.error(given, f"no layout {name!r}{hint}")
    return None if name is None else known[name]


def _by(given: Given) -> tuple[str, ...] | None:
    columns = tuple(dict.fromkeys(o.BY.of(given)))
    for word in ("auto", "none"):
        if word in columns and len(columns) > 1:
            raise o.BY.error(given, f"{word} cannot stand beside columns; give it alone")
    if not columns or columns == ("auto",):
        return None
    return () if columns == ("none",) else columns


def _tables(given: Given) -> dict[str, Given]:
    """Return the tables `[features."fare*"]` by pattern."""
    features = given.values.get(TABLES)
    if not isinstance(features, Mapping):
        return {}
    origin = given.origin
    where = origin.prefix("features") if origin.kind == "function" else origin.name or "config"
    tables: dict[str, Given] = {}
    for pattern, table in features.items():
        label = f'{where}: features."{pattern}"'
        if not isinstance(table, Mapping):
            raise UsageError(f"{label}: must be a table")
        values = {str(key): value for key, value in table.items()}
        tables[str(pattern)] = Given(values, Origin("file", label))
    return tables


def _columns(table: Given) -> Columns:
    return Columns(raw=_RAW.of(table), served=_SERVED.of(table))


def _gate(table: Given) -> FeatureGate:
    return FeatureGate(_INCONCLUSIVE.of(table), _UNTESTED.of(table))


def _policy(given: Given, tables: Mapping[str, Given]) -> Policy:
    gates = {pattern: _gate(table) for pattern, table in tables.items()}
    thresholds = {pattern: _feature_thresholds(table) for pattern, table in tables.items()}
    return Policy(
        alpha=o.ALPHA.of(given),
        correction=o.CORRECTION.of(given),
        thresholds={**usual_thresholds(), **o.THRESHOLD.of(given)},
        chosen=frozenset(o.THRESHOLD.of(given)),
        feature_thresholds={pattern: table for pattern, table in thresholds.items() if table},
        feature_gates={pattern: gate for pattern, gate in gates.items() if gate != FeatureGate()},
        fail_on=o.FAILS.of(given),
        allow_missing=o.ALLOW_MISSING.of(given),
        inconclusive=o.DOUBT.of(given),
        waivers=o.IGNORE.of(given),
    )


def _feature_thresholds(table: Given) -> dict[str, float]:
    keys = (*_KEYS, *gating())
    thresholds = {}
    for key, value in table.values.items():
        if key not in keys:
            raise table.unknown(key, keys)
        if key not in _KEYS:
            try:
                thresholds[key] = threshold(key, value)
            except WrongValueError as wrong:
                raise table.error(key, str(wrong)) from None
    return thresholds
