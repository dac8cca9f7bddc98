"""Count, mean and sums of powers of the deviations from it, which can be added."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.types import FloatArray


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of finite values; `min` and `max` are inf and -inf where there are none."""

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0
    """Sum of squared deviations from the mean."""
    min: float = math.inf
    max: float = -math.inf
    m3: float = 0.0
    """Sum of cubed deviations."""
    m4: float = 0.0
    """Sum of their fourth powers."""

    @classmethod
    def of(cls, values: NDArray[np.generic], scratch: FloatArray | None = None) -> Moments:
        """Return the moments of finite numbers of any real type.

        `scratch`, of the same length, is written over; it may be `values` itself.
        """
        if not len(values):
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(values.mean(dtype=np.float64))
            least, most = float(values.min()), float(values.max())
            deviations = np.subtract(values, mean, out=scratch, dtype=np.float64)
            # Not `@`: BLAS would start threads of its own, which fight with ours.
            squares = np.square(deviations)
            m2 = float(squares.sum())
            m3 = float(np.multiply(deviations, squares, out=deviations).sum())
            m4 = float(np.square(squares, out=squares).sum())
        return cls(len(values), mean, m2, least, most, m3, m4)

    def __add__(self, other: Moments) -> Moments:
        """Merge pairwise: Chan, Golub and LeVeque, The American Statistician 37 (1983), eq. 2.1.

        The third and fourth powers: Pébay, Sandia report SAND2008-6212 (2008), eq. 2.1.
        """
        if not self.n or not other.n:
            return other if not self.n else self
        n = self.n + other.n
        delta = other.mean - self.mean
        mine, theirs = self.n / n, other.n / n
        # No powers: those of Python raise where a product is infinite.
        square = delta * delta
        m3 = delta * (
            square * (mine - theirs) * mine * other.n + 3 * (mine * other.m2 - theirs * self.m2)
        )
        m4 = delta * (
            delta * square * (mine * mine - mine * theirs + theirs * theirs) * mine * other.n
            + 6 * delta * (mine * mine * other.m2 + theirs * theirs * self.m2)
            + 4 * (mine * other.m3 - theirs * self.m3)
        )
        return Moments(
            n,
            self.mean + delta * other.n / n,
            self.m2 + other.m2 + delta * delta * self.n * other.n / n,
            min(self.min, other.min),
            max(self.max, other.max),
            self.m3 + other.m3 + m3,
            self.m4 + other.m4 + m4,
        )

    def standardized(self, offset: float, divisor: float) -> Moments:
        """Return the moments of (x - offset) / divisor; the divisor is not 0."""
        low, high = sorted(((self.min - offset) / divisor, (self.max - offset) / divisor))
        square = abs(divisor)
        return Moments(
            self.n, (self.mean - offset) / divisor, self.m2 / square / square, low, high,
            self.m3 / divisor / square / square, self.m4 / square / square / square / square,
        )  # fmt: skip

    @property
    def std(self) -> float:
        """Population standard deviation (ddof 0); NaN without values."""
        return math.sqrt(self.m2 / self.n) if self.n else math.nan

    @property
    def kurtosis(self) -> float:
        """Fourth moment by the squared variance, from 1 to n: 3 for normal values.

        1 of a constant; infinite where its sums overflow.
        """
        variance = self.m2 / self.n if self.n else 0.0
        if not variance > 0:
            return 1.0 if variance == 0 else math.inf
        kurtosis = self.m4 / self.n / variance / variance
        return max(kurtosis, 1.0) if math.isfinite(kurtosis) else math.inf
