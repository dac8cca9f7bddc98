"""What is read of a feature that is normalized over a scope of rows: beside raw values, results.

They are computed before any row is left out, and stand in a batch as columns of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parity import ParityCounts, numeric_parity
from skewcheck.counts.windows import text_tolerance
from skewcheck.features.scope_reader import Lost, Rows
from skewcheck.features.scopes import Results
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Numbers, numbers
from skewcheck.logs.batch import Batch, RowOrigin

if TYPE_CHECKING:
    from skewcheck.counts.reading import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedNumbers(Numbers):
    """A raw column with what the scopes of its rows make of it."""

    results: FloatArray
    """NaN where the scope is not complete, or its spread too small to tell."""
    tolerance: FloatArray
    """How far a result in float32 may be from it."""

    @property
    def over_scope(self) -> FloatArray | None:
        """What the scopes of the rows make of them."""
        return self.results


def rows_of(batch: Batch) -> Rows:
    """Return the rows of a batch as a reader of scopes takes them."""
    gaps = bool(batch.undecoded or batch.other or batch.empty)
    return Rows(batch.columns, batch.rows, batch.origin.file, lost_of(batch), gaps)


def lost_of(batch: Batch) -> Lost:
    """Return what says how much printing lost of the values of a column."""

    def lost(column: str, values: FloatArray) -> FloatArray | float:
        digits = batch.digits.get(column)
        if digits is None:
            return 0.0
        return text_tolerance(values, digits.significant, digits.decimals, None)

    return lost


def with_results(batch: Batch, results: Mapping[str, Results]) -> Batch:
    """Return a batch with the results of features in its rows as columns."""
    columns = dict(batch.columns)
    for name, made in results.items():
        for side, values in (("result", made.values), ("error", made.error)):
            columns[_column(side, name)] = pa.array(values, pa.float64())
    return replace(batch, columns=columns)


def _column(side: str, feature: str) -> str:
    """Return the name of a column of results: no log has such a one."""
    return f"\x00{side} {feature}"


def scoped(plan: FeaturePlan, raw: Read, batch: Batch) -> Read:
    """Return the raw column of a feature with its results; without any, nothing is compared."""
    if not isinstance(raw, Numbers):
        return raw
    made = [batch.columns.get(_column(side, plan.feature.name)) for side in ("result", "error")]
    results, error = (
        np.full(batch.rows, np.nan) if a is None else numbers(a).values.astype(np.float64)
        for a in made
    )
    known = np.isfinite(results) & np.isfinite(error)
    return ScopedNumbers(
        values=raw.values, mistyped=raw.mistyped, results=np.where(known, results, np.nan),
        tolerance=np.where(known, error, 0.0),
    )  # fmt: skip


def parity_of_results(
    plan: FeaturePlan, raw: Numbers, served: Numbers, origin: RowOrigin,
    served_tolerance: FloatArray | float, resolution: float | None,
) -> tuple[ParityCounts, IntArray] | None:  # fmt: skip
    """Compare the rows that have a result; the example has the raw value as logged."""
    if not isinstance(raw, ScopedNumbers):
        return None
    y = served.values.astype(np.float64, copy=False)
    counts, fails = numeric_parity(
        raw.results, np.where(np.isnan(raw.results), np.nan, y), plan.feature.steps, origin,
        raw_tolerance=raw.tolerance, served_tolerance=served_tolerance, resolution=resolution,
    )  # fmt: skip
    present = ~np.isnan(raw.values.astype(np.float64, copy=False))
    left_out = int(np.count_nonzero(present & np.isnan(raw.results)))
    counts = replace(counts, left_out=left_out)
    if counts.example is None:
        return counts, fails
    value = float(raw.values[fails[0]])
    return replace(counts, example=replace(counts.example, raw=value)), fails
