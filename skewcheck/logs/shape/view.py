"""What a shape is in one file: what each of its steps finds there, and the columns it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

import pyarrow as pa

from skewcheck.logs.columns import resolve
from skewcheck.logs.guess import wider
from skewcheck.logs.shape.decode import type_of_decoded
from skewcheck.logs.shape.ops import Decode, Explode, Filled, Op, Shape
from skewcheck.logs.shape.rows import Key, exploded
from skewcheck.logs.trouble import shown, trouble


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a shape in a file: the key that it is done to, and the type that it makes."""

    op: Op
    key: Key
    beside: tuple[Key, ...] = ()
    kind: pa.DataType | None = None

    @property
    def made(self) -> tuple[Key, ...]:
        """Return the keys whose columns are new."""
        match self.op:
            case Decode():
                return (self.key,)
            case Explode():
                return tuple(map(exploded, (self.key, *self.beside)))
            case _:
                return ()


@dataclass(frozen=True, slots=True)
class View:
    """A file's steps, and the columns that it has behind them."""

    name: str
    steps: tuple[Step, ...]
    schema: Mapping[str, pa.DataType]

    @property
    def counts_anew(self) -> bool:
        """Return whether there are other rows than records."""
        return any(not isinstance(step.op, Decode) for step in self.steps)


def viewed(
    schema: Mapping[str, pa.DataType], shape: Shape,
    samples: Callable[[View, Key], Iterator[pa.Array]], name: str, known: Set[str],
) -> View:  # fmt: skip
    """Return the view of a file with these columns.

    A step whose path the file does not have is left out, so that files of one log may differ.
    `samples` yields the values of a column of a view in some first rows, and in later ones.
    LogError where none of them can be decoded.
    """
    view = View(name, (), schema)
    for op in shape.ops:
        path = resolve(view.schema, op.path)
        if path is None and isinstance(op, Filled):
            found = (resolve(view.schema, other) for other in op.beside)
            path = next((p for p in found if p is not None), None)
        if path is None:
            continue
        key: Key = (path.column, *path.steps)
        beside: tuple[Key, ...] = ()
        if isinstance(op, Explode | Filled):
            others = (resolve(view.schema, other) for other in op.beside)
            beside = tuple((p.column, *p.steps) for p in others if p is not None)
        step = Step(op, key, beside)
        if isinstance(op, Decode):
            kind = _type(samples(view, key), op.codec, known)
            if kind is None:
                raise trouble(name, f"{shown(op.path)!r} cannot be decoded as {op.codec}")
            step = replace(step, kind=kind)
        view = View(name, (*view.steps, step), _changed(view.schema, step))
    return view


def _type(values: Iterator[pa.Array], codec: str, known: Set[str]) -> pa.DataType | None:
    """Return the type of what values hold, null where there are none; None if they hold nothing.

    The first ones say the types, later ones add what these do not have.
    """
    kind, some = pa.null(), False
    for array in values:
        kind = wider(kind, type_of_decoded(array, codec, known))
        some = some or array.null_count < len(array)
    return None if some and pa.types.is_null(kind) else kind


def _changed(schema: Mapping[str, pa.DataType], step: Step) -> dict[str, pa.DataType]:
    """Return the columns behind a step."""
    whole = pa.struct(list(schema.items()))
    match step.op:
        case Decode():
            whole = _put(whole, step.key, step.key[-1], lambda _: step.kind)
        case Explode():
            for key in (step.key, *step.beside):
                whole = _put(whole, key, exploded(key)[-1], _element_type)
        case _:
            pass
    return {whole.field(i).name: whole.field(i).type for i in range(whole.num_fields)}


def _element_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if hasattr(kind, "value_type") else pa.null()


def _put(
    kind: pa.DataType,
    key: Key,
    name: str | int,
    change: Callable[[pa.DataType], pa.DataType | None],
) -> pa.DataType:
    """Return a struct type with a field at a path that has another name and type."""
    fields = [kind.field(i) for i in range(kind.num_fields)]
    return pa.struct([
        (str(name), change(f.type)) if len(key) == 1 and f.name == key[0]
        else (f.name, _put(f.type, key[1:], name, change)) if f.name == key[0]
        else (f.name, f.type)
        for f in fields
    ])  # fmt: skip
