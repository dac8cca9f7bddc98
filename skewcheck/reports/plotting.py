"""`Audit.plot`: what the HTML report draws of a feature, by matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from skewcheck.reports import drawn_axes
from skewcheck.reports.series import drawable
from skewcheck.reports.words.drawings import moved
from skewcheck.text.errors import UsageError
from skewcheck.text.similar import nearest

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from skewcheck.results.audit import Audit, FeatureAudit

_WIDTH, _HEIGHT = 6.4, 2.6
"""Inches of a pair of axes: a notebook shows three of them on a screen."""


def plot_of_audit(audit: Audit, name: str) -> Figure:
    """Return a figure of a feature: what breaks parity, its distributions, its windows.

    UsageError for a name that is no feature, without matplotlib, and with nothing to draw.
    """
    feature = next((feature for feature in audit.features if feature.name == name), None)
    if feature is None:
        names = [feature.name for feature in audit.features]
        raise UsageError(f"no feature {name!r} in the audit{nearest(name, names)}")
    try:
        from skewcheck.reports.notebook_figure import NotebookFigure
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "matplotlib":
            raise
        raise UsageError("plot() needs matplotlib: pip install 'skewcheck[html]'") from error
    draw = [*_drawn(feature)]
    if not draw:
        raise UsageError(f"nothing to draw of {name!r}: no distribution of training, no windows")
    figure = NotebookFigure((_WIDTH, _HEIGHT * len(draw)), layout="constrained")
    for place, function in enumerate(draw, 1):
        function(figure.add_subplot(len(draw), 1, place))
    return figure


def _drawn(feature: FeatureAudit) -> Iterator[Callable[[Axes], None]]:
    """Yield what draws each pair of axes, as the page has them."""
    parity = feature.parity
    broken = parity is not None and parity.mismatched > 0
    if parity is not None and broken and parity.pairs is not None:
        yield partial(drawn_axes.expected, parity=parity, pairs=parity.pairs)
    if not broken or moved(feature):
        if feature.curves is not None:
            yield partial(drawn_axes.functions, curves=feature.curves, feature=feature)
        if feature.bars:
            yield partial(drawn_axes.bars, every=feature.bars, feature=feature)
    if drawable(feature):
        yield partial(drawn_axes.windows, feature=feature)
