"""Several numbers of one: bases of splines, powers, a column for each bin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.steps.curves import Curve
from skewcheck.features.steps.discrete import Discrete
from skewcheck.features.steps.linear import Linear
from skewcheck.features.steps.rounding import ROUNDING, FloatArray, Interval, magnitude, widened

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Piecewise:
    """A polynomial in each interval between knots: a spline, a power, an indicator of a bin.

    `coefficients` holds one more list than there are knots, each of ascending powers of x less the
    knot where its interval begins: less the first knot in the first interval, and of x itself
    where there are no knots. A knot belongs to the interval on its right.
    """

    knots: tuple[float, ...]
    coefficients: tuple[tuple[float, ...], ...]
    op: ClassVar[str] = "piecewise"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if any(b <= a for a, b in zip(self.knots, self.knots[1:], strict=False)):
            return "knots", "must be numbers that ascend"
        width = len(self.coefficients[0]) if self.coefficients else 0
        if len(self.coefficients) != len(self.knots) + 1 or not width:
            return "coefficients", "must be a list of numbers for each interval"
        if any(len(of_interval) != width for of_interval in self.coefficients):
            return "coefficients", "must be as many numbers for each interval"
        return None

    @property
    def constant(self) -> bool:
        """Whether it is the same number for any x."""
        return not self.knots and not any(self.coefficients[0][1:])

    def _index(self, x: FloatArray) -> IntArray:
        """Return the interval of each x."""
        return np.searchsorted(np.asarray(self.knots, np.float64), x, "right")

    def _pieces(self, x: FloatArray, index: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients of intervals, shape (powers, *x.shape), and x less their knot."""
        knots = np.asarray(self.knots, np.float64)
        starts = np.concatenate((knots[:1], knots)) if len(knots) else np.zeros(1)
        return np.asarray(self.coefficients).T[:, index], x - starts[index]

    def forward(self, x: FloatArray) -> FloatArray:
        """Return the polynomial's value; NaN stays NaN."""
        return np.where(np.isnan(x), np.nan, _horner(*self._pieces(x, self._index(x))))

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute: at a knot, of both.

        Between the ends a polynomial changes by no more than its slope allows; intervals that lie
        whole between them add their least and greatest value.
        """
        low, high = widened(low, high, ROUNDING * magnitude(low, high))
        low = np.nextafter(low, -np.inf)
        # Terms that cancel out leave rounding of the size of what the function is elsewhere.
        usual = max(abs(of_interval[0]) for of_interval in self.coefficients)
        values, errors = [], []
        for x in (low, high):
            coefficients, t = self._pieces(x, self._index(x))
            powers = np.arange(float(len(coefficients))).reshape(-1, *[1] * x.ndim)
            slope = _horner((np.abs(coefficients) * powers)[1:], np.abs(t) + (high - low))
            values.append(_horner(coefficients, t))
            size = _horner(np.abs(coefficients), np.abs(t))
            errors.append(ROUNDING * (size + usual) + slope * (high - low))
        least, greatest = np.minimum(*values), np.maximum(*values)
        first, last = self._index(low), self._index(high)
        if (last - first > 1).any():
            least, greatest = self._with_inner(first, last, least, greatest)
        return widened(least, greatest, np.maximum(*errors))

    def _with_inner(
        self, first: IntArray, last: IntArray, least: FloatArray, greatest: FloatArray
    ) -> Interval:
        """Widen by the values of the intervals between the first and the last of each."""
        for i, width in enumerate(np.diff(self.knots), 1):
            descending = np.array(self.coefficients[i])[::-1]
            turns = np.roots(np.polyder(descending)) if len(descending) > 1 else np.empty(0)
            turns = turns.real[(abs(turns.imag) < 1e-9) & (turns.real > 0) & (turns.real < width)]
            values = np.polyval(descending, np.concatenate(([0.0, width], turns)))
            inside = (first < i) & (i < last)
            least = np.where(inside, np.minimum(least, values.min()), least)
            greatest = np.where(inside, np.maximum(greatest, values.max()), greatest)
        return least, greatest

    def inverse(self, y: FloatArray) -> FloatArray:
        """Return NaN: several raw values may give the same one."""
        return np.full_like(y, np.nan)


def _horner(coefficients: FloatArray, t: FloatArray) -> FloatArray:
    """Return the sum of coefficients, of shape (powers, *t.shape), times ascending powers of t."""
    value = np.zeros_like(t)
    for of_power in coefficients[::-1]:
        value = value * t + of_power
    return value


@dataclass(frozen=True, slots=True)
class Expand:
    """A number is served as several: each column of `columns` is what its steps make of it.

    They are served as `{feature}_{column}`, the one without a name as `{feature}`, and it is the
    last step.
    """

    columns: Mapping[str, tuple[Linear | Curve | Discrete | Piecewise, ...]]
    op: ClassVar[str] = "expand"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if not self.columns:
            return "columns", "must have a column at least"
        for name, steps in self.columns.items():
            for step in steps:
                problem = step.check()
                if problem is not None:
                    return "columns", f"of {name!r}: {step.op}: {problem[0]} {problem[1]}"
        return None
