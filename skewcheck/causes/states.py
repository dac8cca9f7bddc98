"""Servers with a state: what a row is served depends on rows before it, or served with it.

Each state is an exact prediction of served values from raw ones in their order of arrival. The one
that explains most failing rows is the cause, if it explains nearly all and no other cause does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from skewcheck.causes.arrival_order import (
    MIN_ROWS,
    Ordered,
    Series,
    StateFound,
    by_codes,
    ordered_rows,
    series_of,
)
from skewcheck.causes.caches import caches
from skewcheck.causes.decaying_statistics import decaying_states
from skewcheck.causes.delays import are_right_values, delays
from skewcheck.causes.evidence import Evidence
from skewcheck.causes.instances import Instance, instances
from skewcheck.causes.late_by_time import late_by_time
from skewcheck.causes.level_batches import level_batches
from skewcheck.causes.moving_statistics import explains_each, moving
from skewcheck.causes.places import AffectedRows, located
from skewcheck.causes.row_search import RowExplanation
from skewcheck.features.types import FloatArray
from skewcheck.results.causes import SURE, Cause

SETTLED = 0.98
"""Share of the failing rows that one mechanism, or predicted ones, explain: then none is looked
for."""
MIN_FIRST = 2
"""Rows off a line in the sample of the failing ones that tell of a state, if they are the first."""
MAX_EARLIER = 0.02
"""Share of the rows of a line that may come before the last of the others, if these are the first:
numbers that are about to stay hardly move."""
MIN_SHARE = 0.95
"""Share of the failing rows that a state must explain, each of them exactly."""
MIN_GAIN = 0.02
"""Of the failing rows: what a state explains beyond the best other mechanism, and series of a
column beyond all rows in their order."""
MIN_MORE = 5
"""Failing rows that a state of fewer rows must explain beyond one of more."""
MAX_IN_VAIN = 4
"""Features in a row without a state: each takes a second where rows are many."""
Family = Callable[[Ordered, Series], Iterator[StateFound]]
FAMILIES: Sequence[Family] = (delays, caches, late_by_time, moving, decaying_states)
"""What servers keep of numbers, simplest first."""
FAMILIES_OF_LEVELS: Sequence[Family] = (delays, caches, late_by_time, level_batches)
"""Likewise of codes of levels."""
OF_VALUES = 3
"""Families of values that are those of other rows, the first: they are looked for at once."""


def is_settled(explanations: Sequence[RowExplanation], times: FloatArray | None) -> bool:
    """Return whether mechanisms explain so many failing rows that no state is looked for.

    Several lines do not: a server whose numbers change has as many. Nor does one of all rows but
    the first ones, by their `times`: numbers may have stayed what they were after these.
    """
    predicted = sum(
        float(e.explained.mean()) for e in explanations if not e.mechanism.cause.read_off
    )
    settled = max(predicted, most_by_one(explanations)) >= SETTLED
    if not settled or times is None or predicted >= SETTLED:
        return settled
    largest = max(explanations, key=lambda e: int(e.explained.sum())).explained
    if (~largest).sum() < MIN_FIRST:
        return True
    last = np.nanmax(times[~largest], initial=-np.inf)
    return bool((times[largest] < last).mean() > MAX_EARLIER)


def most_by_one(explanations: Sequence[RowExplanation]) -> float:
    """Return the share of the failing rows that the best mechanism explains."""
    return max((float(e.explained.mean()) for e in explanations), default=0.0)


def cause_by_state(evidence: Evidence, others: float) -> Cause | None:
    """Return the state of a server that explains nearly all failing rows; None without one.

    `others` is the share of them that the best other mechanism explains.
    """
    ordered = ordered_rows(evidence)
    if ordered is None:
        return None
    return _caused(ordered, FAMILIES, others, evidence.share, evidence.span)


def cause_of_levels(ordered: Ordered, others: float, share: float) -> Cause | None:
    """Return likewise of codes of levels in their order, which fail in a share of the rows."""
    if ordered.fails.sum() < MIN_ROWS:
        return None
    return _caused(ordered, FAMILIES_OF_LEVELS, others, share, None)


def _caused(
    ordered: Ordered, families: Sequence[Family], others: float, share: float,
    span: tuple[float, float] | None,
) -> Cause | None:  # fmt: skip
    found = _best(ordered, families)
    if found is None or found.share <= others + min(MIN_GAIN, (1 - others) / 2):
        return None
    fails, rows = ordered.fails, ordered.rows
    span = span if found.explained[fails].all() else None
    place = located(AffectedRows(rows.only(fails), found.explained[fails], rows, fails, span=span))
    return Cause(
        found.cause.code, share * found.share, SURE, found.parameters, place,
        found.variant, found.details,
    )  # fmt: skip


def each_by_itself(evidence: Evidence, column: str) -> bool:
    """Return whether the statistics of each value of a column explain its failing rows.

    `file` is the files. False where rows cannot be read in their order.
    """
    ordered = ordered_rows(evidence)
    if ordered is None:
        return False
    return any(
        explains_each(ordered, by_codes(codes, key))
        for key, codes in ordered.arrival.keys.items() if column in (key.name, key.kind)
    )  # fmt: skip


def _best(ordered: Ordered, families: Sequence[Family]) -> StateFound | None:
    """Return the state that explains most failing rows, of near ones the first.

    What another feature has is tried first; after MAX_IN_VAIN features without a state, values
    of other rows alone.
    """
    searches = ordered.arrival.searches
    every = [*instances(ordered)]
    if searches.last is not None:
        number, family, column = searches.last
        for instance in every[number : number + 1] if family < len(families) else ():
            for series in series_of(instance.ordered):
                same = series.column == column
                found = _of_family(instance, series, families[family]) if same else None
                if found is not None and found.share > 1 - MIN_GAIN:
                    return found
    best: StateFound | None = None
    tried = [*enumerate(families[: OF_VALUES if searches.in_vain >= MAX_IN_VAIN else None])]
    if not are_right_values(ordered):
        tried = tried[OF_VALUES:]
    for number, instance in enumerate(every if tried else ()):
        for series in series_of(instance.ordered):
            for i, family_of in tried:
                found = _of_family(instance, series, family_of)
                if found is not None and (best is None or found.share > best.share + MIN_GAIN):
                    best, searches.last = found, (number, i, series.column)
            if best is not None and best.share > 1 - MIN_GAIN:
                searches.in_vain = 0
                return _of_fewer_rows(ordered, best, every, families)
    searches.in_vain = 0 if best is not None else searches.in_vain + 1
    return best


def _of_fewer_rows(
    ordered: Ordered, best: StateFound, every: Sequence[Instance], families: Sequence[Family]
) -> StateFound:
    """Return a state as that of the rows of one instance, where these explain more rows.

    Windows of the rows of all servers differ from those of one of them near their beginning alone.
    """
    searches = ordered.arrival.searches
    if searches.last is None or (ordered.fails & ~best.explained).sum() < MIN_MORE:
        return best
    number, family, column = searches.last
    for later in range(number + 1, len(every)):
        for series in series_of(every[later].ordered):
            if series.column != column:
                continue
            found = _of_family(every[later], series, families[family])
            if found is not None and found.explained.sum() >= best.explained.sum() + MIN_MORE:
                best, searches.last = found, (later, family, column)
    return best


def _of_family(instance: Instance, series: Series, family: Family) -> StateFound | None:
    """Return the state of a family that explains most failing rows, of near ones the first."""
    best: StateFound | None = None
    for found in family(instance.ordered, series):
        enough = found.share >= MIN_SHARE
        if enough and (best is None or found.share > best.share + MIN_GAIN):
            best = found
        if best is not None and best.share + MIN_GAIN >= 1:
            break  # no other explains so many more
    return None if best is None else instance.of_log(best)
