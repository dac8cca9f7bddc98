"""The spacing and the phase of values that lie on an unknown grid.

Distances of neighbouring values are whole multiples of the spacing: the mean of
cos(2 pi distance / spacing), a periodogram of the distances, is 1 there and small elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from skewcheck.features.types import FloatArray, IntArray

MAX_NOISE_PARTS = 8
"""A value with more noise than this part of a spacing does not show whether it is on the grid."""
FIT_TOLERANCE = 1e-6
"""Error of a fitted spacing and phase, in spacings."""
MIN_SHARE = 0.8
"""Share of the values that lie on a spacing: the others may be stragglers, or on a finer grid."""
MAX_P_BY_CHANCE = 1e-6
"""Probability up to which values that lie on some spacing of all that are tried do so for cause."""
MAX_SPACINGS = 1e5
"""Spacings that are tried, at most."""
MIN_BLUR = 1e-4
"""Noise of a value that is assumed at least where chance is estimated, in spacings."""
MAX_RARE_SHARE = 0.03
"""Share of the values, those of rare places, that the search for the spacing leaves out."""
MAX_PLACES_BETWEEN = (12.0, 200.0)
"""Spacings in a short distance, at most: few where most places of a grid are taken; else many."""
MAX_PEAKS = 6
"""Maxima of the periodogram that are fitted, the widest spacings: each costs a fit to all values.
"""


@dataclass(frozen=True, slots=True)
class Spacing:
    """Values lie at phase + whole numbers * width."""

    width: float
    phase: float
    width_error: float
    """Standard error of the width, or a quarter of what rounding may do to it, over the width."""

    def places(self, values: FloatArray) -> FloatArray:
        """Return values in spacings from the phase."""
        places: FloatArray = (values - self.phase) / self.width
        return places

    @property
    def offset(self) -> float:
        """Return the phase in spacings, without whole ones; -0.5 to 0.5."""
        shift = self.phase / self.width
        return shift - round(shift)

    def holds(self, values: FloatArray, noise: FloatArray) -> NDArray[np.bool_]:
        """Return which values are on the grid, to within their noise."""
        places = self.places(values)
        on: NDArray[np.bool_] = (
            np.abs(places - np.round(places)) <= noise / self.width + FIT_TOLERANCE
        )
        return on


def spacings(
    values: FloatArray, noise: FloatArray, *, all_places: bool = False
) -> Iterator[Spacing]:
    """Yield the spacings on which MIN_SHARE of finite values lie to within noise, widest first.

    Spacings on which as many values would lie by chance are left out. Rare places are searched
    only with `all_places`; nothing is yielded where there are none.
    """
    centers, rows = _places_taken(values, noise)
    common = ~_is_rare(rows)
    if all_places and common.all():
        return
    chosen, weights = (centers, rows) if all_places else (centers[common], rows[common])
    if len(chosen) < 3:
        return
    gaps = np.sort(np.diff(chosen))
    blur = float(np.median(noise))
    for frequency in _frequencies(gaps, blur):
        spacing = _fitted(chosen, weights, 1 / frequency)
        if spacing is None or blur > spacing.width / MAX_NOISE_PARTS:
            continue
        rounding = blur / float(np.ptp(chosen)) / 4
        spacing = replace(spacing, width_error=max(spacing.width_error, rounding))
        precise = noise <= spacing.width / MAX_NOISE_PARTS
        on = spacing.holds(values[precise], noise[precise])
        if on.mean() >= MIN_SHARE and not _by_chance(
            spacing.places(centers), max(blur / spacing.width, MIN_BLUR)
        ):
            yield spacing


def _places_taken(values: FloatArray, noise: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the means of groups of values that differ by noise alone, and their sizes."""
    ordered = np.sort(values)
    starts = np.flatnonzero(np.append(True, np.diff(ordered) > 4 * float(np.median(noise))))
    sizes = np.diff(np.append(starts, len(ordered)))
    return np.add.reduceat(ordered, starts) / sizes, sizes


def _is_rare(rows: IntArray) -> NDArray[np.bool_]:
    """Return which places have far fewer rows than most, up to MAX_RARE_SHARE of all rows.

    On a grid of few places each straggler takes a place of its own.
    """
    order = np.argsort(rows, kind="stable")
    rare = np.zeros(len(rows), np.bool_)
    rare[order] = np.cumsum(rows[order]) <= MAX_RARE_SHARE * rows.sum()
    few: NDArray[np.bool_] = rows < 0.2 * rows.mean()
    return rare & few


def _frequencies(gaps: FloatArray, blur: float) -> Iterator[float]:
    """Yield the frequencies of the widest spacings whose multiples the gaps are, lowest first."""
    typical = float(gaps[len(gaps) // 10])
    short = gaps[gaps <= 30 * typical]
    short = short[:: max(len(short) // 150, 1)]
    for places_between in MAX_PLACES_BETWEEN:
        lowest = 0.4 / float(np.median(short))
        highest = places_between / typical
        if blur > 0:
            highest = min(highest, 1 / (MAX_NOISE_PARTS * blur))
        resolution = max(0.05 / short[-1], (highest - lowest) / MAX_SPACINGS)
        if not lowest < highest < math.inf:
            return  # none, or gaps that are no normal numbers
        frequencies = np.arange(lowest, highest, resolution)
        # A part of the gaps excludes nearly all frequencies.
        scores = _periodicity(frequencies, short[:: max(len(short) // 40, 1)])
        candidates = scores > 0.6
        scores[candidates] = _periodicity(frequencies[candidates], short)
        if scores.max() < 0.7:
            continue
        high = np.append(scores > 0.85 * scores.max(), [False])
        starts = np.flatnonzero(high & ~np.append([False], high[:-1]))[:MAX_PEAKS]
        for start in starts:
            stop = start + int(np.argmin(high[start:]))
            yield float(frequencies[start + int(np.argmax(scores[start:stop]))])
        return


def _periodicity(frequencies: FloatArray, gaps: FloatArray) -> FloatArray:
    """Return the mean of cos(2 pi frequency gap) over the gaps, for each frequency."""
    parts = np.array_split(frequencies, len(frequencies) // 4096 + 1)
    return np.concatenate([np.cos(2 * np.pi * np.outer(f, gaps)).mean(1) for f in parts])


def _fitted(centers: FloatArray, rows: IntArray, width: float) -> Spacing | None:
    """Refine a spacing by least squares over ever longer distances; None where none is left.

    Places that are off it, as those of stragglers are, are left out.
    """
    start = float(centers[int(np.argmax(rows))])
    for distances in (np.diff(centers), np.abs(centers - start)):
        ordered = np.sort(distances[distances > 0])
        for part in (32, 16, 8, 4, 2, 1):
            near = ordered[: max(len(ordered) // part, 3)]
            counts = np.round(near / width)
            on = (np.abs(near - counts * width) < width / MAX_NOISE_PARTS) & (counts > 0)
            if on.any():
                width = float((near[on] @ counts[on]) / (counts[on] @ counts[on]))
    phase = start
    for _ in range(4):
        places = np.round((centers - phase) / width)
        residuals = centers - phase - places * width
        distances = np.abs(residuals)
        usual = float(np.median(distances[distances < width / MAX_NOISE_PARTS]))
        on = distances <= max(4 * usual, 1e-9 * width)
        if on.sum() < 3 or not np.ptp(places[on]):
            return None
        slope, shift = np.polyfit(places[on], residuals[on], 1)
        width, phase = width + float(slope), phase + float(shift)
        if not width > 0:
            return None
    places, residuals = places[on], residuals[on]
    spread = float(np.sqrt(((places - places.mean()) ** 2).sum()))
    return Spacing(width, phase, float(np.std(residuals)) / (width * spread))


def _by_chance(places: FloatArray, blur: float) -> bool:
    """Return whether so many places lie on some spacing by chance, as bounds and fills do.

    Two of them determine spacing and phase; each other is within its noise of the grid with
    probability 2 blur. By the binomial tail, for MAX_SPACINGS spacings that are tried.
    """
    on = int((np.abs(places - np.round(places)) <= blur).sum()) - 2
    others = len(places) - 2
    if on < 1:
        return True
    p = float(betainc(on, others - on + 1, min(2 * blur, 0.5)))
    return MAX_SPACINGS * p > MAX_P_BY_CHANCE
