"""References weighted to the log's own mix of strata: a Tuesday is compared with Tuesdays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.served_side import served_side
from skewcheck.counts.sides import CategoricalSide, NumericSide, Side
from skewcheck.counts.strata import MONTHS, width
from skewcheck.features.dates import text_of
from skewcheck.features.histogram import Histogram
from skewcheck.features.notes import Note
from skewcheck.features.strata import ByStratum, Parts
from skewcheck.features.types import (
    CategoricalReference,
    FloatArray,
    IntArray,
    NumericReference,
    Reference,
)

ROWS_OF_HOLIDAY = 6
"""Rows that a holiday of training is worth at most: Christmas is no Labour Day, and one on a
Saturday no other. Where holidays differ by 0.4 standard deviations, one is worth 1 / 0.4**2
independent rows: what differs by less than these do is no finding."""
MANY_HOLIDAYS = 0.1
"""Share of the log's rows on holidays from which these bound what can be seen."""
_DAY = 86_400
MIN_UNSEEN = 0.01
"""Share of the log's rows in strata without training rows that is said."""


def weighted(plan: Plan, profile: Profile) -> tuple[Plan, list[Note]]:
    """Return the plan with the references of features with a rhythm weighted to the log's strata.

    The distribution is the sum over strata of the log's share times that of training's stratum, of
    so many rows as it is worth: 1 / sum(share**2 / rows), Kish's effective size (Survey Sampling,
    1965, section 11.7). Rows of a month that training never saw count as the nearest one; those of
    other strata that it never saw, and those without a time, as all of training: a note says how
    many.
    """
    strata = plan.strata
    if strata is None:
        return plan, []
    shares = shares_of(strata.parts, profile.strata)
    if shares is None:
        return plan, []
    features = tuple(
        _weighted(p, strata.features[p.feature.name], strata.parts, shares)
        if p.feature.name in strata.features else p
        for p in plan.features
    )  # fmt: skip
    rows = sum(f.counts.sum(1) for f in strata.features.values())
    unseen = float(_nearest(strata.parts, shares, rows > 0)[rows == 0].sum())
    notes = [Note("unseen_strata", {"share": unseen})] if unseen >= MIN_UNSEEN else []
    notes += _holiday_notes(strata.parts, shares, profile.newest)
    return replace(plan, features=features), notes


def shares_of(parts: Parts, rows: Sequence[int] | IntArray) -> FloatArray | None:
    """Return the share of each stratum in some rows; None where none of them has a time."""
    if len(rows) != width(parts):
        return None  # a profile that was counted by another file of parameters has others
    counts = np.array(rows[: parts.count + 1], np.float64)
    shares: FloatArray = counts[:-1] / max(counts.sum(), 1.0)
    return shares if shares.any() else None


def _nearest(parts: Parts, shares: FloatArray, seen: NDArray[np.bool_]) -> FloatArray:
    """Return shares with those of months without rows moved to the nearest months that have some.

    Those of a kind of day and block of hours that no month has stay.
    """
    if parts.seasons == 1 or not shares[~seen].any():
        return shares
    moved, known = shares.reshape(parts.seasons, -1).copy(), seen.reshape(parts.seasons, -1)
    for month, of_week in zip(*np.nonzero((moved > 0) & ~known), strict=True):
        months = np.flatnonzero(known[:, of_week])
        if not len(months):
            continue
        away = (months - month) % parts.seasons
        away = np.minimum(away, parts.seasons - away)
        near = months[away == away.min()]
        moved[near, of_week] += shares.reshape(parts.seasons, -1)[month, of_week] / len(near)
        moved[month, of_week] = 0.0
    return moved.ravel()


def months_unseen(plan: Plan, profile: Profile, alarms: Collection[str]) -> list[Note]:
    """Return the note that rows are of months that training has none of.

    It is of features with a rhythm that alarm: what they differ by may be the time of the year.
    """
    strata = plan.strata
    if strata is None or not strata.parts.months or len(profile.strata) < MONTHS:
        return []
    rows = np.array(profile.strata[-MONTHS:])
    lacking = [m for m in np.flatnonzero(rows).tolist() if m not in strata.parts.months]
    share = float(rows[lacking].sum() / max(rows.sum(), 1))
    names = tuple(f.feature.name for f in plan.features if f.feature.name in strata.features)
    features = tuple(name for name in names if name in alarms)
    if share < MIN_UNSEEN or not features:
        return []
    parameters = {"share": share, "months": tuple(m + 1 for m in lacking), "features": features}
    return [Note("unseen_months", parameters)]


def _weighted(plan: FeaturePlan, table: ByStratum, parts: Parts, shares: FloatArray) -> FeaturePlan:
    reference = weighted_reference(plan.feature.reference, table, parts, shares)
    if reference is None:
        return plan
    feature, side = replace(plan.feature, reference=reference), plan.raw
    if side is None:
        served = served_of(plan, reference)
        return plan if served is None else replace(plan, feature=feature, served=served)
    if isinstance(side, NumericSide) and isinstance(reference, NumericReference):
        return replace(plan, feature=feature, raw=replace(side, reference=reference))
    if isinstance(side, CategoricalSide) and isinstance(reference, CategoricalReference):
        return replace(plan, feature=feature, raw=replace(side, reference=reference))
    return plan


def season_error(table: ByStratum, parts: Parts) -> float:
    """Return how far a night's reference may be off by the season's curve, in deviations of a row.

    Between months it goes straight, from one month's mean to the next: with d the second difference
    of these the error is d / 8 by the straight line at most, and d / 24 as a mean over a month
    stands for its middle (Taylor's theorem). Of a level d is that of its share. 0 without months.
    """
    if parts.seasons == 1:
        return 0.0
    counts = table.counts.reshape(parts.seasons, -1, table.counts.shape[1]).sum(1)
    rows = counts.sum(1)
    if len(table.means):
        of_stratum = table.counts.sum(1)
        sums = (of_stratum * table.means).reshape(parts.seasons, -1).sum(1)
        values = (sums / np.maximum(rows, 1))[:, None]
        spread = np.array([(of_stratum @ table.stds**2 / max(of_stratum.sum(), 1)) ** 0.5])
    else:
        values = counts / np.maximum(rows, 1)[:, None]
        shares = counts.sum(0) / max(rows.sum(), 1)
        spread = np.sqrt(shares * (1 - shares))
    second = np.abs(np.roll(values, 1, 0) - 2 * values + np.roll(values, -1, 0))
    known = (rows > 0) & (np.roll(rows, 1) > 0) & (np.roll(rows, -1) > 0)
    if not known.any():
        return 0.0
    errors = second[known].max(0) / np.where(spread > 0, spread, np.inf) / 6
    return float(errors.max())


def served_of(plan: FeaturePlan, reference: Reference) -> Side | None:
    """Return a feature's served side beside what its steps make of a raw reference.

    None where that has other cells than those that were counted, and where it is not known.
    """
    if plan.served is None or plan.served.reference is None or plan.scope is not None:
        return None
    known = plan.feature.reference
    if known is not None and known.nulls and not reference.nulls:
        reference = replace(reference, nulls=1, rows=reference.rows + 1)  # a fill has its edge
    made = served_side(replace(plan.feature, reference=reference), plan.served.columns)
    if isinstance(made, NumericSide) and isinstance(plan.served, NumericSide):
        old, new = plan.served.reference, made.reference
        same = (
            old is not None
            and new is not None
            and np.array_equal(old.histogram.edges, new.histogram.edges)
        )
        return replace(plan.served, reference=new) if same else None
    if isinstance(made, CategoricalSide) and isinstance(plan.served, CategoricalSide):
        return replace(plan.served, reference=made.reference)
    return None


def weighted_reference(
    reference: Reference | None, table: ByStratum, parts: Parts, shares: FloatArray
) -> Reference | None:
    """Return a reference as it is in strata of these shares; None where training has none."""
    present = table.counts.sum(1).astype(np.float64)
    rows = present + table.nulls
    seen = (rows > 0) & (present > 0)
    weights = np.where(seen, _nearest(parts, shares, seen), 0.0)
    rest = max(1.0 - float(weights.sum()), 0.0)
    if reference is None or not weights.any():
        return None
    every = rows / rows.sum()
    weights = weights + rest * every  # all of training, where its stratum is not known
    size = 1 / float((weights[seen] ** 2 / _worth(parts, rows)[seen]).sum())
    of_rows = weights[seen] / rows[seen]
    cells = of_rows @ table.counts[seen]
    base = every[seen] / rows[seen] @ table.counts[seen]
    factors = np.divide(cells, base, out=np.zeros(len(base)), where=base > 0)
    nulls = round(float(of_rows @ table.nulls[seen]) * size)
    if isinstance(reference, CategoricalReference):
        return _levels(reference, table, factors, nulls, size)
    return _numbers(
        reference, table, (factors, weights * present / np.maximum(rows, 1)), nulls, size
    )


def _worth(parts: Parts, rows: FloatArray) -> FloatArray:
    """Return how many independent rows of training each stratum is worth."""
    if parts.holidays is None:
        return rows
    worth = rows.reshape(parts.seasons, parts.days, parts.blocks).copy()
    most = ROWS_OF_HOLIDAY * np.maximum(parts.holidays_of_months(), 1) / parts.blocks
    worth[:, -1] = np.minimum(worth[:, -1], most[:, None])
    return worth.ravel()


def _holiday_notes(parts: Parts, shares: FloatArray, newest: float | None) -> list[Note]:
    """Return the notes that many rows are of holidays, and that those of the log are not known."""
    if parts.holidays is None:
        return []
    until = parts.holidays.until
    if newest is not None and newest >= (until + 2) * _DAY:  # in any time zone
        return [Note("holidays_end", {"last_day": text_of(until)})]
    share = float(shares.reshape(parts.seasons, parts.days, -1)[:, -1].sum())
    known = int(parts.holidays_of_months().sum())
    return [Note("holidays", {"share": share, "days": known})] if share > MANY_HOLIDAYS else []


def _numbers(
    reference: NumericReference, table: ByStratum, weights: tuple[FloatArray, FloatArray],
    nulls: int, size: float,
) -> NumericReference:  # fmt: skip
    """Scale each coarse cell of a reference; inside of one its shape is that of all training."""
    factors, by_stratum = weights
    histogram = reference.histogram
    fine = factors[np.searchsorted(table.cuts, np.arange(2 * len(histogram) + 1), "right")]
    scaled = fine * histogram.interleaved
    scale = max(size - nulls, 1.0) / max(float(scaled.sum()), 1e-300)
    counts = whole_rows(scaled * scale)
    before = np.maximum(histogram.between, 1)
    made = Histogram(
        histogram.edges, counts[1::2], counts[::2], histogram.sums * counts[::2] / before
    )
    share = by_stratum / by_stratum.sum()
    mean = float(share @ table.means)
    variance = float(share @ (table.stds**2 + (table.means - mean) ** 2))
    return replace(
        reference, rows=made.total + nulls, nulls=nulls, nonfinite=0, negative_infinite=0,
        mean=mean, std=variance**0.5, histogram=made, mistyped=0,
    )  # fmt: skip


def _levels(
    reference: CategoricalReference, table: ByStratum, factors: FloatArray, nulls: int, size: float
) -> CategoricalReference:
    names = list(reference.counts)
    places = np.minimum(np.arange(len(names) + 1), len(table.cuts))
    before = np.array([*reference.counts.values(), reference.other], np.float64)
    scaled = before * factors[places]
    scale = max(size - nulls, 1.0) / max(float(scaled.sum()), 1e-300)
    counts = whole_rows(scaled * scale).tolist()
    ordered = dict(zip(names, counts[:-1], strict=True))
    return replace(
        reference, rows=sum(counts) + nulls, nulls=nulls, counts=ordered, other=counts[-1]
    )


def whole_rows(counts: FloatArray | Sequence[float]) -> IntArray:
    """Return counts as whole numbers with the same running sum, up to one row.

    Rounded each by itself, a thousand cells of less than half a row would hold none.
    """
    running: IntArray = np.rint(np.cumsum(counts)).astype(np.int64)
    return np.diff(running, prepend=np.int64(0))
