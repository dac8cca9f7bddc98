"""Writing logs with the training normalization applied, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa

from skewcheck.errors import LogError, NothingToTestError, UsageError
from skewcheck.features import Parameters
from skewcheck.files import replaced
from skewcheck.logs import Batch, Log, Wanted
from skewcheck.steps import OneHot, has_encoder
from skewcheck.transforming import transformed

ENDINGS = (".parquet", ".pq", ".csv", ".arrow", ".feather")


class _Writer(Protocol):
    def write_batch(self, batch: pa.RecordBatch, /) -> None: ...


def write_applied(
    parameters: Parameters,
    log: Log,
    output: str | Path,
    *,
    raw: Mapping[str, str],
    served: str = "{feature}",
) -> int:
    """Write all rows to one file (its ending says the format) and return how many there were.

    `raw` names each feature's raw column, `served` is the template for the written ones: with
    the default they take the raw columns' places. Columns of no feature are written as they are.
    Raises UsageError for an unknown ending, LogError where a column changes its type.
    """
    path = Path(output)
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(f"--output: {path}: the ending must be one of {', '.join(ENDINGS)}")
    there = {
        f.name for f in parameters.features if any(file.has(raw[f.name]) for file in log.files)
    }
    if not there:
        raise NothingToTestError(f"{log.files[0].name}: has no raw column of any feature")
    features = tuple(f for f in parameters.features if f.name in there)
    columns = {raw[f.name] for f in features}
    schema = _schema(log, Parameters(features, ""), raw, served)
    others = frozenset(name for file in log.files for name in file.schema()) - columns
    wanted = Wanted(
        frozenset(raw[f.name] for f in features if f.type == "numeric"),
        frozenset(raw[f.name] for f in features if f.type == "categorical"),
        others,
    )
    rows = 0
    with replaced(path) as place, _writer(place, path.suffix.lower(), schema) as writer:
        for file in log.files:
            for thunk in file.parts(wanted):
                for batch in thunk():
                    arrays = _served(batch, Parameters(features, ""), raw, served)
                    writer.write_batch(_record(batch, {**batch.columns, **arrays}, schema))
                    rows += batch.rows
    return rows


def _schema(log: Log, known: Parameters, raw: Mapping[str, str], served: str) -> pa.Schema:
    """Return the columns to write: the files' own, with the served ones in place or at the end."""
    found: dict[str, pa.DataType] = {}
    for file in log.files:
        found.update({k: _flat(v) for k, v in file.schema().items() if k not in found})
    added: dict[str, pa.DataType] = {}
    for feature in known.features:
        text = feature.type == "categorical" and not has_encoder(feature.steps)
        hot = [s for s in feature.steps if isinstance(s, OneHot)]
        names = [f"{feature.name}_{v}" for s in hot for v in s.values] or [feature.name]
        for name in names:
            added[served.replace("{feature}", name)] = pa.string() if text else pa.float64()
        if hot or served == "{feature}":
            found.pop(raw[feature.name], None)
    return pa.schema([(k, v) for k, v in {**found, **added}.items()])


def _served(
    batch: Batch, known: Parameters, raw: Mapping[str, str], served: str
) -> dict[str, pa.Array]:
    arrays: dict[str, pa.Array] = {}
    for feature in known.features:
        if raw[feature.name] not in batch.columns:
            continue
        column = batch.columns[raw[feature.name]]
        made = transformed(feature.name, feature.steps, column, numeric=feature.type == "numeric")
        for name, values in made.items():
            if values.dtype == np.float64:
                array = pa.array(values, pa.float64(), mask=np.isnan(values))
            else:
                array = pa.array(values, pa.string())
            arrays[served.replace("{feature}", name)] = array
    return arrays


def _record(batch: Batch, columns: Mapping[str, pa.Array], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        array = columns.get(field.name)
        if array is None:
            array = pa.nulls(batch.rows, field.type)
        try:
            arrays.append(array if array.type == field.type else array.cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise LogError(
                f"{batch.file}: column {field.name!r} is {array.type} here and {field.type}"
                " elsewhere; leave it out, or write the files one by one"
            ) from error
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


@contextmanager
def _writer(place: Path, ending: str, schema: pa.Schema) -> Iterator[_Writer]:
    if ending == ".csv":
        import pyarrow.csv

        with pyarrow.csv.CSVWriter(str(place), schema) as writer:
            yield writer
    elif ending in (".arrow", ".feather"):
        import pyarrow.ipc

        with pyarrow.ipc.new_file(str(place), schema) as writer:
            yield writer
    else:
        import pyarrow.parquet

        with pyarrow.parquet.ParquetWriter(str(place), schema) as writer:
            yield writer


def _flat(kind: pa.DataType) -> pa.DataType:
    """Return what a dictionary holds: files need not share one."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind
