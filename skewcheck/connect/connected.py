"""Connect a log: its records become rows, and each feature gets its columns, where certain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from skewcheck.config.types import Connected, Settings
from skewcheck.connect.asked import opened_up
from skewcheck.connect.candidates import output_keys
from skewcheck.connect.chains import merged
from skewcheck.connect.connection import (
    Connection,
    connect,
    find,
    raw_alone,
    refuse_raw_rivals,
)
from skewcheck.connect.doubts import refuse_nested
from skewcheck.connect.later import with_later
from skewcheck.connect.needed import (
    has_more,
    has_most,
    is_configured,
    is_raw_alone,
    with_columns,
)
from skewcheck.connect.notes import shape_notes, side_note
from skewcheck.connect.opened import ConnectedLog, filled, served_of, shaped_log
from skewcheck.connect.places import places_of, plain
from skewcheck.engine.source import LogSource
from skewcheck.features.types import Feature
from skewcheck.logs.shape.ops import Op, Shape, Where
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError


def connected(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> ConnectedLog:
    """Connect a log with the features of a parameter file, all of them in its order.

    Columns that options name are those: records are opened up as far as these need it. Where no
    option names any, the log itself shows them. UsageError where several places may hold the raw
    values.
    """
    inputs = [feature for feature in features if not feature.output]
    source, settings = _meant(source, inputs, settings, known)
    named = with_columns(source, inputs, settings)
    plain = settings.layout is None and has_most(named, inputs)
    none_served = is_raw_alone(settings) and not named
    if not none_served and (
        is_configured(settings) or (plain and not has_more(source, named, inputs))
    ):
        return opened_up(source, inputs, settings, known)
    connection = (
        raw_alone(source, inputs, known)
        if none_served else connect(source, inputs, known, settings.layout)
    )  # fmt: skip
    if connection is None:
        _refuse_filtered(source, settings)
        refuse_nested(source, inputs)
        return ConnectedLog(source, settings)
    refuse_raw_rivals(source, connection)
    return _with(source, inputs, settings, known, connection, plain=len(named))


def _meant(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> tuple[LogSource, Settings]:
    """Return a log of the records that are meant, and the settings with a layout's column of time.

    UsageError for a condition on what no record has.
    """
    layout = settings.layout
    asks = (settings.since, settings.until, settings.last, settings.every)
    if layout is not None and settings.time_column is None and any(a is not None for a in asks):
        settings = replace(settings, time_column=layout.time)
    conditions = (*settings.where, *(() if layout is None else layout.where))
    if not conditions:
        return source, settings
    places = (
        None if all(source.has(c.column) for c in conditions) else places_of(find(source, features))
    )
    chains: list[tuple[Op, ...]] = []
    for c in conditions:
        path, ops = (c.column, ()) if places is None else places.get(plain(c.column), (None, ()))
        if path is None and not source.has(c.column):
            raise UsageError(
                OptionName("where", str(c)), f": {source.names[0]} has no column {c.column!r}"
            )
        chains.append((*ops, Where(path or c.column, c.values, c.negated)))
    return shaped_log(source, Shape(tuple(merged(chains))), known), settings


def _refuse_filtered(source: LogSource, settings: Settings) -> None:
    """Raise NothingToTestError where conditions leave no record of the first ones."""
    head = source.head((), _FIRST_ROWS) if settings.where else None
    if settings.where and (head is None or not head.rows):
        raise NothingToTestError(
            OptionName("where", ", ".join(map(str, settings.where))),
            f": no such record in {source.names[0]}: nothing to test",
        )


_FIRST_ROWS = 1_000


def _with(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str],
    connection: Connection, *, plain: int,
) -> ConnectedLog:  # fmt: skip
    """Return the log by a connection; where names alone connect as many, served values at most."""
    raw, served = connection.raw, connection.served
    if raw is not None and served is None and all(n == column for n, column in raw.columns.items()):
        return ConnectedLog(source, settings)  # as the names say
    if raw is None and served is not None and plain >= served.features:
        return ConnectedLog(source, settings)
    chains = [*connection.chains, *_ops_of_options(source, features, settings)]
    sides = [side for side in (raw, served) if side is not None]
    filling = [column for side in sides for column in side.columns_of_records]
    passed = filled(filling, connection.chains, has_empty=connection.has_empty)
    shape = Shape((*merged(chains), *passed))
    rows = shaped_log(source, shape, known)
    raw = raw and with_later(raw, [feature.name for feature in features], rows)
    served = served and with_later(served, output_keys(features), rows)
    columns = {
        feature.name: Connected(
            None if raw is None else raw.columns.get(feature.name),
            served_of(feature, served),
        )
        for feature in features
    }
    if served is None:
        # Nothing says that there are none: they are looked for as in any other log.
        columns = {name: replace(column, served=None) for name, column in columns.items()}
    chosen = replace(settings, connected=columns)
    notes = [side_note(name, side) for name, side in (("raw", raw), ("served", served)) if side]
    return ConnectedLog(rows, chosen, (*notes, *shape_notes(shape)))


def _ops_of_options(
    source: LogSource, features: Sequence[Feature], settings: Settings
) -> list[tuple[Op, ...]]:
    """Return the steps to the columns of times and segments that options name."""
    names = [settings.time_column, settings.cluster, *(settings.by or ())]
    missing = [name for name in names if name is not None and not source.has(name)]
    if not missing:
        return []
    places = places_of(find(source, features))
    return [places[plain(name)][1] for name in missing if plain(name) in places]
