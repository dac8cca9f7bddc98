"""Files whose records are no rows yet, seen as rows: what a shape makes of them."""

from __future__ import annotations

from collections.abc import Set
from functools import partial

import pyarrow as pa

from skewcheck.logs.batch import Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents
from skewcheck.logs.shape.ops import Decode, Pivot, Shape, Wrap
from skewcheck.logs.shape.reading import read
from skewcheck.logs.shape.rows import Key, reference
from skewcheck.logs.shape.view import View, viewed

SAMPLED = 5_000
"""First records of a file that tell the types of what is decoded."""
_PARTS = 4
"""Parts of a file that are looked through for a value."""


def shaped(contents: Contents, shape: Shape, name: str, known: Set[str] = frozenset()) -> Contents:
    """Return a file's contents by the steps of a shape.

    A step whose path the file does not have is left out, so that files of one log may differ.
    `known` are keys that are columns however rare. LogError where no value can be decoded.
    """
    if shape.ops and isinstance(shape.ops[0], Pivot):
        contents = _pivoted(contents, shape.ops[0])
        shape = Shape(shape.ops[1:])
    if shape.ops and isinstance(shape.ops[0], Wrap):
        from skewcheck.logs.shape.wrap import wrapped  # few records are tables

        contents, shape = wrapped(contents, shape.ops[0]), Shape(shape.ops[1:])
    view = viewed(contents.schema, shape, partial(_sample, contents), name, known)
    if not view.steps:
        return contents
    rows = None if view.counts_anew else contents.rows
    textual = contents.textual or any(isinstance(step.op, Decode) for step in view.steps)
    return Contents(view.schema, partial(read, contents, view), rows, textual)


def _pivoted(contents: Contents, op: Pivot) -> Contents:
    """Return a long table's contents by observation, where the file has its columns."""
    if not {op.path, op.name, op.id} <= contents.schema.keys():
        return contents
    from skewcheck.logs.shape.pivot import pivoted  # few logs are long tables

    names = _sample(contents, View("", (), contents.schema), (op.name,)).to_pylist()
    return pivoted(contents, op, sorted({*map(str, filter(None, names))}))


def _sample(contents: Contents, view: View, key: Key) -> pa.Array:
    """Return the values of a column in some first rows."""
    sample = pa.nulls(0)
    name = reference(key)
    wanted = Wanted(others=frozenset([name]), rows=SAMPLED)
    for place, part in enumerate(read(contents, view, {name: Path(str(key[0]), key[1:])}, wanted)):
        for batch in part():
            sample = batch.columns[name].slice(0, SAMPLED)
            if sample.null_count < len(sample):
                return sample
        if place == _PARTS:
            break
    return sample
