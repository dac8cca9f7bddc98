"""The smallest change that a simulated audit detects: a probit model of trials of many sizes.

Each trial draws a log with a change of some size, and audits it. Sizes are found by bisection with
few trials each; then the power is taken as ndtr(a + b size), as that of a test whose effect grows
with the size and is about normal (Finney, Probit Analysis, 3rd ed. (1971), chapter 4), fitted by
maximum likelihood to all trials, and more are made where the fit says that it matters.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr, ndtri

from skewcheck.features.types import FloatArray

LIKELY, SURE = 0.8, 0.99
"""Powers for which the smallest detected change is given: the usual target, and near certainty."""
FEW_TRIALS = 20
"""Of a size that is tried while sizes are looked for."""
MANY_TRIALS = 150
"""Of a size at which the model is fitted."""
FITTED_POWERS = (0.5, 0.8, 0.95, 0.8)
"""Powers at whose sizes the model is fitted in turn: with so many trials a power of 0.8 is known to
0.02 (standard error)."""
PRECISION = 0.001
"""Relative, of a change: of many rows, 1 % more is detected with 99 and not with 80 %."""
SURE_PRECISION = 1.05
"""Factor to which a change is given where the model does not hold."""
SMALLEST_CHANGE = 1e-4
"""The smallest change that is tried, of the largest."""
MODELLED = (0.02, 0.998)
"""Powers of the sizes whose trials are fitted: the model is of the region about the targets."""
ITERATIONS = 30
"""Of Fisher's scoring: it has converged after ten, or there is nothing to converge to."""

Alarms = Callable[[float, int, np.random.Generator], int]
"""Draws so many logs with a change of this size, audits them, and returns how many audits fail."""


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest changes detected with a power of 80 and of 99 %; None where none is."""

    likely: float | None
    sure: float | None


def detectable(alarms: Alarms, largest: float, smallest: float) -> Detectable:
    """Return the smallest changes between `smallest` and `largest` that are detected.

    The power is taken to grow with the change. The same arguments give the same result.
    """
    trials = _Trials(alarms)
    low, high = smallest, largest
    if trials.share(high, 2 * FEW_TRIALS) < LIKELY:
        return Detectable(None, None)
    while high > low * (1 + PRECISION) and not trials.graded():
        middle = math.sqrt(low * high)
        low, high = (middle, high) if trials.share(middle, FEW_TRIALS) < 0.5 else (low, middle)
    for power in FITTED_POWERS:
        size = trials.size(power)
        if size is None:  # from one size to the next, all or none are detected
            return Detectable(high, high)
        trials.share(min(max(size, smallest), largest), MANY_TRIALS)
    likely, sure = trials.size(LIKELY), trials.size(SURE)
    if likely is None or sure is None:
        return Detectable(high, high)
    likely = min(max(likely, smallest), largest)
    return Detectable(likely, _confirmed(trials, max(sure, likely), largest))


def _confirmed(trials: _Trials, sure: float, largest: float) -> float | None:
    """Return the size where the model has the power `SURE`, or the first that has it in truth.

    The power may grow more slowly from some size on, where another test takes over. None where the
    largest size has less.
    """

    def has_it(size: float) -> bool:
        return trials.share(size, MANY_TRIALS) >= SURE - 0.01

    if sure < largest and has_it(sure):
        return sure
    if not has_it(largest):
        return None
    low, high = min(sure, largest), largest
    while high > low * SURE_PRECISION:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if has_it(middle) else (middle, high)
    return high


@dataclass(slots=True)
class _Trials:
    """Trials of several sizes of a change."""

    audited: Alarms
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    sizes: list[float] = field(default_factory=list)
    alarms: list[int] = field(default_factory=list)
    logs: list[int] = field(default_factory=list)

    def share(self, size: float, logs: int) -> float:
        """Return the share of so many new trials of a size that alarm."""
        alarms = self.audited(size, logs, self.random)
        self.sizes.append(size)
        self.alarms.append(alarms)
        self.logs.append(logs)
        return alarms / logs

    def graded(self) -> bool:
        """Return whether a smaller size has alarmed more often than a larger one has not.

        Only then a model has a slope: else a size parts those that always alarm from the others.
        """
        some = [size for size, k in zip(self.sizes, self.alarms, strict=True) if k]
        not_all = [s for s, k, n in zip(self.sizes, self.alarms, self.logs, strict=True) if k < n]
        return bool(some and not_all) and min(some) < max(not_all)

    def size(self, power: float) -> float | None:
        """Return the size with this power by the model; None where nothing can be fitted."""
        if not self.graded():
            return None
        x, k, n = (np.array(v, np.float64) for v in (self.sizes, self.alarms, self.logs))
        model = _probit(x, k, n)
        if model is not None:
            expected = ndtr(model[0] + model[1] * x)
            near = (expected > MODELLED[0]) & (expected < MODELLED[1])
            model = (_probit(x[near], k[near], n[near]) if near.any() else None) or model
        return None if model is None else float((ndtri(power) - model[0]) / model[1])


def _probit(x: FloatArray, k: FloatArray, n: FloatArray) -> tuple[float, float] | None:
    """Return a and b of ndtr(a + b x), fitted to k of n alarms at each x; None if b is not above 0.

    By Fisher's scoring (Finney, section 4.3).
    """
    share = (k + 0.5) / (n + 1)
    weights = n.copy()
    response = ndtri(share)
    intercept = slope = 0.0
    for _ in range(ITERATIONS):
        centre = float(np.average(x, weights=weights))
        spread = float(np.average((x - centre) ** 2, weights=weights))
        if not spread > 0:
            return None
        mean = float(np.average(response, weights=weights))
        slope = float(np.average((x - centre) * (response - mean), weights=weights)) / spread
        intercept = mean - slope * centre
        linear = np.clip(intercept + slope * x, -6, 6)
        p, density = ndtr(linear), np.exp(-(linear**2) / 2) / math.sqrt(2 * math.pi)
        weights = n * density**2 / np.maximum(p * (1 - p), 1e-12) + 1e-12
        response = linear + (k / n - p) / np.maximum(density, 1e-9)
    return (intercept, slope) if slope > 0 and math.isfinite(intercept) else None
