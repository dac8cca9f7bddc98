"""A bounded sample of whole rows: the same rows whatever the order, the batches, the threads."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skewcheck.features import FloatArray
from skewcheck.profile.batch import Origin

SIZE = 10_000
KeyArray = NDArray[np.uint64]


def keys(origin: Origin, rows: int) -> KeyArray:
    """Return a pseudo-random key per row, from the file's name and the row's number alone.

    SplitMix64: Steele, Lea and Flood, OOPSLA 2014, figure 17.
    """
    digest = hashlib.blake2b(origin.file.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    seed = np.uint64(int.from_bytes(digest, "little"))
    z = origin.numbers(rows).astype(np.uint64)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z += seed
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of least key, by key, at most `size` of them; `+` gives the sample of both."""

    keys: KeyArray = field(default_factory=lambda: np.empty(0, np.uint64))
    columns: Mapping[str, FloatArray] = field(default_factory=dict)
    """Values per column, as long as `keys`; NaN where the row has none."""
    size: int = SIZE

    @classmethod
    def of(
        cls, row_keys: KeyArray, columns: Mapping[str, NDArray[np.generic]], size: int = SIZE
    ) -> Sample:
        """Return the sample of rows with these keys; columns are as long as the keys."""
        if len(row_keys) > size:
            chosen = np.argpartition(row_keys, size)[:size]
            chosen = chosen[np.argsort(row_keys[chosen])]
        else:
            chosen = np.argsort(row_keys)
        taken = {name: values[chosen].astype(np.float64) for name, values in columns.items()}
        return cls(row_keys[chosen], taken, size)

    def __add__(self, other: Sample) -> Sample:
        """Merge; a column that one side lacks is NaN there. Equal keys: left before right."""
        row_keys = np.concatenate((self.keys, other.keys))
        order = np.argsort(row_keys, kind="stable")[: self.size]
        columns = {}
        for name in sorted({*self.columns, *other.columns}):
            left = self.columns.get(name, np.full(len(self.keys), np.nan))
            right = other.columns.get(name, np.full(len(other.keys), np.nan))
            columns[name] = np.concatenate((left, right))[order]
        return Sample(row_keys[order], columns, self.size)
