"""Parts of a log with one side whose distribution differs while that of the rest does not.

Each value of a segment column, each file and each stretch of time is compared with the reference.
What was done to a differing part is then searched as if it were the whole log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import CAUSES, WRONG_PARAMETERS
from skewcheck.causes.distributions import critical
from skewcheck.causes.evidence import SampledRows, SegmentCodes
from skewcheck.causes.grids import off_rows
from skewcheck.causes.group_distances import (
    cells_of,
    differing_groups,
    differs_from_rest,
    distances_of_groups,
)
from skewcheck.causes.mechanism_causes import names_mechanism
from skewcheck.causes.places import MIN_LIFT, MIN_PURITY, located, of_mask, place_of
from skewcheck.counts.rows import FILE
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.results.causes import LIKELY, OPEN, SURE, Cause, Place, nulls_last

MIN_ROWS = 50
"""Rows that a part, and the rest, must have: D of fewer is mostly noise."""
MAX_PARTS = 16
"""Stretches of time, and parts that are diagnosed one by one: each costs a whole search."""
MIN_ROWS_OFF_GRID = 20
"""Rows off the grid that make a part: fewer than MIN_ROWS, as each of them is evidence."""
MIN_DISTINCT_VALUES = 5
"""With fewer distinct values off the grid, some line or one constant fits them by chance."""
MIN_PURITY_OF_ONE_MECHANISM = 0.9
"""Purity of the place of a mechanism that is the only one: one of fewer rows is not."""
MAX_LINES = 3
"""Values of a column with parameters of their own, from which on none of them is likely."""
OPEN_SCALES = ("grid_open", "grid_open_within", "grid_open_scale")
"""Variants of causes that the grid proves, up to the scale."""
MAX_DEPTH = 2
"""Levels of nested parts that are searched: a host, and since when."""
Mask = NDArray[np.bool_]
Diagnose = Callable[[SampledRows], list[Cause]]
"""Returns the causes of rows as if they were a whole log, likeliest first."""


@dataclass(frozen=True, slots=True)
class FaultyPart:
    """Rows of one place, which may be several values of a column."""

    masks: tuple[Mask, ...]
    """Rows of each value."""
    places: tuple[Place, ...]
    """Place of each value."""
    distance: float
    """KS D between all its rows and training."""

    @property
    def mask(self) -> Mask:
        """Return the rows of all its values."""
        mask: Mask = np.logical_or.reduce(self.masks)
        return mask

    @property
    def place(self) -> Place:
        """Return the place of all its values, as if all of its rows and no others are affected."""
        return replace(self.places[0], values=tuple(v for p in self.places for v in p.values))


def explain_part(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray,
    tolerance: FloatArray | float, rows: SampledRows, diagnose: Diagnose,
) -> list[Cause]:  # fmt: skip
    """Return the causes of the part that differs most from training; empty where none does.

    `values` are finite, one for each of `rows`; `steps` lead from the reference to them.
    """
    cells, training = cells_of(reference, steps, values, tolerance)
    if not training.sum() or len(values) < 2 * MIN_ROWS:
        return []
    differing_parts = _faulty_parts(cells, training, reference, rows)
    part = max(differing_parts, key=lambda candidate: round(candidate.distance, 2), default=None)
    if part is None:
        return []
    joint_causes = diagnose_part(rows, part.mask, part.place, diagnose)
    if len(part.masks) > 1 and not explains_nearly_all(joint_causes):
        # Several hosts may have different faults.
        causes_by_value = [
            diagnose_part(rows, mask, place, diagnose)
            for mask, place in zip(part.masks[:MAX_PARTS], part.places, strict=False)
        ]
        if any(names_mechanism(causes) for causes in causes_by_value):
            return sorted(
                (d for causes in causes_by_value for d in causes), key=lambda d: -d.confidence
            )
    return joint_causes


def explains_nearly_all(causes: Sequence[Cause]) -> bool:
    """Return whether a mechanism explains nearly all rows of a place, which may be cut by time."""
    place = causes[0].place if causes else None
    return (
        names_mechanism(causes) and place is not None and place.purity > MIN_PURITY_OF_ONE_MECHANISM
    )


def explain_rows_off_grid(
    rows: SampledRows, steps: tuple[Step, ...], step: float, diagnose: Diagnose, *, by_value: bool
) -> list[Cause]:
    """Return the sure causes of the rows off the raw grid; empty where there are none.

    With `by_value`, where there are none of all these rows together, those of each value of the
    first column that has any.
    """
    off, usable = off_rows(rows.served, steps, step, rows.served_tolerance)
    if off.sum() < MIN_ROWS_OFF_GRID or (off.sum() > 0.95 * usable and not by_value):
        return []
    joint_causes = _sure_causes(rows, off, diagnose)
    if joint_causes or not by_value:
        return joint_causes
    for _, column in sorted(rows.segments.items(), key=lambda item: item[0] == FILE):
        counts = column.only(off).counts()
        affected_values = np.argsort(-counts, kind="stable")[
            : int((counts >= MIN_ROWS_OFF_GRID).sum())
        ][:MAX_PARTS]
        causes_by_value = [
            _where_it_is(_sure_causes(rows, off & (column.codes == i), diagnose), off, column, i)
            for i in affected_values.tolist()
        ]
        if any(causes_by_value):
            return _doubted([d for causes in causes_by_value for d in causes])
    return []


def _where_it_is(causes: list[Cause], off: Mask, column: SegmentCodes, value: int) -> list[Cause]:
    """Return causes without the place of a value that has about as many rows off as others have.

    It was looked at by itself, and those of the others are as wrong.
    """
    inside = column.codes == value
    if inside.all() or off[inside].mean() >= MIN_LIFT * off[~inside].mean():
        return causes
    return [replace(cause, place=None) for cause in causes]


def _doubted(causes: list[Cause]) -> list[Cause]:
    """Return causes, as open where many values of a column have parameters of their own each.

    Those may be numbers of each value's own rows, or of rows that the column does not tell.
    """
    lines = [c for c in causes if c.code == WRONG_PARAMETERS.code and c.confidence >= LIKELY]
    if len(lines) < MAX_LINES:
        return causes
    return [replace(cause, confidence=min(cause.confidence, OPEN)) for cause in causes]


def _sure_causes(rows: SampledRows, mask: Mask, diagnose: Diagnose) -> list[Cause]:
    """Return the causes of masked rows if the first is sure and not a fit to few values.

    Of few rows the grid may leave the scale open, and still prove other parameters.
    """
    causes = diagnose_part(rows, mask, located(of_mask(rows, mask)), diagnose)
    few_distinct = len(np.unique(rows.served[mask])) < MIN_DISTINCT_VALUES
    sure = bool(causes) and (
        causes[0].confidence >= SURE
        or (causes[0].confidence >= LIKELY and causes[0].variant in OPEN_SCALES)
    )
    return causes if sure and not (few_distinct and CAUSES[causes[0].code].fits_few) else []


def diagnose_part(
    rows: SampledRows, mask: Mask, place: Place | None, diagnose: Diagnose
) -> list[Cause]:
    """Return the causes of masked rows, with shares and places of the log they are a part of."""
    share = float(mask.mean())
    return [
        replace(cause, share=cause.share * share, place=_nested(place, cause.place, cause.share))
        for cause in diagnose(rows.only(mask))
    ]


def _nested(place: Place | None, inner: Place | None, share: float) -> Place | None:
    """Return a place inside another, or the one of the two that there is.

    Without an inner place a `share` of the outer one's rows is affected.
    """
    if place is None:
        return inner
    if inner is None:
        return replace(place, purity=place.purity * share)
    coverage = place.coverage * inner.coverage
    if not inner.of_rows and place.since is None and place.until is None:
        return replace(
            place, since=inner.since, until=inner.until, purity=inner.purity, coverage=coverage
        )
    return replace(inner, coverage=coverage, inside=place)


def _faulty_parts(
    cells: IntArray, training: IntArray, reference: NumericReference, rows: SampledRows
) -> Iterator[FaultyPart]:
    """Yield the parts that differ from training and from the rest, which does not from training."""
    # Of equally distant parts the first is named: the file is last, as a host says more.
    for column, labels in sorted(rows.segments.items(), key=lambda item: item[0] == FILE):
        large, groups = _group_numbers(labels)
        differing = differing_groups(cells, groups, len(large), training, reference)
        outside = ~np.isin(groups, differing)
        named = {
            labels.values[large[i]]: i
            for i in differing
            if large[i] < len(labels.values)
            and differs_from_rest(cells, groups == i, outside, len(large))
        }
        values = sorted(named, key=nulls_last)
        masks = tuple(groups == named[value] for value in values)
        if masks:
            places = tuple(place_of(column, (value,)) for value in values)
            part = FaultyPart(masks, places, 0.0)
            sets = math.comb(len(large), len(values)) * len(rows.segments)
            yield from _with_distance(part, cells, training, reference, sets)
    period = (
        None if rows.times is None else _differing_period(cells, training, reference, rows.times)
    )
    if period is not None:
        place = replace(located(of_mask(rows, period)) or Place(), purity=1.0, coverage=1.0)
        part = FaultyPart((period,), (place,), 0.0)
        runs = MAX_PARTS * (MAX_PARTS + 1) // 2
        yield from _with_distance(part, cells, training, reference, runs)


def _group_numbers(column: SegmentCodes) -> tuple[IntArray, IntArray]:
    """Return the codes that have MIN_ROWS, and per row the position of its code among them.

    That is -1 for rows of other codes.
    """
    large = column.counts() >= MIN_ROWS
    number = np.where(large, np.cumsum(large) - 1, -1)
    return np.flatnonzero(large), number[column.codes]


def _with_distance(
    part: FaultyPart, cells: IntArray, training: IntArray, reference: NumericReference,
    chosen_among: int,
) -> Iterator[FaultyPart]:  # fmt: skip
    """Yield the part with its distance if the rest has training's distribution, and it has not.

    `chosen_among` is the number of parts that it was chosen among.
    """
    inside = part.mask
    rest = int((~inside).sum())
    if rest < max(MIN_ROWS, (1 - MIN_PURITY) * len(inside)) or int(inside.sum()) < MIN_ROWS:
        return
    distances, _ = distances_of_groups(cells, inside.astype(np.int64), 2, training)
    as_training = distances[0] <= critical(reference, rest)
    if as_training and differs_from_rest(cells, inside, ~inside, chosen_among):
        yield replace(part, distance=float(distances[1]))


def _differing_period(
    cells: IntArray, training: IntArray, reference: NumericReference, times: FloatArray
) -> Mask | None:
    """Return the rows of the one stretch of time that differs from training; None without one.

    Slices of equal numbers of rows find it, the sums of log-likelihood ratios its ends (CUSUM).
    """
    order = np.argsort(times, kind="stable")
    order = order[np.isfinite(times[order])]
    count = min(MAX_PARTS, len(order) // MIN_ROWS)
    if count < 3:
        return None
    groups = np.full(len(times), -1)
    groups[order] = np.arange(len(order)) * count // len(order)
    differing = differing_groups(cells, groups, count, training, reference)
    if (
        not differing
        or len(differing) != differing[-1] - differing[0] + 1
        or len(differing) == count
    ):
        return None
    slices, affected = groups[order], (groups >= differing[0]) & (groups <= differing[-1])
    log_ratios = log_likelihood_ratios(cells, affected, training)[order]
    first, last = np.searchsorted(slices, (differing[0], differing[-1] + 1))
    if differing[0] > 0:
        start, stop = np.searchsorted(slices, (differing[0] - 1, differing[0] + 1))
        first = start + int(np.argmax(np.cumsum(log_ratios[start:stop][::-1])[::-1]))
    if differing[-1] < count - 1:
        start, stop = np.searchsorted(slices, (differing[-1], differing[-1] + 2))
        last = start + int(np.argmax(np.cumsum(log_ratios[start:stop]))) + 1
    mask = np.zeros(len(times), np.bool_)
    mask[order[first:last]] = True
    return mask


def log_likelihood_ratios(cells: IntArray, affected: Mask, training: IntArray) -> FloatArray:
    """Return each row's log-likelihood ratio of the affected rows to training, in 22 bins.

    Its sum to the end is greatest from the changepoint on (CUSUM: Page, Biometrika 41 (1954)).
    """
    share = np.cumsum(training) / training.sum()
    bin_of_cell = np.minimum((20 * share).astype(np.int64), 19) + 1
    bin_of_cell[0], bin_of_cell[-1] = 0, 21
    p = np.bincount(bin_of_cell, training, 22) + 1
    q = np.bincount(bin_of_cell[cells[affected]], minlength=22) + 1
    log_ratio: FloatArray = np.log(q / q.sum()) - np.log(p / p.sum())
    scores: FloatArray = log_ratio[bin_of_cell[cells]]
    return scores
