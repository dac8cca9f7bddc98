"""Long tables, with a row for each value of an observation, become a row for each observation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.arrow import from_numpy
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, pick
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.shape.ops import Pivot


def pivoted(
    contents: Contents, op: Pivot, names: Sequence[str], stages: Sequence[str] = ()
) -> Contents:
    """Return the contents with the values of `names` as fields of the columns of values.

    Of a table with stages they are fields of the fields `stages`. Rows of one observation stand
    behind each other; those in which a name occurs twice are records that cannot be decoded.
    """
    schema = dict(contents.schema)
    for column in op.columns:
        if column in schema:
            kind = pa.struct([(name, schema[column]) for name in names])
            schema[column] = kind if op.stage is None else pa.struct([(s, kind) for s in stages])
    return Contents(schema, partial(_read, contents, op), textual=contents.textual)


def _read(
    contents: Contents, op: Pivot, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    # One part: the rows of an observation may lie in two of the file's.
    yield partial(_batches, contents, _Job.of(op, paths), wanted)


@dataclass(frozen=True, slots=True)
class _Job:
    """What is asked of a long table."""

    op: Pivot
    inside: Mapping[str, Path]
    """Of the values of some names, by reference."""
    direct: Mapping[str, Path]
    """Of the first row of each observation."""

    @classmethod
    def of(cls, op: Pivot, paths: Mapping[str, Path]) -> _Job:
        inside = {
            ref: path for ref, path in paths.items()
            if path.column in op.columns and len(path.steps) >= cls._depth(op)
        }  # fmt: skip
        return cls(op, inside, {ref: p for ref, p in paths.items() if ref not in inside})

    @property
    def naming(self) -> tuple[str, ...]:
        """Return the columns whose texts name a value."""
        return (self.op.name,) if self.op.stage is None else (self.op.stage, self.op.name)

    @property
    def values(self) -> frozenset[str]:
        """Return the columns of values that are read."""
        return frozenset(path.column for path in self.inside.values())

    @staticmethod
    def _depth(op: Pivot) -> int:
        return 1 if op.stage is None else 2

    def parts(self, path: Path) -> tuple[tuple[str, ...], Path]:
        """Return the name of a value, and where in that value a path leads."""
        depth = self._depth(self.op)
        return tuple(map(str, path.steps[:depth])), Path(path.column, path.steps[depth:])

    def wanted(self, wanted: Wanted) -> Wanted:
        """Return what is read of the table itself: values as numbers where all of them are."""
        others = {p.column for ref, p in self.inside.items()
                  if ref not in wanted.numbers or self.parts(p)[1].steps}  # fmt: skip
        return Wanted(
            (wanted.numbers & self.direct.keys()) | (self.values - others),
            (wanted.labels & self.direct.keys()) | {*self.naming},
            (wanted.others & self.direct.keys()) | {self.op.id} | others,
            wanted.rows,
        )


def _batches(contents: Contents, job: _Job, wanted: Wanted) -> Iterator[Batch]:
    columns = {c: Path(c) for c in (job.op.id, *job.naming, *job.values)}
    rest: Batch | None = None
    row = 0
    for part in contents.read({**job.direct, **columns}, job.wanted(wanted)):
        for batch in part():
            whole = batch if rest is None else _joined(rest, batch)
            starts = _starts(whole.columns[job.op.id])
            done = int(starts[-1]) if len(starts) else 0
            if done:
                yield _observations(_slice(whole, 0, done), starts[:-1], job, row)
                row += len(starts) - 1
                whole = replace(whole, undecoded=0, first_undecoded=None, other=0)  # told
            rest = _slice(whole, done, whole.rows - done)
    if rest is not None and (rest.rows or rest.undecoded or rest.other):
        yield _observations(rest, _starts(rest.columns[job.op.id]), job, row)


def _starts(ids: pa.Array) -> NDArray[np.int64]:
    """Return where runs of the same id begin; a null is an id of its own."""
    codes = labels(ids).codes
    changes = np.flatnonzero((codes[1:] != codes[:-1]) | (codes[1:] < 0)) + 1
    return np.concatenate([[0], changes]).astype(np.int64)[: len(codes)]


def _observations(batch: Batch, starts: NDArray[np.int64], job: _Job, row: int) -> Batch:
    """Return an observation for each run of rows, without those in which a name occurs twice."""
    run = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, batch.rows)))
    codes, names = _names([batch.columns[column] for column in job.naming])
    twice = _repeating(run, codes, len(starts))
    columns: dict[str, pa.Array] = {}
    for ref, path in job.inside.items():
        name, inner = job.parts(path)
        rows = np.flatnonzero(codes == names.get(name, -2))
        places = np.zeros(len(starts), np.int64)
        valid = np.zeros(len(starts), bool)
        places[run[rows]], valid[run[rows]] = rows, True
        # A file may lack the column of one side.
        if path.column in batch.columns:
            values = pick(batch.columns[path.column], inner)
            columns[ref] = values.take(from_numpy(places, valid))
    first = from_numpy(starts)
    direct = (ref for ref in job.direct if ref in batch.columns)
    columns |= {ref: batch.columns[ref].take(first) for ref in direct}
    origin = RowOrigin(batch.origin.file, row)
    made = replace(batch, origin=origin, rows=len(starts), columns=columns)
    if not twice.any():
        return made
    bad = batch.undecoded + int(twice.sum())
    place = row + int(np.argmax(twice))
    return replace(made.only(~twice), undecoded=bad, first_undecoded=place)


def _names(columns: Sequence[pa.Array]) -> tuple[NDArray[np.int64], dict[tuple[str, ...], int]]:
    """Return a code for what some columns hold in each row, and the texts of each code.

    It is -1 where one of them holds nothing.
    """
    texts: list[tuple[str, ...]] = [()]
    codes = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        found = labels(column)
        of_column = found.codes.astype(np.int64)
        joint = codes * len(found.levels) + of_column
        codes = np.where((codes < 0) | (of_column < 0), -1, joint)
        texts = [(*before, level) for before in texts for level in found.levels]
    return codes, {text: code for code, text in enumerate(texts)}


def _repeating(run: NDArray[np.int64], codes: NDArray[np.int64], runs: int) -> NDArray[np.bool_]:
    """Return in which runs a code occurs twice; none says nothing."""
    named = codes >= 0
    if not named.any():
        return np.zeros(runs, bool)
    width = int(codes.max()) + 1
    places, times = np.unique(run[named] * width + codes[named], return_counts=True)
    result = np.zeros(runs, bool)
    result[places[times > 1] // width] = True
    return result


def _joined(one: Batch, other: Batch) -> Batch:
    columns = {
        name: pa.concat_arrays([_plain(one.columns[name]), _plain(column)])
        for name, column in other.columns.items()
    }
    first = other.first_undecoded if one.first_undecoded is None else one.first_undecoded
    return replace(
        other, rows=one.rows + other.rows, columns=columns, other=one.other + other.other,
        undecoded=one.undecoded + other.undecoded, first_undecoded=first,
    )  # fmt: skip


def _plain(array: pa.Array) -> pa.Array:
    """Return an array without a dictionary: those of several batches differ."""
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _slice(batch: Batch, start: int, rows: int) -> Batch:
    columns = {name: column.slice(start, rows) for name, column in batch.columns.items()}
    return replace(batch, rows=rows, columns=columns)
