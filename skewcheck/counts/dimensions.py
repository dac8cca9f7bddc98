"""Dimensions of a log: which part of it, a window of time or a segment, each row is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from heapq import nsmallest
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.types import IntArray
from skewcheck.logs.arrays import labels
from skewcheck.logs.batch import Batch
from skewcheck.text.errors import OptionName, UsageError


class Rest(Enum):
    """Segments that no value of their column stands for."""

    NULL = "(null)"
    OTHER = "(other)"


Key = int | str | Rest
MOST_WINDOWS = 1_000
"""Windows of a log: each keeps a hundred counts per feature, and a chart shows no more of them."""
MOST_VALUES = 100
"""Values of a segment column with a part of their own; the others share one: each keeps
a hundred counts per feature."""
MOST_NAMES = 1_000
"""Values that share a part are counted up to here, and beyond it are "more than" so many."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """The parts of a batch."""

    keys: tuple[Key, ...]
    places: IntArray
    """The place of each row's part among the keys; -1 for none."""
    pooled: frozenset[str] = frozenset()
    """Values without a part of their own, as `fewest` keeps them."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Windows of `seconds`, aligned to their multiples since 1970 UTC; a key is that multiple."""

    column: str
    seconds: float
    asked: str
    """As the user wrote it, for messages."""

    def keyed(self, batch: Batch) -> Keyed:
        """Return the windows in a batch; rows without a time are in none."""
        times = batch.times if batch.times is not None else np.full(batch.rows, np.nan)
        timed = np.isfinite(times)
        return _numbered(np.floor(times[timed] / self.seconds).astype(np.int64), timed, self.asked)


@dataclass(frozen=True, slots=True)
class Stretches:
    """Windows of `rows` consecutive rows of the log; a key is the number of the window."""

    rows: int
    starts: Mapping[str, int]
    """Rows of the log before each file."""
    asked: str
    column: str = ""

    def keyed(self, batch: Batch) -> Keyed:
        """Return the windows in a batch."""
        starts = [self.starts[one.origin.file] for one in batch.each]
        numbers = batch.origin.numbers(batch.rows)
        numbers = numbers + np.repeat(starts, [one.rows for one in batch.each])
        return _numbered(numbers // self.rows, np.ones(batch.rows, bool), self.asked)


@dataclass(frozen=True, slots=True)
class Values:
    """Segments: the values of a column."""

    column: str

    def keyed(self, batch: Batch) -> Keyed:
        """Return the values in a batch, null among them."""
        if self.column not in batch.columns:
            return Keyed((Rest.NULL,), np.zeros(batch.rows, np.int64))
        column = labels(batch.columns[self.column])
        codes = column.codes.astype(np.int64) + 1
        rows = np.bincount(codes, minlength=len(column.levels) + 1)
        names: tuple[Key, ...] = (Rest.NULL, *column.levels)
        occurring = np.flatnonzero(rows).tolist()
        keys = heaviest(
            dict(zip(map(names.__getitem__, occurring), rows[occurring].tolist(), strict=True))
        )
        index = {key: i for i, key in enumerate(keys)}
        rest = index.get(Rest.OTHER, 0)
        place = np.fromiter(map(index.get, names, repeat(rest)), np.int64, len(names))
        pooled = (column.levels[i - 1] for i in occurring if i)
        left = fewest(name for name in pooled if name not in index)
        return Keyed(keys, place[codes], left)


Dimension = Spans | Stretches | Values


def _numbered(numbers: IntArray, numbered: NDArray[np.bool_], asked: str) -> Keyed:
    """Return the numbers that occur, ascending, and the place of each row's number."""
    places = np.full(len(numbered), -1, np.int64)
    if len(numbers) and (numbers == numbers[0]).all():
        places[numbered] = 0
        return Keyed((int(numbers[0]),), places)
    keys, places[numbered] = np.unique(numbers, return_inverse=True)
    limited(len(keys), asked)
    return Keyed(tuple(keys.tolist()), places)


def limited(windows: int, asked: str) -> None:
    """Refuse more windows than `MOST_WINDOWS`: UsageError."""
    if windows > MOST_WINDOWS:
        raise UsageError(
            OptionName("every", asked),
            f": the log has more than {MOST_WINDOWS:,} such windows; name a longer one, as ",
            OptionName("every", "1h"),
            ", 1d or 10000 (rows)",
        )


def heaviest(rows: Mapping[Key, int]) -> tuple[Key, ...]:
    """Return the values with most rows in alphabetical order; `OTHER` last where some are left."""
    ranked = [key for key in rows if key is not Rest.OTHER]
    left = len(ranked) > MOST_VALUES or Rest.OTHER in rows
    if len(ranked) > MOST_VALUES:
        # Of many values only those are put in order that have as many rows as one that is kept.
        counts = np.fromiter((rows[key] for key in ranked), np.int64, len(ranked))
        least = np.partition(counts, -MOST_VALUES)[-MOST_VALUES]
        more = [ranked[i] for i in np.flatnonzero(counts > least).tolist()]
        equal = (ranked[i] for i in np.flatnonzero(counts == least).tolist())
        ranked = [*more, *nsmallest(MOST_VALUES - len(more), equal, key=_order)]
    kept = sorted(ranked, key=_order)
    return (*kept, Rest.OTHER) if left else tuple(kept)


def _order(key: Key) -> tuple[bool, str]:
    return not isinstance(key, Rest), str(key)


def fewest(names: Iterable[str]) -> frozenset[str]:
    """Keep `MOST_NAMES` + 1 of the names, so that more than `MOST_NAMES` can be recognised."""
    every = frozenset(names)
    return every if len(every) <= MOST_NAMES else frozenset(nsmallest(MOST_NAMES + 1, every))


def shown(key: Key) -> str:
    """Return a segment's value as reports tell it: in quotes where it looks like none."""
    if isinstance(key, Rest):
        return key.value
    text = str(key)
    return f'"{text}"' if text in ("", *(rest.value for rest in Rest)) else text
