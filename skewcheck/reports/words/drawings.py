"""Titles and captions of drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skewcheck.catalogue.spec import Kind
from skewcheck.reports.words.phrases import TROUBLE, most_changed
from skewcheck.results.audit import Bar, Curves, FeatureAudit, Parity
from skewcheck.text.numbers import figure, percent
from skewcheck.text.printable import count

EXPECTED, SERVED = "expected", "served"
"""The axes of what training makes of raw values, and of what was served."""
TRAINING, PRODUCTION = "training", "production"
_TAIL_SHARE = 0.02
"""Share of production's values beyond training's range from which a caption says so."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a drawing shows."""

    title: str
    caption: str


def moved(feature: FeatureAudit) -> bool:
    """Return whether a test of its distribution is not well: what breaks parity is a proof."""
    return any(
        test.verdict in TROUBLE and test.spec.kind not in (Kind.PROOF, Kind.FACT)
        for test in feature.tests
    )


def distribution(feature: FeatureAudit, curves: Curves) -> Words:
    """Return the words of two distributions of numbers: where they are apart, what changed most."""
    gaps = [abs(p - q) for p, q in zip(curves.reference, curves.serving, strict=True)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    at, p, q = (x[widest] for x in (curves.at, curves.reference, curves.serving))
    caption = (
        f"widest apart up to {figure(at)}: {percent(p)} of training, {percent(q)} of production"
    )
    if feature.bars:
        caption += f"; {_most(feature.bars, numbers=True)}"
    if curves.serving[1] + 1 - curves.serving[-2] > _TAIL_SHARE:
        caption += "; spread evenly where training has none"
    return Words(f"Distribution of the {_side(feature)} values", caption)


def bars(every: Sequence[Bar], feature: FeatureAudit) -> Words:
    """Return the words of shares of levels, or of bins."""
    numbers = feature.type == "numeric"
    title = "Share of the rows" + (" by bins of training's quantiles" if numbers else "")
    return Words(title, _most(every, numbers=numbers))


def expected(parity: Parity, beyond: int) -> Words:
    """Return the words of expected against served values, of which some lie outside."""
    share = percent(parity.mismatched / parity.rows) if parity.rows else "-"
    caption = (
        f"points are some of the {count(parity.mismatched, 'row')} ({share}) that differ;"
        " right ones lie on the broken line"
    )
    if beyond:
        caption += f"; {count(beyond, 'point')} further out"
    return Words("Served against expected", caption)


def over_time(label: str) -> str:
    """Return the title of a figure over the windows."""
    return f"{label} over time"


def _most(every: Sequence[Bar], *, numbers: bool) -> str:
    label, change = most_changed(every)
    place = f"from {label}" if numbers and every[0].label and label != "null" else label
    return f"most changed: {place}, {change.replace('->', '→')}"


def _side(feature: FeatureAudit) -> str:
    return "served" if feature.mode == "served" else "raw"
