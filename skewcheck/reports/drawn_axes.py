"""Axes of `Audit.plot`, each drawn of what an audit holds of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from skewcheck.reports.scatter import scatter
from skewcheck.reports.series import moment, series
from skewcheck.reports.shapes import is_wide, shown_range
from skewcheck.reports.words import drawings
from skewcheck.text.printable import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from skewcheck.results.audit import Bar, Curves, FeatureAudit, Parity
    from skewcheck.results.pairs import Pairs

TRAIN, SERVE, SKEW, SHADE = "#4269a5", "#c2410c", "#b3161f", "#fbe4e4"
_MOST_NAMES = 3
"""Of windows along an axis."""


def expected(axes: Axes, parity: Parity, pairs: Pairs) -> None:
    """Draw a point a failing row, and the line on which right ones lie."""
    drawn = scatter(pairs)
    axes.plot(drawn.across, drawn.across, color=TRAIN, ls="--", lw=1)
    across, up = [x for x, _ in drawn.points], [y for _, y in drawn.points]
    axes.plot(across, up, color=SERVE, ls="", marker="o", ms=4, alpha=0.75)
    axes.set_xlabel(drawings.EXPECTED)
    axes.set_ylabel(drawings.SERVED)
    axes.set_title(drawings.expected(parity, drawn.beyond).title)


def functions(axes: Axes, curves: Curves, feature: FeatureAudit) -> None:
    """Draw both distribution functions, which are exact at their points."""
    axes.plot(curves.at, curves.reference, color=TRAIN, label=drawings.TRAINING)
    axes.plot(curves.at, curves.serving, color=SERVE, ls="--", label=drawings.PRODUCTION)
    start, stop = shown_range(curves)
    if is_wide(start, stop):
        axes.set_xscale("log")
    axes.set_xlim(start, stop)
    axes.set_ylim(0, 1)
    axes.set_title(drawings.distribution(feature, curves).title)
    axes.legend(frameon=False)


def bars(axes: Axes, every: Sequence[Bar], feature: FeatureAudit) -> None:
    """Draw two bars a level, or a bin."""
    places = range(len(every))
    for aside, color, label, shares in (
        (-0.2, TRAIN, drawings.TRAINING, [bar.reference for bar in every]),
        (0.2, SERVE, drawings.PRODUCTION, [bar.serving for bar in every]),
    ):
        axes.bar([place + aside for place in places], shares, 0.38, color=color, label=label)
    names = [printable(bar.label, 16) if bar.label else str(i + 1) for i, bar in enumerate(every)]
    axes.set_xticks(list(places), names, rotation=30, ha="right", parse_math=False)
    axes.set_title(drawings.bars(every, feature).title)
    axes.legend(frameon=False)


def windows(axes: Axes, feature: FeatureAudit) -> None:
    """Draw a figure over the windows, its threshold and where it was skew."""
    plotted, starts = series(feature), [window.start for window in feature.windows]
    axes.step(range(len(starts)), plotted.values, where="mid", color=SERVE)
    if plotted.limit is not None:
        axes.axhline(plotted.limit, color=SKEW, ls="--", lw=1)
    for change in feature.changes:
        ends = [*starts, change.until]
        if change.since in starts and change.until in ends:
            last = len(starts) if change.until is None else ends.index(change.until)
            axes.axvspan(starts.index(change.since) - 0.5, last - 0.5, color=SHADE, zorder=0)
    step = -(-len(starts) // _MOST_NAMES)
    names = [printable(moment(start), 20) for start in starts[::step]]
    axes.set_xticks(range(0, len(starts), step), names, parse_math=False)
    axes.yaxis.set_major_formatter(lambda value, _: plotted.tell(value))
    axes.set_ylim(bottom=0)
    axes.set_title(drawings.over_time(plotted.label))
