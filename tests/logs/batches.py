"""Reading a log whole, to compare it with what another reader finds."""

from __future__ import annotations

from collections.abc import Iterable

from skewcheck.logs import Batch, Wanted, open_logs
from skewcheck.logs.arrays import labels, numbers

Columns = dict[str, list[float | str | None]]


def batches_of(sources: object, wanted: Wanted, **options: object) -> list[Batch]:
    log = open_logs(sources, **options)
    return [batch for file in log.files for thunk in file.parts(wanted) for batch in thunk()]


def values_of(batches: Iterable[Batch], wanted: Wanted) -> Columns:
    """Return all rows of the columns that every batch has, None for nulls and mistyped values."""
    columns: Columns = {}
    for batch in batches:
        for name in batch.columns.keys() & wanted.numbers:
            values = numbers(batch.columns[name]).values.tolist()
            columns.setdefault(name, []).extend(None if v != v else v for v in values)
        for name in batch.columns.keys() & wanted.labels:
            found = labels(batch.columns[name])
            columns.setdefault(name, []).extend(
                None if code < 0 else found.levels[code] for code in found.codes
            )
    return columns
