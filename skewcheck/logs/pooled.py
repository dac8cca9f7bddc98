"""Small files that are measured together: counting the rows of one takes as long as of thousands.

What is counted of rows knows no file, but for the few things that `Batch.pooled` tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np
import pyarrow as pa

from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.logs.file import File
from skewcheck.logs.reach import Reach

POOLED_ROWS = 4_096
"""Rows that are measured at once: as many as a sample of runs has, which is taken file by file."""
SMALL_ROWS, SMALL_BYTES = 1_024, 1 << 20
"""Of a file that is measured together with others."""


def pools(files: Iterable[File], apart: int) -> Iterator[tuple[File, ...]]:
    """Yield all files in order: small ones together with those beside them, others alone.

    So are the first `apart` files that have rows, of which more is kept than of others, and those
    of text, whose numbers are each printed in a way of its own.
    """
    pool: list[File] = []
    rows = 0
    for file in files:
        small = not apart and _is_small(file)
        apart -= min(apart, int(file.rows != 0))
        if pool and (not small or rows + (file.rows or 0) > POOLED_ROWS):
            yield tuple(pool)
            pool, rows = [], 0
        if small:
            pool.append(file)
            rows += file.rows or 0
        else:
            yield (file,)
    if pool:
        yield tuple(pool)


def _is_small(file: File) -> bool:
    rows = file.rows or 0
    return 0 < rows <= SMALL_ROWS and file.size <= SMALL_BYTES and not file.contents.textual


def together(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Yield the rows of batches of several files, in order, as few batches.

    Those stay as they are that have other columns than their neighbours, and those of which more
    is to be told than their rows.
    """
    for kind, alike in groupby(batches, _kind):
        some = list(alike)
        if kind is None or len(some) == 1:
            yield from some
        else:
            yield _joined(some)


def _kind(batch: Batch) -> object:
    """Return what batches have in common that can be put together; None for one that cannot."""
    told = batch.cut or batch.undecoded or batch.other or batch.empty or batch.gained
    if not batch.rows or batch.digits or told or batch.joined or batch.reach.left:
        return None
    types = tuple((name, column.type) for name, column in batch.columns.items())
    return types, batch.times is None


def _joined(batches: Sequence[Batch]) -> Batch:
    columns = {name: _column([b.columns[name] for b in batches]) for name in batches[0].columns}
    numbers = np.concatenate([batch.origin.numbers(batch.rows) for batch in batches])
    times = [batch.times for batch in batches if batch.times is not None]
    return Batch(
        RowOrigin(batches[0].origin.file, 0, numbers), len(numbers), columns,
        times=np.concatenate(times) if times else None,
        reach=sum((batch.reach for batch in batches), Reach()), pooled=tuple(batches),
    )  # fmt: skip


def _column(arrays: list[pa.Array]) -> pa.Array:
    if pa.types.is_dictionary(arrays[0].type):
        return pa.chunked_array(arrays).unify_dictionaries().combine_chunks()
    return pa.concat_arrays(arrays)
