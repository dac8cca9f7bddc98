"""Rows of one series, kept in one pass to tell what its statistics were before the log."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from skewcheck.features.steps import Standardize
from skewcheck.features.types import FloatArray
from skewcheck.statistics.running_models import Stretch

HEAD = 256
"""Rows that are kept of the start of a series."""
MAX_ROWS = 512
"""Rows that are kept of all of it: beyond, each second, fourth and so on."""
MIN_ROWS = 16
"""Served rows that tell anything of three unknown numbers."""


@dataclass(slots=True)
class SeriesRows:
    """The first rows of a series, and some of those that follow."""

    kept: list[FloatArray] = field(default_factory=list)
    count: int = 0
    ends: FloatArray = field(default_factory=lambda: np.zeros(4))
    """Sum, sum of squares, largest magnitude and most lost of all rows so far."""
    shift: float = 0.0
    stride: int = 1
    closed: bool = False

    def add(self, x: FloatArray, lost: FloatArray, z: FloatArray, z_lost: FloatArray) -> None:
        """Take the rows that follow; a value that is none ends the series."""
        if self.closed or not len(x):
            return
        good = np.isfinite(x) & np.isfinite(lost)
        if not good.all():
            self.closed = True
            stop = int(np.argmin(good))
            x, lost, z, z_lost = x[:stop], lost[:stop], z[:stop], z_lost[:stop]
            if not stop:
                return
        self.shift = x[0] if not self.count else self.shift
        t = x - self.shift
        sums = np.cumsum(np.append(self.ends[0], t))[1:]
        squares = np.cumsum(np.append(self.ends[1], t * t))[1:]
        largest = np.maximum.accumulate(np.append(self.ends[2], np.abs(t)))[1:]
        most = np.maximum.accumulate(np.append(self.ends[3], lost))[1:]
        self.ends = np.array([sums[-1], squares[-1], largest[-1], most[-1]])
        rows = np.arange(1.0, len(x) + 1) + self.count
        self.count += len(x)
        self.kept.append(np.stack((rows, t, z, sums, squares, largest, most, z_lost)))
        if sum(part.shape[1] for part in self.kept) > 2 * MAX_ROWS:
            self._thin()

    def _thin(self) -> None:
        whole = np.hstack(self.kept)
        while whole.shape[1] > MAX_ROWS:
            self.stride *= 2
            whole = whole[:, (whole[0] <= HEAD) | (whole[0] % self.stride == 0)]
        self.kept = [whole]

    def stretch(self, step: Standardize) -> Stretch | None:
        """Return the rows; None of too few, or equal values."""
        if not self.kept:
            return None
        self._thin()
        rows, t, z, sums, squares, largest, most, z_lost = self.kept[0]
        scale = float(t.std())
        known = np.isfinite(z) & np.isfinite(z_lost)
        if known.sum() < MIN_ROWS or not 0 < scale < np.inf:
            return None
        epsilon = step.epsilon / (scale**2 if step.epsilon_in == "variance" else scale)
        head = t[rows <= HEAD] / scale
        made = Stretch(
            replace(step, epsilon=epsilon), t / scale, z, rows, sums / scale, squares / scale**2,
            largest / scale, most / scale, z_lost, float(self.shift), scale, head,
        )  # fmt: skip
        return made.take(known)
