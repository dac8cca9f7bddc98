"""A log: files and tables that are read as one; their columns, types and first rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.logs.arrays.cells import Texts, is_text
from skewcheck.logs.batch import ROWS, Batch, Wanted
from skewcheck.logs.columns import leaves, resolve, type_of
from skewcheck.logs.file import File
from skewcheck.logs.paths import Unopened


@dataclass(frozen=True, slots=True)
class Log:
    """Several files that are one log."""

    files: tuple[File, ...]
    """Tables in memory as given, then standard input, then files sorted by path."""
    unopened: tuple[Unopened, ...] = ()
    """What was met and is not read: names that mark no logs, files that may still grow."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the files, in the order in which they are read."""
        return tuple(file.name for file in self.files)

    def schema(self) -> Mapping[str, pa.DataType]:
        """Return the top-level columns of all files: those of the first file come first.

        The first file that has a column says its type, if it has a value there.
        """
        types: dict[str, pa.DataType] = {}
        for file in self.files:
            _add(types, file.schema())
        return types

    def leaves(self) -> Mapping[str, pa.DataType]:
        """Return likewise all columns that can be told apart: `a.b` and `a[0]` inside columns."""
        types: dict[str, pa.DataType] = {}
        for file in self.files:
            for name, kind in file.schema().items():
                _add(types, leaves(name, kind))
        return types

    def has(self, column: str) -> bool:
        """Return whether any file has a column (`a`, `a.b`, `a[3]`)."""
        return any(file.has(column) for file in self.files)

    def lacking(self, column: str) -> tuple[str, ...]:
        """Return the names of the files without a column."""
        return tuple(file.name for file in self.files if not file.has(column))

    def types(self, column: str) -> list[pa.DataType]:
        """Return the types of a column in the files that have it.

        Text of which the first rows are numbers, as `cells.Texts` has them, is float64.
        """
        types: list[pa.DataType] = []
        for file in self.files:
            path = resolve(file.schema(), column)
            if path is not None:
                kind = type_of(file.schema(), path)
                types.append(_type_of_values(file, column) if is_text(kind) else kind)
        return types

    def head(self, columns: Iterable[str], rows: int = ROWS) -> Batch | None:
        """Return the first rows of the first file, these columns as labels; None without rows.

        About `rows` of them, more where a format reads blocks.
        """
        wanted = Wanted(labels=frozenset(columns), rows=rows)
        return next(_batches(self.files[0], wanted), None)

    def batches(self, wanted: Wanted) -> Iterator[Batch]:
        """Yield all batches one by one, file by file, in the order of their rows."""
        for file in self.files:
            yield from _batches(file, wanted)

    def starts(self) -> Mapping[str, int]:
        """Return the number of rows before each file, by its name.

        Where a format does not tell its rows in advance (text, streams), all files but the last
        are read for it.
        """
        starts, rows = {}, 0
        for file in self.files:
            starts[file.name] = rows
            if file is not self.files[-1]:
                rows += _rows(file)
        return starts


def _add(types: dict[str, pa.DataType], more: Mapping[str, pa.DataType]) -> None:
    for name, kind in more.items():
        # A file in which the column is empty does not know its type.
        if name not in types or pa.types.is_null(types[name]):
            types[name] = kind


def _batches(file: File, wanted: Wanted) -> Iterator[Batch]:
    for part in file.parts(wanted):
        yield from part()


def _type_of_values(file: File, column: str) -> pa.DataType:
    first = next(_batches(file, Wanted(labels=frozenset([column]))), None)
    texts = Texts() if first is None else Texts.of(first.columns[column])
    return pa.float64() if texts.mostly_numbers else pa.string()


def _rows(file: File) -> int:
    if file.rows is not None:
        return file.rows
    return sum(batch.rows for batch in _batches(file, Wanted()))
