"""Normalized values beside the lines that statistics of a server's own rows give, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from skewcheck.causes.arrival_order import Mask, Ordered, Series
from skewcheck.causes.mechanism import final_linear, line
from skewcheck.causes.undoing import undone
from skewcheck.features.steps import Divided, MinMax, bounds, forward
from skewcheck.features.steps.rounding import ROUNDING, UNIT
from skewcheck.features.types import FloatArray
from skewcheck.statistics.moving import Rule, Sequence, Statistics

MAX_OF_CHANGE = 0.1
"""Of the distance of a served value from the right one: what rounding may leave open of it."""
LARGE_EFFECT = 2e-4
"""Of a divisor: with a larger one it is not found without its epsilon."""
MIN_SPREAD = 1e-9
"""Of training's scale: rows with a smaller deviation are equal."""
RESULT = 8 * UNIT
"""Relative rounding of a result, and of the deviation that was computed in float64 or float32."""
SUMMED = 12.0
"""Rows, under a root, whose sums in float32 lose as much as one operation may: errors of Welford's
updates grow as those of a random walk (Higham, Accuracy and Stability, 2002, section 2.6)."""
MIN_APART = 1e-4
"""Difference from the right value, in units of it and 1, that neither arithmetic nor float32 makes.
"""
EPSILONS = ((1e-8, "scale"), (1e-5, "variance"), (1e-8, "variance"), (1e-3, "variance"))
"""Usual ones: of Spark and hand-written code, of batch normalization in PyTorch, of gym, of Keras.
"""


@dataclass(frozen=True)
class OwnLines:
    """The rows of series, as the last step that shifts and scales meets them."""

    series: Series
    fails: Mask
    x: FloatArray
    """What the step takes."""
    x_lost: FloatArray
    """How far it may be off by the digits of a text log."""
    z: FloatArray
    """What it gave; NaN where steps behind it hide that."""
    z_lost: FloatArray
    right: FloatArray
    """What training's step gives."""
    rules: tuple[Rule, ...]
    """How a server may normalize, training's way first."""
    trained: tuple[float, float]
    """Offset and scale of training's step."""

    @cached_property
    def sequence(self) -> Sequence:
        """The step's input in the order of the series."""
        return Sequence(self.x, self.series.start, self.series.end)

    @cached_property
    def known(self) -> Mask:
        """Failing rows with a number on both sides."""
        known: Mask = self.fails & np.isfinite(self.x) & np.isfinite(self.z)
        return known

    def only(self, kept: Mask) -> OwnLines:
        """Return the same without some positions."""
        parts = ("fails", "x", "x_lost", "z", "z_lost", "right")
        return replace(
            self, series=self.series.only(kept),
            **{name: getattr(self, name)[kept] for name in parts},
        )  # fmt: skip

    def compared(self, of: Statistics, rule: Rule) -> tuple[Mask, Mask]:
        """Return which failing rows are served by statistics, and which of them can be compared.

        Those cannot whose right value is nearly as near as arithmetic allows, nor those whose own
        rows do not differ.
        """
        with np.errstate(all="ignore"):
            spread = of.line(replace(rule, epsilon=0.0, epsilon_in="scale"))[1]
            offset, divisor = of.line(rule)
            made = (self.x - offset) / divisor
            operands = (np.abs(self.x) + np.abs(offset)) / divisor
            lost = self.z_lost + 2 * self.x_lost / divisor
            summed = 1 + np.sqrt(of.n) / SUMMED
            allowed = (ROUNDING * operands + RESULT * np.abs(self.z)) * summed + lost
            telling = allowed <= MAX_OF_CHANGE * np.abs(self.z - self.right)
            differ = spread > MIN_SPREAD * np.abs(self.trained[1])
            compared = self.known & np.isfinite(made) & telling & differ
            return compared & (np.abs(made - self.z) <= allowed), compared

    def told_apart(self, of: Statistics, rule: Rule) -> Mask:
        """Return the rows that statistics normalize otherwise than training does."""
        with np.errstate(all="ignore"):
            offset, divisor = of.line(rule)
            made = (self.x - offset) / divisor
            apart: Mask = np.abs(made - self.right) > self.z_lost + MIN_APART * (1 + np.abs(made))
        return apart & np.isfinite(made)

    def with_epsilons(self, rule: Rule) -> Iterator[Rule]:
        """Yield a rule with its epsilon, without, and with usual ones that show in float32."""
        shown = [pair for pair in EPSILONS if _effect(pair, self.trained[1]) > UNIT]
        pairs = dict.fromkeys([(rule.epsilon, rule.epsilon_in), (0.0, "scale"), *shown])
        yield from (replace(rule, epsilon=e, epsilon_in=where) for e, where in pairs)


def _effect(epsilon: tuple[float, str], scale: float) -> float:
    """Return by what share an epsilon makes a divisor of about this size larger."""
    value, where = epsilon
    return value / (2 * scale**2) if where == "variance" else value / abs(scale)


def own_lines(ordered: Ordered, series: Series) -> OwnLines | None:
    """Return the rows of series as the last step that shifts and scales meets them.

    None without such a step.
    """
    steps, rows = ordered.feature.steps, ordered.rows
    last = final_linear(steps)
    if last is None:
        return None
    i, step = last
    raw = ordered.raw[series.order]
    lost = np.broadcast_to(rows.raw_tolerance, ordered.raw.shape)[series.order]
    low, high = bounds(steps[:i], raw - lost, raw + lost)
    tolerance = np.broadcast_to(rows.served_tolerance, ordered.raw.shape)[series.order]
    served = rows.served[series.order]
    z, z_lost = undone(served, steps[i + 1 :], tolerance)
    offset, scale = line(step)
    x = forward(steps[:i], raw)
    epsilon = (step.epsilon, step.epsilon_in) if isinstance(step, Divided) else (0.0, "scale")
    ends = step.range if isinstance(step, MinMax) else (0.0, 1.0)
    usual = [pair for pair in EPSILONS if _effect(pair, scale) > LARGE_EFFECT]
    scaled = [Rule("zscore", ddof, *pair) for pair in (epsilon, *usual) for ddof in (0, 1)]
    ranged = Rule("minmax", 0, *epsilon, ends)
    rules = (ranged, *scaled) if isinstance(step, MinMax) else (*scaled, ranged)
    return OwnLines(
        series, ordered.fails[series.order], x, np.nan_to_num((high - low) / 2), z,
        np.nan_to_num(z_lost), (x - offset) / scale, rules, (offset, scale),
    )  # fmt: skip
