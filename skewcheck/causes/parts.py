"""Parts of a log with one side that are not training's, where the rest is: a host, a file, a time.

A distribution is of many rows, so that no row betrays itself; the rows of one host together do.
What was done to a part is then asked as if that were the whole log.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.catalogue.causes import CAUSES
from skewcheck.causes.diagnosis import is_mechanical
from skewcheck.causes.distributions import critical, windows
from skewcheck.causes.evidence import Rows, Segments
from skewcheck.causes.grids import off_rows
from skewcheck.causes.locating import PURE, located, of_mask, place_of
from skewcheck.counts.rows import FILE
from skewcheck.features.steps import Step
from skewcheck.features.types import FloatArray, IntArray, NumericReference
from skewcheck.results.causes import OPEN, SURE, Cause, Place, nulls_last

LEAST = 50
"""Rows that a part, and the rest, must have."""
SLICES = 16
LOUD = 0.05
"""D from which a part is looked at."""
RARE = 0.001
"""Chance that any of a column's values is taken for a part though all rows are training's."""
FEW = 20
"""Rows off the grid that are a part: they stand out one by one."""
DISTINCT = 5
"""Fewer distinct values off the grid are met by some line, or are one value, by themselves."""
MOST = 0.9
"""Of a place's rows: a mechanism that explains fewer is not what befell it."""
Mask = NDArray[np.bool_]
Diagnose = Callable[[Rows], list[Cause]]
"""What is said of some rows as of a whole log."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one place; several values of a column are one place."""

    masks: tuple[Mask, ...]
    """By value."""
    places: tuple[Place, ...]
    """By value."""
    distance: float
    """KS D of all its rows from training's."""

    @property
    def mask(self) -> Mask:
        """Return the rows of all its values."""
        found: Mask = np.logical_or.reduce(self.masks)
        return found

    @property
    def place(self) -> Place:
        """Return all its values, of which all rows are affected, and no others."""
        return replace(self.places[0], values=tuple(v for p in self.places for v in p.values))


def explained(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray,
    tolerance: FloatArray | float, rows: Rows, diagnose: Diagnose,
) -> list[Cause]:  # fmt: skip
    """Return what `diagnose` says of the one part that is not training's; empty where none is.

    `values` are finite, one for each of `rows`; `steps` lead from the reference to them.
    """
    cells, training = _placed(reference, steps, values, tolerance)
    if not training.sum() or len(values) < 2 * LEAST:
        return []
    found = _parts(cells, training, reference, rows)
    part = max(found, key=lambda one: round(one.distance, 2), default=None)
    if part is None:
        return []
    together = of_part(rows, part.mask, part.place, diagnose)
    if len(part.masks) > 1 and not one_mechanism(together):
        # Hosts that went wrong in different ways are understood one by one.
        each = [
            of_part(rows, mask, place, diagnose)
            for mask, place in zip(part.masks[:SLICES], part.places, strict=False)
        ]
        if any(named(some) for some in each):
            return sorted((d for some in each for d in some), key=lambda d: -d.confidence)
    return together


def named(found: Sequence[Cause]) -> bool:
    """Tell a mechanism that is likelier than drift."""
    return bool(found) and is_mechanical(found[0]) and found[0].confidence > OPEN


def one_mechanism(found: Sequence[Cause]) -> bool:
    """Tell whether a mechanism explains nearly all rows of a place, which may be cut by time."""
    place = found[0].place if found else None
    return named(found) and place is not None and place.purity > MOST


def off_grid(
    rows: Rows, steps: tuple[Step, ...], step: float, diagnose: Diagnose, *, each: bool
) -> list[Cause]:
    """Return what is surely said of the rows off the raw grid, else of `each` value of a column."""
    off, usable = off_rows(rows.served, steps, step, rows.served_tolerance)
    if off.sum() < FEW or (off.sum() > 0.95 * usable and not each):
        return []
    together = _surely(rows, off, diagnose)
    if together or not each:
        return together
    for _, column in sorted(rows.segments.items(), key=lambda item: item[0] == FILE):
        counts = column.only(off).counts()
        bad = np.argsort(-counts, kind="stable")[: int((counts >= FEW).sum())][:SLICES]
        found = [_surely(rows, off & (column.codes == i), diagnose) for i in bad]
        if any(found):
            return [d for some in found for d in some]
    return []


def _surely(rows: Rows, mask: Mask, diagnose: Diagnose) -> list[Cause]:
    """Return what is said of some rows if it is sure, and no line through their few values."""
    found = of_part(rows, mask, located(of_mask(rows, mask)), diagnose)
    few = len(np.unique(rows.served[mask])) < DISTINCT
    sure = bool(found) and found[0].confidence >= SURE
    return found if sure and not (few and CAUSES[found[0].code].fits_few) else []


def of_part(rows: Rows, mask: Mask, place: Place | None, diagnose: Diagnose) -> list[Cause]:
    """Return what is said of some rows, as said of the log that they are a part of."""
    share = float(mask.mean())
    return [
        replace(cause, share=cause.share * share, place=_within(place, cause.place, cause.share))
        for cause in diagnose(rows.only(mask))
    ]


def _within(place: Place | None, inner: Place | None, share: float) -> Place | None:
    """Return a place inside another; without one, the outer, a share of whose rows is meant."""
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


def _parts(
    cells: IntArray, training: IntArray, reference: NumericReference, rows: Rows
) -> Iterator[Part]:
    # The file is last: of parts that are equally far off the first is told, and a host says more.
    for column, labels in sorted(rows.segments.items(), key=lambda item: item[0] == FILE):
        large, groups = _grouped(labels)
        bad = _bad(cells, groups, len(large), training, reference)
        named = {labels.values[large[i]]: i for i in bad if large[i] < len(labels.values)}
        values = sorted(named, key=nulls_last)
        masks = tuple(groups == named[value] for value in values)
        if masks:
            places = tuple(place_of(column, (value,)) for value in values)
            yield from _checked(Part(masks, places, 0.0), cells, training, reference)
    mask = None if rows.times is None else _period(cells, training, reference, rows.times)
    if mask is not None:
        span = replace(located(of_mask(rows, mask)) or Place(), purity=1.0, coverage=1.0)
        yield from _checked(Part((mask,), (span,), 0.0), cells, training, reference)


def _placed(
    reference: NumericReference, steps: tuple[Step, ...], values: FloatArray,
    tolerance: FloatArray | float,
) -> tuple[IntArray, IntArray]:  # fmt: skip
    """Return the training cell in which each value lies, and the rows that training has in each."""
    found = windows(reference, steps, values, tolerance)
    if found is None:
        return np.zeros(len(values), np.int64), np.zeros(1, np.int64)
    pushed, edges = found
    apart = edges.disjoint()
    cells = np.searchsorted(apart.low, values, "right") + np.searchsorted(apart.high, values)
    return cells, pushed.reference.histogram.interleaved


def _grouped(column: Segments) -> tuple[IntArray, IntArray]:
    """Return the codes of a column that have rows enough, and the place of each row's among them.

    That is -1 for rows of the other codes.
    """
    large = column.counts() >= LEAST
    number = np.where(large, np.cumsum(large) - 1, -1)
    return np.flatnonzero(large), number[column.codes]


def _distances(
    cells: IntArray, groups: IntArray, count: int, training: IntArray
) -> tuple[FloatArray, IntArray]:
    """Return KS D from training and the rows of each group; rows of group -1 are left out."""
    known, k = groups >= 0, len(training)
    table = np.bincount(groups[known] * k + cells[known], minlength=count * k).reshape(count, k)
    rows = table.sum(1)
    share = np.cumsum(table, 1) / np.maximum(rows, 1)[:, None]
    expected = np.cumsum(training) / training.sum()
    return np.abs(share - expected).max(1), rows


def _bad(
    cells: IntArray, groups: IntArray, count: int, training: IntArray, reference: NumericReference
) -> list[int]:
    """Return the groups that are not training's, beyond what the best of so many is by chance."""
    if not count:
        return []
    distances, rows = _distances(cells, groups, count, training)
    # The tail of Kolmogorov's distribution is 2 exp(-2 x^2): Smirnov 1948.
    noise = math.sqrt(-math.log(RARE / 2 / count) / 2)
    m = max(reference.finite, 1)
    limits = np.maximum(noise * np.sqrt((rows + m) / np.maximum(rows * m, 1)), LOUD)
    return [int(i) for i in np.flatnonzero(distances > limits)]


def _checked(
    part: Part, cells: IntArray, training: IntArray, reference: NumericReference
) -> Iterator[Part]:
    """Yield the part with its distance if the rest is training's."""
    inside = part.mask
    rest = int((~inside).sum())
    if rest < max(LEAST, (1 - PURE) * len(inside)) or int(inside.sum()) < LEAST:
        return
    distances, _ = _distances(cells, inside.astype(np.int64), 2, training)
    if distances[0] <= critical(reference, rest):
        yield replace(part, distance=float(distances[1]))


def _period(
    cells: IntArray, training: IntArray, reference: NumericReference, times: FloatArray
) -> Mask | None:
    """Return the rows of the one stretch of time that is not training's."""
    order = np.argsort(times, kind="stable")
    order = order[np.isfinite(times[order])]
    count = min(SLICES, len(order) // LEAST)
    if count < 3:
        return None
    groups = np.full(len(times), -1)
    groups[order] = np.arange(len(order)) * count // len(order)
    bad = _bad(cells, groups, count, training, reference)
    if not bad or len(bad) != bad[-1] - bad[0] + 1 or len(bad) == count:
        return None
    sliced, likelier = groups[order], _likelier(cells, (groups >= bad[0]) & (groups <= bad[-1]),
                                                training)[order]  # fmt: skip
    first, last = np.searchsorted(sliced, (bad[0], bad[-1] + 1))
    if bad[0] > 0:
        start, stop = np.searchsorted(sliced, (bad[0] - 1, bad[0] + 1))
        first = start + int(np.argmax(np.cumsum(likelier[start:stop][::-1])[::-1]))
    if bad[-1] < count - 1:
        start, stop = np.searchsorted(sliced, (bad[-1], bad[-1] + 2))
        last = start + int(np.argmax(np.cumsum(likelier[start:stop]))) + 1
    mask = np.zeros(len(times), np.bool_)
    mask[order[first:last]] = True
    return mask


def _likelier(cells: IntArray, bad: Mask, training: IntArray) -> FloatArray:
    """Return the log of how much likelier each row is among the bad rows than in training.

    Its sum is greatest from the moment on at which the rows went bad (Page, Biometrika 41, 1954).
    """
    share = np.cumsum(training) / training.sum()
    kinds = np.minimum((20 * share).astype(np.int64), 19) + 1
    kinds[0], kinds[-1] = 0, 21
    p = np.bincount(kinds, training, 22) + 1
    q = np.bincount(kinds[cells[bad]], minlength=22) + 1
    score: FloatArray = np.log(q / q.sum()) - np.log(p / p.sum())
    found: FloatArray = score[kinds[cells]]
    return found
