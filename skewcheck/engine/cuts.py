"""Where a log is cut into tasks, and in which order their measures are added.

Floating-point sums depend on the order of the additions. It follows from the files alone, so that
every engine gives the same bytes: parts are added to pieces, these to files, files to bundles, and
these to the log, each from left to right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skewcheck.engine.tasks import Piece
from skewcheck.logs.file import File

TASK = 64 << 20
"""Bytes of a task, at least: columns of as many, packed, are counted in a quarter of a second and
more, and sending a result of some megabytes takes a tenth of that."""
TASKS = 8_192
"""Tasks beyond which they have more bytes: the driver adds a result in some 20 ms."""
COLUMN = 256 << 10
"""Bytes of a task for each column that is read, at least: a result has some 100 kB of each."""
FILE = 256 << 10
"""Bytes that opening a file takes as long as."""


def task_bytes(files: Sequence[File], columns: int) -> int:
    """Return how many bytes of files a task has of which so many columns are read."""
    return max(TASK, COLUMN * columns, sum(file.size for file in files) // TASKS)


def bundles(files: Sequence[File], size: int) -> Iterator[tuple[File, ...]]:
    """Yield all files in order: consecutive ones with less than `size` bytes together, or one."""
    bundle: list[File] = []
    filled = 0
    for file in files:
        takes = file.size + FILE
        if bundle and filled + takes > size:
            yield tuple(bundle)
            bundle, filled = [], 0
        bundle.append(file)
        filled += takes
    if bundle:
        yield tuple(bundle)


def parts_of_piece(file: File, size: int) -> int | None:
    """Return how many parts a piece of about `size` bytes has; None where a file is one piece."""
    parts = file.contents.parts
    if parts is None or parts < 2 or file.size <= size:
        return None
    return max(1, size * parts // file.size)


def pieces_of(file: File, each: int | None) -> Iterator[Piece]:
    """Yield a file's pieces of so many parts each; one of all parts for None."""
    parts = file.contents.parts
    if each is None or parts is None:
        yield Piece(file)
    else:
        yield from (Piece(file, first, first + each) for first in range(0, parts, each))
