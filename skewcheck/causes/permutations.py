"""Columns of a matrix that a server passed in another order: one cause of all their features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.column_orders import MatrixColumn, Order, moved, shift_of
from skewcheck.causes.distributions import PROBABILITIES, quantiles
from skewcheck.causes.evidence import SampledRows
from skewcheck.causes.faulty_parts import log_likelihood_ratios
from skewcheck.causes.group_distances import cells_of
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.outputs import encoder_to_several, line_of, served_parts
from skewcheck.causes.permuted_distributions import (
    MIN_EVIDENT,
    MIN_ROWS,
    MatrixSide,
    permuted_columns,
)
from skewcheck.causes.permuted_rows import permuted_rows
from skewcheck.causes.places import located, of_mask, place_of
from skewcheck.counts.rows import FILE
from skewcheck.counts.sides import CategoricalSide
from skewcheck.features.transform import filled
from skewcheck.features.types import CategoricalReference, FloatArray, NumericReference
from skewcheck.results.causes import LIKELY, SURE, Cause, Place, Side, nulls_last

Mask = NDArray[np.bool_]
MAX_COLUMNS = 256
"""Columns of a matrix up to which an order is looked for: each is compared with each."""
MAX_SLICES = 16
"""Slices of time that are looked at one by one."""
MAX_PARTS = 64
"""Values of a segment column that are looked at one by one, the most frequent."""
Causes = Mapping[str, Sequence[Cause]]


@dataclass(frozen=True, slots=True)
class Permutation:
    """Columns in another order, in some rows of the log."""

    columns: tuple[MatrixColumn, ...]
    order: Order
    rule: str
    shares: tuple[float, ...]
    """Of each column, the share of the log's rows that have the value of another."""
    confidence: float
    normalized: bool
    """Exchanged after normalization, and not before."""
    place: Place | None = None
    side: Side = "served"

    def causes(self, causes: Causes) -> dict[str, tuple[Cause, ...]]:
        """Return the causes of its features, of those that have any, or are given none yet."""
        result: dict[str, tuple[Cause, ...]] = {}
        for name in dict.fromkeys(column.feature for column in self.columns):
            if name in causes and (cause := self._of(name, causes[name])) is not None:
                result[name] = (cause,)
        return result

    def _of(self, feature: str, causes: Sequence[Cause]) -> Cause | None:
        """Return the cause of a feature; None where its columns are in their places."""
        places = [i for i in moved(self.order) if self.columns[i].feature == feature]
        if not places:
            return self._foreign(feature)
        sources = [self.columns[self.order[i] or 0] for i in places]
        most = Counter(source.feature for source in sources).most_common(1)[0][0]
        known = next(iter(causes), None)
        if known is not None and self._agrees(known, most):
            return replace(known, parameters={**known.parameters, **self._parameters})
        parameters: dict[str, object] = {"feature": most, **self._parameters}
        details: dict[str, object] = {}
        variant = "normalized" if self.normalized and self.side == "served" else ""
        targets = [self.columns[i].column for i in places]
        if any(targets):
            parameters["columns"] = {
                target: source.name for target, source in zip(targets, sources, strict=True)
            }
            variant, details = "of_columns", {"targets": tuple(targets)}
        elif sources[0].column:
            parameters["column"], variant = sources[0].column, "of_column"
        details["sources"] = tuple(source.name for source in sources)
        return Cause(
            SWAPPED_FEATURES.code, max(self.shares[i] for i in places), self.confidence,
            parameters, self.place, variant, details, self.side,
        )  # fmt: skip

    def _agrees(self, cause: Cause, feature: str) -> bool:
        """Return whether a feature's own rows already say that it has the values of another."""
        return (
            cause.code == SWAPPED_FEATURES.code
            and cause.confidence >= self.confidence
            and self.side == cause.side
            and (cause.parameters.get("feature"), cause.parameters.get("swapped"))
            == (feature, "values")
        )

    def _foreign(self, feature: str) -> Cause | None:
        """Return that a feature has the values of none of the columns, next to shifted ones."""
        if self.rule != "shifted":
            return None
        shift = shift_of(self.order) or 0
        beside = {i - (1 if shift > 0 else -1) for i in moved(self.order)}
        places = [i for i, source in enumerate(self.order) if source is None and i in beside]
        if not any(self.columns[i].feature == feature for i in places):
            return None
        return Cause(
            SWAPPED_FEATURES.code, max(self.shares), LIKELY, self._parameters, self.place,
            "foreign", side=self.side,
        )  # fmt: skip

    @property
    def _parameters(self) -> dict[str, object]:
        shift = shift_of(self.order) if self.rule == "shifted" else None
        return {"swapped": "values", "order": self.rule} | ({"shift": shift} if shift else {})


def permuted(
    evidence: LogEvidence, causes: Causes, alarmed: Sequence[str]
) -> dict[str, tuple[Cause, ...]]:
    """Return the causes of features whose columns are in another order, of those that alarm.

    `causes` are those found of each feature alone. Empty where no order explains several.
    """
    plans = evidence.plan.features
    if len(alarmed) < MIN_EVIDENT or len(plans) > MAX_COLUMNS:
        return {}
    found = None
    if any(plan.raw is not None and plan.served is not None for plan in plans):
        found = _of_rows(evidence)
    if found is None:
        found = _of_log(evidence, "served") or _of_log(evidence, "raw")
    elif not found.normalized:
        found = _of_log(evidence, "raw") or found  # raw columns may be the ones in another order
    return {} if found is None else found.causes({name: causes[name] for name in alarmed})


def _of_rows(evidence: LogEvidence) -> Permutation | None:
    """Return the order by raw and served values of the same rows."""
    by_rows = permuted_rows(evidence)
    if by_rows is None:
        return None
    rows = evidence.of_log(0).rows
    place = located(of_mask(rows, by_rows.affected))
    shares = tuple(float(mask.mean()) for mask in by_rows.explained)
    return Permutation(
        by_rows.columns, by_rows.order, by_rows.rule, shares, SURE, by_rows.normalized, place
    )


def _of_log(evidence: LogEvidence, side: Side) -> Permutation | None:
    """Return the order by the distributions of one side: of all rows, or of those of a place."""
    sides = list(_sides(evidence, side))
    if len(sides) < MIN_EVIDENT:
        return None
    rows = evidence.of_log(0).rows
    everywhere = np.ones(len(rows), bool)
    for place, mask in ((None, everywhere), *_parts(sides, rows)):
        found = permuted_columns([_only(s, mask) for s in sides])
        if found is not None:
            return Permutation(
                tuple(s.column for s in sides), found.order, found.rule,
                (float(mask.mean()),) * len(sides), SURE if found.proven else LIKELY,
                found.normalized, place, side,
            )  # fmt: skip
    return None


def _only(side: MatrixSide, mask: Mask) -> MatrixSide:
    lost = side.tolerance
    lost = lost[mask] if isinstance(lost, np.ndarray) else lost
    return replace(side, values=side.values[mask], tolerance=lost)


def _parts(sides: Sequence[MatrixSide], rows: SampledRows) -> Iterator[tuple[Place, Mask]]:
    """Yield the places that have another order than the rest of the log, the largest first.

    Values of a segment column that have the same order are one place.
    """
    for column, labels in sorted(rows.segments.items(), key=lambda item: item[0] == FILE):
        counts = labels.counts()[: len(labels.values)]
        large = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i] >= MIN_ROWS]
        if int((counts > 0).sum()) < 2:
            continue
        orders: dict[Order, list[int]] = {}
        for i in large[:MAX_PARTS]:
            found = permuted_columns([_only(side, labels.codes == i) for side in sides])
            if found is not None:
                orders.setdefault(found.order, []).append(i)
        for values in sorted(orders.values(), key=lambda values: -len(values)):
            mask = np.isin(labels.codes, values)
            named = tuple(sorted((labels.values[i] for i in values), key=nulls_last))
            if not mask.all():
                yield place_of(column, named, int((counts > 0).sum())), mask
    period = None if rows.times is None else _period(sides, rows.times)
    if period is not None:
        place = located(of_mask(rows, period)) or Place()
        yield replace(place, purity=1.0, coverage=1.0), period


def _period(sides: Sequence[MatrixSide], times: FloatArray) -> Mask | None:
    """Return the rows of a stretch of time that has an order of its own; None without one.

    Slices of equal numbers of rows find it. Its ends are those of the greatest sum of the rows'
    log-likelihood ratios over all numbers (maximum subarray: Bentley, CACM 27 (1984), 865).
    """
    by_time = np.argsort(times, kind="stable")
    by_time = by_time[np.isfinite(times[by_time])]
    slices = np.array_split(by_time, max(min(MAX_SLICES, len(by_time) // MIN_ROWS), 1))
    inside = np.zeros(len(times), bool)
    for rows in slices if len(slices) > 1 else []:
        mask = np.zeros(len(times), bool)
        mask[rows] = True
        if permuted_columns([_only(side, mask) for side in sides]) is not None:
            inside |= mask
    if not inside.any() or inside.all():
        return None
    score = np.zeros(len(times))
    for side in sides:
        finite = np.isfinite(side.values)
        if side.reference is not None and (inside & finite).any():
            lost = np.broadcast_to(side.tolerance, finite.shape)[finite]
            cells, training = cells_of(side.reference, side.steps, side.values[finite], lost)
            score[finite] += log_likelihood_ratios(cells, inside[finite], training)
    sums = np.append(0.0, np.cumsum(score[by_time]))
    lowest = np.minimum.accumulate(sums)
    last = int(np.argmax(sums - lowest))
    first = int(np.argmin(sums[: last + 1]))
    period = np.zeros(len(times), bool)
    period[by_time[first:last]] = True
    return period


def _sides(evidence: LogEvidence, side: Side) -> Iterator[MatrixSide]:
    """Yield the columns of one side whose distribution in training is known."""
    for i, plan in enumerate(evidence.plan.features):
        feature, reference = plan.feature, plan.feature.reference
        logged = plan.raw if side == "raw" else plan.served
        if logged is None or feature.groups or plan.scope is not None:
            continue
        if isinstance(reference, NumericReference) and reference.histogram and reference.finite:
            rows = evidence.of_log(i).rows
            values = evidence.raw_values(i) if side == "raw" else rows.served
            lost = rows.raw_tolerance if side == "raw" else rows.served_tolerance
            steps = () if side == "raw" else feature.steps
            known = evidence.quantile_cache.get(feature.name, np.empty(0))
            known = known if len(known) == len(PROBABILITIES) else quantiles(reference)
            yield MatrixSide(
                MatrixColumn(feature.name), values, lost, reference, steps, known
            )  # fmt: skip
        elif side == "served" and isinstance(logged, CategoricalSide):
            yield from _levels(evidence, i)


def _levels(evidence: LogEvidence, i: int) -> Iterator[MatrixSide]:
    """Yield the columns of a feature's levels, a number for the level and another for the rest."""
    plan = evidence.plan.features[i]
    reference, feature = plan.feature.reference, plan.feature
    if not isinstance(reference, CategoricalReference) or not reference.rows:
        return
    step = encoder_to_several(feature.steps, tuple(reference.counts))
    if step is None:
        return
    lost = evidence.lost_of_levels(i, evidence.sample)
    served = served_parts(plan, evidence.sample)
    for place, column in enumerate(step.names):
        line = line_of(step, place)
        if line is not None and column in served:
            share = reference.counts.get(column, 0) / reference.rows
            if filled(feature.steps, [None]) == [column]:
                share += reference.nulls / reference.rows
            yield MatrixSide(
                MatrixColumn(feature.name, column), served[column], lost[column], line=line,
                share=share, rows=reference.rows,
            )  # fmt: skip
