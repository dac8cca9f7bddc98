"""Values that show what is decoded: of a file's first rows, and of rows from all over it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import pyarrow as pa

from skewcheck.logs.batch import Wanted
from skewcheck.logs.columns import Path
from skewcheck.logs.file import Contents, Thunk
from skewcheck.logs.shape.reading import read
from skewcheck.logs.shape.rows import Key, reference
from skewcheck.logs.shape.view import View
from skewcheck.text.errors import LogError

FIRST, LATER = 5_000, 500
"""Values that tell the types: the first of a file, and of each batch behind them."""
BYTES = 4 << 20
"""Bytes of the values of a batch that are looked at: decoding one by one is slow."""
LOOKED_THROUGH = 64 << 20
"""Bytes of values that are read for it, where a format cannot read from the midst of a file."""
PARTS = 16
"""Parts of a file whose values are looked at, spread evenly where it says how many rows it has."""


def samples(contents: Contents, view: View, key: Key) -> Iterator[pa.Array]:
    """Yield the values of a column behind the steps of a view, those of first rows first.

    All but the first array are for keys that begin later; what is damaged is left to who reads it.
    """
    name = reference(key)
    path = {name: Path(str(key[0]), key[1:])}
    wanted = Wanted(others=frozenset([name]), rows=FIRST)
    parts = list(read(contents, view, path, wanted)) if contents.rows is not None else None
    if parts is not None and not view.counts_anew:
        last = len(parts) - 1
        places = dict.fromkeys([0, *(last * i // (PARTS - 1) for i in range(1, PARTS))])
        values = _values([parts[place] for place in places if place <= last], name)
    else:
        values = _values(read(contents, view, path, wanted), name)
    first = next(values, None)
    if first is None:
        return
    yield first.slice(0, FIRST)
    try:
        if contents.samples is not None:
            spread = replace(contents, read=contents.samples)
            values = _values(read(spread, view, path, wanted), name)
        seen = first.nbytes
        for array in values:
            yield _bounded(array, LATER)
            seen += array.nbytes
            if seen > LOOKED_THROUGH:
                return
    except LogError:
        return


def _values(parts: Iterator[Thunk] | list[Thunk], name: str) -> Iterator[pa.Array]:
    """Yield the values of a column by batches with any, of the first parts."""
    for part in islice(parts, PARTS + 1):
        for batch in part():
            array = batch.columns[name]
            if array.null_count < len(array):
                yield _bounded(array, FIRST)


def _bounded(array: pa.Array, rows: int) -> pa.Array:
    """Return the first values of an array, so many and so long in all."""
    array = array.slice(0, rows)
    return array.slice(0, max(1, len(array) * BYTES // max(array.nbytes, BYTES)))
