"""Join the records of a log by an id, wherever in them it is, before its columns are connected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from skewcheck.config.types import Settings
from skewcheck.connect.candidates import Candidate, candidates
from skewcheck.connect.chains import merged
from skewcheck.connect.connection import find
from skewcheck.connect.needed import FULL_SHARE
from skewcheck.connect.notes import shape_notes
from skewcheck.connect.opened import ConnectedLog
from skewcheck.connect.places import places_of
from skewcheck.engine.columns import FeatureColumns
from skewcheck.engine.engines import cores
from skewcheck.engine.served_names import hint_of
from skewcheck.engine.source import LogSource
from skewcheck.features.notes import Note
from skewcheck.features.types import Feature
from skewcheck.logs.file import File
from skewcheck.logs.join.partitions import BUFFERED, JoinFile, partitioned
from skewcheck.logs.join.rows import Joined, joined
from skewcheck.logs.join.sides import Telling, sample, stem, telling
from skewcheck.logs.log import Log
from skewcheck.logs.shape import shaped_file
from skewcheck.logs.shape.ops import Op, Shape
from skewcheck.text.errors import NothingToTestError, OptionName, UsageError
from skewcheck.text.numbers import shortened

_OTHER = "joined"
"""Name of the record of a later side's columns, where nothing says which side it is: the values of
a column that tells sides apart are data, and are no names."""

_RANKS: Mapping[str | None, int] = {"raw": 0, None: 1, "served": 2}
"""The order of sides by what their names say, so that rows are those of requests."""


def joined_log(
    source: LogSource, features: Sequence[Feature], settings: Settings, known: frozenset[str]
) -> tuple[LogSource, tuple[Note, ...]]:
    """Return a log whose rows are the records of the same id, and what is to be told of it.

    Rows are in the order of the records of the first side, by what names say that of raw values,
    or else by their first records. UsageError where the id is in no file,
    or in one of several alone; NothingToTestError where no row is left.
    """
    ops: list[Op] = []
    files = [_opened_up(file, features, settings, known, ops) for file in source.files]
    _refuse_missing(files, settings)
    records = partitioned(files, cores())
    tables = sample(records.tables(0), BUFFERED) if records.groups else []
    found = telling(files, tables)
    if found is None:
        raise NothingToTestError(_option(settings), ": no two records have the same id")
    within = None if settings.within is None else settings.within.total_seconds()
    names = _side_names(files, found)
    order = sorted(range(found.sides), key=lambda side: _RANKS[hint_of(names[side])])
    found, names = found.in_order(order), [names[side] for side in order]
    result = joined(files, records, found, tables, names, _id_name(files), within)
    if not result.rows:
        raise NothingToTestError(
            _option(settings), ": all records of the same id lie further apart than ",
            OptionName("within"),
        )  # fmt: skip
    notes = (_note(result, files, found), *shape_notes(Shape(tuple(dict.fromkeys(ops)))))
    return replace(source, files=result.files, read=Log(source.files)), notes


def refuse_unconnected(log: ConnectedLog, features: Sequence[Feature]) -> None:
    """Raise UsageError where several places of a joined log hold the features, and one is not used.

    Who joins records has both sides, of which a server that is wrong enough shows nothing.
    """
    chosen = log.settings
    if chosen.served is not None or any(table.served for table in chosen.columns.values()):
        return
    inputs = [feature for feature in features if not feature.output]
    connected = chosen.connected.values()
    if any(column.raw for column in connected) and any(column.served for column in connected):
        return
    has = log.source.has
    raw_columns = (FeatureColumns.of(feature, chosen, has).raw for feature in inputs)
    used = {column for column in raw_columns if column is not None and has(column)}
    used |= {path for column in connected for path in (column.served or {}).values()}
    places = candidates(find(log.source, inputs), inputs)
    places = [place for place in places if len(place.columns) >= FULL_SHARE * len(inputs)]
    others = [place for place in places if not {*place.columns.values()} <= used]
    if not others or (not used and len({place.path for place in others}) == 1):
        return
    raw = next((place for place in places if place not in others), others[0])
    shown = ", ".join(repr(path or "the rows") for path in dict.fromkeys(p.path for p in places))
    raise UsageError(
        f"{log.source.names[0]}: features have values in {shown}, and nothing shows which are raw"
        " and which served: ", OptionName("raw", _template(raw)), " and ",
        OptionName("served", _template(others[-1])), " would say so",
    )  # fmt: skip


def _template(place: Candidate) -> str:
    if place.by != "name":
        return "TEMPLATE"
    return f"{place.path}.{{feature}}" if place.path else "{feature}"


def _opened_up(
    file: File, features: Sequence[Feature], settings: Settings, known: frozenset[str],
    all_ops: list[Op],
) -> JoinFile:  # fmt: skip
    """Return a file whose records are opened up as far as its id and its time need it."""
    chains: list[tuple[Op, ...]] = []

    def place(names: Iterable[str]) -> tuple[str, ...]:
        paths: list[str] = []
        for name in names:
            found = _place(name, file, features)
            if found is not None:
                paths.append(found[0])
                chains.append(found[1])
        return tuple(paths)

    ids = place(settings.join)
    timed = settings.within is not None and settings.time_column is not None
    times = place([str(settings.time_column)]) if timed and ids else ()
    if timed and ids and not times:
        raise UsageError(
            OptionName("within"), f": {file.name} has no column ",
            OptionName("time_column", settings.time_column), " to compare times by",
        )  # fmt: skip
    shape = Shape(tuple(merged(chains)))
    if shape.ops:
        all_ops.extend(shape.ops)
    return JoinFile(shaped_file(file, shape, known), ids, times[0] if times else None)


def _place(name: str, file: File, features: Sequence[Feature]) -> tuple[str, tuple[Op, ...]] | None:
    """Return the path of a column and the steps to it: as it is named, or inside of records."""
    if file.has(name):
        return name, ()
    places = places_of(find(Log((file,)), features))
    exact = places.get(name.replace("[]", ""))
    if exact is not None:
        return exact
    inside = [path for path in places if path.rpartition(".")[2] == name]
    if len(inside) > 1:
        raise UsageError(
            f"{file.name}: several fields are called {name!r}: {shortened(inside, 3)}; ",
            OptionName("join", inside[0]), " says which",
        )  # fmt: skip
    return places[inside[0]] if inside else None


def _refuse_missing(files: Sequence[JoinFile], settings: Settings) -> None:
    having = [part.file.name for part in files if part.ids]
    lacking = [part.file.name for part in files if not part.ids]
    if not having:
        raise UsageError(
            _option(settings), f": no such column in {shortened(lacking, 3)},"
            " nor in the records that their columns hold",
        )  # fmt: skip
    if len(having) == 1 and lacking:
        raise UsageError(
            _option(settings), f": a column of {having[0]} alone, not of {shortened(lacking, 3)}: ",
            OptionName("join", "COLUMN=OTHER"), " names it where it has two names",
        )  # fmt: skip


def _option(settings: Settings) -> OptionName:
    return OptionName("join", "=".join(settings.join))


def _id_name(files: Sequence[JoinFile]) -> str:
    return next(part.ids[0] for part in files if part.ids)


def _side_names(files: Sequence[JoinFile], found: Telling) -> list[str]:
    """Return the name of each side: of its files where these tell it, of the word in a level."""
    if not found.by_file:
        levels = found.levels or (None,) * found.sides
        return [(level and hint_of(level)) or _OTHER for level in levels]
    parts = [[stem(part.file), *reversed(PurePath(part.file.path).parts[:-1])] for part in files]
    common = set(parts[0]).intersection(*parts[1:])
    names: list[str] = []
    for side in range(found.sides):
        own = [part for part in parts[found.by_file.index(side)] if part not in common]
        name = next((part for part in own if hint_of(part)), own[0] if own else _OTHER)
        names.append(re.sub(r"\W+", "_", name).strip("_") or _OTHER)
    return names


def _note(result: Joined, files: Sequence[JoinFile], found: Telling) -> Note:
    names = tuple(part.file.name for part in files)
    path = found.column
    return Note(
        "joined",
        {"rows": result.rows, "column": _id_name(files), "files": names,
         "by": "file" if path is None else "column",
         "path": "" if path is None else ".".join([path.column, *map(str, path.steps)])},
    )  # fmt: skip
