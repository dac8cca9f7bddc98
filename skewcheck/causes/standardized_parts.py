"""Parts of a log whose served values were standardized by groups of their own rows.

Batches, requests or entities of a host, or since a time: each group has a mean of 0, and a sum of
squares of its number of rows (less one with the other ddof), or 0 where its values are equal. So
the mean of the part is 0, and its sum of squares a whole number.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS
from skewcheck.causes.evidence import Evidence, SampledRows
from skewcheck.causes.fixed_points import MIN_SERVED_ROWS, SUM_TOLERANCE, p_of_zero_mean
from skewcheck.causes.mechanism import FeatureContext, final_linear
from skewcheck.causes.moments_by_part import is_training
from skewcheck.causes.places import SECONDS_PER_MINUTE, place_of
from skewcheck.counts.rows import FILE
from skewcheck.features.steps import ZScore
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.results.causes import SURE, Cause, Place

MIN_SQUARES = 0.5
"""Sum of squares over rows: of groups of one row it is 0, and nearly all rows are in larger ones.
"""
MAX_DECIMALS, MAX_ROUNDED = 3, 0.5
"""Decimals of served values that were rounded, and the share of the rows that may have no more:
of normalized values one in 500 has."""
MAX_P = 1e-4
"""Probability that any of the parts that were tried has such sums by chance."""


@dataclass(frozen=True, slots=True)
class _Sums:
    """Counts, sums and sums of squares of the served values of parts that were tried."""

    n: IntArray
    first: FloatArray
    second: FloatArray
    rounded: IntArray
    """Values of few decimals: sums of such are often whole, and often 0."""

    def standardized(self, step: ZScore, context: FeatureContext) -> IntArray:
        """Return the parts that are, more surely than by chance."""
        off = np.abs(self.second - np.round(self.second))
        fits = (
            (self.n >= MIN_SERVED_ROWS)
            & (np.abs(self.first) < SUM_TOLERANCE * self.n)
            & (off < SUM_TOLERANCE * self.n)
            & (self.second > MIN_SQUARES * self.n)
            & (self.second < (1 + SUM_TOLERANCE) * self.n)
            & (self.rounded <= MAX_ROUNDED * self.n)
        )
        tried = int((self.n >= MIN_SERVED_ROWS).sum())
        return np.array([
            i for i in np.flatnonzero(fits).tolist()
            if tried * _p(step, context, int(self.n[i]), float(self.second[i])) < MAX_P
        ], np.int64)  # fmt: skip


def _p(step: ZScore, context: FeatureContext, n: int, squares: float) -> float:
    """Return the probability that right values have such sums.

    A sum of squares has a deviation of sqrt(2 n) at least, and so a density of 1 / (2.5 sqrt(2 n))
    at most at each of the whole numbers from n down to the one that it is, or one of all numbers.
    """
    width = 2 * SUM_TOLERANCE * n
    whole = (n - squares + 1) / (2.5 * math.sqrt(2 * n))
    return p_of_zero_mean(step, context, n) * min(width, width * whole)


def standardized_part(evidence: Evidence) -> Cause | None:
    """Return that rows of a part have parameters of their own; None without such a part.

    Only where served values alone are logged, and the sample holds all rows.
    """
    last = final_linear(evidence.context.feature.steps)
    if (
        last is None
        or not isinstance(last[1], ZScore)
        or last[0] + 1 < len(evidence.context.feature.steps)
    ):
        return None
    if evidence.all_rows is not None or evidence.served is None or not evidence.complete:
        return None
    if is_training(evidence.served.whole, evidence.context, evidence.context.feature.steps):
        return None
    rows = evidence.rows.only(np.isfinite(evidence.rows.served))
    step = last[1]
    parts = [
        *_whole(rows, step, evidence), *_values(rows, step, evidence),
        *_spans(rows, step, evidence),
    ]  # fmt: skip
    for place, share in parts[:1]:
        return Cause(
            RECOMPUTED_PARAMETERS.code, share * len(rows) / len(evidence.rows), SURE, {}, place,
            details={"on": "rows" if place is not None else "log"},
        )  # fmt: skip
    return None


def _rounded(served: FloatArray) -> IntArray:
    """Return 1 for each value that has few decimals, and 0 for the others."""
    off = np.abs(served - np.round(served, MAX_DECIMALS))
    made: IntArray = (off <= SUM_TOLERANCE).astype(np.int64)
    return made


def _whole(
    rows: SampledRows, step: ZScore, evidence: Evidence
) -> Iterator[tuple[Place | None, float]]:
    """Yield all rows, without a place, if they are standardized: then their parts are as well."""
    z = rows.served
    first, second = np.array([z.sum()]), np.array([(z**2).sum()])
    sums = _Sums(np.array([len(rows)]), first, second, np.array([_rounded(z).sum()]))
    if len(sums.standardized(step, evidence.context)):
        yield None, 1.0


def _values(rows: SampledRows, step: ZScore, evidence: Evidence) -> Iterator[tuple[Place, float]]:
    """Yield the values of a column whose rows are standardized, with their share of the rows."""
    for name, column in sorted(rows.segments.items(), key=lambda item: (item[0] == FILE, item[0])):
        count = len(column.values) + 1
        codes, z = column.codes, rows.served
        first, second = (np.bincount(codes, z**power, count) for power in (1, 2))
        n = np.bincount(codes, minlength=count)
        rounded = np.bincount(codes, _rounded(z), count).astype(np.int64)
        parts = _Sums(n, first.astype(np.float64), second.astype(np.float64), rounded)
        chosen = parts.standardized(step, evidence.context)
        chosen = chosen[chosen < len(column.values)]
        if len(chosen):
            distinct = int((parts.n > 0).sum())
            values = tuple(column.values[i] for i in chosen.tolist())
            yield place_of(name, values, distinct), float(parts.n[chosen].sum()) / len(rows)


def _spans(rows: SampledRows, step: ZScore, evidence: Evidence) -> Iterator[tuple[Place, float]]:
    """Yield the rows since a time, or until one, if they are standardized: as many as are."""
    times = rows.times
    if times is None or not np.isfinite(times).all() or len(rows) < 2 * MIN_SERVED_ROWS:
        return
    order = np.argsort(times, kind="stable")
    for sign in (-1, 1):
        served = rows.served[order][::sign]
        n = np.arange(1, len(served) - MIN_SERVED_ROWS + 1)
        first, second = (np.cumsum(served**power)[: len(n)] for power in (1, 2))
        rounded = np.cumsum(_rounded(served))[: len(n)]
        chosen = _Sums(n, first, second, rounded).standardized(step, evidence.context)
        if len(chosen):
            end = times[order][::sign][chosen[-1]]
            minute = float(end // SECONDS_PER_MINUTE * SECONDS_PER_MINUTE)
            place = Place(since=minute) if sign < 0 else Place(until=minute)
            yield place, float(n[chosen[-1]]) / len(rows)
