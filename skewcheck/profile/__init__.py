"""What is measured of a log. A profile can be added: zero, of(batch), +."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import add

import numpy as np
import pyarrow as pa

from skewcheck.arrays import Digits, Labels, Numbers, labels, numbers
from skewcheck.features import FloatArray
from skewcheck.profile.batch import Batch
from skewcheck.profile.categorical import CategoricalCounts
from skewcheck.profile.numeric import NumericCounts, text_tolerance
from skewcheck.profile.parity import ParityCounts, categorical_parity, numeric_parity
from skewcheck.profile.plan import CategoricalSide, FeaturePlan, NumericSide, Plan, Side
from skewcheck.profile.sample import Sample, keys

Counts = NumericCounts | CategoricalCounts


@dataclass(frozen=True, slots=True)
class FeatureProfile:
    """One feature's counts; None for a side that is not logged, or not yet seen."""

    raw: Counts | None = None
    served: Counts | None = None
    parity: ParityCounts | None = None

    def __add__(self, other: FeatureProfile) -> FeatureProfile:
        """Add counts of the same plan."""
        return FeatureProfile(
            _plus(self.raw, other.raw),
            _plus(self.served, other.served),
            self.parity + other.parity
            if self.parity and other.parity
            else self.parity or other.parity,
        )


def _plus(a: Counts | None, b: Counts | None) -> Counts | None:
    if isinstance(a, NumericCounts) and isinstance(b, NumericCounts):
        return a + b
    if isinstance(a, CategoricalCounts) and isinstance(b, CategoricalCounts):
        return a + b
    return a or b


@dataclass(frozen=True, slots=True)
class Profile:
    """A log, or a part of it, measured by a plan."""

    rows: int
    features: tuple[FeatureProfile, ...]
    sample: Sample = field(default_factory=Sample)
    """Served values of the features that lie on a grid and have no raw column beside."""
    absent: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Columns that some files lack: rows per file."""
    digits: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    """Columns of text logs: the significant digits and decimals that each file printed."""

    @classmethod
    def zero(cls, plan: Plan) -> Profile:
        """Return the profile of no rows."""
        return cls(0, (FeatureProfile(),) * len(plan.features))

    @classmethod
    def of(cls, plan: Plan, batch: Batch) -> Profile:
        """Measure a batch; whatever stands in a column, it costs no other column its counts."""
        features = tuple(_feature(one, batch) for one in plan.features)
        absent = {
            column: {batch.origin.file: batch.rows}
            for column in sorted(frozenset().union(*plan.wanted()))
            if column not in batch.columns
        }
        sampled = {
            column: numbers(batch.columns[column]).values
            for column in plan.sampled
            if column in batch.columns
        }
        sample = Sample.of(keys(batch.origin, batch.rows), sampled) if sampled else Sample()
        digits = {
            name: frozenset([(d.significant, d.decimals)]) for name, d in batch.digits.items()
        }
        return cls(batch.rows, features, sample, absent, digits)

    def __add__(self, other: Profile) -> Profile:
        """Add profiles of the same plan; `self` holds the rows that come first."""
        absent = {column: dict(files) for column, files in self.absent.items()}
        for column, files in other.absent.items():
            mine = absent.setdefault(column, {})
            for file, rows in files.items():
                mine[file] = mine.get(file, 0) + rows
        digits = {
            name: self.digits.get(name, frozenset()) | other.digits.get(name, frozenset())
            for name in {**self.digits, **other.digits}
        }
        return Profile(
            self.rows + other.rows,
            tuple(map(add, self.features, other.features)),
            self.sample + other.sample,
            absent,
            digits,
        )


def _feature(plan: FeaturePlan, batch: Batch) -> FeatureProfile:
    raw = _read(plan.raw, batch)
    served = _read(plan.served, batch)
    parity = None
    if raw is not None and served is not None:
        parity = _parity(plan, raw, served, batch)
    return FeatureProfile(_count(plan.raw, raw, batch), _count(plan.served, served, batch), parity)


def _read(side: Side | None, batch: Batch) -> Numbers | Labels | None:
    """Return the side's column as NumPy arrays; None where this batch's file has none."""
    if side is None:
        return None
    if isinstance(side, NumericSide):
        return numbers(batch.columns[side.column]) if side.column in batch.columns else None
    arrays = [batch.columns.get(column) for column in side.columns]
    present = [array for array in arrays if array is not None]
    if not present:
        return None
    if not side.numbers:
        return labels(present[0], side.levels.names)
    return numbers(present[0]) if len(arrays) == 1 else _hot(arrays, batch.rows)


def _hot(arrays: list[pa.Array | None], rows: int) -> Numbers:
    """Read onehot columns as the index of the one that is 1, -1 where none is.

    Rows with two ones, or with other numbers than 0 and 1, are mistyped: they mean no level.
    """
    index = np.full(rows, -1.0)
    ones = np.zeros(rows, np.int64)
    odd = np.zeros(rows, bool)
    nulls = np.ones(rows, bool)
    for i, array in enumerate(arrays):
        if array is None:
            continue
        values = numbers(array).values
        ones += values == 1
        index[values == 1] = i
        odd |= ~((values == 1) | (values == 0) | np.isnan(values))
        nulls &= np.isnan(values)
    odd |= ones > 1
    index[odd | nulls] = np.nan
    return Numbers(index, mistyped=int((odd & ~nulls).sum()))


def _count(side: Side | None, read: Numbers | Labels | None, batch: Batch) -> Counts | None:
    if side is None:
        return None
    if read is None:
        return _nothing(side, batch.rows)
    if isinstance(side, NumericSide) and isinstance(read, Numbers):
        windows = side.windows
        digits = batch.digits.get(side.column)
        if digits is not None and len(windows.edges):
            windows = windows.widened(_lost(windows.edges, digits, None))
        return NumericCounts.of(read.values, windows, mistyped=read.mistyped)
    if isinstance(side, CategoricalSide) and isinstance(read, Labels):
        return CategoricalCounts.of_text(
            read.codes, read.levels, side.levels, mistyped=read.mistyped
        )
    if isinstance(side, CategoricalSide) and isinstance(read, Numbers):
        values = read.values.astype(np.float64)
        return CategoricalCounts.of_numbers(values, side.levels, mistyped=read.mistyped)
    return None


def _nothing(side: Side, rows: int) -> Counts:
    """Return the counts of rows of a file that lacks the column: nulls."""
    if isinstance(side, NumericSide):
        return NumericCounts.of(np.full(rows, np.nan), side.windows)
    none = np.full(rows, -1, np.int32)
    return CategoricalCounts.of_text(none, (), side.levels)


def _lost(values: FloatArray, digits: Digits, step: float | None) -> FloatArray:
    return text_tolerance(values, digits.significant, digits.decimals, step)


def _parity(
    plan: FeaturePlan, raw: Numbers | Labels, served: Numbers | Labels, batch: Batch
) -> ParityCounts | None:
    steps, origin = plan.feature.steps, batch.origin
    if isinstance(raw, Labels):
        other = served.values.astype(np.float64) if isinstance(served, Numbers) else (
            served.codes, served.levels)  # fmt: skip
        return categorical_parity(raw.codes, raw.levels, steps, other, origin)
    if not (isinstance(served, Numbers) and isinstance(plan.served, NumericSide)):
        return None
    if not isinstance(plan.raw, NumericSide):
        return None
    x, y = raw.values.astype(np.float64, copy=False), served.values.astype(np.float64, copy=False)
    raw_digits = batch.digits.get(plan.raw.column)
    served_digits = batch.digits.get(plan.served.column)
    step = plan.raw.reference.step if plan.raw.reference else None
    return numeric_parity(
        x, y, steps, origin,
        raw_tolerance=0.0 if raw_digits is None else _lost(x, raw_digits, step),
        served_tolerance=0.0 if served_digits is None else _lost(y, served_digits, None),
    )  # fmt: skip


def total(profiles: list[Profile]) -> Profile:
    """Add profiles, one at least, from left to right."""
    return reduce(add, profiles)
