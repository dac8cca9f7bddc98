"""The order of served columns, from raw and served values of the same rows.

What training serves of the raw values of a row is compared with what was served, each column with
each. The assignment of the most rows is the order (Kuhn, Naval Research Logistics Quarterly 2
(1955); by `scipy.optimize.linear_sum_assignment`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.column_orders import MatrixColumn, Order, rule_of
from skewcheck.causes.exchanges import (
    FIRST_ROWS,
    MIN_EXPLAINED,
    MIN_OTHER_VALUES,
    MIN_ROWS,
    equal,
)
from skewcheck.causes.log_evidence import LogEvidence
from skewcheck.causes.outputs import Output, outputs_of, served_parts
from skewcheck.counts.rows import served_column
from skewcheck.features.steps import forward
from skewcheck.features.types import FloatArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class PermutedRows:
    """An order of columns, and the rows that were served in it."""

    columns: tuple[MatrixColumn, ...]
    order: Order
    rule: str
    explained: tuple[Mask, ...]
    """Per column, the rows of the sample that the order explains and training's does not."""
    normalized: bool
    """Columns were exchanged after their normalization, and not before."""

    @property
    def affected(self) -> Mask:
        """Return the rows in which any column has the value of another."""
        mask: Mask = np.logical_or.reduce(self.explained)
        return mask


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Served columns beside what training serves in the same rows."""

    outputs: tuple[Output, ...]
    served: tuple[FloatArray, ...]
    lost: tuple[FloatArray | float, ...]

    def predicted(self, i: int, j: int, rows: NDArray[np.intp], *, bare: bool) -> FloatArray | None:
        """Return what column i has with the values of column j; None where that is not known.

        With `bare`, those before normalization, which are then normalized as those of i.
        """
        own, other = self.outputs[i], self.outputs[j]
        if not bare:
            return other.made[rows]
        if other.bare is None:
            return None
        if own.column:
            return None if own.line is None else own.line[0] + own.line[1] * other.bare[rows]
        return None if own.bare is None else forward(own.steps, other.bare[rows])

    def meets(self, i: int, j: int, rows: NDArray[np.intp], *, bare: bool) -> Mask:
        """Return in which of some rows column i was served the value of column j."""
        made = self.predicted(i, j, rows, bare=bare)
        if made is None:
            return np.zeros(len(rows), bool)
        return equal(self.served[i][rows], made, np.broadcast_to(
            self.lost[i], self.served[i].shape)[rows])  # fmt: skip

    def meets_any(self, i: int, rows: NDArray[np.intp], *, bare: bool) -> Mask:
        """Return likewise for all columns j (columns x rows)."""
        own = self.outputs[i]
        if bare and (own.line if own.column else own.bare) is None:
            return np.zeros((len(self.outputs), len(rows)), bool)
        unknown = np.full(len(rows), np.nan)
        taken = [o.made if not bare else o.bare for o in self.outputs]
        made = np.array([unknown if x is None else x[rows] for x in taken])
        if bare and own.column and own.line is not None:
            made = own.line[0] + own.line[1] * made
        elif bare:
            made = forward(own.steps, made.ravel()).reshape(made.shape)
        lost = np.broadcast_to(self.lost[i], self.served[i].shape)[rows]
        met = equal(self.served[i][rows], made, lost)
        met[[x is None for x in taken]] = False
        return met


def permuted_rows(evidence: LogEvidence) -> PermutedRows | None:
    """Return the order in which columns were served, of a log with both sides; None for training's.

    None as well for fewer columns in another place than `rule_of` has a name for.
    """
    pairs = _pairs(evidence)
    everywhere = range(len(pairs.outputs))
    off = [
        np.flatnonzero(~equal(served, output.made, np.broadcast_to(lost, served.shape)))
        for output, served, lost in zip(pairs.outputs, pairs.served, pairs.lost, strict=True)
    ]
    targets = [i for i in everywhere if len(off[i]) >= MIN_ROWS]
    found = [
        permuted
        for bare in (False, True)
        if len(targets) > 1 and (permuted := _assigned(pairs, targets, off, bare=bare)) is not None
    ]
    return max(found, key=lambda p: sum(int(mask.sum()) for mask in p.explained), default=None)


def _pairs(evidence: LogEvidence) -> _Pairs:
    """Return all columns of which both what was served and what training serves is sampled."""
    made = {(o.feature, o.column): o for o in outputs_of(evidence.plan.features, evidence.sample)}
    rows = []
    for i, plan in enumerate(evidence.plan.features):
        name = plan.feature.name
        if (name, "") in made and served_column(name) in evidence.sample:
            log = evidence.of_log(i).rows
            rows.append((made[name, ""], log.served, log.served_tolerance))
            continue
        lost = evidence.lost_of_levels(i, evidence.sample)
        for column, served in served_parts(plan, evidence.sample).items():
            if (name, column) in made:
                rows.append((made[name, column], served, lost[column]))
    return _Pairs(tuple(r[0] for r in rows), tuple(r[1] for r in rows), tuple(r[2] for r in rows))


def _assigned(
    pairs: _Pairs, targets: Sequence[int], off: Sequence[NDArray[np.intp]], *, bare: bool
) -> PermutedRows | None:
    """Return the order that explains most of the rows that are off; None without a rule."""
    from scipy.optimize import linear_sum_assignment  # few logs have columns in another order

    shares = np.zeros((len(targets), len(pairs.outputs)))
    for row, i in enumerate(targets):
        for j in _worth_trying(pairs, i, off[i], bare=bare):
            shares[row, j] = pairs.meets(i, j, off[i], bare=bare).mean()
    order: list[int | None] = list(range(len(pairs.outputs)))
    explained = [np.zeros(len(served), bool) for served in pairs.served]
    assigned = linear_sum_assignment(shares, maximize=True)[1].tolist()
    for row, (i, j) in enumerate(zip(targets, assigned, strict=True)):
        order[i] = j if shares[row, j] >= MIN_EXPLAINED else None
        if order[i] is not None:
            explained[i][off[i]] = pairs.meets(i, j, off[i], bare=bare)
    columns = tuple(MatrixColumn(o.feature, o.column) for o in pairs.outputs)
    rule = rule_of(columns, tuple(order))
    if not rule:
        return None
    return PermutedRows(columns, tuple(order), rule, tuple(explained), not bare)


def _worth_trying(
    pairs: _Pairs, i: int, off: NDArray[np.intp], *, bare: bool
) -> Iterator[int]:  # fmt: skip
    """Yield the columns that predict about half of the first rows that are off, or more.

    None where what was served is nearly always one value, which any column has in some rows.
    """
    served = np.nan_to_num(pairs.served[i][off], nan=np.inf)
    _, counts = np.unique(served, return_counts=True)
    if len(off) - counts.max() < MIN_OTHER_VALUES:
        return
    first = off[:FIRST_ROWS]
    met = pairs.meets_any(i, first, bare=bare).mean(1)
    for j in np.flatnonzero(met >= MIN_EXPLAINED / 2).tolist():
        if j != i:
            yield j
