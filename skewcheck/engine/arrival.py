"""The first rows of a log in the order in which they arrived, for features that fail parity.

A second, bounded pass: only a server with a state needs it, and only where rows fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.plan import Plan
from skewcheck.counts.reading import reads_of, table_of
from skewcheck.counts.rows import SampleColumn
from skewcheck.engine.segments import discrete_columns, first_values
from skewcheck.engine.source import LogSource
from skewcheck.features.types import FloatArray
from skewcheck.logs.batch import Batch, Wanted

MAX_ROWS = 200_000
"""Rows of the log that are read."""
MAX_CELLS = 8_000_000
"""Numbers that are kept of them, 64 MB: of many columns fewer rows are read."""
MAX_FEATURES = 50
"""Features that are read: of a server with a state the others have the same."""
MAX_KEYS = 4
"""Columns that may be keys, as of a request, beside those of segments and likely clusters."""


def columns_in_order(
    source: LogSource, plan: Plan, names: Sequence[str]
) -> Mapping[SampleColumn, FloatArray]:
    """Return columns of the first rows, in their order: of features, segments, keys, files, times.

    `names` are the features that fail parity, of which the first MAX_FEATURES are read. Columns
    are those of `reading.table_of`, one length each; NaN where a file lacks one.
    """
    features = tuple(p for p in plan.features if p.feature.name in names)[:MAX_FEATURES]
    plan = _of_features(plan, features, _keys(source, plan))
    most = min(MAX_ROWS, MAX_CELLS // (2 * len(features) + len(plan.segments) + 8))
    parts = [*_tables(source, plan, most)]
    made = sorted({name for part, _ in parts for name in part})
    return {
        name: np.concatenate([part.get(name, np.full(rows, np.nan)) for part, rows in parts])
        for name in made
    }


def _keys(source: LogSource, plan: Plan) -> list[str]:
    """Return columns of several rows a value, beside those that the plan samples."""
    time = None if plan.window is None else plan.window.column
    taken = {*plan.segments, *plan.likely}
    columns = [name for name in discrete_columns(plan, source, time) if name not in taken]
    counts = first_values(source, columns)
    return [name for name, (values, rows) in counts.items() if 2 <= 2 * values <= rows][:MAX_KEYS]


def _of_features(plan: Plan, features: tuple[FeaturePlan, ...], keys: Sequence[str]) -> Plan:
    """Return the plan of these features alone, all of whose rows are read."""
    window = plan.window
    if window is not None:
        window = replace(window, since=-np.inf, until=np.inf)
    return Plan(
        features, segments=(*plan.segments, *plan.likely, *keys), cluster=plan.cluster,
        window=window,
    )  # fmt: skip


def _tables(
    source: LogSource, plan: Plan, most: int
) -> Iterator[tuple[Mapping[SampleColumn, FloatArray], int]]:
    """Yield the sampled columns of each batch, with its rows, until there are `most`."""
    wanted, left = replace(plan.wanted, rows=min(most, Wanted().rows)), most
    for batch in source.batches(wanted):
        timed = batch if plan.window is None else plan.window.kept(batch)
        yield _table(plan, timed, left)
        left -= timed.rows
        if left <= 0:
            return


def _table(plan: Plan, batch: Batch, most: int) -> tuple[Mapping[SampleColumn, FloatArray], int]:
    first = np.arange(min(batch.rows, most))
    columns = table_of(plan, reads_of(plan, batch), batch).columns
    return {name: v.take(first).astype(np.float64) for name, v in columns.items()}, len(first)
