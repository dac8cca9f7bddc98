"""The order of the columns of a log with one side, from distributions and raw grids.

Each column is compared with what training gives every column: the cost of a pair is (D / c)^2, of
KS D at quantiles and its critical value c, and the largest where the column's values, undone, miss
the raw grid of the other. The usual orders are tried, then the assignment of the least cost (Kuhn,
Naval Research Logistics Quarterly 2 (1955)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.column_orders import (
    MIN_MOVED,
    MatrixColumn,
    Order,
    moved,
    rule_of,
    usual_orders,
)
from skewcheck.causes.distributions import critical, distance
from skewcheck.causes.grids import MIN_USABLE_VALUES
from skewcheck.causes.raw_grids import MIN_SHARE_ON_GRID
from skewcheck.causes.training_quantiles import PROBABILITIES
from skewcheck.causes.undoing import off_grid, undone
from skewcheck.features.steps import Step, forward
from skewcheck.features.types import FloatArray, NumericReference

MIN_ROWS = 150
"""Rows that a column must have: critical D of fewer is above 0.16, as far as many features are
apart."""
ROWS_OF_COSTS = 2000
"""Rows by which each pair of columns is compared."""
ROWS_OF_GRIDS = 300
"""Rows by which the grid of each pair is looked at."""
MAX_COST = 16.0
"""Of a pair, however far apart: one column that nothing explains outweighs no others."""
OTHER = 1.5
"""Cost from which a column has not the values that training gives it: D of 1.2 times the critical,
by chance in exp(-11) of right columns."""
FAR = 4.0
"""Cost from which it is far from them: D of twice the critical."""
USUAL_NOISE = 0.7
"""Of critical D: most right columns are nearer."""
MAX_DISTANCE_LEFT = 0.3
"""Of a column's distance from training, how much the order may leave where it is evidence."""
MIN_FAR = 2
"""Columns that must be far from what training gives them."""
MIN_EVIDENT = 3
"""Columns that must be evidence: the distributions of two are met by a world that moved."""
MIN_SHARE_OFF_GRID = 0.1
"""Share of undone values off a column's own grid that proves other values."""
NEAR = 1.5
"""Critical distances within which pairs are looked at on the grid."""


@dataclass(frozen=True, slots=True)
class MatrixSide:
    """One column of the log, and what training has for it."""

    column: MatrixColumn
    values: FloatArray
    """As logged, of the rows that are looked at; NaN for nulls."""
    tolerance: FloatArray | float
    reference: NumericReference | None = None
    """Raw training values of a number; None for a column of levels."""
    steps: tuple[Step, ...] = ()
    """From these to the column."""
    quantiles: FloatArray = field(default_factory=lambda: np.empty(0))
    """Of the reference, at PROBABILITIES."""
    made: FloatArray = field(default_factory=lambda: np.empty(0))
    """What the steps make of these, ascending."""
    line: tuple[float, float] = (0.0, 1.0)
    """Of a level's column: what it has for other levels, and how much more for its own."""
    share: float = 0.0
    """Of a level's column: the level's share in training."""
    rows: int = 1
    """Rows of training."""

    def only(self, mask: NDArray[np.bool_]) -> MatrixSide:
        """Return the masked rows."""
        lost = self.tolerance
        lost = lost[mask] if isinstance(lost, np.ndarray) else lost
        return replace(self, values=self.values[mask], tolerance=lost)


@dataclass(frozen=True, slots=True)
class PermutedColumns:
    """An order that explains distributions."""

    order: Order
    rule: str
    normalized: bool
    proven: bool
    """Raw grids show it, of as many columns as must be evidence."""


def permuted_columns(sides: Sequence[MatrixSide]) -> PermutedColumns | None:
    """Return the order in which columns were logged; None for training's, or where none shows."""
    columns = tuple(side.column for side in sides)
    own = np.array([_costs_of(side, [side], bare=False)[0] for side in sides])
    if (own >= OTHER).sum() < MIN_EVIDENT:
        return None
    raw = not any(side.steps or side.reference is None for side in sides)
    for bare in (False,) if raw else (False, True):
        costs = np.array([_costs_of(target, sides, bare=bare, grids=False) for target in sides])
        # Grids, which take longest, only make pairs cost more.
        if ((own >= OTHER) & (costs.min(1) <= 1)).sum() < MIN_EVIDENT:
            continue
        for i in np.flatnonzero(own >= OTHER).tolist():
            costs[i] = _costs_of(sides[i], sides, bare=bare)
        if ((own >= OTHER) & (costs.min(1) <= 1)).sum() < MIN_EVIDENT:
            continue
        np.fill_diagonal(costs, own)
        for order in _orders(columns, costs):
            rule = rule_of(columns, order)
            proven = _is_proven(sides, own, order, bare=bare) if rule else None
            if proven is not None:
                return PermutedColumns(order, rule, not bare, proven)
    return None


def _costs_of(
    target: MatrixSide, sources: Sequence[MatrixSide], *, bare: bool, grids: bool = True
) -> FloatArray:
    """Return the cost of a column having the values of each of some others, 0 to MAX_COST.

    With `bare`, those before normalization, which are then normalized as those of the column.
    Raw grids are only looked at with `grids`.
    """
    costs = np.full(len(sources), MAX_COST)
    values = target.values[:ROWS_OF_COSTS]
    values = np.sort(values[np.isfinite(values)])
    if len(values) < MIN_ROWS:
        return costs
    numbers = [j for j, source in enumerate(sources) if source.reference is not None]
    if numbers and not (bare and target.reference is None):
        those = [sources[j] for j in numbers]
        costs[numbers] = _costs_of_numbers(target, values, those, bare=bare, grids=grids)
    for j, source in enumerate(sources):
        if source.reference is None and not (bare and target.reference is not None):
            low, more = target.line if bare else source.line
            costs[j] = _cost_of_share(values, low, more, source)
    return costs


def _costs_of_numbers(
    target: MatrixSide, ordered: FloatArray, sources: Sequence[MatrixSide], *, bare: bool,
    grids: bool,
) -> FloatArray:  # fmt: skip
    """Return the costs of ascending values of a column being those of numbers."""
    if bare:
        made = np.sort(forward(target.steps, np.array([s.quantiles for s in sources])), axis=1)
    else:
        made = np.array([s.made for s in sources])
    spread = 1e-6 * (np.abs(made) + 1)
    below = np.searchsorted(ordered, made - spread, "left") / len(ordered)
    up_to = np.searchsorted(ordered, made + spread, "right") / len(ordered)
    apart = np.maximum(below - PROBABILITIES, PROBABILITIES - up_to).max(1)
    limits = np.array([critical(s.reference, len(ordered)) for s in sources if s.reference])
    apart = np.where(np.isfinite(made).all(1), np.maximum(apart, 0), 1)
    costs: FloatArray = np.minimum((apart / limits) ** 2, MAX_COST)
    first: tuple[FloatArray, FloatArray] | None = None
    for k in np.flatnonzero(apart <= NEAR * limits).tolist() if grids else ():
        reference = sources[k].reference
        if reference is None or reference.step is None:
            continue
        if first is None or not bare:  # else all sources have the same steps, those of the target
            first = _first_undone(target, target.steps if bare else sources[k].steps)
        share = _share_on(*first, reference.step)
        if share is not None and share < MIN_SHARE_ON_GRID:
            costs[k] = MAX_COST
    return costs


def _cost_of_share(values: FloatArray, low: float, more: float, source: MatrixSide) -> float:
    """Return the cost of a column of two numbers, by the share of the larger."""
    near = 1e-5 * (abs(low) + more)
    high = np.abs(values - low - more) <= near
    if (high | (np.abs(values - low) <= near)).mean() < MIN_SHARE_ON_GRID:
        return MAX_COST
    variance = max(source.share * (1 - source.share), 1 / source.rows)
    error = math.sqrt(variance * (1 / len(values) + 1 / source.rows))
    return min((abs(float(high.mean()) - source.share) / (3.3 * error)) ** 2, MAX_COST)


def _on_grid(
    target: MatrixSide, reference: NumericReference | None, steps: tuple[Step, ...]
) -> bool | None:
    """Return whether values, with steps undone, lie on a raw grid; None where that is not seen."""
    share = _share_on_grid(target, reference, steps)
    return None if share is None else share >= MIN_SHARE_ON_GRID


def _share_on_grid(
    target: MatrixSide, reference: NumericReference | None, steps: tuple[Step, ...]
) -> float | None:
    if reference is None or reference.step is None:
        return None
    return _share_on(*_first_undone(target, steps), reference.step)


def _first_undone(target: MatrixSide, steps: tuple[Step, ...]) -> tuple[FloatArray, FloatArray]:
    """Return the first values of a column with steps undone, and their noise."""
    lost = np.broadcast_to(target.tolerance, target.values.shape)[:ROWS_OF_GRIDS]
    return undone(target.values[:ROWS_OF_GRIDS], steps, lost)


def _share_on(raw: FloatArray, noise: FloatArray, step: float) -> float | None:
    """Return the share of values on a grid; None where few are known so well as to show it."""
    usable = noise <= step / 8
    if usable.sum() < MIN_USABLE_VALUES:
        return None
    return float((off_grid(raw[usable], noise[usable], step) <= 1e-9).mean())


def _orders(columns: Sequence[MatrixColumn], costs: FloatArray) -> Iterator[Order]:
    """Yield orders, those that a rule gives first, the likeliest of them first."""
    from scipy.optimize import linear_sum_assignment  # few logs have columns in another order

    def total(order: Order) -> float:
        return sum(float(costs[i, j]) for i, j in enumerate(order) if j is not None)

    usual = sorted({order for _, order in usual_orders(columns)}, key=total)
    yield from usual[:MIN_MOVED]
    nearer = costs - np.eye(len(costs))  # of two that fit, a column's own place
    yield tuple(int(j) for j in linear_sum_assignment(nearer)[1])


def _is_proven(
    sides: Sequence[MatrixSide], own: FloatArray, order: Order, *, bare: bool
) -> bool | None:
    """Return whether raw grids prove an order; None where distributions do not even show it."""
    places, evident, proven, far = moved(order), 0, 0, 0
    for i in places:
        target, source = sides[i], sides[order[i] or 0]
        steps = target.steps if bare else source.steps
        left = _distance_over_critical(target, source, steps, bare=bare)
        if left > 1:
            return None
        if own[i] >= OTHER and left <= max(USUAL_NOISE, MAX_DISTANCE_LEFT * math.sqrt(own[i])):
            evident, far = evident + 1, far + int(own[i] >= FAR)
            proven += _proves(target, source, steps)
    enough = evident >= MIN_EVIDENT and far >= MIN_FAR and 2 * evident >= len(places)
    return proven >= MIN_EVIDENT if enough else None


def _distance_over_critical(
    target: MatrixSide, source: MatrixSide, steps: tuple[Step, ...], *, bare: bool
) -> float:
    """Return how far all values of a column are from another's, over what noise makes."""
    if source.reference is None or (bare and target.reference is None):
        return math.sqrt(_costs_of(target, [source], bare=bare)[0])
    if _on_grid(target, source.reference, steps) is False:
        return math.inf
    finite = np.isfinite(target.values)
    values, lost = target.values[finite], np.broadcast_to(target.tolerance, finite.shape)[finite]
    d = distance(source.reference, steps, values, lost)
    return d / critical(source.reference, len(values))


def _proves(target: MatrixSide, source: MatrixSide, steps: tuple[Step, ...]) -> bool:
    """Return whether values lie on another column's raw grid, and not on the column's own."""
    own = _share_on_grid(target, target.reference, target.steps)
    there = _on_grid(target, source.reference, steps)
    return there is True and (own is None or own <= 1 - MIN_SHARE_OFF_GRID)
