"""Files whose records are no rows yet, seen as rows: what a shape makes of them."""

from __future__ import annotations

from collections.abc import Set
from functools import partial

from skewcheck.logs.file import Contents
from skewcheck.logs.shape.ops import Decode, Shape
from skewcheck.logs.shape.reading import read
from skewcheck.logs.shape.sampling import samples
from skewcheck.logs.shape.view import viewed


def shaped(contents: Contents, shape: Shape, name: str, known: Set[str] = frozenset()) -> Contents:
    """Return a file's contents by the steps of a shape.

    A step whose path the file does not have is left out, so that files of one log may differ.
    `known` are keys that are columns however rare. LogError where no value can be decoded.
    """
    view = viewed(contents.schema, shape, partial(samples, contents), name, known)
    if not view.steps:
        return contents
    rows = None if view.counts_anew else contents.rows
    textual = contents.textual or any(isinstance(step.op, Decode) for step in view.steps)
    steps = repr([(step.op, step.key, step.beside) for step in view.steps])
    return Contents(view.schema, partial(read, contents, view), rows, textual, shape=steps)
