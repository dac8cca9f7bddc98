"""All columns of a file seen as one record, which may be a table with names and rows apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import pyarrow as pa

from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.columns import Path, pick
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.shape.ops import Wrap


def wrapped(contents: Contents, op: Wrap) -> Contents:
    """Return the contents with one column, a record of all others."""
    schema = {op.path: pa.struct(list(contents.schema.items()))}
    samples = contents.samples and partial(_read, replace(contents, read=contents.samples), op)
    return replace(contents, schema=schema, read=partial(_read, contents, op), samples=samples)


def _read(
    contents: Contents, op: Wrap, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    columns = {name: Path(name) for name in contents.schema}
    for part in contents.read(columns, Wanted(others=frozenset(columns), rows=wanted.rows)):
        yield partial(_batches, part, op, paths)


def _batches(part: Thunk, op: Wrap, paths: Mapping[str, Path]) -> Iterator[Batch]:
    for batch in part():
        names = [*batch.columns]
        record = pa.StructArray.from_arrays([batch.columns[name] for name in names], names=names)
        columns = {ref: pick(record, path) for ref, path in paths.items() if path.column == op.path}
        yield replace(batch, columns=columns)
