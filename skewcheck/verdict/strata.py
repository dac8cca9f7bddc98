"""References weighted to the log's own mix of strata: a Tuesday is compared with Tuesdays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.sides import CategoricalSide, NumericSide
from skewcheck.features.histogram import Histogram
from skewcheck.features.notes import Note
from skewcheck.features.strata import ByStratum
from skewcheck.features.types import (
    CategoricalReference,
    FloatArray,
    IntArray,
    NumericReference,
    Reference,
)

MIN_UNSEEN = 0.01
"""Share of the log's rows in strata without training rows that is said."""


def weighted(plan: Plan, profile: Profile) -> tuple[Plan, list[Note]]:
    """Return the plan with the references of features with a rhythm weighted to the log's strata.

    The distribution is the sum over strata of the log's share times that of training's stratum, of
    so many rows as it is worth: 1 / sum(share**2 / rows), Kish's effective size (Survey Sampling,
    1965, section 11.7). Rows of strata that training never saw, and those without a time, count as
    all of training; a note says how many.
    """
    strata = plan.strata
    if strata is None or len(profile.strata) != strata.parts.count + 1:
        return plan, []  # a profile that was counted by another file of parameters has others
    if not sum(profile.strata[:-1]):
        return plan, []
    log = np.array(profile.strata, np.float64)
    shares = log[:-1] / log.sum()
    features = tuple(
        _weighted(p, strata.features[p.feature.name], shares)
        if p.feature.name in strata.features and p.raw is not None else p
        for p in plan.features
    )  # fmt: skip
    rows = sum(f.counts.sum(1) for f in strata.features.values())
    unseen = float(shares[rows == 0].sum())
    notes = [Note("unseen_strata", {"share": unseen})] if unseen >= MIN_UNSEEN else []
    return replace(plan, features=features), notes


def _weighted(plan: FeaturePlan, table: ByStratum, shares: FloatArray) -> FeaturePlan:
    reference = _reference(plan.feature.reference, table, shares)
    if reference is None:
        return plan
    feature, side = replace(plan.feature, reference=reference), plan.raw
    if isinstance(side, NumericSide) and isinstance(reference, NumericReference):
        return replace(plan, feature=feature, raw=replace(side, reference=reference))
    if isinstance(side, CategoricalSide) and isinstance(reference, CategoricalReference):
        return replace(plan, feature=feature, raw=replace(side, reference=reference))
    return plan


def _reference(
    reference: Reference | None, table: ByStratum, shares: FloatArray
) -> Reference | None:
    present = table.counts.sum(1).astype(np.float64)
    rows = present + table.nulls
    seen = (rows > 0) & (present > 0)
    weights = np.where(seen, shares, 0.0)
    rest = max(1.0 - float(weights.sum()), 0.0)
    if reference is None or not weights.any():
        return None
    every = rows / rows.sum()
    weights = weights + rest * every  # all of training, where its stratum is not known
    size = 1 / float((weights[seen] ** 2 / rows[seen]).sum())
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
