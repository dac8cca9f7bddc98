"""Columns of a matrix that a server passed in another order: one cause of all their features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.column_orders import MatrixColumn, Order, moved, shift_of
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.outputs import encoder_to_several, line_of, served_parts
from skewcheck.causes.permuted_distributions import (
    MIN_EVIDENT,
    MatrixSide,
    permuted_columns,
)
from skewcheck.causes.permuted_parts import ordered_parts
from skewcheck.causes.permuted_rows import permuted_rows
from skewcheck.causes.places import located, of_mask
from skewcheck.causes.training_quantiles import PROBABILITIES, quantiles
from skewcheck.counts.sides import CategoricalSide
from skewcheck.features.steps import forward
from skewcheck.features.transform import filled
from skewcheck.features.types import CategoricalReference, NumericReference
from skewcheck.results.causes import LIKELY, SURE, Cause, Place, Side

Mask = NDArray[np.bool_]
MAX_COLUMNS = 256
"""Columns of a matrix up to which an order is looked for: each is compared with each."""
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
    for place, mask in ((None, everywhere), *ordered_parts(sides, rows)):
        found = permuted_columns([s.only(mask) for s in sides])
        if found is not None:
            return Permutation(
                tuple(s.column for s in sides), found.order, found.rule,
                (float(mask.mean()),) * len(sides), SURE if found.proven else LIKELY,
                found.normalized, place, side,
            )  # fmt: skip
    return None


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
                MatrixColumn(feature.name), values, lost, reference, steps, known,
                np.sort(forward(steps, known)),
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
