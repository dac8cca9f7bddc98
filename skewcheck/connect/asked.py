"""Open up the records of a log as far as the columns that options name need it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from skewcheck.config.types import Connected, Settings
from skewcheck.connect.candidates import Candidate
from skewcheck.connect.chains import merged
from skewcheck.connect.connection import (
    find,
    raw_alone,
    refuse_raw_rivals,
    served_beside,
)
from skewcheck.connect.needed import (
    looks_beside,
)
from skewcheck.connect.notes import shape_notes, side_note
from skewcheck.connect.opened import ConnectedLog, filled, served_of, shaped_log
from skewcheck.connect.places import places_of, plain
from skewcheck.counts.feature_plan import served_columns
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.shape.ops import Op, Shape


@dataclass(frozen=True, slots=True)
class _Places:
    """The columns of a log and the fields of its records, by the names that options have."""

    source: LogSource
    inside: Mapping[str, tuple[str, tuple[Op, ...]]]
    chains: list[tuple[Op, ...]] = field(default_factory=list)
    """The steps to the fields that were looked up."""

    def has(self, name: str) -> bool:
        """Return whether there is a column or a field of this name."""
        return self.source.has(name) or name in self.inside or plain(name) in self.inside

    def path(self, name: str) -> str | None:
        """Return the path of a field, whose steps are kept; None for a column, and for nothing."""
        if self.source.has(name) or not self.has(name):
            return None
        path, ops = self.inside[name if name in self.inside else plain(name)]
        self.chains.append(ops)
        return path

    def columns(self, feature: Feature, settings: Settings) -> Connected | None:
        """Return the columns that options name of a feature; None where the log has none."""
        asked = FeatureColumns.of(feature, settings, self.has)
        raw = asked.raw and self.path(asked.raw)
        served: dict[str, str] = {}
        if asked.served is not None:
            wanted = served_columns(feature, asked.served, self.has)
            for key, column in zip(feature.served_names, wanted, strict=True):
                path = self.path(column)
                if path is not None or self.source.has(column):
                    served[key] = path or column
        return Connected(raw or asked.raw, served or None) if raw or served else None


def opened_up(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> ConnectedLog:
    """Return a log whose records are opened up as far as the columns that options name need it."""
    places = _Places(source, places_of(find(source, features)))
    chains = places.chains
    found = {feature.name: places.columns(feature, settings) for feature in features}
    columns = {name: column for name, column in found.items() if column is not None}
    names = [settings.time_column, settings.cluster, *(settings.by or ())]
    renamed = {name: places.path(name) or name for name in names if name is not None}
    columns, notes = _with_beside(source, features, settings, known, columns, chains)
    raw = (column.raw for column in columns.values() if column.raw is not None)
    if settings.raw == "{feature}" and not any(map(places.has, raw)):
        columns, notes = _with_raw(source, features, known, columns, chains)
    if not chains and not notes:
        return ConnectedLog(source, settings)
    sides = ((c.raw, *(c.served or {}).values()) for c in columns.values())
    filling = [name for side in sides for name in side if name is not None]
    shape = Shape((*merged(chains), *filled(filling, chains)))
    chosen = replace(
        settings, connected=columns, time_column=renamed.get(settings.time_column or ""),
        cluster=renamed.get(settings.cluster or ""),
        by=settings.by and tuple(renamed[name] for name in settings.by),
    )  # fmt: skip
    return ConnectedLog(shaped_log(source, shape, known), chosen, (*notes, *shape_notes(shape)))


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
    beside = {f.name: Connected(having.get(f.name), served_of(f, side)) for f in features}
    return {**columns, **beside}, (side_note("served", side),)
