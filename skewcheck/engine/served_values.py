"""Whether columns of a log hold what training would have made of others, by a sample of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skewcheck.features.transform import transformed
from skewcheck.features.types import Feature, FloatArray
from skewcheck.logs.arrays import numbers
from skewcheck.logs.arrays.arrow import taken
from skewcheck.logs.batch import Batch

SAMPLED_ROWS = 500
"""Rows of the first batch, evenly spaced, that are looked at."""
EQUAL_SHARE = 0.99
"""Share of the rows from which on a column whose name says nothing is taken for served values."""
EQUAL_SHARE_NAMED = 0.5
"""The same, of a column with the feature's name in its own: a server may be wrong in some rows."""
TOLERANCE = 0.01
"""Standard deviations within which values count as equal: logs round, and servers differ a bit."""
MIN_ROWS, MIN_DISTINCT, MAX_FREQUENT_SHARE = 20, 5, 0.9
"""Rows, distinct values and share of the most frequent one: with less, columns agree by chance."""
MIN_LEVELS = 4
"""Distinct codes of levels: a column of 0 and 1 is a code of any two levels. Where these are no
whole numbers, as means of a target, two are no other code by chance."""
FOLLOWS = 0.99
"""Rank correlation with the raw values from which on a named column is computed from them."""
INSIDE_SHARE = 0.95
"""Or share of values that lie not further out than the width of what training would serve."""
PROBED_ROWS = 8
"""Rows by which most pairs of columns are ruled out."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What training makes of a feature's raw values in the sampled rows."""

    raw: FloatArray | None
    """NaN where there is no number; None of levels."""
    served: tuple[FloatArray, ...]
    """One column, or one per level of a onehot feature."""

    @classmethod
    def of(cls, feature: Feature, raw: pa.Array) -> Expected | None:
        """Return the expected values; None where levels are served as text, and where
        other columns or rows tell them."""
        if not feature.by_itself:
            return None
        numeric = feature.type == "numeric"
        columns = transformed(feature.name, feature.steps, raw, numeric=numeric)
        served = tuple(c.astype(np.float64) for c in columns.values() if c.dtype != object)
        if not served:
            return None
        return cls(as_numbers(raw) if numeric else None, served)

    @property
    def telling(self) -> Mapping[int, FloatArray]:
        """The columns that another column does not equal by chance, or as a copy of the raw one.

        By their places in `served`.
        """
        if len(self.served) > 1:
            levels = {
                place: column
                for place, column in enumerate(self.served)
                if MIN_DISTINCT <= column.sum() <= len(column) - MIN_DISTINCT
            }
            return levels if len(levels) >= MIN_LEVELS - 1 else {}
        (values,) = self.served
        finite = values[np.isfinite(values)]
        distinct, rows = np.unique(finite, return_counts=True)
        codes = MIN_LEVELS if (distinct == np.rint(distinct)).all() else 2
        few = MIN_DISTINCT if self.raw is not None else codes
        if len(finite) < MIN_ROWS or len(distinct) < few:
            return {}
        if rows.max() > MAX_FREQUENT_SHARE * len(finite):
            return {}
        copied = self.raw is not None and equal_share(self.raw, values) >= EQUAL_SHARE_NAMED
        return {} if copied else {0: values}

    def may_be(self, column: FloatArray) -> bool:
        """Return whether a column that has the name of served values can hold them at all.

        It follows the raw values, whatever was done to them, or lies where training's would lie.
        Without a value nothing speaks against it.
        """
        present = np.isfinite(column)
        if not present.any():
            return True
        if self.raw is not None and rank_correlation(self.raw, column) >= FOLLOWS:
            return True
        expected = np.concatenate(self.served)
        expected = expected[np.isfinite(expected)]
        if not len(expected):
            return True
        low, high = float(expected.min()), float(expected.max())
        width = high - low or 1.0
        values = column[present]
        inside = (values >= low - width) & (values <= high + width)
        return bool(inside.mean() >= INSIDE_SHARE)


def sampled(head: Batch) -> dict[str, pa.Array]:
    """Return some rows of each column of a batch, about evenly spaced.

    Each is drawn from its own part of the batch: kinds of records may take turns.
    """
    number = min(SAMPLED_ROWS, head.rows)
    edges = np.linspace(0, head.rows, number + 1).astype(np.int64)
    rows = edges[:-1] + (np.random.default_rng(0).random(number) * np.diff(edges)).astype(np.int64)
    return {name: taken(array, rows) for name, array in head.columns.items()}


def as_numbers(array: pa.Array) -> FloatArray:
    """Return a column as float64, NaN where there is no number."""
    return numbers(array).values.astype(np.float64)


def equal_share(values: FloatArray, expected: FloatArray) -> float:
    """Return the share of the rows with a finite expectation that have about this value."""
    due = np.isfinite(expected)
    near = np.abs(values[due] - expected[due]) <= _tolerance(expected[due])
    return float(near.mean()) if len(near) else 0.0


@dataclass(frozen=True, slots=True)
class Columns:
    """Numeric columns in the sampled rows."""

    names: tuple[str, ...]
    values: FloatArray
    """A row of the array per column, NaN where there is no number."""

    @classmethod
    def of(cls, columns: Mapping[str, FloatArray]) -> Columns:
        """Stack columns of one length."""
        values = np.stack(list(columns.values())) if columns else np.empty((0, 0))
        return cls(tuple(columns), values)

    def column(self, name: str) -> FloatArray:
        """Return a column; ValueError without one of that name."""
        values: FloatArray = self.values[self.names.index(name)]
        return values

    def near(self, expected: FloatArray) -> dict[str, float]:
        """Return the columns that equal an expected one in half of the rows, with their share."""
        if not self.names:
            return {}
        due = np.flatnonzero(np.isfinite(expected))
        probe = due[np.linspace(0, len(due) - 1, min(PROBED_ROWS, len(due))).astype(np.int64)]
        near = np.abs(self.values[:, probe] - expected[probe]) <= _tolerance(expected[due])
        likely = np.flatnonzero(4 * near.sum(1) >= len(probe))
        shares = {self.names[i]: equal_share(self.values[i], expected) for i in likely}
        return {name: share for name, share in shares.items() if share >= EQUAL_SHARE_NAMED}


def _tolerance(expected: FloatArray) -> float:
    # Codes are whole numbers, whatever their spread.
    return min(TOLERANCE * float(expected.std()), 0.25) if len(expected) else 0.0


def rank_correlation(a: FloatArray, b: FloatArray) -> float:
    """Return Spearman's correlation of rows with both values, without its sign; 0 for few rows."""
    both = np.isfinite(a) & np.isfinite(b)
    if both.sum() < MIN_ROWS:
        return 0.0
    x, y = _ranks(a[both]), _ranks(b[both])
    if not (x.std() and y.std()):
        return 0.0
    return abs(float(np.corrcoef(x, y)[0, 1]))


def _ranks(values: FloatArray) -> FloatArray:
    """Return the ranks of values, of equal ones the mean of theirs."""
    _, places, rows = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(rows).astype(np.float64) - (rows - 1) / 2
    return ranks.take(places)
