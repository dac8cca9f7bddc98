"""Drawings for the HTML report, as SVG that takes its colours from the page.

By matplotlib, chosen among those that were measured with 30 drawings of two lines each on one
machine: matplotlib 2.2 s and 13 kB a drawing (half of it is left after `_slim`), Altair with
vl-convert 4.7 s and 16 kB, Pygal 0.8 s and 51 kB, Plotly 0.5 s and 10 kB but 5 MB of script beside
them. Plotly's page is larger than a report may be and needs a script to show anything; Pygal puts
a style sheet and a script into every drawing, which the page's content policy is there to stop,
and few people keep it; vl-convert is slower, and large too (106 MB installed, matplotlib 174 MB
with NumPy). Matplotlib is kept by many, most who would install it have it, and it draws without a
script.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from skewcheck.reports.series import Series, drawable, moment, series, worst_of
from skewcheck.reports.words.phrases import most_changed
from skewcheck.results.audit import Bar, Curves, FeatureAudit
from skewcheck.results.parts import Change
from skewcheck.text.numbers import figure, percent
from skewcheck.text.printable import count, printable

WIDTH = 5.2
"""Inches of 72 units: a phone shows a drawing in about its own size."""
_MARGIN, _FOOT = 0.55, 0.5
"""Inches on the left, for the labels, and below."""
_LETTER = 0.08
"""Inches of a letter, or digit, on average."""
_COLORS = {
    "train": "#a10001", "serve": "#a10002", "line": "#a10003", "text": "#a10004",
    "skew": "#a10005", "shade": "#a10006",
}  # fmt: skip
"""What matplotlib draws with, and `_slim` replaces by the page's `--train` and so on."""
_TAIL_SHARE = 0.02
"""Share of the values on either end that may lie beyond the drawing."""
_LOG_RANGE = 1000.0
"""A range of positive numbers this much wider than its start is drawn in logarithms."""
_MOST_POINTS = 100
"""Points of a series: one for every 3 or 4 of the 374 units of a drawing's width."""
_DEFINED = re.compile(r"(?:clip-path=\"url\(#|href=\"#)([^)\"]+)")


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing and what it shows, in words."""

    svg: str
    """An `svg` element: safe markup whatever the data."""
    title: str
    caption: str


def plots(feature: FeatureAudit) -> list[Plot]:
    """Return what can be drawn of a feature: its distributions, and a figure over the windows."""
    with mpl.rc_context(), warnings.catch_warnings():
        _style()
        # The browser has the characters that matplotlib's font lacks.
        warnings.filterwarnings("ignore", r"(?s)Glyph .* missing from", UserWarning)
        drawings = [] if feature.curves is None else [_functions(feature.curves, feature)]
        drawings += [_bars(feature.bars, feature)] if feature.bars else []
        return drawings + ([_series(series(feature), feature)] if drawable(feature) else [])


def _style() -> None:
    line, text = _COLORS["line"], _COLORS["text"]
    mpl.rc("svg", fonttype="none")
    mpl.rc("text", parse_math=False)  # a name with $ is no formula
    mpl.rc("font", **{"sans-serif": ["DejaVu Sans"], "size": 10})
    mpl.rc("axes", grid=True, axisbelow=True, edgecolor=line, labelcolor=text, unicode_minus=False)
    mpl.rc("axes.spines", top=False, right=False)
    mpl.rc("xtick", bottom=False, labelcolor=text)
    mpl.rc("ytick", left=False, labelcolor=text)
    mpl.rc("grid", color=line, linewidth=0.4)


def _functions(curves: Curves, feature: FeatureAudit) -> Plot:
    gaps = [abs(p - q) for p, q in zip(curves.reference, curves.serving, strict=True)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    at, p, q = (x[widest] for x in (curves.at, curves.reference, curves.serving))
    start, stop = _range(curves)
    with _axes(2.1, f"functions {feature.name}") as (axes, done):
        axes.plot(curves.at, curves.reference, color=_COLORS["train"], lw=1.6)
        axes.plot(curves.at, curves.serving, color=_COLORS["serve"], lw=1.6, ls=(0, (5, 1.5)))
        axes.plot([at, at], [p, q], color=_COLORS["text"], lw=1, marker="_", ms=6)
        if start > 0 and stop / start > _LOG_RANGE:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(mpl.ticker.LogLocator(numticks=6))
            axes.xaxis.set_major_formatter("{x:g}")
            axes.xaxis.set_minor_locator(mpl.ticker.NullLocator())
        else:
            axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5))
        axes.set_xlim(start, stop)
        axes.set_ylim(0, 1)
        axes.yaxis.set_major_locator(mpl.ticker.FixedLocator([0, 0.5, 1]))
        axes.yaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel("served value" if feature.mode == "served" else "raw value")
    caption = f"up to {figure(at)}: {percent(p)} of training, {percent(q)} of production"
    if curves.serving[1] + 1 - curves.serving[-2] > _TAIL_SHARE:
        caption += "; straight where production has values and training none"
    return Plot(done[0], "Share of the values up to there", f"widest apart {caption}")


def _range(curves: Curves) -> tuple[float, float]:
    """Return where most of the values of both lie, the few on either end left out."""
    both = [(p + q) / 2 for p, q in zip(curves.reference, curves.serving, strict=True)]
    first = next(i for i, share in enumerate(both) if share > _TAIL_SHARE)
    last = next(i for i, share in enumerate(both) if share >= 1 - _TAIL_SHARE)
    start, stop = curves.at[first], curves.at[last]
    if start < stop:
        return start, stop
    start, stop = curves.at[max(first - 1, 0)], curves.at[min(last + 1, len(both) - 1)]
    return (start, stop) if start < stop else (start - 0.5, stop + 0.5)


def _bars(every: Sequence[Bar], feature: FeatureAudit) -> Plot:
    """Levels have names of any length and are drawn downwards, bins of numbers side by side."""
    named = [(printable(bar.label, 16) if bar.label else str(i + 1)) for i, bar in enumerate(every)]
    # Between two heavy values there is a bin for which neither side has a row.
    filled = [i for i, bar in enumerate(every) if bar.reference or bar.serving] or [0]
    bars, names = [every[i] for i in filled], [named[i] for i in filled]
    places = range(len(bars))
    sides = (
        ([bar.reference for bar in bars], _COLORS["train"], -0.2),
        ([bar.serving for bar in bars], _COLORS["serve"], 0.2),
    )
    levels = feature.type == "categorical"
    height, margin = (0.35 + 0.28 * len(bars), 1.6) if levels else (2.1, _MARGIN)
    with _axes(height, f"bars {feature.name}", margin) as (axes, done):
        for shares, color, aside in sides:
            at = [place + aside for place in places]
            if levels:
                axes.barh(at, shares, 0.38, color=color)
            else:
                axes.bar(at, shares, 0.38, color=color)
        ticks, shares_axis = (axes.yaxis, axes.xaxis) if levels else (axes.xaxis, axes.yaxis)
        # As many names as there is room for, at about 0.09 inches a character.
        step = 1 if levels else -(-int(9 * len(bars) * max(map(len, names))) // 450)
        ticks.set_ticks(list(places)[::step], names[::step])
        ticks.grid(visible=False)
        shares_axis.set_major_locator(mpl.ticker.MaxNLocator(4))
        shares_axis.set_major_formatter("{x:.3g}")
        if levels:
            axes.invert_yaxis()
        else:
            axes.set_xlabel("bins of training's quantiles, by where they begin")
    label, change = most_changed(every)
    place = label if levels or not every[0].label or label == "null" else f"from {label}"
    return Plot(done[0], "Share of the rows", f"most changed: {place}, {change.replace('->', '→')}")


def _series(plotted: Series, feature: FeatureAudit) -> Plot:
    values = worst_of(plotted.values, _MOST_POINTS)
    scale = len(values) / len(plotted.values)
    starts = [window.start for window in feature.windows]
    with _axes(1.8, f"series {feature.name}") as (axes, done):
        at = list(range(len(values)))
        axes.plot(at, values, color=_COLORS["serve"], lw=1.4)
        for change in feature.changes:
            _mark(axes, change, starts, scale)
        if plotted.limit is not None:
            axes.axhline(plotted.limit, color=_COLORS["skew"], lw=1, ls=(0, (3, 2)))
        axes.set_ylim(0, max(*values, plotted.limit or 0.0, 1e-9) * 1.08)
        axes.set_xlim(-0.5, len(values) - 0.5)
        middle, last = len(values) // 2, len(values) - 1
        shown = sorted({0, middle, last})
        names = [printable(moment(starts[min(int(i / scale), len(starts) - 1)]), 20) for i in shown]
        # The first and the last name stand at the ends, that in the middle is centred.
        room = (last + 0.5 - middle) / len(values) * (WIDTH - _MARGIN - 0.15)
        if len(shown) > 2 and room < 1.5 * _LETTER * max(map(len, names)):
            del shown[1], names[1]
        ends = {last: last + 0.5, 0: -0.5}
        axes.xaxis.set_ticks([ends.get(i, i) for i in shown], names)
        labels = axes.get_xticklabels()
        labels[-1].set_horizontalalignment("right")
        labels[0].set_horizontalalignment("left")
        axes.yaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
    caption = f"up to {plotted.tell(max(plotted.values))} in {count(len(starts), 'window')}"
    if plotted.limit is not None:
        caption += f"; the threshold, {plotted.tell(plotted.limit)}, is the broken line"
    if feature.changes:
        caption += "; shaded where it was skew"
    return Plot(done[0], f"{plotted.label} over time", caption)


def _mark(axes: Axes, change: Change, starts: Sequence[str], scale: float) -> None:
    """Shade the windows of a change, and mark the first."""
    ends = [*starts, change.until]
    if change.since not in starts or change.until not in ends:
        return
    first = starts.index(change.since) * scale - 0.5
    last = len(starts) if change.until is None else ends.index(change.until)
    axes.axvspan(first, last * scale - 0.5, color=_COLORS["shade"], lw=0, zorder=0)
    axes.axvline(first, color=_COLORS["skew"], lw=1.2)


@contextmanager
def _axes(height: float, salt: str, margin: float = _MARGIN) -> Iterator[tuple[Axes, list[str]]]:
    """Give axes to draw on; afterwards the list holds the drawing."""
    done: list[str] = []
    # Names of parts, of which there is one each in a page.
    mpl.rcParams["svg.hashsalt"] = salt.encode("utf-8", "backslashreplace").decode()
    drawing = Figure((WIDTH, height), frameon=False)
    # Fixed margins: to fit them, matplotlib draws everything twice.
    across, up = (WIDTH - margin - 0.15) / WIDTH, (height - _FOOT - 0.1) / height
    axes = drawing.add_axes((margin / WIDTH, _FOOT / height, across, up))
    axes.patch.set_visible(False)
    yield axes, done
    text = io.StringIO()
    nobody = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    drawing.savefig(text, format="svg", metadata=nobody)
    done.append(_slim(text.getvalue()))


def _slim(svg: str) -> str:
    """Return the `svg` element alone, without what a page of many drawings does not need."""
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", text, flags=re.S)
    used = set(_DEFINED.findall(text))
    text = re.sub(r' id="([^"]*)"', lambda m: m[0] if m[1] in used else "", text)
    for name, color in _COLORS.items():
        text = text.replace(color, f"var(--{name})")
    text = re.sub(r'(?<=[ "(,])(-?\d+\.\d)\d+', r"\1", text)
    text = re.sub(r' transform="rotate\(-0 [^"]*"', "", text)
    text = text.replace("font-family: 'DejaVu Sans', sans-serif; ", "")
    return re.sub(r"\s*\n\s*", "\n", text)
