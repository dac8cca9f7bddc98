"""Writing logs with the training normalization applied, batch by batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa

from skewcheck.features.shared_names import refuse_shared
from skewcheck.features.steps import has_encoder, scope_of
from skewcheck.features.transform import Served, column_names, key_of, transformed
from skewcheck.features.types import Feature, Parameters, refuse_untested
from skewcheck.logs.arrays.encoded import longest
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.log import Log
from skewcheck.text.atomic import atomic_file
from skewcheck.text.errors import LogError, NothingToTestError, OptionName, UsageError

if TYPE_CHECKING:
    from skewcheck.features.grouped import Partition

ENDINGS = (".parquet", ".pq", ".csv", ".arrow", ".feather")
Made = tuple[Batch, Mapping[str, pa.Array]]
"""A batch, and the columns that are written beside or instead of its own."""
_LARGE = 64 << 20
"""Bytes of a column of text that are written at once."""


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch, /) -> None: ...


class _Opened(AbstractContextManager[_Writer], Protocol):
    def close(self) -> None: ...


def write_applied(
    parameters: Parameters,
    log: Log,
    output: str | Path,
    *,
    raw: Mapping[str, str],
    served: str = "{feature}",
    every: Sequence[Feature] = (),
) -> int:
    """Write all rows to one file (its ending says the format) and return how many there were.

    `every` feature of the file may be needed for the rows of others; none means those applied.
    `raw` names each feature's raw column, `served` is the template for the written ones: with
    the default they take the raw columns' places. Columns of no feature are written as they are.
    Raises UsageError for an unknown ending, LogError where a column changes its type,
    ParameterError for a feature whose normalization cannot be reapplied.
    """
    features = present(parameters.features, log, raw)
    refuse_untested(features)
    refuse_shared(features)

    rowwise = [feature for feature in features if scope_of(feature.steps) is None]

    def normalized(batch: Batch) -> dict[str, pa.Array]:
        arrays: dict[str, pa.Array] = {}
        for feature, column, part in columns_of(rowwise, batch, raw):
            arrays |= named(served_of(feature, column, part), served)
        return arrays

    def row_by_row(batches: Iterable[Batch]) -> Iterator[Made]:
        return ((batch, normalized(batch)) for batch in batches)

    made: Callable[[Iterable[Batch]], Iterator[Made]] = row_by_row
    if any(scope_of(feature.steps) is not None for feature in features):
        from skewcheck.lock.scopes import applied  # few features are normalized over rows

        made = applied(features, every or parameters.features, log, raw, served, normalized)
    return write_log(features, log, output, made, raw=raw, served=served)


def columns_of(
    features: Sequence[Feature], batch: Batch, raw: Mapping[str, str]
) -> Iterator[tuple[Feature, pa.Array, Partition | None]]:
    """Yield each feature with its raw column (nulls where the batch has none) and its keys."""
    partitions: dict[tuple[str, int], Partition] = {}
    for feature in features:
        column = batch.columns.get(raw[feature.name], pa.nulls(batch.rows))
        if not feature.groups or feature.by is None:
            yield feature, column, None
            continue
        from skewcheck.features.grouped import Partition  # few features have keys

        known = tuple(feature.groups)
        key = feature.by, hash(known)
        if key not in partitions:
            partitions[key] = Partition.of(batch.columns.get(feature.by), batch.rows, known)
        yield feature, column, partitions[key]


def served_of(feature: Feature, column: pa.Array, keys: Partition | None) -> dict[str, Served]:
    """Return the served columns of a raw one; null in rows whose key has no parameters."""
    if keys is None:
        numeric = feature.type == "numeric"
        return transformed(feature.name, feature.steps, column, numeric=numeric)
    from skewcheck.features.grouped import served_by_key  # as above

    return {feature.name: served_by_key(feature.groups, feature.steps, keys, column)}


def present(features: Iterable[Feature], log: Log, raw: Mapping[str, str]) -> tuple[Feature, ...]:
    """Return the inputs whose raw column is in any file; NothingToTestError where none is."""
    inputs = [f.typed(log.types(raw[f.name])) if f.guessed else f for f in features if not f.output]
    there = tuple(f for f in inputs if log.has(raw[f.name]))
    if any(feature.by is not None for feature in there):
        from skewcheck.engine.key_columns import refuse_missing  # few features have keys

        refuse_missing(there, log)
    if not there:
        raise NothingToTestError(f"{log.names[0]}: has no raw column of any feature")
    return there


def write_log(
    features: tuple[Feature, ...],
    log: Log,
    output: str | Path,
    made: Callable[[Iterable[Batch]], Iterator[Made]],
    *,
    raw: Mapping[str, str],
    served: str,
    types: Mapping[str, pa.DataType] | None = None,
) -> int:
    """Write the log with the columns that `made` adds to its batches; return the number of rows.

    `types` are those of raw columns that `made` changes. Nothing is written where it raises.
    """
    path = Path(output)
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            OptionName("output"), f": {path}: the ending must be one of {', '.join(ENDINGS)}"
        )
    for file in log.files:
        if path.exists() and Path(file.path).exists() and path.samefile(file.path):
            raise UsageError(
                OptionName("output"), f": {path} is one of the logs: choose another name"
            )
    schema = _schema(log, features, raw, served, types or {})
    rows = 0
    batches = log.batches(wanted(features, log, raw))
    with atomic_file(path) as place, _writer(place, path, schema) as writer:
        for batch, arrays in made(batches):
            for part, columns in _parts(batch, {**batch.columns, **arrays}):
                writer.write_batch(_record(part, columns, schema))
            rows += batch.rows
    return rows


def wanted(features: Sequence[Feature], log: Log, raw: Mapping[str, str]) -> Wanted:
    """Return all columns of the log: the features' as numbers or labels, the others as they are."""
    columns = {raw[f.name] for f in features}
    keys = {f.by for f in features if f.by} - columns - {*log.schema()}
    return Wanted(
        frozenset(raw[f.name] for f in features if f.type == "numeric"),
        frozenset(raw[f.name] for f in features if f.type == "categorical") | keys,
        frozenset(log.schema()) - columns,
    )


def named(made: Mapping[str, Served], served: str) -> dict[str, pa.Array]:
    """Return served values as Arrow columns under the names that the template gives them."""
    arrays = {}
    for name, values in made.items():
        if values.dtype == np.float64:
            array = pa.array(values, pa.float64(), mask=np.isnan(values))
        else:
            array = pa.array(values, pa.string())
        arrays[served.replace("{feature}", name)] = array
    return arrays


def _schema(
    log: Log, features: tuple[Feature, ...], raw: Mapping[str, str], served: str,
    types: Mapping[str, pa.DataType],
) -> pa.Schema:  # fmt: skip
    """Return the columns to write: the files' own, with the served ones in place or at the end."""
    columns: dict[str, pa.DataType] = {}
    numbers = {raw[f.name] for f in features if f.type == "numeric"}
    for file in log.files:
        for name, kind in file.schema().items():
            # Text logs give the numbers that are to be normalized as floats.
            whole = file.contents.textual and name in numbers and pa.types.is_integer(kind)
            flat = pa.float64() if whole else _flat(kind)
            columns[name] = _common(columns[name], flat) if name in columns else flat
    columns |= types
    made: dict[str, dict[str, pa.DataType]] = {}
    for feature in features:
        text = feature.type == "categorical" and not has_encoder(feature.steps)
        columns_of = column_names(feature.steps)
        text = text and not columns_of
        names = [key_of(feature.name, v) for v in columns_of] or [feature.name]
        made.setdefault(raw[feature.name], {}).update(
            {served.replace("{feature}", n): pa.string() if text else pa.float64() for n in names}
        )
    fields: dict[str, pa.DataType] = {}
    for name, kind in columns.items():
        fields.update(
            made.pop(name, {}) if name in made and served == "{feature}" else {name: kind}
        )
    for added in made.values():
        fields.update(added)
    return pa.schema(list(fields.items()))


def _parts(
    batch: Batch, columns: Mapping[str, pa.Array]
) -> Iterator[tuple[Batch, Mapping[str, pa.Array]]]:
    """Yield as many of the rows at a time as fit into memory where each has its own long text."""
    kinds = [array for array in columns.values() if pa.types.is_dictionary(array.type)]
    most = max(1, _LARGE // max([1, *(longest(array.dictionary) for array in kinds)]))
    for start in range(0, max(batch.rows, 1), most):
        part = replace(batch, rows=min(most, batch.rows - start))
        yield part, {name: array.slice(start, part.rows) for name, array in columns.items()}


def _record(batch: Batch, columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        array = columns.get(field.name)
        if array is None:
            array = pa.nulls(batch.rows, field.type)
        try:
            arrays.append(_with_nulls(array.cast(field.type)))
        except pa.ArrowException as error:
            raise LogError(
                f"{batch.origin.file}: column {field.name!r} is {array.type} here and {field.type}"
                " elsewhere; write it in one type, or apply to the files one by one"
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _with_nulls(array: pa.Array) -> pa.Array:
    """Return an array with null for NaN, which text would hold as a word."""
    if not pa.types.is_floating(array.type) or pa.types.is_float16(array.type):
        return array
    import pyarrow.compute as pc  # takes longer than a small log

    return pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)


@contextmanager
def _writer(place: Path, path: Path, schema: pa.Schema) -> Iterator[_Writer]:
    """Open `place` in the format that the ending of `path` says; UsageError names the column."""
    ending = path.suffix.lower()
    try:
        opened = _opened(place, ending, schema)
    except pa.ArrowException:
        for field in schema:
            try:
                _opened(Path(os.devnull), ending, pa.schema([field])).close()
            except pa.ArrowException as error:
                raise UsageError(
                    f"{path}: cannot hold column {field.name!r} ({field.type}): write another"
                    " format, or leave the column out"
                ) from error
        raise
    with opened as writer:
        yield writer


def _opened(place: Path, ending: str, schema: pa.Schema) -> _Opened:
    opened: _Opened
    if ending == ".csv":
        import pyarrow.csv

        opened = pyarrow.csv.CSVWriter(str(place), schema)
    elif ending in (".arrow", ".feather"):
        import pyarrow.ipc

        opened = pyarrow.ipc.new_file(str(place), schema)
    else:
        import pyarrow.parquet

        opened = pyarrow.parquet.ParquetWriter(str(place), schema)
    return opened


def _common(a: pa.DataType, b: pa.DataType) -> pa.DataType:
    """Return the type that holds both, as float64 holds integers; else the first."""
    fields = [pa.schema([("", kind)]) for kind in (a, b)]
    try:
        return pa.unify_schemas(fields, promote_options="permissive").field(0).type
    except pa.ArrowException:
        return a


def _flat(kind: pa.DataType) -> pa.DataType:
    """Return what a dictionary holds: files need not share one."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind
