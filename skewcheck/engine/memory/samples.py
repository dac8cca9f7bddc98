"""Samples in a file by key, read up to a limit: of each file a long sample needs few rows."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.codec import DamagedError, from_bytes, to_bytes
from skewcheck.counts.sample import Chunk, Limit, Sample

FIRST_ROWS = 256
"""Rows of the first piece; each one that follows has twice as many. 10,000 sampled rows of a log of
forty files are about so many of each."""
Index = NDArray[np.uint64]
"""Pieces x 3: the least key of each, its offset in the file and its length in bytes."""


def put(file: BinaryIO, sample: Sample) -> Index:
    """Write a sample's rows in the order of their keys, in pieces, and return their index."""
    rows = sample.rows()
    places: list[tuple[int, int, int]] = []
    start = 0
    # Without a row, one piece still has the names of the columns.
    while start < len(rows.keys) or (rows.columns and not places):
        stop = FIRST_ROWS * 2 ** len(places)
        # One array of columns x rows, as a hundred small ones are slow to read.
        table = np.array([values[start:stop] for values in rows.columns.values()])
        piece = to_bytes((rows.keys[start:stop], tuple(rows.columns), table))
        least = int(rows.keys[start]) if len(rows.keys) else 0
        places.append((least, file.tell(), len(piece)))
        file.write(piece)
        start = stop
    return np.array(places, np.uint64).reshape(-1, 3)


def get(file: BinaryIO, index: Index, size: int, limit: Limit) -> Sample:
    """Return the rows with keys up to a limit, and all columns even without such a row.

    `size` is that of the sample. DamagedError where a piece is not what was written.
    """
    pieces: list[Chunk] = []
    for least, place, length in index.tolist():
        if pieces and least > limit.key:
            break
        file.seek(place)
        match from_bytes(file.read(length)):
            case (np.ndarray() as keys, tuple() as names, np.ndarray() as table):
                kept = int(np.searchsorted(keys, limit.key, "right"))
                # Copies, so that the piece itself can be freed.
                columns = dict(zip(names, table[:, :kept].copy(), strict=True))
                pieces.append(Chunk(keys[:kept].copy(), columns))
            case _:
                raise DamagedError("no rows")
    return Sample(size, tuple(pieces))
