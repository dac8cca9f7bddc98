"""Columns that hold a line of a feature's raw values like the one that training serves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.engine.served_names import letters
from skewcheck.engine.served_values import (
    EQUAL_SHARE,
    MAX_FREQUENT_SHARE,
    MIN_DISTINCT,
    MIN_ROWS,
    Columns,
)
from skewcheck.features.types import FloatArray

TOLERANCE = 1e-3
"""Standard deviations within which a value lies on a line: logs round to three digits or more."""
MAX_RATIO, NAMELESS_RATIO = 3.0, 1.25
"""Between a slope and training's: other training data has another scale, not another unit. The
second of columns without the feature's name in theirs, as are values derived from it."""
MAX_OFFSET, NAMELESS_OFFSET = 1.0, 0.25
"""Standard deviations of what training serves by which a line may lie above or below it."""
CONVENTIONAL = (1, 7, 12, 24, 30, 52, 60, 255, 256, 360, 365, 365.25, 1024, 1440, 3600, 86400)
"""By what people divide to change a unit, times a power of ten."""
EQUAL_SLOPE = 0.001
"""Share by which two slopes differ at most that are one parameter of training."""
UNIT_SLOPES = (0.1, 10.0)
"""Slopes between which a scaling may be that of a unit or a currency."""
PROBED_PAIRS = 4
"""Pairs of rows by which most columns are ruled out; the first three give the lines."""
LINES = 3
"""Lines through two rows that are tried: one of the rows may be an odd one."""


@dataclass(frozen=True, slots=True)
class Line:
    """Served values as a line of others; arrays of one per column, or scalars."""

    slope: FloatArray
    offset: FloatArray

    @classmethod
    def through(cls, x: FloatArray, y: FloatArray) -> Line:
        """Return the lines through two points, in the last axis of `y` and in `x`."""
        slope = (y[..., 1] - y[..., 0]) / (x[1] - x[0])
        return cls(slope, y[..., 0] - slope * x[0])

    def at(self, x: FloatArray) -> FloatArray:
        """Return the values at some places, in a last axis."""
        values: FloatArray = self.offset[..., None] + self.slope[..., None] * x
        return values


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """What training makes of values, as a line of them: that of most, where others are clipped."""

    x: FloatArray
    slope: float
    offset: float
    spread: float
    """Standard deviation of what training serves."""
    tolerance: float
    """How far a value lies from a line at most, by the line's slope."""
    raw: bool
    """Whether the values are measured in a unit, and not what training serves."""

    @classmethod
    def of(cls, x: FloatArray, served: FloatArray, *, raw: bool) -> TrainingLine | None:
        """Return the line; None where values of so few kinds could lie on one by chance."""
        both = np.isfinite(x) & np.isfinite(served)
        if both.sum() < MIN_ROWS or not (_varies(x[both]) and _varies(served[both])):
            return None
        line = _fitted(x[both], served[both])
        if not line.slope:
            return None
        spread, tolerance = float(served[both].std()), TOLERANCE * _spread(x[both])
        return cls(x, float(line.slope), float(line.offset), spread, tolerance, raw)

    def is_near(self, line: Line, *, named: bool) -> NDArray[np.bool_]:
        """Return which lines may be those of a server with other parameters.

        `named`: the column has the feature's name in its own.
        """
        ratio = line.slope / self.slope
        most = MAX_RATIO if named else NAMELESS_RATIO
        scaled = (ratio >= 1 / most) & (ratio <= most)
        at_zero = line.offset - line.slope * self.offset / self.slope
        offset = MAX_OFFSET if named else NAMELESS_OFFSET
        near = scaled & (np.abs(at_zero) <= offset * self.spread)
        return near & ~self._is_conversion(line, ratio) if self.raw else near

    def _is_conversion(self, line: Line, ratio: FloatArray) -> NDArray[np.bool_]:
        """Return which lines only change the unit, or the zero, of what is measured.

        A scaling or a shift alone does so, unless training scales or shifts by as much. Where
        training itself only scales, and to no unit of about the same size, other scalings are
        servers' as well, but for those by powers of ten: cents, shares of a hundred.
        """
        scaling = np.abs(line.offset) <= np.abs(line.slope) * self.tolerance
        shift = np.abs(line.slope - 1) <= TOLERANCE
        low, high = UNIT_SLOPES
        scales = abs(self.offset) <= abs(self.slope) * self.tolerance
        if scales and not low <= abs(self.slope) <= high:
            scaling = scaling & _is_conventional(np.abs(line.slope))
        return (scaling | shift) & (np.abs(ratio - 1) > EQUAL_SLOPE)


def _is_conventional(slopes: FloatArray) -> NDArray[np.bool_]:
    """Return which slopes are one of CONVENTIONAL, or 1 over it, times a power of ten."""
    digits = np.log10(slopes)[..., None] - np.log10([*CONVENTIONAL, *(1 / n for n in CONVENTIONAL)])
    near: NDArray[np.bool_] = (np.abs(digits - np.rint(digits)) <= EQUAL_SLOPE).any(-1)
    return near


def is_near(values: FloatArray, raw: FloatArray, served: FloatArray) -> bool:
    """Return whether values lie on a line of the raw ones near that of training: those of a server
    with other parameters, and no other unit."""
    training = TrainingLine.of(raw, served, raw=True)
    return training is not None and _distance(values, training, named=True) is not None


def on_line(columns: Columns, name: str, raw: FloatArray, served: FloatArray) -> str | None:
    """Return the column that is nearest to what training serves, of those on a line of it.

    That is a line of the raw values, or where training serves none of what it serves itself. It is
    no copy of the raw values, and holds in nearly all of the rows.
    """
    if not columns.names:
        return None
    lines = [TrainingLine.of(raw, served, raw=True)]
    if lines[0] is None or not _on(lines[0], served):
        lines.append(TrainingLine.of(served, served, raw=False))
    distances: dict[str, float] = {}
    for training in filter(None, lines):
        for place in _likely(columns, training):
            named = letters(name) in letters(columns.names[place])
            distance = _distance(columns.values[place], training, named=named)
            if distance is not None:
                distances.setdefault(columns.names[place], distance)
    return min(distances, key=lambda name: distances[name], default=None)


@np.errstate(over="ignore", invalid="ignore")  # of infinities
def _likely(columns: Columns, training: TrainingLine) -> NDArray[np.int64]:
    """Return the columns of which most of some rows lie on a line near that of training."""
    finite = np.flatnonzero(np.isfinite(training.x))
    order = finite[np.argsort(training.x[finite], kind="stable")]
    # Pairs of a small and a large value each, from the ends to the quartiles.
    low = np.linspace(0, len(order) // 4, PROBED_PAIRS).astype(np.int64)
    probes = np.concatenate([order[low], order[-1 - low]])
    x, y = training.x[probes], columns.values[:, probes]
    likely = np.zeros(len(columns.names), bool)
    lowest, highest = sorted(training.slope * edge for edge in (0.9 / MAX_RATIO, 1.1 * MAX_RATIO))
    for pair in range(LINES):
        ends = [pair, pair + PROBED_PAIRS]
        if x[ends[0]] == x[ends[1]]:
            continue
        line = Line.through(x[ends], y[:, ends])
        steep = np.flatnonzero((line.slope >= lowest) & (line.slope <= highest))
        line = Line(line.slope[steep], line.offset[steep])
        near = np.abs(line.at(x) - y[steep]) <= (np.abs(line.slope) * training.tolerance)[:, None]
        likely[steep[near.sum(1) >= len(probes) - 2]] = True
    return np.flatnonzero(likely)


def _distance(y: FloatArray, training: TrainingLine, *, named: bool) -> float | None:
    """Return how far a column's line is from that of training; None where it is on none near it."""
    both = np.isfinite(training.x) & np.isfinite(y)
    x, values = training.x[both], y[both]
    if len(x) < EQUAL_SHARE * np.isfinite(training.x).sum() or not (_varies(x) and _varies(values)):
        return None
    line = _fitted(x, values)
    near = np.abs(line.at(x) - values) <= np.abs(line.slope) * training.tolerance
    if near.mean() < EQUAL_SHARE or not training.is_near(line, named=named):
        return None
    ratio = float(line.slope) / training.slope
    return abs(float(np.log(ratio))) + abs(float(line.offset) - ratio * training.offset)


def _fitted(x: FloatArray, y: FloatArray) -> Line:
    """Return the line of most points, whatever the others are: its slope is a median."""
    order, quarter = np.argsort(x, kind="stable"), len(x) // 4
    low, high = order[:-quarter], order[quarter:]
    apart = x[low] < x[high]
    slope = np.median((y[high] - y[low])[apart] / (x[high] - x[low])[apart])
    return Line(np.array(slope), np.array(np.median(y - slope * x)))


def _on(training: TrainingLine, served: FloatArray) -> bool:
    near = np.abs(training.offset + training.slope * training.x - served)
    finite = np.isfinite(near)
    return bool((near[finite] <= abs(training.slope) * training.tolerance).mean() >= EQUAL_SHARE)


def _spread(values: FloatArray) -> float:
    """Return a standard deviation, or less where a few values are far from the others."""
    low, high = np.quantile(values, [0.05, 0.95])
    spread, middle = float(values.std()), float(high - low) / 3.3
    return min(spread, middle) or spread


def _varies(values: FloatArray) -> bool:
    """Return whether values are of several kinds, of which none is nearly all."""
    distinct, rows = np.unique(values, return_counts=True)
    return len(distinct) >= MIN_DISTINCT and rows.max() <= MAX_FREQUENT_SHARE * len(values)
