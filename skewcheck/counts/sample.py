"""A bounded sample of whole rows: the same rows whatever the order, the batches, the threads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.rows import SampleColumn, Sampled
from skewcheck.features.types import FloatArray
from skewcheck.logs.batch import Batch, RowOrigin

SIZE = 10_000
"""Rows of the sample that causes are searched in: a share is known to 1 % (two standard errors)."""
SMALL_CHUNKS = 64
"""Chunks of few rows at the end of a sample, beyond which they are put together: each of many small
files leaves one, and each file that follows looks at them all."""
SMALL_SHARE = 16
"""A chunk with less than this part of the sample's size is small: at most 4 * 16 larger ones are
kept apart."""
KeyArray = NDArray[np.uint64]


def keys(origin: RowOrigin, rows: int) -> KeyArray:
    """Return a pseudo-random key per row, from the file's name and the row's number alone."""
    digest = hashlib.blake2b(origin.file.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    seed = np.uint64(int.from_bytes(digest, "little"))
    z = origin.numbers(rows).astype(np.uint64)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z += seed
    return mixed(z)


def keys_of(batch: Batch) -> KeyArray:
    """Return the keys of a batch's rows, each by its own file."""
    return np.concatenate([keys(one.origin, one.rows) for one in batch.each])


def mixed(z: KeyArray) -> KeyArray:
    """Return pseudo-random numbers, one for each.

    SplitMix64: Steele, Lea and Flood, OOPSLA 2014, figure 17.
    """
    z = z ^ (z >> np.uint64(30))
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows with their keys; columns of the same length, NaN where a row has no value."""

    keys: KeyArray
    columns: Mapping[SampleColumn, FloatArray]


class Limit:
    """The largest key that may still be among the `size` least of a log: rows beyond can be left.

    It only falls, and never below what the whole log's sample needs: threads that come in another
    order keep other rows for a while, and the same ones in the end.
    """

    def __init__(self, size: int, key: int = 2**64 - 1) -> None:
        self.size = size
        self.key = np.uint64(key)
        self._least = np.empty(0, np.uint64)
        self._lock = Lock()

    def lower(self, kept: KeyArray) -> None:
        """Take note of keys of rows that are kept."""
        with self._lock:
            least = np.concatenate((self._least, kept))
            if len(least) > self.size:
                least = np.partition(least, self.size - 1)[: self.size]
            self._least = least
            if len(least) == self.size:
                self.key = min(self.key, least.max())

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the key alone: another process, which sees other rows, may leave out as many."""
        return Limit, (self.size, int(self.key))


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of least key, at most `size` of them; `+` gives the sample of both.

    Chunks are only put together when there are many: a hundred columns a batch are not copied
    again for each batch that follows.
    """

    size: int = SIZE
    chunks: tuple[Chunk, ...] = ()

    @classmethod
    def of(
        cls, row_keys: KeyArray, columns: Mapping[SampleColumn, Sampled],
        size: int = SIZE, limit: Limit | None = None,
    ) -> Sample:  # fmt: skip
        """Return the sample of rows with these keys; columns are as long as the keys.

        With a limit, only the part of it that the sample of the whole log may need.
        """
        if not columns:
            return cls(size)
        chosen = np.flatnonzero(row_keys <= limit.key) if limit else np.arange(len(row_keys))
        if len(chosen) > size:
            # In the rows' order, in which they are quickest to fetch.
            chosen = chosen[np.sort(np.argpartition(row_keys[chosen], size)[:size])]
        if limit is not None:
            limit.lower(row_keys[chosen])
        taken = {
            name: values.take(chosen).astype(np.float64, copy=False)
            for name, values in columns.items()
        }
        return cls(size, (Chunk(row_keys[chosen], taken),))

    def __add__(self, other: Sample) -> Sample:
        """Merge; equal keys keep their order, left before right."""
        both = Sample(self.size, self.chunks + other.chunks)
        if sum(len(chunk.keys) for chunk in both.chunks) > 4 * self.size:
            return both.settled()
        lengths = (len(chunk.keys) * SMALL_SHARE for chunk in reversed(both.chunks))
        small = sum(1 for _ in takewhile(lambda length: length < self.size, lengths))
        if small <= SMALL_CHUNKS:
            return both
        together = Sample(self.size, both.chunks[-small:]).rows()
        return Sample(self.size, (*both.chunks[:-small], together))

    def settled(self) -> Sample:
        """Return the same sample, whose rows are put together once and for all."""
        return Sample(self.size, (self.rows(),)) if self.chunks else self

    def rows(self) -> Chunk:
        """Return the sample's rows by key; a column that a chunk lacks is NaN there."""
        if not self.chunks:
            return Chunk(np.empty(0, np.uint64), {})
        only, *more = self.chunks
        if not more and len(only.keys) <= self.size and (only.keys[:-1] <= only.keys[1:]).all():
            return only
        row_keys = np.concatenate([chunk.keys for chunk in self.chunks])
        order = np.argsort(row_keys, kind="stable")[: self.size]
        columns = {}
        for name in sorted({name for chunk in self.chunks for name in chunk.columns}):
            parts = [c.columns.get(name, np.full(len(c.keys), np.nan)) for c in self.chunks]
            columns[name] = np.concatenate(parts)[order]
        return Chunk(row_keys[order], columns)
