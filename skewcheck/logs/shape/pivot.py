"""Long tables, with a row for each value of an observation, become a row for each observation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.arrow import from_numpy
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.shape.ops import Pivot


def pivoted(contents: Contents, op: Pivot, names: Sequence[str]) -> Contents:
    """Return the contents with the values of `names` as fields of the column of values.

    Rows of one observation stand behind each other; a name that occurs twice in them has its last
    value.
    """
    kind = contents.schema[op.path]
    record = pa.struct([(name, kind) for name in names])
    schema = {**contents.schema, op.path: record}
    return Contents(schema, partial(_read, contents, op), textual=contents.textual)


def _read(
    contents: Contents, op: Pivot, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    # One part: the rows of an observation may lie in two of the file's.
    yield partial(_batches, contents, op, paths, wanted)


def _batches(
    contents: Contents, op: Pivot, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Batch]:
    inside = {ref: str(path.steps[0]) for ref, path in paths.items() if path.column == op.path}
    direct = {ref: path for ref, path in paths.items() if path.column != op.path}
    inner = {**direct, **{c: Path(c) for c in (op.id, op.name, op.path)}}
    numbers = frozenset([op.path]) if wanted.numbers.issuperset(inside) else frozenset()
    asked = Wanted(
        (wanted.numbers & direct.keys()) | numbers, (wanted.labels & direct.keys()) | {op.name},
        (wanted.others & direct.keys()) | {op.id, op.path} - numbers, wanted.rows,
    )  # fmt: skip
    rest: Batch | None = None
    row = 0
    for part in contents.read(inner, asked):
        for batch in part():
            whole = batch if rest is None else _joined(rest, batch)
            starts = _starts(whole.columns[op.id])
            done = int(starts[-1]) if len(starts) else 0
            if done:
                yield _observations(_slice(whole, 0, done), starts[:-1], op, inside, direct, row)
                row += len(starts) - 1
                whole = replace(whole, undecoded=0, first_undecoded=None, other=0)  # told
            rest = _slice(whole, done, whole.rows - done)
    if rest is not None and (rest.rows or rest.undecoded or rest.other):
        starts = _starts(rest.columns[op.id])
        yield _observations(rest, starts, op, inside, direct, row)


def _starts(ids: pa.Array) -> NDArray[np.int64]:
    """Return where runs of the same id begin; a null is an id of its own."""
    codes = labels(ids).codes
    changes = np.flatnonzero((codes[1:] != codes[:-1]) | (codes[1:] < 0)) + 1
    return np.concatenate([[0], changes]).astype(np.int64)[: len(codes)]


def _observations(
    batch: Batch, starts: NDArray[np.int64], op: Pivot, inside: Mapping[str, str],
    direct: Mapping[str, Path], row: int,
) -> Batch:  # fmt: skip
    """Return an observation for each run of rows."""
    run = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, batch.rows)))
    names = labels(batch.columns[op.name])
    values = batch.columns[op.path]
    columns: dict[str, pa.Array] = {}
    for ref, name in inside.items():
        code = names.levels.index(name) if name in names.levels else -2
        rows = np.flatnonzero(names.codes == code)
        places = np.zeros(len(starts), np.int64)
        valid = np.zeros(len(starts), bool)
        places[run[rows]], valid[run[rows]] = rows, True
        columns[ref] = values.take(from_numpy(places, valid))
    first = from_numpy(starts)
    columns |= {ref: batch.columns[ref].take(first) for ref in direct if ref in batch.columns}
    origin = RowOrigin(batch.origin.file, row)
    return replace(batch, origin=origin, rows=len(starts), columns=columns)


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
