"""Files whose records are no rows yet, seen as rows: what a shape makes of them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from functools import partial

from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.file import Contents, File
from skewcheck.logs.shape.ops import Decode, Pivot, Shape, Wrap
from skewcheck.logs.shape.reading import read
from skewcheck.logs.shape.sampling import samples
from skewcheck.logs.shape.view import View, viewed


def shaped_file(file: File, shape: Shape, known: Set[str] = frozenset()) -> File:
    """Return a file whose contents are those by the steps of a shape, as `shaped` says."""
    if not shape.ops:
        return file
    return replace(file, contents=shaped(file.contents, shape, file.name, known))


def shaped(contents: Contents, shape: Shape, name: str, known: Set[str] = frozenset()) -> Contents:
    """Return a file's contents by the steps of a shape.

    A step whose path the file does not have is left out, so that files of one log may differ.
    `known` are keys that are columns however rare. LogError where no value can be decoded.
    """
    made_by = repr(shape.ops)
    if shape.ops and isinstance(shape.ops[0], Pivot):
        contents = _pivoted(contents, shape.ops[0])
        shape = Shape(shape.ops[1:])
    if shape.ops and isinstance(shape.ops[0], Wrap):
        from skewcheck.logs.shape.wrap import wrapped  # few records are tables

        contents, shape = wrapped(contents, shape.ops[0]), Shape(shape.ops[1:])
    view = viewed(contents.schema, shape, partial(samples, contents), name, known)
    if not view.steps:
        return replace(contents, shape=made_by)
    rows = None if view.counts_anew else contents.rows
    textual = contents.textual or any(isinstance(step.op, Decode) for step in view.steps)
    return Contents(
        view.schema, partial(read, contents, view), rows, textual,
        decimal=contents.decimal, shape=made_by, parts=None if view.counts_anew else contents.parts,
    )  # fmt: skip


def _pivoted(contents: Contents, op: Pivot) -> Contents:
    """Return a long table's contents by observation, where the file has its columns."""
    if not {op.path, op.name, op.id, op.stage or op.id} <= contents.schema.keys():
        return contents
    from skewcheck.logs.shape.pivot import pivoted  # few logs are long tables

    view = View("", (), contents.schema)

    def texts(column: str) -> list[str]:
        found = (text for array in samples(contents, view, (column,)) for text in pylist(array))
        return sorted({str(text) for text in found if text not in {None, ""}})

    return pivoted(contents, op, texts(op.name), () if op.stage is None else texts(op.stage))
