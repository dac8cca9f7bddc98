"""Connect a log: its records become rows, and each feature gets its columns, where certain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.config.types import Connected, Settings
from skewcheck.connect.candidates import Candidate, output_keys
from skewcheck.connect.chains import merged
from skewcheck.connect.connection import (
    Connection,
    Side,
    connect,
    find,
    raw_alone,
    refuse_raw_rivals,
    served_beside,
)
from skewcheck.connect.doubts import refuse_nested
from skewcheck.connect.evidence import served_names
from skewcheck.connect.later import with_later
from skewcheck.connect.needed import (
    has_more,
    has_most,
    is_configured,
    is_raw_alone,
    looks_beside,
    with_columns,
)
from skewcheck.connect.notes import shape_notes, side_note
from skewcheck.connect.places import places_of, plain
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.shape import shaped_file
from skewcheck.logs.shape.ops import Explode, Filled, Op, Shape, Where
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError


@dataclass(frozen=True, slots=True)
class ConnectedLog:
    """A log whose rows are observations, and the settings that name its columns."""

    source: LogSource
    settings: Settings
    notes: tuple[Note, ...] = ()


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
        return _opened_up(source, inputs, settings, known)
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
    return _shaped(source, Shape(tuple(merged(chains))), known), settings


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
    filled = _filled(filling, connection.chains, has_empty=connection.has_empty)
    shape = Shape((*merged(chains), *filled))
    rows = _shaped(source, shape, known)
    raw = raw and with_later(raw, [feature.name for feature in features], rows)
    served = served and with_later(served, output_keys(features), rows)
    columns = {
        feature.name: Connected(
            None if raw is None else raw.columns.get(feature.name),
            _served_of(feature, served),
        )
        for feature in features
    }
    if served is None:
        # Nothing says that there are none: they are looked for as in any other log.
        columns = {name: replace(column, served=None) for name, column in columns.items()}
    chosen = replace(settings, connected=columns)
    notes = [side_note(name, side) for name, side in (("raw", raw), ("served", served)) if side]
    return ConnectedLog(rows, chosen, (*notes, *shape_notes(shape)))


def _filled(
    columns: Sequence[str], chains: Sequence[Sequence[Op]], *, has_empty: bool = False
) -> Iterable[Filled]:
    """Yield the step that passes over records without a value: of another kind, or empty lists."""
    exploded = any(isinstance(op, Explode) for chain in chains for op in chain)
    if columns and (has_empty or exploded):
        yield Filled(columns[0], (*columns[1:],), lists_only=not has_empty)


def _served_of(feature: Feature, served: Side | None) -> Mapping[str, str] | None:
    """Return the columns of a feature's served values by their keys; None where it has none."""
    if served is None:
        return None
    keys = served_names(feature)
    if served.outputs:
        found = {key: served.columns[key] for key in keys if key in served.columns}
        return found or None
    column = served.columns.get(feature.name)
    return {keys[0]: column} if column is not None and len(keys) == 1 else None


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


def _opened_up(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> ConnectedLog:
    """Return a log whose records are opened up as far as the columns that options name need it."""
    names = [settings.time_column, settings.cluster, *(settings.by or ())]
    places = places_of(find(source, features))
    chains: list[tuple[Op, ...]] = []

    def has(name: str) -> bool:
        return source.has(name) or name in places or plain(name) in places

    def place(name: str) -> str | None:
        if source.has(name) or not has(name):
            return None
        path, ops = places[name if name in places else plain(name)]
        chains.append(ops)
        return path

    asked = {feature.name: FeatureColumns.of(feature, settings, has) for feature in features}

    columns: dict[str, Connected] = {}
    for feature in features:
        of_feature = asked[feature.name]
        raw = of_feature.raw and place(of_feature.raw)
        served = None
        if of_feature.served is not None:
            wanted = served_columns(feature, of_feature.served, has)
            keys = served_names(feature)
            paths = {k: p for k, c in zip(keys, wanted, strict=True) if (p := place(c)) is not None}
            logged = {k: c for k, c in zip(keys, wanted, strict=True) if source.has(c)}
            served = {**logged, **paths}
        if raw or served:
            columns[feature.name] = Connected(raw or of_feature.raw, served or None)
    renamed = {name: place(name) for name in names if name is not None}
    columns, notes = _with_beside(source, features, settings, known, columns, chains)
    if not any(c.raw and has(c.raw) for c in columns.values()) and settings.raw == "{feature}":
        columns, notes = _with_raw(source, features, known, columns, chains)
    if not chains and not notes:
        return ConnectedLog(source, settings)
    sides = ((c.raw, *(c.served or {}).values()) for c in columns.values())
    filling = [name for side in sides for name in side if name is not None]
    shape = Shape((*merged(chains), *_filled(filling, chains)))
    chosen = replace(
        settings,
        connected=columns,
        time_column=renamed.get(settings.time_column or "") or settings.time_column,
        cluster=renamed.get(settings.cluster or "") or settings.cluster,
        by=settings.by and tuple(renamed.get(name) or name for name in settings.by),
    )
    return ConnectedLog(_shaped(source, shape, known), chosen, (*notes, *shape_notes(shape)))


def _with_raw(
    source: LogSource, features: Sequence[Feature], known: frozenset[str],
    columns: Mapping[str, Connected], chains: list[tuple[Op, ...]],
) -> tuple[dict[str, Connected], tuple[Note, ...]]:  # fmt: skip
    """Return the columns with raw ones that lie elsewhere than the served ones of options.

    The steps to these are added to the chains.
    """
    served = frozenset(c for column in columns.values() for c in (column.served or {}).values())
    connection = raw_alone(source, features, known, served) if served else None
    if connection is None or connection.raw is None:
        return {**columns}, ()
    refuse_raw_rivals(source, connection)
    chains.extend(connection.chains)
    raw = connection.raw.columns
    found = {
        f.name: Connected(raw.get(f.name), columns[f.name].served if f.name in columns else None)
        for f in features
    }
    return found, (side_note("raw", connection.raw),)


def _with_beside(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str],
    columns: dict[str, Connected], chains: list[tuple[Op, ...]],
) -> tuple[dict[str, Connected], tuple[Note, ...]]:  # fmt: skip
    """Return the columns with served ones that lie beside raw ones that options name.

    The steps to these are added to the chains.
    """
    if not looks_beside(settings):
        return columns, ()
    raw = {
        f.name: columns[f.name].raw
        if f.name in columns
        else FeatureColumns.of(f, settings, source.has).raw
        for f in features
    }
    having = {name: c for name, c in raw.items() if c and (name in columns or source.has(c))}
    if not having:
        return columns, ()
    candidate = Candidate("", tuple(merged(chains)), having, "name", "raw")
    found = served_beside(source, features, known, candidate)
    if found is None:
        return columns, ()
    side, ops = found
    chains.append(ops)
    beside = {f.name: Connected(having.get(f.name), _served_of(f, side)) for f in features}
    return {**columns, **beside}, (side_note("served", side),)


def _shaped(source: LogSource, shape: Shape, known: frozenset[str]) -> LogSource:
    return replace(source, files=tuple(shaped_file(file, shape, known) for file in source.files))
