"""The first pass over training data: distinct values, order, levels and a sample; a monoid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import not_

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.rows import SampleColumn, Sampled, coded, feature_column, segment_column
from skewcheck.counts.sample import Limit, Sample, keys_of
from skewcheck.features.types import FloatArray
from skewcheck.logs.arrays import Labels, Numbers, levels, numbers
from skewcheck.logs.arrays.texts import Texts
from skewcheck.logs.batch import Batch
from skewcheck.logs.trouble import refuse_cut

DISTINCT_VALUES = 1_000
"""Up to so many distinct values, each is an edge: more would be edges that few rows lie on."""
SAMPLED_ROWS = 100_000
"""Rows of the sample for edges, grid and quantiles: a quantile is off by 0.2 % of the rows at most
(standard error), and a hundred columns take 80 MB."""
LARGEST_SQUARED = 1e150
"""Largest magnitude of which sums of squares are still float64: beyond it there are no moments."""
COUNTED_LEVELS = 200_000
"""Levels beyond which a column is text or an identifier, and no category."""


@dataclass(frozen=True, slots=True)
class NumericSummary:
    """A numeric column after one pass."""

    finite: int = 0
    mistyped: int = 0
    distinct: FloatArray | None = None
    """All distinct finite values, ascending; None for more than `DISTINCT_VALUES` of them."""
    first: float = np.nan
    last: float = np.nan
    rising: bool = True
    """Every value is larger than the one before it; no null in between."""
    whole: bool = True
    """Every finite value is an integer."""
    least: float = np.inf
    greatest: float = -np.inf

    @classmethod
    def of(cls, column: Numbers) -> NumericSummary:
        """Summarize the rows of one batch, in order."""
        values = column.values.astype(np.float64, copy=False)
        is_finite = np.isfinite(values)
        finite = values if is_finite.all() else values[is_finite]
        if not len(finite):
            return cls(0, column.mistyped, np.empty(0), rising=not len(values))
        return cls(
            len(finite), column.mistyped, _distinct(finite), float(finite[0]), float(finite[-1]),
            len(finite) == len(values) and _all(_rise, finite), _all(_whole, finite),
            float(finite.min()), float(finite.max()),
        )  # fmt: skip

    @property
    def countable(self) -> bool:
        """Whether there are finite values, and none too large for moments and sums."""
        return self.finite > 0 and max(self.greatest, -self.least) <= LARGEST_SQUARED

    def __add__(self, other: NumericSummary) -> NumericSummary:
        """Join with the summary of the rows that follow."""
        if not other.finite and not other.mistyped and other.rising:
            return self
        if not self.finite and not self.mistyped and self.rising:
            return other
        both = None
        if self.distinct is not None and other.distinct is not None:
            both = _distinct(np.concatenate((self.distinct, other.distinct)))
        return NumericSummary(
            self.finite + other.finite, self.mistyped + other.mistyped, both,
            self.first, other.last,
            self.rising and other.rising and self.last < other.first,
            self.whole and other.whole,
            min(self.least, other.least), max(self.greatest, other.greatest),
        )  # fmt: skip


def _all(check: Callable[[FloatArray], bool], values: FloatArray) -> bool:
    """Return whether values pass; the first ones of most columns show that they do not."""
    return check(values[:DISTINCT_VALUES]) and check(values)


def _rise(values: FloatArray) -> bool:
    return bool((values[1:] > values[:-1]).all())


def _whole(values: FloatArray) -> bool:
    return bool((np.floor(values) == values).all())


def _distinct(values: NDArray[np.float64]) -> FloatArray | None:
    """Return the distinct values, ascending; None for more than `DISTINCT_VALUES` of them."""
    first = values[: 2 * DISTINCT_VALUES]  # they tell of most columns
    if len(first) < len(values) and len(np.unique(first)) > DISTINCT_VALUES:
        return None
    distinct: FloatArray = np.unique(values)
    return distinct if len(distinct) <= DISTINCT_VALUES else None


@dataclass(frozen=True, slots=True)
class LevelSummary:
    """A column of labels after one pass."""

    rows: int = 0
    nulls: int = 0
    mistyped: int = 0
    counts: Counter[str] | None = None
    """Rows per level; None for more than `COUNTED_LEVELS` of them."""

    @classmethod
    def of(cls, column: Labels) -> LevelSummary:
        """Summarize the rows of one batch."""
        per_level = np.bincount(column.codes.astype(np.int64) + 1, minlength=len(column.levels) + 1)
        counts = Counter(
            {
                column.levels[i]: int(per_level[i + 1])
                for i in np.flatnonzero(per_level[1:]).tolist()
            }
        )
        return cls(len(column.codes), column.nulls, column.mistyped, counts)

    def __add__(self, other: LevelSummary) -> LevelSummary:
        """Join with the summary of the rows that follow."""
        counts = None
        if not self.rows or not other.rows:
            return other if not self.rows else self
        if self.counts is not None and other.counts is not None:
            new = sum(map(not_, map(self.counts.__contains__, other.counts)))
            # Counted before they are joined: of text there are as many as rows.
            if len(self.counts) + new <= COUNTED_LEVELS:
                counts = self.counts + other.counts
        return LevelSummary(
            self.rows + other.rows,
            self.nulls + other.nulls,
            self.mistyped + other.mistyped,
            counts,
        )


@dataclass(frozen=True, slots=True)
class FirstPass:
    """All columns of training data."""

    rows: int
    numeric: Mapping[str, NumericSummary]
    levels: Mapping[str, LevelSummary]
    texts: Mapping[str, Texts]
    """What the texts of columns are that have text."""
    sample: Sample

    @property
    def columns(self) -> frozenset[str]:
        """Return the names of all columns."""
        return frozenset((*self.numeric, *self.levels))

    @classmethod
    def zero(cls) -> FirstPass:
        """Return the first pass over no rows."""
        return cls(0, {}, {}, {}, Sample(size=SAMPLED_ROWS))

    @staticmethod
    def limit() -> Limit:
        """Return the limit of the sample that all batches of a log share."""
        return Limit(SAMPLED_ROWS)

    @classmethod
    def of(
        cls, batch: Batch, numeric: frozenset[str], categorical: Mapping[str, Sequence[str]],
        limit: Limit,
    ) -> FirstPass:  # fmt: skip
        """Summarize one batch; a column that its file lacks is left out.

        Batches of one log that share their limit keep only rows that its sample may need.

        Levels are spelled as those that are known of a categorical column. LogError where the file
        is not whole: what training knew would be of a part.
        """
        refuse_cut(batch.origin.file, cut=batch.cut, undecoded=batch.first_undecoded)
        values = {n: numbers(batch.columns[n]) for n in sorted(numeric) if n in batch.columns}
        named = {
            n: levels(batch.columns[n], known)
            for n, known in sorted(categorical.items()) if n in batch.columns
        }  # fmt: skip
        columns: dict[SampleColumn, Sampled] = {
            feature_column(name): column.values for name, column in values.items()
        }
        columns |= {segment_column(name): coded(column)[0] for name, column in named.items()}
        return cls(
            batch.rows,
            {name: NumericSummary.of(column) for name, column in values.items()},
            {name: LevelSummary.of(column) for name, column in named.items()},
            {
                name: texts
                for name in (*values, *named)
                if (texts := Texts.of(batch.columns[name])) != Texts()
            },
            Sample.of(keys_of(batch), columns, SAMPLED_ROWS, limit),
        )

    def __add__(self, other: FirstPass) -> FirstPass:
        """Join with the summary of the rows that follow."""
        numeric = {
            name: self.numeric.get(name, NumericSummary())
            + other.numeric.get(name, NumericSummary())
            for name in {**self.numeric, **other.numeric}
        }
        levels = {
            name: self.levels.get(name, LevelSummary()) + other.levels.get(name, LevelSummary())
            for name in {**self.levels, **other.levels}
        }
        texts = {
            name: self.texts.get(name, Texts()) + other.texts.get(name, Texts())
            for name in {**self.texts, **other.texts}
        }
        rows, sample = self.rows + other.rows, self.sample + other.sample
        return FirstPass(rows, numeric, levels, texts, sample)
