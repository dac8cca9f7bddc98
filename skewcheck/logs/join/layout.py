"""The columns of joined rows: which side gives each, and what it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.join.concat import common_type, plain_type
from skewcheck.logs.join.partitions import MARK, JoinFile
from skewcheck.logs.join.sides import Telling, rows_of


@dataclass(frozen=True, slots=True)
class Out:
    """A column of joined rows."""

    name: str
    """What it is in the log."""
    sides: tuple[int, ...]
    """The sides that have it: a row's value is that of the first with one."""
    kind: pa.DataType
    called: str
    """Its name in joined rows."""
    inside: str | None = None
    """The record of joined rows that it is in."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of joined rows."""

    id_name: str
    outs: tuple[Out, ...]
    textual: frozenset[str]
    """The columns, or records, whose numbers may have been parsed from text."""

    @property
    def schema(self) -> dict[str, pa.DataType]:
        """Return the top-level columns in their order."""
        columns: dict[str, pa.DataType] = {self.id_name: pa.large_string()}
        records: dict[str, list[tuple[str, pa.DataType]]] = {}
        for out in self.outs:
            if out.inside is None:
                columns[out.called] = out.kind
            else:
                records.setdefault(out.inside, []).append((out.called, out.kind))
                columns[out.inside] = pa.null()
        return columns | {name: pa.struct(fields) for name, fields in records.items()}


def laid_out(
    files: Sequence[JoinFile], found: Telling, tables: Sequence[pa.Table], names: Sequence[str],
    id_name: str,
) -> Layout:  # fmt: skip
    """Return the columns of joined rows, by some partition.

    A column of one side keeps its name. Where several have values, that of the first does; those
    of another are in a record of that side's name (`served.fare`), or if they hold records
    themselves beside it (`served_features`).
    """
    of_side = [_files_of(side, files, found) for side in range(found.sides)]
    types = [_types(of_files) for of_files in of_side]
    filled = _filled(found, tables)
    taken = {id_name, *(name for side in types for name in side)}
    records = {side: _free(names[side], taken) for side in range(1, found.sides)}
    outs: list[Out] = []
    textual: set[str] = set()
    for name in dict.fromkeys(name for side in types for name in side):
        having = [side for side in range(found.sides) if name in types[side]]
        owners = [side for side in having if name in filled[side]] or having[:1]
        others = [side for side in having if side not in owners]
        for place, side in enumerate(owners):
            sides = (side, *others) if place == 0 else (side,)
            kind = common_type(types[s][name] for s in sides)
            out = Out(name, sides, kind, name)
            if place and _holds_records(f"{MARK}{name}", kind, tables):
                out = Out(name, sides, kind, _free(f"{records[side]}_{name}", taken))
            elif place:
                out = Out(name, sides, kind, name, records[side])
            outs.append(out)
            if any(part.file.contents.textual for s in sides for part in of_side[s]):
                textual.add(out.inside or out.called)
    return Layout(id_name, tuple(outs), frozenset(textual))


def _files_of(side: int, files: Sequence[JoinFile], found: Telling) -> list[JoinFile]:
    if not found.by_file:
        return list(files)
    return [part for part, own in zip(files, found.by_file, strict=True) if own == side]


def _types(files: Sequence[JoinFile]) -> dict[str, pa.DataType]:
    """Return the columns of some files, in their order, with types that all of them fit in."""
    types: dict[str, list[pa.DataType]] = {}
    for part in files:
        schema = part.file.schema()
        for name in part.columns:
            types.setdefault(name, []).append(plain_type(schema[name]))
    return {name: common_type(kinds) for name, kinds in types.items()}


def _filled(found: Telling, tables: Sequence[pa.Table]) -> list[set[str]]:
    """Return the columns that have a value in some record of each side."""
    filled: list[set[str]] = [set() for _ in range(found.sides)]
    for table in tables:
        sides = found.of(table)
        for side in range(found.sides):
            places = rows_of(np.flatnonzero(sides == side))
            for name in table.schema.names:
                if name.startswith(MARK) and name[1:] not in filled[side]:
                    of_side = table.column(name).take(places)
                    if of_side.null_count < len(of_side):
                        filled[side].add(name[1:])
    return filled


def _holds_records(name: str, kind: pa.DataType, tables: Sequence[pa.Table]) -> bool:
    """Return whether values are records or lists, or text that begins as these do."""
    if pa.types.is_nested(kind):
        return True
    if not is_text(kind):
        return False
    columns = (table.column(name) for table in tables if name in table.schema.names)
    texts = (str(text).lstrip() for c in columns for text in pylist(c.slice(0, 20)) if text)
    return any(text.startswith(("{", "[")) for text in texts)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no column has, and take it."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name
