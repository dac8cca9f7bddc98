"""Several numbers that served values of one feature show at a time, put together as one cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS, WRONG_PARAMETERS
from skewcheck.causes.places import place_of
from skewcheck.counts.rows import segment_column
from skewcheck.results.causes import LIKELY, Cause, Place

MIN_PARTS = 3
"""Values of a column with numbers of their own: two servers with other files each are usual."""
MIN_DIFFERENCE = 1e-3
"""Relative difference of scales that are not the same: those of the grid are exact to less."""
MIN_PURITY = 0.5
"""Share of a place's rows with the numbers: of fewer the place does not say why they have them."""
CONTRADICTED = 0.6
"""Confidence in numbers beside other ones of the same place: true of some of its rows, and not all
that was done there."""


def reconciled(causes: Sequence[Cause]) -> list[Cause]:
    """Return causes with parameters of several values of a column as computed on each by itself.

    Where one place has several, or few rows of it have them, they are less sure.
    """
    by_column: defaultdict[str, list[Cause]] = defaultdict(list)
    by_place: defaultdict[tuple[object, ...], list[Cause]] = defaultdict(list)
    for cause in causes:
        place = cause.place
        if cause.code != WRONG_PARAMETERS.code or cause.confidence < LIKELY or place is None:
            continue
        if place.column is not None and place.kind == "column" and len(place.values) == 1:
            by_column[place.column].append(cause)
        by_place[place.column, place.kind, place.values].append(cause)
    for column, several in by_column.items():
        values = {cause.place.values for cause in several if cause.place is not None}
        if len(values) >= MIN_PARTS and _distinct(several) >= MIN_PARTS:
            rest = [cause for cause in causes if not _is_of(cause, column)]
            return [_each(column, several, len(values)), *rest]
    doubtful = [
        c
        for cs in by_place.values() for c in cs
        if _distinct(cs) > 1 or (c.place is not None and c.place.purity < MIN_PURITY)
    ]  # fmt: skip
    lowered = (replace(c, confidence=CONTRADICTED) if c in doubtful else c for c in causes)
    return sorted(lowered, key=lambda cause: -cause.confidence)


def _is_of(cause: Cause, column: str) -> bool:
    place = cause.place
    return cause.code == WRONG_PARAMETERS.code and place is not None and place.column == column


def _distinct(causes: Iterable[Cause]) -> int:
    """Return how many scales causes have."""
    scales = sorted(scale for scale in map(_scale, causes) if scale is not None)
    return sum(
        i == 0 or scale > scales[i - 1] * (1 + MIN_DIFFERENCE) for i, scale in enumerate(scales)
    )


def _scale(cause: Cause) -> float | None:
    """Return what a cause says that values were divided by, as far as it has it."""
    get = cause.parameters.get
    scale, low, high = get("std", get("scale")), get("min"), get("max")
    if isinstance(scale, float):
        return scale
    return high - low if isinstance(low, float) and isinstance(high, float) else None


def _each(column: str, causes: Sequence[Cause], count: int) -> Cause:
    """Return that each value of a column had its own parameters."""
    first = {cause.place.values: cause for cause in reversed(causes) if cause.place is not None}
    share = min(sum(cause.share for cause in first.values()), 1.0)
    spans = {cause.place.since for cause in first.values() if cause.place is not None}
    since = min((moment for moment in spans if moment is not None), default=None)
    place = Place(since=since) if None not in spans else None
    details = {"count": count, "parts": place_of(segment_column(column), ())}
    return Cause(
        RECOMPUTED_PARAMETERS.code, share, LIKELY, {"per": column, "count": count}, place, "each",
        details,
    )  # fmt: skip
