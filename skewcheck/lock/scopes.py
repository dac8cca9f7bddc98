"""Logs of features that are normalized over scopes of rows, as training normalizes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import pyarrow as pa

from skewcheck.counts.scoped import rows_of
from skewcheck.engine.scopes import statistics_of
from skewcheck.features.scope_reader import ScopeColumn, ScopeReader
from skewcheck.features.steps import forward, scope_of
from skewcheck.features.types import Feature
from skewcheck.lock.apply import Made, named, wanted
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.log import Log
from skewcheck.text.errors import NothingToTestError


def applied(
    features: Sequence[Feature], every: Sequence[Feature], log: Log, raw: Mapping[str, str],
    served: str, others: Callable[[Batch], dict[str, pa.Array]],
) -> Callable[[Iterable[Batch]], Iterator[Made]]:  # fmt: skip
    """Return what adds the served columns of features to the batches of a log, in its order.

    `every` feature of the file may be needed, `others` gives the columns of features without a
    scope. Rows without a complete scope have nulls.
    """
    reader = reader_of(features, every, log, raw)
    names = [f.name for f in features if scope_of(f.steps) is not None]
    behind = {f.name: f.steps[scope[0] + 1 :] for f in features if (scope := scope_of(f.steps))}

    def made(batches: Iterable[Batch]) -> Iterator[Made]:
        for batch in batches:
            results = reader.read(rows_of(batch), names)
            values = {name: forward(behind[name], results[name].values) for name in names}
            yield batch, {**others(batch), **named(values, served)}

    return made


def reader_of(
    features: Sequence[Feature], every: Sequence[Feature], log: Log, raw: Mapping[str, str]
) -> ScopeReader:
    """Return a reader of the scopes of features; NothingToTestError where a row lacks a column."""
    scopes = {f.name: scope for f in features if (scope := ScopeColumn.of(f, raw[f.name]))}
    of_rows = {scope.step for scope in scopes.values() if scope.step.over == "row"}
    all_scopes: dict[str, ScopeColumn] = {}
    for feature in every:
        scope = ScopeColumn.of(feature, raw[feature.name])
        if scope is not None and (scope.step in of_rows or feature.name in scopes):
            all_scopes[feature.name] = scope
            if not log.has(scope.column):
                raise NothingToTestError(
                    f"{log.names[0]}: has no raw column {scope.column!r}, which rows are normalized"
                    " with"
                )

    def fold_all(_: Wanted, take: Callable[[Batch], None]) -> None:
        for batch in log.batches(wanted(features, log, raw)):
            take(batch)

    return statistics_of(list(all_scopes.values()), fold_all)
