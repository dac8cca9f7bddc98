"""Connect a log: its records become rows, and each feature gets its columns, where certain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from skewcheck.config.types import Connected, Settings
from skewcheck.connect.candidates import output_keys
from skewcheck.connect.connection import Connection, Side, connect, find, merged, with_later
from skewcheck.connect.evidence import served_names
from skewcheck.connect.needed import has_most, holds_records, is_configured, with_columns
from skewcheck.connect.records import Findings
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.shape import shaped
from skewcheck.logs.shape.ops import Decode, Explode, Op, Shape
from skewcheck.text.errors import OptionName, UsageError


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
    named = with_columns(source, inputs, settings)
    if is_configured(settings) or (has_most(named, inputs) and not holds_records(source, named)):
        return _opened_up(source, inputs, settings, known)
    connection = connect(source, inputs, known)
    if connection is None:
        return ConnectedLog(source, settings)
    if connection.rivals and connection.raw is not None:
        places = ", ".join(repr(p or "the rows") for p in (connection.raw.path, *connection.rivals))
        raise UsageError(
            f"{source.names[0]}: several places may hold the raw values: {places}; ",
            OptionName("raw", f"{connection.raw.path}.{{feature}}"),
            " says which",
        )
    return _with(source, inputs, settings, known, connection, plain=len(named))


def _with(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str],
    connection: Connection, *, plain: int,
) -> ConnectedLog:  # fmt: skip
    """Return the log by a connection; where names alone connect as many, served values at most."""
    raw, served = connection.raw, connection.served
    if raw is not None and raw.by == "name" and not raw.path and served is None:
        return ConnectedLog(source, settings)  # as the names say
    if raw is None and served is not None and plain >= served.features:
        return ConnectedLog(source, settings)
    chains = [*connection.chains, *_ops_of_options(source, features, settings)]
    shape = Shape(tuple(merged(chains)))
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
    notes = [_note(name, side) for name, side in (("raw", raw), ("served", served)) if side]
    return ConnectedLog(rows, chosen, (*notes, *_shape_notes(shape)))


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
    places = _places(find(source, features))
    return [places[_bare(name)][1] for name in missing if _bare(name) in places]


def _opened_up(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> ConnectedLog:
    """Return a log whose records are opened up as far as the columns that options name need it."""
    asked = {feature.name: FeatureColumns.of(feature, settings, source.has) for feature in features}
    names = [settings.time_column, settings.cluster, *(settings.by or ())]
    places = _places(find(source, features))
    chains: list[tuple[Op, ...]] = []

    def place(name: str) -> str | None:
        if source.has(name) or _bare(name) not in places:
            return None
        path, ops = places[_bare(name)]
        chains.append(ops)
        return path

    columns: dict[str, Connected] = {}
    for feature in features:
        of_feature = asked[feature.name]
        raw = of_feature.raw and place(of_feature.raw)
        served = None
        if of_feature.served is not None:
            wanted = served_columns(feature, of_feature.served)
            paths = [(key, place(c)) for key, c in zip(served_names(feature), wanted, strict=True)]
            served = {key: path for key, path in paths if path is not None} or None
        if raw or served:
            columns[feature.name] = Connected(raw or of_feature.raw, served)
    renamed = {name: place(name) for name in names if name is not None}
    if not chains:
        return ConnectedLog(source, settings)
    shape = Shape(tuple(merged(chains)))
    chosen = replace(
        settings,
        connected=columns,
        time_column=renamed.get(settings.time_column or "") or settings.time_column,
        cluster=renamed.get(settings.cluster or "") or settings.cluster,
        by=settings.by and tuple(renamed.get(name) or name for name in settings.by),
    )
    return ConnectedLog(_shaped(source, shape, known), chosen, tuple(_shape_notes(shape)))


def _places(findings: Findings) -> dict[str, tuple[str, tuple[Op, ...]]]:
    """Return the paths of fields and elements, and the steps to them, by the path without `[]`."""
    places: dict[str, tuple[str, tuple[Op, ...]]] = {}
    for record in findings.records:
        for name in record.fields:
            path = record.child(name)
            places.setdefault(_bare(path), (path, record.ops))
    for vector in findings.vectors:
        for i in range(vector.length):
            places.setdefault(_bare(f"{vector.path}[{i}]"), (f"{vector.path}[{i}]", vector.ops))
    return places


def _bare(path: str) -> str:
    return path.replace("[]", "")


def _shaped(source: LogSource, shape: Shape, known: frozenset[str]) -> LogSource:
    if not shape.ops:
        return source
    files = tuple(
        replace(file, contents=shaped(file.contents, shape, file.name, known))
        for file in source.files
    )
    return replace(source, files=files)


def _note(side: str, place: Side) -> Note:
    return Note(
        f"connected_{side}",
        {"side": side, "features": place.features, "path": place.path, "by": place.by,
         "columns": tuple(place.columns.values())},
    )  # fmt: skip


def _shape_notes(shape: Shape) -> Iterable[Note]:
    decoded = tuple(f"{op.path} ({op.codec})" for op in shape.ops if isinstance(op, Decode))
    exploded = tuple(
        f"{p}[]" for op in shape.ops if isinstance(op, Explode) for p in (op.path, *op.beside)
    )
    if decoded:
        yield Note("decoded", {"columns": decoded})
    if exploded:
        yield Note("exploded", {"columns": exploded})


def features_without_columns(connection: Connection, features: Sequence[Feature]) -> list[str]:
    """Return the features that have a column on neither side."""
    sides = [side for side in (connection.raw, connection.served) if side is not None]
    having = {key for side in sides for key in side.columns}
    return [f.name for f in features if not having & {f.name, *output_keys([f])}]
