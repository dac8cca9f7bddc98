"""A log: files and tables that are read as one; their columns, types and first rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import numbers
from skewcheck.logs.arrays.arrow import from_numpy, present, to_numpy
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.asked import TableVersion
from skewcheck.logs.batch import ROWS, Batch, Wanted
from skewcheck.logs.columns import leaves, resolve, type_of
from skewcheck.logs.file import File
from skewcheck.logs.paths import Unopened

TRIES = 5
"""Files of one set of columns whose first rows are looked at for values: a column may have been
added as nulls first. As many as show the first, the last and some between."""
MAX_HEADS = 256
"""First rows of files that are looked at in all: names of columns may be dates, one per file."""


@dataclass(frozen=True, slots=True)
class Log:
    """Several files that are one log."""

    files: tuple[File, ...]
    """Tables in memory as given, then standard input, then files sorted by path."""
    unopened: tuple[Unopened, ...] = ()
    """What was met and is not read: names that mark no logs, files that may still grow."""
    versions: tuple[TableVersion, ...] = ()
    """Of the tables among the files."""

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

        Text of which the first rows are numbers, as `texts.Texts` has them, is float64.
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

    def heads(self, columns: Iterable[str], rows: int = ROWS) -> Iterator[Batch]:
        """Yield likewise first rows of files that together have every set of these columns.

        Of files with the same columns the first says enough, unless some have no value there: then
        TRIES of them are read, at most MAX_HEADS in all.
        """
        wanted = Wanted(labels=frozenset(columns), rows=rows)
        seen: list[frozenset[str]] = []
        for names, files in self._by_columns(wanted.labels).items():
            lists = frozenset(map(_list_of, names))
            for file in _spread(files, TRIES):
                if len(seen) == MAX_HEADS or any(lists <= earlier for earlier in seen):
                    break
                head = next(_batches(file, wanted), None)
                if head is not None and head.rows:
                    present = (n for n, array in head.columns.items() if has_value(array))
                    seen.append(lists.intersection(map(_list_of, present)))
                    yield head

    def _by_columns(self, columns: frozenset[str]) -> dict[frozenset[str], list[File]]:
        """Return the files by those of the columns that they have, of some type at all."""
        having: dict[object, frozenset[str]] = {}
        files: dict[frozenset[str], list[File]] = {}
        for file in self.files:
            schema = {n: kind for n, kind in file.schema().items() if not pa.types.is_null(kind)}
            # By the schema: looking each column up in each of many files would take long.
            key = tuple(schema), tuple(k for k in schema.values() if pa.types.is_nested(k))
            if key not in having:
                having[key] = frozenset(c for c in columns if resolve(schema, c) is not None)
            if having[key]:
                files.setdefault(having[key], []).append(file)
        return files

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


def _list_of(column: str) -> str:
    """Return the column, or the list of an element: lists have fewer places than are looked for."""
    return column.partition("[")[0]


def has_value(array: pa.Array) -> bool:
    """Return whether a column holds anything but nulls, of floats anything but NaN."""
    if pa.types.is_run_end_encoded(array.type):
        from skewcheck.logs.arrays.encoded import runs  # few logs have them

        array = runs(array)
    if pa.types.is_dictionary(array.type):
        # A level may be null as well; to give each row its own may fill the memory.
        places = to_numpy(array.indices, array.indices.type.to_pandas_dtype())
        some = np.flatnonzero(np.bincount(places[present(array.indices)], minlength=1))
        if not (array.dictionary.null_count or pa.types.is_floating(array.dictionary.type)):
            return len(some) > 0  # taking them imports Arrow's functions
        array = array.dictionary.take(from_numpy(some))
    if pa.types.is_floating(array.type):
        return not bool(np.isnan(numbers(array).values.astype(np.float64)).all())
    return bool(array.null_count < len(array))


def _spread(files: Sequence[File], most: int) -> Iterator[File]:
    """Yield the first of the files, the last, and evenly spaced ones between, `most` at most."""
    last, steps = len(files) - 1, most - 1
    for place in dict.fromkeys([0, last, *(last * i // steps for i in range(1, steps))]):
        yield files[place]


def _batches(file: File, wanted: Wanted) -> Iterator[Batch]:
    for part in file.parts(wanted):
        yield from part()


def _type_of_values(file: File, column: str) -> pa.DataType:
    from skewcheck.logs.arrays.texts import Texts  # most columns have types

    first = next(_batches(file, Wanted(labels=frozenset([column]))), None)
    texts = Texts() if first is None else Texts.of(first.columns[column])
    return pa.float64() if texts.mostly_numbers else pa.string()


def _rows(file: File) -> int:
    if file.rows is not None:
        return file.rows
    return sum(batch.rows for batch in _batches(file, Wanted()))
