"""JSON Lines: one object a line, in blocks that are parsed where their thunks are called."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
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
from skewcheck.logs.text import Block, blocks, head, places
from skewcheck.logs.trouble import trouble

_MARK = b"\xef\xbb\xbf"
_OBJECT = "object"
"""What messages call the lines that a document is taken apart to: it is whole, or damaged."""
_CACHED = 4 << 20
"""Bytes that Arrow parses at a time: what it makes of more leaves the cache before it is read."""
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
    schema, rare = guessed(_first_objects(lines, name, unit), known=known)
    if len(start) >= text.HEAD:
        schema = extended(schema, guessed(_sampled(path), rare, known)[0])
    read, samples = (partial(how, path, name, schema, unit) for how in (_read, _samples))
    long = len(start) >= text.HEAD
    return Contents(schema, read, textual=True, samples=samples if long else None)


def _first_objects(lines: Sequence[bytes], name: str, unit: str) -> list[dict[str, object]]:
    """Return the objects of a file's first lines; LogError where not most of them are objects."""
    found = [] if unit == _OBJECT else [*_lenient(lines)]
    objects = [value for value in found if value is not None]
    if 2 * len(objects) <= len(found):
        return list(_objects(lines, 0, name, unit))
    return objects


def _sampled(path: str) -> Iterator[dict[str, object]]:
    """Yield objects from all over a file; what is none is left to who reads all, and its line."""
    lines = chain.from_iterable(data.split(b"\n") for data in text.samples(path))
    yield from (value for value in _lenient(lines) if value is not None)


def _lenient(lines: Iterable[bytes]) -> Iterator[dict[str, object] | None]:
    """Yield the object of each line that is not blank; None for a line that holds none."""
    for line in lines:
        if _is_blank(line):
            continue
        try:
            value = json.loads(line.decode("utf-8", "surrogateescape"))
        except (RecursionError, ValueError):
            value = None
        yield value if isinstance(value, dict) else None


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
    # In the order of the lines: Arrow looks a key up only where it is not the next of the schema.
    explicit = pa.schema(
        {
            name: asked(schema[name], steps[name], columns[name])
            for name in schema
            if name in columns
        }
    )
    return _Job(name, schema, explicit, paths, wanted, unit)


def _rows(data: bytes) -> int:
    """Return how many lines are not blank."""
    ends = places(data, b"\n")
    starts = np.frombuffer(data, np.uint8)[ends[ends + 1 < len(data)] + 1]
    # Only where white space begins a line need each be looked at.
    if data[:1].isspace() or np.isin(starts, _SPACES).any():
        return sum(1 for line in data.split(b"\n") if not _is_blank(line))
    return len(ends) + (not data.endswith(b"\n"))


def _is_blank(line: bytes) -> bool:
    """Return whether a line is no row: there is nothing but white space in it."""
    return not line.strip()


def _batches(job: _Job, block: Block, row: int, rows: int) -> Iterator[Batch]:
    table = _parsed(job, block.data)
    if table is None or table.num_rows != rows:
        yield _by_hand(job, block, row)
        return
    columns = picked(table.combine_chunks().to_batches()[0], job.paths)
    cleaned = {name: _cleaned(job, name, column) for name, column in columns.items()}
    yield Batch(RowOrigin(job.name, row), rows, cleaned)


def _parsed(job: _Job, data: bytes) -> pa.Table | None:
    """Return the lines as a table; None where values are of other types than asked for."""
    parse = pj.ParseOptions(explicit_schema=job.explicit, unexpected_field_behavior="ignore")
    for size in dict.fromkeys((min(_CACHED, len(data) + 1), len(data) + 1)):
        read = pj.ReadOptions(use_threads=False, block_size=size)
        try:
            return pj.read_json(pa.BufferReader(data), read_options=read, parse_options=parse)
        except pa.ArrowNotImplementedError:
            return None
        except pa.ArrowInvalid:
            continue  # a line may be longer than that
    return None


def _cleaned(job: _Job, name: str, column: pa.Array) -> pa.Array:
    kind = type_of(job.schema, job.paths[name])
    labels = name in job.wanted.labels and name not in job.wanted.numbers
    if pa.types.is_string(column.type) and pa.types.is_temporal(kind) and not labels:
        return restored(column, kind)  # text remains where some are none: its reader counts them
    return column


def _by_hand(job: _Job, block: Block, row: int) -> Batch:
    """Parse lines whose values change their types, without those that hold no object.

    Such lines are counted; the objects of a document are whole, or it is refused.
    """
    lines = block.data.split(b"\n")
    strict = job.unit == _OBJECT
    found = [*_objects(lines, block.line, job.name, job.unit)] if strict else [*_lenient(lines)]
    bad = np.array([value is None for value in found], bool)
    columns = _columns(job, [value for value in found if value is not None])
    cleaned = {name: _cleaned(job, name, column) for name, column in columns.items()}
    if not bad.any():
        return Batch(RowOrigin(job.name, row), len(found), cleaned)
    origin = RowOrigin(job.name, row, row + np.flatnonzero(~bad))
    lost, first = int(bad.sum()), row + int(np.argmax(bad))
    rows = len(found) - lost
    return Batch(origin, rows, cleaned, undecoded=lost, first_undecoded=first)


def _columns(job: _Job, objects: Sequence[dict[str, object]]) -> dict[str, pa.Array]:
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
        return to_arrow(values, asked(kind, [()], number), whole=whole)
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
        except json.JSONDecodeError as error:
            where = f"at character {error.pos + 1}"  # not the parser's own words: they quote
            what = f"{unit} {number}: no JSON object ({where}): write one object a line"
            raise trouble(name, what) from None
        except ValueError:  # Python reads no integers of thousands of digits
            raise trouble(name, f"{unit} {number}: a number is too long to be read") from None
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
