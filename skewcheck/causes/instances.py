"""The rows that one instance of a server may have answered: its state is made of no others.

A load balancer sends an instance the rows of a host, those since it was started, or any share of
all rows. In the last case the log tells which ones they were by what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from skewcheck.causes.arrival_order import MIN_ROWS, Mask, Ordered, StateFound
from skewcheck.causes.places import AffectedRows, located, place_of
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import Place

MAX_OF_ROWS = 0.95
"""Share of the rows up to which some of them are searched by themselves: of more the state is that
of all rows, but for a few that no series misses."""
MIN_SHARE = 0.5
"""Share of the rows of a place, or of those in which any feature fails, that fail: others may be
nulls, or those of which a cache reads the values."""


@dataclass(frozen=True, slots=True)
class Instance:
    """Rows of a log that are searched as if there were no others."""

    ordered: Ordered
    kept: Mask
    """Which rows of the log they are."""
    raw: FloatArray
    """The raw values of the log."""
    of_failing: bool = False
    """Whether no more than what is wrong with them tells which ones they are."""

    def of_log(self, found: StateFound) -> StateFound:
        """Return a state of these rows as one of the rows of the log."""
        explained, compared = np.zeros((2, len(self.kept)), bool)
        explained[self.kept], compared[self.kept] = found.explained, found.compared
        told = dict(found.parameters)
        if self.of_failing:
            told["among"] = "failing"
            if "over" in told and "until" not in told and self._ends():
                told["until"] = int(self.kept.sum())
        return replace(found, explained=explained, compared=compared, parameters=told)

    def _ends(self) -> bool:
        """Return whether there would be later rows, if they came as often as those before."""
        first, last = np.flatnonzero(self.kept)[[0, -1]].tolist()
        later = len(self.kept) - last - 1
        kept: int = int(self.kept.sum())
        # A row without a value is right: whether the instance had it, and was done, is not known.
        valued = bool(np.isfinite(self.raw[first : last + 1]).all())
        return valued and later * kept >= MIN_ROWS * (last + 1 - first)


def instances(ordered: Ordered) -> Iterator[Instance]:
    """Yield all rows, those of the place in which rows fail, and rows that fail.

    The latter are those in which any feature fails, then those of the feature: the rows of an
    instance that normalizes several of them wrong fail in others where this one is null.
    """
    fails, rows = ordered.fails, ordered.rows
    yield Instance(ordered, np.ones(len(fails), bool), ordered.raw)
    affected = AffectedRows(rows.only(fails), np.ones(int(fails.sum()), bool), rows, fails)
    place = located(affected)
    wider = [] if place is None else [(_rows_of(place, ordered), False)]
    if ordered.any_fails is not None:
        wider.append((ordered.any_fails(), True))
    parts = [part for part in wider if part[0].sum() > fails.sum() >= MIN_SHARE * part[0].sum()]
    for kept, of_failing in (*parts, (fails, place is None or place.purity < MIN_SHARE)):
        if MIN_ROWS <= kept.sum() <= MAX_OF_ROWS * len(kept):
            yield Instance(ordered.only(kept), kept, ordered.raw, of_failing)


def _rows_of(place: Place, ordered: Ordered) -> Mask:
    """Return the rows of a place, from the first one that fails to the last."""
    rows, fails = ordered.rows, ordered.fails
    inside = np.ones(len(fails), bool)
    for column, codes in rows.segments.items():
        same = place_of(column, ())
        if place.of_rows and (same.column, same.kind) == (place.column, place.kind):
            chosen = [i for i, value in enumerate(codes.values) if value in place.values]
            inside &= np.isin(codes.codes, chosen)
    if rows.times is not None:
        first, last = np.nanmin(rows.times[fails]), np.nanmax(rows.times[fails])
        inside &= rows.times >= first if place.since is not None else True
        inside &= rows.times <= last if place.until is not None else True
    return inside
