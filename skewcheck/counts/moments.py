"""Count, mean and sum of squared deviations that can be added."""

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

    @classmethod
    def of(cls, ascending: NDArray[np.generic], scratch: FloatArray | None = None) -> Moments:
        """Return the moments of finite numbers that ascend, of any real type.

        `scratch`, of the same length, is written over; it may be `ascending` itself.
        """
        if not len(ascending):
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(ascending.mean(dtype=np.float64))
            least, most = float(ascending[0]), float(ascending[-1])
            deviations = np.subtract(ascending, mean, out=scratch, dtype=np.float64)
            # Not `@`: BLAS would start threads of its own, which fight with ours.
            m2 = float(np.square(deviations, out=deviations).sum())
        return cls(len(ascending), mean, m2, least, most)

    def __add__(self, other: Moments) -> Moments:
        """Merge pairwise: Chan, Golub and LeVeque, The American Statistician 37 (1983), eq. 2.1."""
        if not self.n or not other.n:
            return other if not self.n else self
        n = self.n + other.n
        delta = other.mean - self.mean
        return Moments(
            n,
            self.mean + delta * other.n / n,
            self.m2 + other.m2 + delta * delta * self.n * other.n / n,
            min(self.min, other.min),
            max(self.max, other.max),
        )

    @property
    def std(self) -> float:
        """Population standard deviation (ddof 0); NaN without values."""
        return math.sqrt(self.m2 / self.n) if self.n else math.nan
