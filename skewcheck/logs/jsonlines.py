"""JSON Lines: one object a line, in blocks that are parsed where their thunks are called."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.json as pj

from skewcheck.logs import text
from skewcheck.logs.arrays.cells import restored
from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path, picked, type_of
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.guess import extended, guessed
from skewcheck.logs.json_values import Steps, asked, column, to_arrow
from skewcheck.logs.text import Block, blocks, head
from skewcheck.logs.trouble import trouble

_MARK = b"\xef\xbb\xbf"
_SPACES = np.frombuffer(b"\n\r \t\v\f", np.uint8)
"""What `bytes.strip` takes for white space."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What is needed to parse a block."""

    name: str
    schema: Mapping[str, pa.DataType]
    explicit: pa.Schema
    """The columns to read, in the types to ask for."""
    paths: Mapping[str, Path]
    wanted: Wanted
    unit: str
    """What messages call a line."""


def open_jsonlines(
    path: str, name: str, known: Set[str] = frozenset(), unit: str = "line"
) -> Contents:
    """Open a file of JSON objects, one a line, plain or packed. Raises LogError.

    Columns and types are those of its first megabyte, and of columns that begin later those of
    samples of the rest; `known` ones are columns however rare they are. Messages call a line a
    `unit`.
    """
    start = text.beginning(path, lines=1)
    text.refuse_nul(start, 0, name)
    lines = start.removeprefix(_MARK).split(b"\n")
    if len(start) >= text.HEAD:
        if not all(map(_is_blank, lines[:-1])):
            lines.pop()  # cut short
        elif len(start) >= text.LONGEST:
            text.refuse_long(name, len(lines))
    schema, rare = guessed(_objects(lines, 0, name, unit), known=known)
    if len(start) >= text.HEAD:
        schema = extended(schema, guessed(_sampled(path), rare, known)[0])
    read, samples = (partial(how, path, name, schema, unit) for how in (_read, _samples))
    long = len(start) >= text.HEAD
    return Contents(schema, read, textual=True, samples=samples if long else None)


def _sampled(path: str) -> Iterator[dict[str, object]]:
    """Yield objects from all over a file; what is none is left to who reads all, and its line."""
    for line in chain.from_iterable(data.split(b"\n") for data in text.samples(path)):
        try:
            value = json.loads(line.decode("utf-8", "surrogateescape"))
        except (RecursionError, ValueError):
            continue
        if isinstance(value, dict):
            yield value


def _read(
    path: str,
    name: str,
    schema: Mapping[str, pa.DataType],
    unit: str,
    paths: Mapping[str, Path],
    wanted: Wanted,
) -> Iterator[Thunk]:
    job = _job(name, schema, unit, paths, wanted)
    start = head(path)
    skip = len(_MARK) if start.startswith(_MARK) else 0
    size, row = len(start) // (start.count(b"\n") + 1), 0
    for block in blocks(path, name, skip, lambda data: data.rfind(b"\n") + 1, len(paths), size):
        rows = _rows(block.data)
        if rows:
            yield partial(_batches, job, block, row, rows)
        row += rows


def _samples(
    path: str, name: str, schema: Mapping[str, pa.DataType], unit: str,
    paths: Mapping[str, Path], wanted: Wanted,
) -> Iterator[Thunk]:  # fmt: skip
    job = _job(name, schema, unit, paths, wanted)
    for data in text.samples(path):
        if rows := _rows(data):
            yield partial(_batches, job, Block(data, 0), 0, rows)


def _job(
    name: str, schema: Mapping[str, pa.DataType], unit: str, paths: Mapping[str, Path],
    wanted: Wanted,
) -> _Job:  # fmt: skip
    columns = {target.column: False for target in paths.values()}
    columns |= {paths[reference].column: True for reference in wanted.numbers & paths.keys()}
    steps: dict[str, list[Steps]] = {}
    for target in paths.values():
        steps.setdefault(target.column, []).append(target.steps)
    explicit = pa.schema(
        {name: asked(schema[name], steps[name], number) for name, number in columns.items()}
    )
    return _Job(name, schema, explicit, paths, wanted, unit)


def _rows(data: bytes) -> int:
    """Return how many lines are not blank."""
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    starts = characters[ends[ends + 1 < len(data)] + 1]
    # Only where white space begins a line need each be looked at.
    if data[:1].isspace() or np.isin(starts, _SPACES).any():
        return sum(1 for line in data.split(b"\n") if not _is_blank(line))
    return len(ends) + (not data.endswith(b"\n"))


def _is_blank(line: bytes) -> bool:
    """Return whether a line is no row: there is nothing but white space in it."""
    return not line.strip()


def _batches(job: _Job, block: Block, row: int, rows: int) -> Iterator[Batch]:
    try:
        table = pj.read_json(
            pa.BufferReader(block.data),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(block.data) + 1),
            parse_options=pj.ParseOptions(
                explicit_schema=job.explicit, unexpected_field_behavior="ignore"
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        columns = _by_hand(job, block)
    else:
        if table.num_rows == rows:
            columns = picked(table.combine_chunks().to_batches()[0], job.paths)
        else:
            columns = _by_hand(job, block)
    cleaned = {name: _cleaned(job, name, column) for name, column in columns.items()}
    yield Batch(RowOrigin(job.name, row), rows, cleaned)


def _cleaned(job: _Job, name: str, column: pa.Array) -> pa.Array:
    kind = type_of(job.schema, job.paths[name])
    labels = name in job.wanted.labels and name not in job.wanted.numbers
    if pa.types.is_string(column.type) and pa.types.is_temporal(kind) and not labels:
        return restored(column, kind)  # text remains where some are none: its reader counts them
    return column


def _by_hand(job: _Job, block: Block) -> dict[str, pa.Array]:
    """Parse lines whose values change their types, or find the one that is at fault."""
    objects = list(_objects(block.data.split(b"\n"), block.line, job.name, job.unit))
    return {
        reference: _of_values(
            [_followed(item, path) for item in objects],
            type_of(job.schema, path),
            number=reference in job.wanted.numbers,
            whole=reference in job.wanted.others,
        )
        for reference, path in job.paths.items()
    }


def _of_values(values: list[object], kind: pa.DataType, *, number: bool, whole: bool) -> pa.Array:
    if pa.types.is_nested(kind):
        return to_arrow(values, asked(kind, [()], number))
    return column(values, number=number, truths=pa.types.is_boolean(kind), whole=whole)


def _objects(
    lines: Sequence[bytes], before: int, name: str, unit: str = "line"
) -> Iterator[dict[str, object]]:
    """Yield the object of each line that is not blank; raise LogError at one that has none."""
    for number, line in enumerate(lines, before + 1):
        if _is_blank(line):
            continue
        try:
            value = json.loads(line.decode("utf-8", "surrogateescape"))
        except RecursionError:
            raise trouble(name, f"{unit} {number}: nested too deep to be a log") from None
        except ValueError as error:
            place = error.pos if isinstance(error, json.JSONDecodeError) else 0
            where = f"at character {place + 1}"  # not the parser's own words: they quote
            what = f"{unit} {number}: no JSON object ({where}): write one object a line"
            raise trouble(name, what) from None
        if not isinstance(value, dict):
            what = f"{unit} {number}: a JSON {type(value).__name__}, no object: write one a line"
            raise trouble(name, what)
        yield value


def _followed(value: object, path: Path) -> object:
    for step in (path.column, *path.steps):
        match step, value:
            case str(), dict():
                value = value.get(step)
            case int(), list():
                value = value[step] if step < len(value) else None
            case _:
                return None
    return value
