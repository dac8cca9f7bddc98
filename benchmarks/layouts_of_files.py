"""Containers of logs: formats, packings, archives, tables and databases, with flat rows in them."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sqlite3
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.orc as orc
import pyarrow.parquet as pq
from layouts_of_servers import Writer, lines
from logged import Log


def _frame(log: Log) -> pd.DataFrame:
    return log.raw.join(log.served).assign(request_id=log.ids, ts=log.times)


def _table(log: Log) -> pa.Table:
    return pa.Table.from_pandas(_frame(log), preserve_index=False)


def _csv(log: Log) -> bytes:
    return _frame(log).to_csv(index=False).encode()


def _objects(log: Log) -> list[dict[str, object]]:
    return [
        {**r, **s, "request_id": i, "ts": t}
        for r, s, i, t in zip(log.records(), log.scaled(), log.ids, log.times, strict=True)
    ]


def _written(path: Path, name: str, data: bytes) -> Path:
    (path / name).write_bytes(data)
    return path / name


def csv(log: Log, path: Path) -> Path:
    return _written(path, "log.csv", _csv(log))


def tsv(log: Log, path: Path) -> Path:
    return _written(path, "log.tsv", _frame(log).to_csv(index=False, sep="\t").encode())


def csv_gz(log: Log, path: Path) -> Path:
    return _written(path, "log.csv.gz", gzip.compress(_csv(log)))


def csv_bz2(log: Log, path: Path) -> Path:
    return _written(path, "log.csv.bz2", bz2.compress(_csv(log)))


def csv_xz(log: Log, path: Path) -> Path:
    return _written(path, "log.csv.xz", lzma.compress(_csv(log)))


def csv_zst(log: Log, path: Path) -> Path:
    return _written(path, "log.csv.zst", pa.compress(_csv(log), "zstd", asbytes=True))


def csv_lz4(log: Log, path: Path) -> Path:
    target = path / "log.csv.lz4"
    with pa.CompressedOutputStream(pa.OSFile(str(target), "wb"), "lz4") as stream:
        stream.write(_csv(log))
    return target


def csv_zip(log: Log, path: Path) -> Path:
    with zipfile.ZipFile(path / "log.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("day/log.csv", _csv(log))
    return path / "log.zip"


def jsonl(log: Log, path: Path) -> Path:
    return lines(_objects(log), path / "log.jsonl")


def jsonl_gz(log: Log, path: Path) -> Path:
    text = "".join(json.dumps(o) + "\n" for o in _objects(log))
    return _written(path, "log.jsonl.gz", gzip.compress(text.encode()))


def json_array(log: Log, path: Path) -> Path:
    return _written(path, "log.json", json.dumps(_objects(log)).encode())


def json_indented(log: Log, path: Path) -> Path:
    return _written(path, "log.json", json.dumps(_objects(log), indent=2).encode())


def json_concatenated(log: Log, path: Path) -> Path:
    text = "".join(json.dumps(o, indent=1) for o in _objects(log))
    return _written(path, "log.json", text.encode())


def pandas_split_file(log: Log, path: Path) -> Path:
    frame = log.raw.join(log.served)
    return _written(path, "log.json", frame.to_json(orient="split", double_precision=15).encode())


def parquet(log: Log, path: Path) -> Path:
    pq.write_table(_table(log), path / "log.parquet", compression="zstd")
    return path / "log.parquet"


def partitions(log: Log, path: Path) -> Path:
    pq.write_to_dataset(
        _table(log).append_column("_day", pa.array([1, 2] * (len(log.raw) // 2))),
        path / "log", partition_cols=["_day"],
    )  # fmt: skip
    (path / "log" / "_SUCCESS").touch()
    return path / "log"


def arrow_file(log: Log, path: Path) -> Path:
    table = _table(log)
    with pa.ipc.new_file(str(path / "log.arrow"), table.schema) as sink:
        sink.write_table(table)
    return path / "log.arrow"


def arrow_stream(log: Log, path: Path) -> Path:
    table = _table(log)
    with pa.ipc.new_stream(str(path / "log.arrows"), table.schema) as sink:
        sink.write_table(table)
    return path / "log.arrows"


def feather_file(log: Log, path: Path) -> Path:
    feather.write_feather(_table(log), path / "log.feather")
    return path / "log.feather"


def orc_file(log: Log, path: Path) -> Path:
    orc.write_table(_table(log), path / "log.orc")
    return path / "log.orc"


def avro(log: Log, path: Path) -> Path:
    import fastavro

    kinds = {"int64": "long", "double": "double", "string": "string", "large_string": "string"}
    schema = {"type": "record", "name": "row", "fields": [
        {"name": field.name, "type": ["null", kinds[str(field.type)]]}
        for field in _table(log).schema]}  # fmt: skip
    with (path / "log.avro").open("wb") as file:
        fastavro.writer(file, schema, _objects(log), codec="deflate")
    return path / "log.avro"


def sqlite_file(log: Log, path: Path) -> Path:
    with sqlite3.connect(path / "log.db") as connection:
        _frame(log).to_sql("predictions", connection, index=False)
    connection.close()
    return path / "log.db"


def duckdb_file(log: Log, path: Path) -> Path:
    import duckdb

    frame = _frame(log)  # noqa: F841  # read by its name
    with duckdb.connect(str(path / "log.duckdb")) as connection:
        connection.execute("create table predictions as select * from frame")
    return path / "log.duckdb"


def delta(log: Log, path: Path) -> Path:
    from deltalake import write_deltalake

    write_deltalake(str(path / "table"), _table(log).slice(0, 50))
    write_deltalake(str(path / "table"), _table(log), mode="overwrite")
    return path / "table"


def iceberg(log: Log, path: Path) -> Path:
    from pyiceberg.catalog.sql import SqlCatalog

    catalog = SqlCatalog(
        "c", uri=f"sqlite:///{path}/catalog.db", warehouse=f"file://{path}/warehouse"
    )
    catalog.create_namespace("ns")
    table = catalog.create_table("ns.log", schema=_table(log).schema)
    table.append(_table(log).slice(0, 50))
    table.overwrite(_table(log))
    return Path(table.location().removeprefix("file://"))


FILES: dict[str, Writer] = {
    "CSV": csv,
    "TSV": tsv,
    "CSV, gzip": csv_gz,
    "CSV, bzip2": csv_bz2,
    "CSV, xz": csv_xz,
    "CSV, zstd": csv_zst,
    "CSV, lz4": csv_lz4,
    "CSV, zip": csv_zip,
    "JSON Lines": jsonl,
    "JSON Lines, gzip": jsonl_gz,
    "JSON array": json_array,
    "JSON, indented": json_indented,
    "JSON, concatenated": json_concatenated,
    "JSON of pandas, split": pandas_split_file,
    "Parquet": parquet,
    "Parquet, partitions": partitions,
    "Arrow file": arrow_file,
    "Arrow stream": arrow_stream,
    "Feather": feather_file,
    "ORC": orc_file,
    "Avro": avro,
    "SQLite": sqlite_file,
    "DuckDB": duckdb_file,
    "Delta": delta,
    "Iceberg": iceberg,
}
