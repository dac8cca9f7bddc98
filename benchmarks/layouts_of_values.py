"""Layouts of values: how records and vectors are spelled, and how rows are parted into columns."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from layouts_of_servers import BATCH, Writer, batches, each, lines
from logged import FEATURES, NUMERIC, Log


def _table(columns: dict[str, object], path: Path, name: str = "log.parquet") -> Path:
    pq.write_table(pa.table(columns), path / name)
    return path / name


def json_in_parquet(log: Log, path: Path) -> Path:
    return _table({
        "ts": log.times, "features": [json.dumps(r) for r in log.records()],
        "model_input": [json.dumps(s) for s in log.scaled()],
    }, path)  # fmt: skip


def json_in_csv(log: Log, path: Path) -> Path:
    frame = pd.DataFrame({
        "ts": log.times, "features": [json.dumps(r) for r in log.records()],
        "model_input": [json.dumps(s) for s in log.vectors()],
    })  # fmt: skip
    frame.to_csv(path / "log.csv", index=False)
    return path / "log.csv"


def python_in_csv(log: Log, path: Path) -> Path:
    frame = pd.DataFrame({
        "ts": log.times, "features": [str(r) for r in log.records()],
        "model_input": [str(s) for s in log.vectors()],
    })  # fmt: skip
    frame.to_csv(path / "log.csv", index=False)
    return path / "log.csv"


def numpy_in_csv(log: Log, path: Path) -> Path:
    with np.printoptions(precision=17, linewidth=10_000):
        vectors = [str(np.array(s)) for s in log.vectors()]
    log.raw.assign(model_input=vectors).to_csv(path / "log.csv", index=False)
    return path / "log.csv"


def python_in_json(log: Log, path: Path) -> Path:
    rows = (
        {"time": t, "message": str({"features": r, "model_input": v})}
        for _, _, t, r, v in each(log)
    )
    return lines(rows, path / "log.jsonl")


def json_in_json_in_json(log: Log, path: Path) -> Path:
    rows = (
        {"log": json.dumps({"message": json.dumps({"raw": r, "scaled": v})})}
        for _, _, _, r, v in each(log)
    )
    return lines(rows, path / "log.jsonl")


def logfmt(log: Log, path: Path) -> Path:
    rows = (
        f'ts={t} level=info msg="served one" '
        + " ".join(f"{name}={value}" for name, value in {**r, **s}.items())
        for (_, _, t, r, _), s in zip(each(log), log.scaled(), strict=True)
    )
    return lines(rows, path / "app.log")


def logfmt_in_json(log: Log, path: Path) -> Path:
    rows = (
        {"time": t, "log": " ".join(f"{k}={x}" for k, x in {**r, **s}.items())}
        for (_, _, t, r, _), s in zip(each(log), log.scaled(), strict=True)
    )
    return lines(rows, path / "app.jsonl")


def words_before_json(log: Log, path: Path) -> Path:
    rows: list[str] = []
    for k, _, t, r, v in each(log):
        if k % 4 == 0:
            rows.append(f"{t[:19].replace('T', ' ')},123 INFO uvicorn.access: GET /health 200")
        words = f"{t[:19].replace('T', ' ')},123 INFO serve.predict:"
        rows.append(f"{words} {json.dumps({'raw': r, 'model_input': v})}")
    return lines(rows, path / "app.log")


def words_and_json(log: Log, path: Path) -> Path:
    rows: list[object] = []
    for k, _, _, r, v in each(log):
        rows.append({"event": "predict", "raw": r, "model_input": v})
        if k % 4 == 0:
            rows.append('INFO:     10.0.0.1:52000 - "GET /health HTTP/1.1" 200 OK')
    return lines(rows, path / "stdout.log")


def csv_in_json(log: Log, path: Path) -> Path:
    rows = ({"id": i, "inputData": {"data": ",".join(map(str, v))}} for _, i, _, _, v in each(log))
    return lines(rows, path / "log.jsonl")


def base64_json(log: Log, path: Path) -> Path:
    events = (json.dumps({"raw": r, "scaled": v}) for _, _, _, r, v in each(log))
    rows = ({"payload": base64.b64encode(event.encode()).decode()} for event in events)
    return lines(rows, path / "log.jsonl")


def _packed(log: Log, kind: str) -> list[bytes]:
    return [np.array(v, kind).tobytes() for v in log.vectors()]


def float32_bytes(log: Log, path: Path) -> Path:
    columns: dict[str, object] = {name: log.raw[name] for name in FEATURES}
    return _table({**columns, "embedding_in": _packed(log, "<f4")}, path)


def float64_bytes(log: Log, path: Path) -> Path:
    columns: dict[str, object] = {name: log.raw[name] for name in FEATURES}
    return _table({**columns, "model_input": _packed(log, "<f8")}, path)


def float32_base64(log: Log, path: Path) -> Path:
    rows = (
        {"raw": r, "tensor": base64.b64encode(b).decode()}
        for (_, _, _, r, _), b in zip(each(log), _packed(log, "<f4"), strict=True)
    )
    return lines(rows, path / "log.jsonl")


def lists(log: Log, path: Path) -> Path:
    return _table({"x_raw": [list(map(str, v)) for v in log.lists()], "x": log.vectors()}, path)


def fixed_lists(log: Log, path: Path) -> Path:
    vectors = pa.array(log.vectors(), pa.list_(pa.float64(), len(log.served.columns)))
    columns: dict[str, object] = {name: log.raw[name] for name in FEATURES}
    return _table({**columns, "state_norm": vectors}, path)


def tensors_with_shape(log: Log, path: Path) -> Path:
    rows = (
        {"id": i, "raw": raw,
         "tensor": {"shape": [len(s), len(s[0])], "dtype": "float64",
                    "data": np.ravel(s).tolist()}}
        for i, _, raw, s in batches(log)
    )  # fmt: skip
    return lines(rows, path / "log.jsonl")


def nested_lists(log: Log, path: Path) -> Path:
    rows = ({"id": i, "raw": raw, "model_input": s} for i, _, raw, s in batches(log))
    return lines(rows, path / "log.jsonl")


def pandas_split(log: Log, path: Path) -> Path:
    frame = log.raw.join(log.served)
    rows = (
        {"id": k, "frame": json.loads(frame.iloc[k : k + BATCH].to_json(
            orient="split", double_precision=15))}
        for k in range(0, len(frame), BATCH)
    )  # fmt: skip
    return lines(rows, path / "log.jsonl")


def pandas_columns(log: Log, path: Path) -> Path:
    frame = log.raw.join(log.served)
    rows = (
        {"id": k, "frame": json.loads(frame.iloc[k : k + BATCH].to_json(double_precision=15))}
        for k in range(0, len(frame), BATCH)
    )
    return lines(rows, path / "log.jsonl")


def pandas_records(log: Log, path: Path) -> Path:
    frame = log.raw.join(log.served)
    rows = (
        {"id": k, "frame": json.loads(frame.iloc[k : k + BATCH].to_json(
            orient="records", double_precision=15))}
        for k in range(0, len(frame), BATCH)
    )  # fmt: skip
    return lines(rows, path / "log.jsonl")


def structs(log: Log, path: Path) -> Path:
    return _table({"raw": log.records(), "model_input": log.scaled()}, path)


def maps(log: Log, path: Path) -> Path:
    kind = pa.map_(pa.string(), pa.float64())
    raw = [{name: float(str(r[name])) for name in NUMERIC} for r in log.records()]
    columns: dict[str, object] = {"pay": log.raw["pay"]}
    return _table({
        **columns, "raw": pa.array([[*r.items()] for r in raw], kind),
        "model_input": pa.array([[*s.items()] for s in log.scaled()], kind),
    }, path)  # fmt: skip


def pairs(log: Log, path: Path) -> Path:
    rows = (
        {"id": i, "features": [{"name": name, "value": value} for name, value in r.items()],
         "inputs": [{"name": name, "value": value} for name, value in s.items()]}
        for (_, i, _, r, _), s in zip(each(log), log.scaled(), strict=True)
    )  # fmt: skip
    return lines(rows, path / "log.jsonl")


def long_table(log: Log, path: Path) -> Path:
    rows = [
        {"request_id": i, "ts": t, "name": name, "value": str(value)}
        for (_, i, t, r, _), s in zip(each(log), log.scaled(), strict=True)
        for name, value in {**r, **s}.items()
    ]
    pd.DataFrame(rows).to_parquet(path / "long.parquet")
    return path / "long.parquet"


def spark_dense(log: Log, path: Path) -> Path:
    columns: dict[str, object] = {name: log.raw[name] for name in FEATURES}
    vectors = [{"type": 1, "size": None, "indices": None, "values": v} for v in log.vectors()]
    return _table({**columns, "scaled": pa.array(vectors, _SPARK)}, path)


def spark_sparse(log: Log, path: Path) -> Path:
    columns: dict[str, object] = {name: log.raw[name] for name in FEATURES}
    vectors = []
    for v in log.vectors():
        used = [i for i, value in enumerate(v) if value]
        vectors.append({"type": 0, "size": len(v), "indices": used, "values": [v[i] for i in used]})
    return _table({**columns, "scaled": pa.array(vectors, _SPARK)}, path)


_SPARK = pa.struct([
    ("type", pa.int8()), ("size", pa.int32()), ("indices", pa.list_(pa.int32())),
    ("values", pa.list_(pa.float64())),
])  # fmt: skip


def decimal_comma(log: Log, path: Path) -> Path:
    frame = log.raw.join(log.served)
    frame.to_csv(path / "log.csv", sep=";", decimal=",", index=False)
    return path / "log.csv"


def suffixes(log: Log, path: Path) -> Path:
    log.raw.join(log.served).to_parquet(path / "log.parquet")
    return path / "log.parquet"


def prefixes(log: Log, path: Path) -> Path:
    log.raw.add_prefix("in_").join(log.served.add_prefix("x_")).to_parquet(path / "log.parquet")
    return path / "log.parquet"


def scattered(log: Log, path: Path) -> Path:
    rows = (
        {"user": {"age": r["age"]}, "trip": {k: r[k] for k in ("fare", "dist", "hours")},
         "payment": {"pay": r["pay"]}, "model_input": v}
        for _, _, _, r, v in each(log)
    )  # fmt: skip
    return lines(rows, path / "log.jsonl")


def camel_case(log: Log, path: Path) -> Path:
    rows = (
        {"requestId": i, "payload": {k.title(): x for k, x in r.items()}, "scaledFeatures": v}
        for _, i, _, r, v in each(log)
    )
    return lines(rows, path / "log.jsonl")


def request_and_response(log: Log, path: Path) -> Path:
    rows = (
        {"request": {"body": {"instances": raw}}, "preprocessed": {"instances": s},
         "response": {"body": {"predictions": [0.1] * len(raw)}}}
        for _, _, raw, s in batches(log)
    )  # fmt: skip
    return lines(rows, path / "log.jsonl")


VALUES: dict[str, Writer] = {
    "JSON in Parquet": json_in_parquet,
    "JSON in CSV": json_in_csv,
    "Python literals in CSV": python_in_csv,
    "NumPy arrays in CSV": numpy_in_csv,
    "Python literals in JSON": python_in_json,
    "JSON in JSON in JSON": json_in_json_in_json,
    "logfmt": logfmt,
    "logfmt in JSON": logfmt_in_json,
    "words before JSON": words_before_json,
    "lines of words between JSON": words_and_json,
    "CSV in JSON": csv_in_json,
    "base64 of JSON": base64_json,
    "float32 bytes": float32_bytes,
    "float64 bytes": float64_bytes,
    "float32 in base64": float32_base64,
    "lists": lists,
    "fixed-size lists": fixed_lists,
    "tensors with shape": tensors_with_shape,
    "nested lists": nested_lists,
    "pandas split": pandas_split,
    "pandas columns": pandas_columns,
    "pandas records": pandas_records,
    "structs": structs,
    "maps": maps,
    "pairs": pairs,
    "long table": long_table,
    "Spark vectors, dense": spark_dense,
    "Spark vectors, sparse": spark_sparse,
    "decimal comma": decimal_comma,
    "columns of a ColumnTransformer": suffixes,
    "prefixes on both sides": prefixes,
    "features in several records": scattered,
    "other letter case": camel_case,
    "request, preprocessed, response": request_and_response,
}
