"""Samples in a file, read as far as they are needed: a long log needs few rows of each file."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.codec import DamagedError, from_bytes, to_bytes
from skewcheck.counts.sample import Chunk, Limit, Sample

FIRST_ROWS = 256
"""Rows of the first piece; each that follows doubles them all. A log of forty files needs no more
of each."""
Index = NDArray[np.uint64]
"""Per piece its least key, where in the file it begins, and how long it is."""


def put(file: BinaryIO, sample: Sample) -> Index:
    """Write a sample's rows by key, piece by piece, and return where they are."""
    rows = sample.rows()
    places: list[tuple[int, int, int]] = []
    start = 0
    # Without a row, there is still which columns there are.
    while start < len(rows.keys) or (rows.columns and not places):
        stop = FIRST_ROWS * 2 ** len(places)
        # One array of columns x rows: a hundred small ones take long to read.
        table = np.array([values[start:stop] for values in rows.columns.values()])
        piece = to_bytes((rows.keys[start:stop], tuple(rows.columns), table))
        least = int(rows.keys[start]) if len(rows.keys) else 0
        places.append((least, file.tell(), len(piece)))
        file.write(piece)
        start = stop
    return np.array(places, np.uint64).reshape(-1, 3)


def get(file: BinaryIO, index: Index, size: int, limit: Limit) -> Sample:
    """Return the rows up to a limit, and all columns, even if there is no such row.

    DamagedError where a piece is not what was written.
    """
    pieces: list[Chunk] = []
    for least, place, length in index.tolist():
        if pieces and least > limit.key:
            break
        file.seek(place)
        match from_bytes(file.read(length)):
            case (np.ndarray() as keys, tuple() as names, np.ndarray() as table):
                kept = int(np.searchsorted(keys, limit.key, "right"))
                # Copies, so that the bytes of what is left out can go.
                columns = dict(zip(names, table[:, :kept].copy(), strict=True))
                pieces.append(Chunk(keys[:kept].copy(), columns))
            case _:
                raise DamagedError("no rows")
    return Sample(size, tuple(pieces))
