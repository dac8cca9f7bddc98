"""Which column a name means: a literal name, a nested `a.b`, or an element `a[3]`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays.arrow import from_numpy, to_bools, to_numpy

_ELEMENT = re.compile(r"\[(\d{1,9})\]")
_QUOTED = re.compile(r"""\[(?:'([^']+)'|"([^"]+)")\]""")
_LAST_ELEMENT = re.compile(r"(.+)\[(\d{1,9})\]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Path:
    """The way to a column."""

    column: str
    """Its top-level column."""
    steps: tuple[str | int, ...] = ()
    """From there: names of struct fields and places in lists."""


def resolve(schema: Mapping[str, pa.DataType], reference: str) -> Path | None:
    """Return what `reference` means in a file with those top-level columns, None if nothing.

    A literal name wins over `a.b` in a struct, also inside of structs; `a[3]` is the element at
    place 3 (from 0) of a list column, `a['b.c']` the field called `b.c`, `a.b[3].c` any mixture.
    """
    steps = _steps_by_name(schema.get, reference)
    return None if steps is None else Path(str(steps[0]), steps[1:])


def pick(array: pa.Array, path: Path) -> pa.Array:
    """Return the values at `path.steps` in an array of the column `path.column`, a value per row.

    Where a parent is null or a list too short the value is null.
    """
    for step in path.steps:
        if isinstance(step, str):
            import pyarrow.compute as pc

            array = pc.struct_field(array, [array.type.get_field_index(step)])
        else:
            array = _element(array, step)
    return array


def type_of(schema: Mapping[str, pa.DataType], path: Path) -> pa.DataType:
    """Return the type of what `pick` returns for a path that `resolve` returned."""
    kind = schema[path.column]
    for step in path.steps:
        kind = kind.field(step).type if isinstance(step, str) else kind.value_type
    return kind


def bare(name: str) -> str:
    """Return a column's name as headers of text files have it: without blanks and quotes around."""
    return name.strip().strip("\"'").strip()


def has_place(reference: str) -> bool:
    """Return whether a reference names a place in a list, as `a[3]` and `a[3].b`."""
    return _ELEMENT.search(reference) is not None


def element(reference: str) -> tuple[str, int] | None:
    """Return the vector and the place in it that `a[3]` names; None where it ends in no place."""
    mark = _LAST_ELEMENT.fullmatch(reference)
    return None if mark is None else (mark[1], int(mark[2]))


def leaves(name: str, kind: pa.DataType) -> dict[str, pa.DataType]:
    """Return the columns inside a column: `a.b` of structs, `a[0]` ... of fixed-size lists."""
    inside: dict[str, pa.DataType] = {}
    if pa.types.is_struct(kind):
        for i in range(kind.num_fields):
            field = kind.field(i)
            inside.update(leaves(f"{name}.{field.name}", field.type))
        return inside
    if pa.types.is_fixed_size_list(kind):
        for i in range(kind.list_size):
            inside.update(leaves(f"{name}[{i}]", kind.value_type))
        return inside
    return {name: kind}


def is_list(kind: pa.DataType) -> bool:
    """Return whether a type is that of lists, of fixed size or not."""
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def picked(batch: pa.RecordBatch, paths: Mapping[str, Path]) -> dict[str, pa.Array]:
    """Return a column per reference, as far as the batch has its top-level column."""
    places = {name: place for place, name in enumerate(batch.schema.names)}
    return {
        reference: pick(batch.column(places[path.column]), path)
        for reference, path in paths.items()
        if path.column in places
    }


def _steps_by_name(
    fields: Callable[[str], pa.DataType | None], reference: str
) -> tuple[str | int, ...] | None:
    """Return the steps to what a reference means, where `fields` tells the type of each name."""
    if fields(reference) is not None:
        return (reference,)
    for mark in re.finditer(r"[.\[]", reference):
        name = reference[: mark.start()]
        kind = fields(name)
        if kind is not None:
            steps = _steps(kind, reference[mark.start() :])
            if steps is not None:
                return (name, *steps)
    return _quoted_steps(fields, reference)


def _quoted_steps(
    fields: Callable[[str], pa.DataType | None], reference: str
) -> tuple[str | int, ...] | None:
    """Return the steps of a reference that begins with a name in quotes and brackets."""
    quoted = _QUOTED.match(reference)
    if quoted is None:
        return None
    name = quoted[1] or quoted[2]
    kind = fields(name)
    steps = None if kind is None else _steps(kind, reference[quoted.end() :])
    return None if steps is None else (name, *steps)


def _field(kind: pa.StructType, name: str) -> pa.DataType | None:
    """Return the type of a struct's field; None where none or several have the name."""
    places = kind.get_all_field_indices(name)
    return kind.field(places[0]).type if len(places) == 1 else None


def _steps(kind: pa.DataType, rest: str) -> tuple[str | int, ...] | None:
    if rest == "":
        return ()
    if rest[0] == "." and pa.types.is_struct(kind):
        return _steps_by_name(partial(_field, kind), rest[1:])
    if pa.types.is_struct(kind):
        return _quoted_steps(partial(_field, kind), rest)
    element = _ELEMENT.match(rest)
    if element is None or not is_list(kind):
        return None
    place = int(element[1])
    if pa.types.is_fixed_size_list(kind) and place >= kind.list_size:
        return None
    steps = _steps(kind.value_type, rest[element.end() :])
    return None if steps is None else (place, *steps)


def _element(array: pa.Array, place: int) -> pa.Array:
    valid = to_bools(array.is_valid())
    if pa.types.is_fixed_size_list(array.type):
        # `values` does not know of the slice that the array may be.
        rows = np.arange(array.offset, array.offset + len(array))
        where = rows * array.type.list_size + place
    else:
        offsets = to_numpy(array.offsets, array.offsets.type.to_pandas_dtype())
        where = offsets[:-1].astype(np.int64) + place
        valid = valid & (where < offsets[1:])
    return array.values.take(from_numpy(where, valid))
