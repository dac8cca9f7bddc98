"""Servers that compute the numbers of the last scaling on rows of their own, and keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS
from skewcheck.causes.arrival_order import Series, by_codes
from skewcheck.causes.mechanism import FeatureContext, final_linear, line
from skewcheck.features.steps import MinMax, ZScore, forward
from skewcheck.features.transform import expansion
from skewcheck.features.types import FloatArray, IntArray
from skewcheck.simulate.inject.arrived_rows import ArrivedRows, ArrivedValues
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    fault_error,
    number,
    setting_error,
    whole,
)
from skewcheck.simulate.inject.row_selection import RowMask
from skewcheck.statistics.moving import Rule, Sequence, Statistics, decaying, weighted

SPANS = {"day": 86_400.0, "hour": 3_600.0, "minute": 60.0}
"""Seconds of the spans of time for which a server may compute numbers."""
WINDOW, BATCH, ALPHA = 50, 32, 0.99
"""Rows of a window and of a batch, and weight of the old statistics, if nothing else is set."""
SETTINGS: Mapping[str, tuple[str, ...]] = {
    "running": (),
    "window": ("length",),
    "batch": ("length",),
    "ema": ("alpha", "start"),
    "key": (),
    **dict.fromkeys(SPANS, ()),
}
"""What statistics are over, and the settings that each has beside those of all."""
COMMON = ("over", "by", "earlier", "until", "after", "frozen", "ddof", "epsilon")
STARTS = ("training", "first", "standard", "weighted")
"""What stands for rows before the first one of decaying statistics."""


def recomputed_over(
    context: FeatureContext, rows: ArrivedRows, settings: FaultSettings
) -> ArrivedValues:
    """Return a number that is normalized with statistics of the server's own rows."""
    place, step = final_linear(context.feature.steps) or (0, None)
    if not isinstance(step, ZScore | MinMax) or expansion(context.feature.steps) is not None:
        raise fault_error(
            context, f"{RECOMPUTED_PARAMETERS.code} over rows needs a z-score or min-max step,"
            " and one served column",
        )  # fmt: skip
    over = _checked_over(context, settings)
    x = forward(context.feature.steps[:place], rows.raw[context.feature.name])
    trained = line(step)
    lines = _Lines(x, rows, trained)
    rule = Rule(
        "zscore" if isinstance(step, ZScore) else "minmax", whole(context, settings, "ddof", 0),
        number(context, settings, "epsilon", 0.0),
        range=(0.0, 1.0) if isinstance(step, ZScore) else step.range,
    )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        offset, divisor = lines.statistics(context, over, settings).line(rule)
    # A deviation of 0 becomes 1, as scikit-learn's scalers have it (_handle_zeros_in_scale).
    divisor = np.where(divisor == 0, 1.0, divisor)
    right = ~np.isfinite(offset) | ~np.isfinite(divisor) | lines.served_right(context, settings)
    offset, divisor = np.where(right, trained[0], offset), np.where(right, trained[1], divisor)
    scaled = (lines.x - offset) / divisor
    served = np.empty(len(x))
    served[lines.series.order] = forward(context.feature.steps[place + 1 :], scaled)
    return ArrivedValues({context.feature.name: served})


def _checked_over(context: FeatureContext, settings: FaultSettings) -> str:
    """Return what statistics are over; UsageError for anything unknown, and for other settings."""
    over = str(settings.get("over"))
    if over not in SETTINGS:
        raise setting_error(context, f" over: must be one of {', '.join(SETTINGS)}")
    check_keys(context, settings, [*COMMON, *SETTINGS[over]])
    if over == "key" and "by" not in settings:
        raise setting_error(context, ": over=key needs by=column")
    return over


@dataclass(frozen=True)
class _Lines:
    """Values before the last scaling, in the order of their series."""

    values: FloatArray
    rows: ArrivedRows
    trained: tuple[float, float]

    @property
    def series(self) -> Series:
        """Return the series of the rows."""
        return self.rows.series

    @property
    def x(self) -> FloatArray:
        """Return the values in the order of the series."""
        return self.values[self.series.order]

    def served_right(self, context: FeatureContext, settings: FaultSettings) -> RowMask:
        """Return which rows have training's numbers: behind a warm-up, or before a restart."""
        place = self.series.place
        right: RowMask = np.zeros(len(place), bool)
        if "until" in settings:
            right |= place >= whole(context, settings, "until", 1)
        if "after" in settings:
            right |= place < whole(context, settings, "after", 1)
        return right

    def statistics(self, context: FeatureContext, over: str, settings: FaultSettings) -> Statistics:
        """Return the statistics of each row, in the order of the series."""
        earlier = settings.get("earlier", False) is True
        if over in SPANS or over == "key":
            return self._of_groups(context, over, earlier=earlier)
        series = self.series
        made: Statistics
        if over == "ema":
            made = self._decaying(context, settings)
            made = made.before(series.start) if earlier else made
        else:
            sequence = Sequence(self.x, series.start, series.end)
            low, high = self._ends(context, over, settings, sequence)
            made = sequence.with_ends(sequence.between(low, high), low, high)
            if earlier and over == "batch":
                made = made.take(np.maximum(low - 1, 0)).without(low == series.start)
            elif earlier:
                made = made.before(series.start)
        if "frozen" in settings:
            last = whole(context, settings, "frozen", 1) - 1
            made = made.take(series.start + np.minimum(series.place, last))
        return made

    def _ends(
        self, context: FeatureContext, over: str, settings: FaultSettings, sequence: Sequence
    ) -> tuple[IntArray, IntArray]:
        """Return the first row of each window or batch, and the one behind its last."""
        if over == "running":
            return sequence.window(len(self.values))
        default = WINDOW if over == "window" else BATCH
        length = whole(context, settings, "length", default)
        return sequence.window(length) if over == "window" else sequence.batch(length)

    def _of_groups(self, context: FeatureContext, over: str, *, earlier: bool) -> Statistics:
        """Return the statistics of whole series, or of the days, hours or minutes in them."""
        series, spans = self.series, np.zeros(len(self.values), np.int64)
        if over in SPANS:
            times = self.rows.times
            if times is None or not np.isfinite(times).all():
                raise fault_error(context, f"over={over} needs a time in each row (time_column)")
            spans = (times[series.order] // SPANS[over]).astype(np.int64)
            spans -= spans.min(initial=0)
        numbers = series.start * (int(spans.max(initial=0)) + 1) + spans
        groups = by_codes(np.unique(numbers, return_inverse=True)[1])
        sequence = Sequence(self.x[groups.order], groups.start, groups.end)
        low, high = groups.start, groups.end
        made = sequence.with_ends(sequence.between(low, high), low, high)
        if earlier:
            before = np.maximum(low - 1, 0)
            of = series.start[groups.order]
            made = made.take(before).without((low == 0) | (of[before] != of))
        return made.take(np.argsort(groups.order, kind="stable"))

    def _decaying(self, context: FeatureContext, settings: FaultSettings) -> Statistics:
        """Return exponentially weighted statistics of each series; nulls keep those before."""
        kept = number(context, settings, "alpha", ALPHA)
        start = settings.get("start", STARTS[0])
        if not 0 < kept < 1 or start not in STARTS:
            raise setting_error(
                context, f": alpha must be between 0 and 1, start one of {', '.join(STARTS)}"
            )
        x, series = self.x, self.series
        made = np.full((3, len(x)), np.nan)
        for first in np.unique(series.start).tolist():
            places = np.arange(first, int(series.end[first]))
            finite = places[np.isfinite(x[places])]
            if not len(finite):
                continue
            of = self._of_series(x[finite], kept, str(start))
            upto = np.searchsorted(finite, places, side="right") - 1
            inside = upto >= 0
            for row, part in zip(made, (of.n, of.mean, of.variance), strict=True):
                row[places[inside]] = part[upto[inside]]
        none = np.full(len(x), np.nan)
        return Statistics(made[0], made[1], made[2], none, none)

    def _of_series(self, x: FloatArray, kept: float, start: str) -> Statistics:
        """Return the statistics of one series of finite values.

        The variance is around the mean after each row, as v = a v + (1 - a) (x - m)^2 with the new
        m; of `weighted` rows it is that of all of them.
        """
        if start == "weighted":
            return weighted(x, kept)
        mean, scale = self.trained
        begin = {"training": (mean, scale**2), "first": (float(x[0]), 0.0), "standard": (0.0, 1.0)}
        return decaying(x, kept, *begin[start], kept**2)
