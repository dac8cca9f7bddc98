"""Records are decoded, exploded and filtered as they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa

from skewcheck.logs.batch import Batch, RowOrigin, Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.json_values import Steps, asked
from skewcheck.logs.shape.decode import Decoded, begins_record, decoded
from skewcheck.logs.shape.ops import Decode, Explode, Filled, Where
from skewcheck.logs.shape.rows import Key, Rows, reference
from skewcheck.logs.shape.view import Step, View

AHEAD = 32 << 20
"""Bytes of a part's rows that are made before it is known which number its first one has."""


def read(
    contents: Contents, view: View, paths: Mapping[str, Path], wanted: Wanted
) -> Iterator[Thunk]:
    """Read contents by the steps of a view, as `Contents.read` says."""
    keys: dict[str, Key] = {name: (path.column, *path.steps) for name, path in paths.items()}
    steps = _needed(view.steps, [*keys.values()])
    sources, kinds = _sources(steps, keys, wanted)
    inner = {name: Path(str(key[0]), key[1:]) for name, key in sources.items()}
    others = frozenset(name for name in sources if name not in keys)
    inner_wanted = Wanted(
        wanted.numbers & sources.keys(),
        wanted.labels & sources.keys(),
        (wanted.others & sources.keys()) | others,
        wanted.rows,
    )
    job = _Job(steps, sources, keys, kinds, _later(steps, [*keys.values()]))
    start: Future[int] = Future()
    start.set_result(0)
    for part in contents.read(inner, inner_wanted):
        if not view.counts_anew:
            yield partial(_decoded_batches, job, part)
        else:
            following: Future[int] = Future()
            yield partial(_numbered, job, part, start, following)
            start = following


@dataclass(frozen=True, slots=True)
class _Job:
    """What is done to the batches of a file."""

    steps: tuple[Step, ...]
    sources: Mapping[str, Key]
    keys: Mapping[str, Key]
    kinds: Sequence[pa.DataType | None]
    """What decoding asks for, of each step."""
    later: Sequence[tuple[Key, ...]]
    """What is needed behind each step, without what it makes itself."""


def _needed(steps: Sequence[Step], keys: Sequence[Key]) -> tuple[Step, ...]:
    """Return the steps without those that decode what nobody asks for."""
    needed: list[Step] = []
    asked_for = list(keys)
    for step in reversed(steps):
        if isinstance(step.op, Decode) and not any(_below(key, step.key) for key in asked_for):
            continue
        needed.append(step)
        asked_for += [step.key, *step.beside]
    return tuple(reversed(needed))


def _later(steps: Sequence[Step], keys: Sequence[Key]) -> list[tuple[Key, ...]]:
    """Return for each step the keys that are needed behind it, but for those that it makes."""
    result = []
    for place, step in enumerate(steps):
        tops = [key for later in steps[place + 1 :] for key in (later.key, *later.beside)]
        needed = dict.fromkeys((*tops, *keys))
        made = (step.key, *step.beside)
        result.append(tuple(
            key for key in needed
            if not any(_below(key, top) for top in made)
            and not any(_below(key, top) for top in tops if top != key)
        ))  # fmt: skip
    return result


def _below(key: Key, top: Key) -> bool:
    """Return whether a key is that of something at or inside of another, be it exploded or not."""
    return _inside(key, top) is not None


def _sources(
    steps: Sequence[Step], keys: Mapping[str, Key], wanted: Wanted
) -> tuple[dict[str, Key], list[pa.DataType | None]]:
    """Return the columns to read of the file itself by name, and the types to decode to."""
    sources: dict[str, Key] = {}
    kinds: list[pa.DataType | None] = []
    for place, step in enumerate(steps):
        before = [key for earlier in steps[:place] for key in earlier.made]
        for key in (step.key, *step.beside):
            if not any(_below(key, made) for made in before):
                sources[reference(key)] = key
        later = steps[place + 1 :]
        kind = step.kind
        kinds.append(None if kind is None else _to_decode(kind, step.key, later, keys, wanted))
    made = [key for step in steps for key in step.made]
    inside = {n for n, key in keys.items() if any(_below(key, top) for top in made)}
    return {**sources, **{n: key for n, key in keys.items() if n not in inside}}, kinds


def _to_decode(
    kind: pa.DataType, top: Key, later: Sequence[Step], keys: Mapping[str, Key], wanted: Wanted
) -> pa.DataType:
    """Return the part of a type that is asked for: numbers as float64, times as text."""
    decoded_later = [step.key for step in later if isinstance(step.op, Decode)]
    direct = {
        n: key for n, key in keys.items() if not any(_below(key, later) for later in decoded_later)
    }
    numbers = [_inside(key, top) for n, key in direct.items() if n in wanted.numbers]
    others = [_inside(key, top) for n, key in direct.items() if n not in wanted.numbers]
    # Lists of which no element is asked for are needed for their lengths.
    others += [
        _inside(key, top)
        for step in later
        for key, made in zip(
            (step.key, *step.beside), step.made or (step.key, *step.beside), strict=True
        )
        if not any(_below(wanted_key, made) for wanted_key in direct.values())
    ]
    parts = [
        asked(kind, [steps for steps in some if steps is not None], number)
        for some, number in ((numbers, True), (others, False))
        if any(steps is not None for steps in some)
    ]
    return parts[0] if len(parts) == 1 else _joined(*parts)


def _inside(key: Key, top: Key) -> Steps | None:
    """Return the steps from a key to one below it, as they are before any list is exploded."""
    if len(key) < len(top):
        return None
    steps: list[str | int] = []
    for i, step in enumerate(key):
        start = top[i] if i < len(top) else _bare(step)
        if step != start and not (isinstance(step, str) and _bare(step) == _bare(start)):
            return None
        if i >= len(top):
            steps.append(start)
        steps += [0] * ((len(str(step)) - len(str(start))) // 2)
    return tuple(steps)


def _bare(step: str | int) -> str | int:
    """Return the name of a list without the signs of being exploded."""
    while isinstance(step, str) and step.endswith("[]"):
        step = step[:-2]
    return step


def _joined(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return a type with the fields of both; what both have is as in the first."""
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        fields = {other.field(i).name: other.field(i).type for i in range(other.num_fields)}
        for i in range(one.num_fields):
            name, kind = one.field(i).name, one.field(i).type
            fields[name] = _joined(kind, fields[name]) if name in fields else kind
        return pa.struct(list(fields.items()))
    if pa.types.is_list(one) and pa.types.is_list(other):
        return pa.list_(_joined(one.value_type, other.value_type))
    return one


def _decoded_batches(job: _Job, part: Thunk) -> Iterator[Batch]:
    for batch in part():
        yield _applied(job, batch)


def _numbered(
    job: _Job, part: Thunk, start: Future[int], following: Future[int]
) -> Iterator[Batch]:
    """Yield the batches of a part with the numbers of their rows, from `start` on.

    Parts are called in their order, so that the one before is being read, or has failed. What fits
    into memory is made before the number of the first row is known: so parts are read at once.
    Close an iterator that is not read to its end, or those of later parts wait.
    """
    try:
        batches = (_applied(job, batch) for batch in part())
        ready: list[Batch] = []
        size = 0
        while size <= AHEAD and (batch := next(batches, None)) is not None:
            ready.append(batch)
            size += sum(column.nbytes for column in batch.columns.values())
        whole = size <= AHEAD
        row = start.result()
        if whole:  # at once, whatever becomes of those who count them
            following.set_result(row + sum(batch.rows for batch in ready))
        for batch in chain(ready, batches):
            yield replace(batch, origin=RowOrigin(batch.origin.file, row))
            row += batch.rows
        if not whole:
            following.set_result(row)
    except BaseException:
        following.cancel()  # without effect if it is known
        raise


def _applied(job: _Job, batch: Batch) -> Batch:
    """Return a batch of records as rows."""
    columns = {job.sources[name]: column for name, column in batch.columns.items()}
    rows = Rows.of(columns, batch.rows)
    none = np.zeros(0, bool)
    bad, first, other = batch.undecoded, batch.first_undecoded, batch.other
    gained = empty = 0
    for step, kind, later in zip(job.steps, job.kinds, job.later, strict=True):
        if not rows.has(step.key):
            continue
        match step.op:
            case Decode(codec=codec):
                value = decoded(rows.get(step.key), codec, kind)
                value = _with_halves(job, step, rows, value)
                damaged = value.bad
                other += int(value.other.sum())
                rows, before = rows.decoded(step.key, value), rows
            case Explode():
                damaged, before = rows.unpaired(step.key, step.beside), rows
                rows = rows.only(~damaged) if damaged.any() else rows
                gained -= len(rows.records)
                rows = rows.exploded(step.key, step.beside, later)
                gained += len(rows.records)
            case Where(values=values, negated=negated):
                damaged, before = none, rows
                rows = rows.where(step.key, values, negated=negated)
                other += len(before.records) - len(rows.records)
            case Filled(lists_only=lists_only):
                damaged, before = none, rows
                lacking = ~rows.filled((step.key, *step.beside))
                hollow = rows.hollow & lacking
                other += int(hollow.sum())
                lacking = hollow if lists_only else lacking
                empty += int((lacking & ~hollow).sum())
                rows = rows.only(~lacking) if lacking.any() else rows
        if damaged.any():
            bad += int(damaged.sum())
            record = batch.origin.row(int(before.records[np.argmax(damaged)]))
            first = record if first is None else min(first, record)
    wanted = {name: rows.get(key) for name, key in job.keys.items() if rows.has(key)}
    kept = None if len(rows.records) == batch.rows else rows.records
    origin = batch.origin
    if kept is not None:
        origin = RowOrigin(origin.file, origin.start, origin.numbers(batch.rows)[kept])
    return replace(
        batch, origin=origin, rows=len(rows.records), columns=wanted, undecoded=bad,
        first_undecoded=first, other=other, gained=gained, empty=empty,
    )  # fmt: skip


def _with_halves(job: _Job, step: Step, rows: Rows, value: Decoded) -> Decoded:
    """Return decoded values of which none is of another kind where another side has a record.

    A line of words is another kind of record; words beside the record of the other side are half
    of one.
    """
    if not value.other.any():
        return value
    half = np.zeros(len(value.other), bool)
    for side in job.steps:
        apart = not (_below(side.key, step.key) or _below(step.key, side.key))
        if isinstance(side.op, Decode) and apart and rows.has(side.key):
            half |= begins_record(rows.get(side.key))
    half &= value.other
    return replace(value, bad=value.bad | half, other=value.other & ~half)
