"""Nonlinear increasing steps: logarithms, power transforms, quantile transforms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skewcheck.features.steps.rounding import ROUNDING, FloatArray, Interval, magnitude, widened


@dataclass(frozen=True, slots=True)
class Logarithm:
    """Logarithm to `base`, e by default."""

    base: float = math.e
    op: ClassVar[str] = "log"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        return None if self.base > 1 else ("base", "must be > 1")

    def forward(self, x: FloatArray) -> FloatArray:
        """Take the logarithm; 0 gives -inf, less than 0 gives NaN."""
        with np.errstate(divide="ignore", invalid="ignore"):
            y: FloatArray = np.log(x)
        return y if self.base == math.e else y / math.log(self.base)

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        low, high = self.forward(low), self.forward(high)
        # x is known to float32's relative rounding: an absolute one after the logarithm.
        error = ROUNDING * (magnitude(low, high) + 1 / math.log(self.base))
        return widened(low, high, error)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        with np.errstate(over="ignore"):
            x: FloatArray = np.exp(y * math.log(self.base))
        return x


@dataclass(frozen=True, slots=True)
class Log1p:
    """log(1 + x)."""

    op: ClassVar[str] = "log1p"

    def check(self) -> tuple[str, str] | None:
        """Return None: the step has no settings."""
        return None

    def forward(self, x: FloatArray) -> FloatArray:
        """Take log(1 + x); -1 gives -inf, less than -1 gives NaN."""
        with np.errstate(divide="ignore", invalid="ignore"):
            y: FloatArray = np.log1p(x)
        return y

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        with np.errstate(divide="ignore", invalid="ignore"):
            addition = (1 + np.abs(low)) / (1 + low)  # the operands of 1 + x, through the slope
        low, high = self.forward(low), self.forward(high)
        return widened(low, high, ROUNDING * (addition + np.abs(high)))

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`."""
        with np.errstate(over="ignore"):
            x: FloatArray = np.expm1(y)
        return x


@dataclass(frozen=True, slots=True)
class PowerTransform:
    """Yeo-Johnson or Box-Cox with exponent `lambda`, then (y - mean) / std.

    Yeo and Johnson, Biometrika 87 (2000), equation 2.1; Box and Cox, JRSS B 26 (1964), equation 1.
    """

    method: str
    lambda_: float
    mean: float = 0.0
    std: float = 1.0
    op: ClassVar[str] = "power"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if self.method not in {"yeo-johnson", "box-cox"}:
            return "method", "must be yeo-johnson or box-cox"
        return None if self.std > 0 else ("std", "must be > 0")

    def _branches(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return base, exponent and sign such that y = sign * (base**exponent - 1) / exponent."""
        if self.method == "box-cox":
            return x, np.full_like(x, self.lambda_), np.ones_like(x)
        negative = x < 0
        exponent = np.where(negative, 2 - self.lambda_, self.lambda_)
        return 1 + np.abs(x), exponent, np.where(negative, -1.0, 1.0)

    def forward(self, x: FloatArray) -> FloatArray:
        """Transform; Box-Cox of less than 0 is NaN, of 0 its limit (-1/lambda, or -inf)."""
        base, exponent, sign = self._branches(x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            logs = np.log(np.where(base >= 0, base, np.nan))
            is_log = np.abs(exponent) < 1e-12
            safe = np.where(is_log, 1.0, exponent)
            y = np.where(is_log, logs, np.expm1(safe * logs) / safe)
        return (sign * y - self.mean) / self.std

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        base, exponent, _ = self._branches(high)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            power = base**exponent
            inside = base ** (exponent - 1) * (1 + base)  # of 1 + x, through the slope
            outside = (power + 1) / np.maximum(np.abs(exponent), 1e-3)  # of base**exponent - 1
            inside = inside + power * np.abs(np.log(base)) / 5  # the exponent is rounded once
        low, high = self.forward(low), self.forward(high)
        standardized = np.abs(high * self.std + self.mean) + abs(self.mean)
        return widened(low, high, ROUNDING * (inside + outside + standardized) / self.std)

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward`; NaN where no raw value maps to y."""
        transformed = y * self.std + self.mean
        if self.method == "box-cox":
            sign, exponent = np.ones_like(transformed), np.full_like(transformed, self.lambda_)
        else:
            sign = np.where(transformed < 0, -1.0, 1.0)
            exponent = np.where(transformed < 0, 2 - self.lambda_, self.lambda_)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            is_log = np.abs(exponent) < 1e-12
            safe = np.where(is_log, 1.0, exponent)
            base = np.where(
                is_log,
                np.exp(sign * transformed),
                np.exp(np.log1p(safe * sign * transformed) / safe),
            )
        return base if self.method == "box-cox" else sign * (base - 1)


@dataclass(frozen=True, slots=True)
class Quantile:
    """Quantile transform: the rank of x among equally spaced quantiles, or its normal score.

    As scikit-learn's QuantileTransformer: ties take the middle of their ranks, normal scores are
    cut at the 1e-7 quantile of the normal distribution.
    """

    values: tuple[float, ...]
    """The quantiles, ascending, from the minimum to the maximum of training."""
    output: str = "uniform"
    op: ClassVar[str] = "quantile"

    def check(self) -> tuple[str, str] | None:
        """Return the key that is wrong and what it must be, or None."""
        if len(self.values) < 2 or any(
            b < a for a, b in zip(self.values, self.values[1:], strict=False)
        ):
            return "values", "must be at least two numbers that ascend"
        is_valid = self.output in {"uniform", "normal"}
        return None if is_valid else ("output", "must be uniform or normal")

    def _ranks(self, x: FloatArray) -> FloatArray:
        """Return the rank in [0, 1] of each value: the midpoint of the tied ranks; NaN for NaN."""
        values = np.asarray(self.values)
        grid = np.linspace(0, 1, len(values))
        below = np.interp(x, values, grid)
        above = -np.interp(-x, -values[::-1], -grid[::-1])
        ranks: FloatArray = (below + above) / 2
        ranks = np.where(x <= values[0], 0.0, np.where(x >= values[-1], 1.0, ranks))
        return np.where(np.isnan(x), np.nan, ranks)

    def _scores(self, ranks: FloatArray) -> FloatArray:
        """Return the ranks themselves, or their normal quantiles cut at rank 1e-7."""
        if self.output == "uniform":
            return ranks
        from scipy.special import ndtri

        bound = -ndtri(1e-7 - np.spacing(1))
        scores: FloatArray = np.clip(ndtri(np.clip(ranks, 0, 1)), -bound, bound)
        return scores

    def forward(self, x: FloatArray) -> FloatArray:
        """Return ranks or normal scores; NaN stays NaN.

        Values outside `values` take the outermost rank.
        """
        return self._scores(self._ranks(x))

    def bounds(self, low: FloatArray, high: FloatArray) -> Interval:
        """Return the interval of values that a float32 server may compute from [low, high]."""
        low, high = widened(low, high, ROUNDING * np.maximum(np.abs(low), np.abs(high)))
        low, high = widened(self._ranks(low), self._ranks(high), ROUNDING)
        low, high = self._scores(low), self._scores(high)
        return widened(low, high, ROUNDING * np.maximum(np.abs(low), np.abs(high)))

    def inverse(self, y: FloatArray) -> FloatArray:
        """Undo `forward` strictly inside the outermost quantiles; NaN elsewhere."""
        ranks = y
        if self.output == "normal":
            from scipy.special import ndtr

            ranks = ndtr(y)
        values = np.asarray(self.values)
        x = np.interp(ranks, np.linspace(0, 1, len(values)), values)
        return np.where((ranks > 1e-7) & (ranks < 1 - 1e-7), x, np.nan)


Curve = Logarithm | Log1p | PowerTransform | Quantile
