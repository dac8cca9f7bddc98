"""Layouts that serving systems, log collectors and event buses write."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from logged import FEATURES, Log

BATCH = 4
"""Rows of a request, where a request has several."""
Writer = Callable[[Log, Path], Path]


def lines(records: Iterable[Any], path: Path) -> Path:
    """Write a line per record: text as it is, anything else as JSON."""
    texts = (r if isinstance(r, str) else json.dumps(r) for r in records)
    path.write_text("".join(text + "\n" for text in texts))
    return path


def each(log: Log) -> Iterator[tuple[int, str, str, dict[str, object], list[float]]]:
    """Yield number, id, time, raw record and served vector of each row."""
    yield from zip(
        range(len(log.ids)), log.ids, log.times, log.records(), log.vectors(), strict=True
    )


def batches(log: Log) -> Iterator[tuple[str, str, list[dict[str, object]], list[list[float]]]]:
    """Yield id, time, raw records and served vectors of requests of several rows."""
    records, vectors = log.records(), log.vectors()
    for i in range(0, len(records), BATCH):
        yield log.ids[i], log.times[i], records[i : i + BATCH], vectors[i : i + BATCH]


def _capture(kind: str, data: str, encoding: str, event: str, time: str) -> dict[str, Any]:
    return {
        "captureData": {
            "endpointInput": {"observedContentType": kind, "mode": "INPUT", "data": data,
                              "encoding": encoding},
            "endpointOutput": {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "0.3",
                               "encoding": "CSV"},
        },
        "eventMetadata": {"eventId": event, "inferenceTime": time},
        "eventVersion": "0",
    }  # fmt: skip


def _csv(values: Iterable[object]) -> str:
    return ",".join(str(value) for value in values)


def sagemaker_csv(log: Log, path: Path) -> Path:
    rows = (_capture("text/csv", _csv(v), "CSV", i, t) for _, i, t, _, v in each(log))
    return lines(rows, path / "capture.jsonl")


def sagemaker_csv_batch(log: Log, path: Path) -> Path:
    rows = (
        _capture("text/csv", "\n".join(map(_csv, vectors)), "CSV", i, t)
        for i, t, _, vectors in batches(log)
    )
    return lines(rows, path / "capture.jsonl")


def sagemaker_json(log: Log, path: Path) -> Path:
    rows = (
        _capture("application/json", json.dumps({"features": v, "raw": r}), "JSON", i, t)
        for _, i, t, r, v in each(log)
    )
    return lines(rows, path / "capture.jsonl")


def sagemaker_base64(log: Log, path: Path) -> Path:
    rows = (
        _capture("text/csv", base64.b64encode(_csv(v).encode()).decode(), "BASE64", i, t)
        for _, i, t, _, v in each(log)
    )
    return lines(rows, path / "capture.jsonl")


def sagemaker_merged(log: Log, path: Path) -> Path:
    truth = {"groundTruthData": {"data": "1", "encoding": "CSV"}}
    rows = ({**_capture("text/csv", _csv(v), "CSV", i, t), **truth} for _, i, t, _, v in each(log))
    return lines(rows, path / "merged.jsonl")


def vertex(log: Log, path: Path) -> Path:
    rows = [
        {"endpoint": "e", "deployed_model_id": "1", "logging_time": t, "request_id": i,
         "request_payload": [json.dumps(r) for r in raw],
         "response_payload": ["[0.2, 0.8]"] * len(raw),
         "model_input": [json.dumps(v) for v in served]}
        for i, t, raw, served in batches(log)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), path / "request_response.parquet")
    return path / "request_response.parquet"


def azureml(log: Log, path: Path) -> Path:
    rows = (
        {"specversion": "1.0", "id": i, "source": "e", "type": "azureml.inference.model_inputs",
         "datacontenttype": "application/json", "time": t, "contentrange": "bytes 0-1/2",
         "correlationid": i, "data": served}
        for i, t, _, served in (
            (log.ids[k], log.times[k], None, log.scaled()[k : k + BATCH])
            for k in range(0, len(log.raw), BATCH)
        )
    )  # fmt: skip
    return lines(rows, path / "model_inputs.jsonl")


def _inference_table(log: Log, path: Path, request: Callable[..., object]) -> Path:
    frame = pd.DataFrame([
        {"databricks_request_id": i, "timestamp_ms": 1_763_632_800_000, "status_code": 200,
         "request": json.dumps(request(raw)), "response": json.dumps({"predictions": [0.1] * 4}),
         "model_input": json.dumps(served)}
        for i, _, raw, served in batches(log)
    ])  # fmt: skip
    frame.to_parquet(path / "payload.parquet")
    return path / "payload.parquet"


def databricks_split(log: Log, path: Path) -> Path:
    return _inference_table(
        log,
        path,
        lambda raw: {
            "dataframe_split": {
                "index": list(range(len(raw))),
                "columns": FEATURES,
                "data": [[*r.values()] for r in raw],
            }
        },
    )


def databricks_records(log: Log, path: Path) -> Path:
    return _inference_table(log, path, lambda raw: {"dataframe_records": raw})


def databricks_instances(log: Log, path: Path) -> Path:
    return _inference_table(log, path, lambda raw: {"instances": raw})


def databricks_inputs(log: Log, path: Path) -> Path:
    return _inference_table(
        log, path, lambda raw: {"inputs": {name: [r[name] for r in raw] for name in FEATURES}}
    )


def mlflow(log: Log, path: Path) -> Path:
    rows = (
        {"client_request_id": i, "timestamp": t, "inputs": raw, "model_input": served}
        for i, t, raw, served in batches(log)
    )
    return lines(rows, path / "mlflow.jsonl")


def kserve_v1(log: Log, path: Path) -> Path:
    rows = (
        {"specversion": "1.0", "type": "org.kubeflow.serving.inference.request", "id": i, "time": t,
         "data": {"instances": served}}
        for i, t, _, served in batches(log)
    )  # fmt: skip
    return lines(rows, path / "requests.jsonl")


def _tensor(name: str, values: list[Any], kind: str = "FP64") -> dict[str, Any]:
    return {"name": name, "shape": [len(values), 1], "datatype": kind, "data": values}


def kserve_v2(log: Log, path: Path) -> Path:
    def tensors(served: list[list[float]]) -> list[dict[str, Any]]:
        names = list(log.served.columns)
        return [_tensor(name, [row[k] for row in served]) for k, name in enumerate(names)]

    rows = ({"id": i, "inputs": tensors(served)} for i, _, _, served in batches(log))
    return lines(rows, path / "v2.jsonl")


def triton_v2(log: Log, path: Path) -> Path:
    rows = (
        {"model_name": "m", "id": i, "inputs": [
            {"name": "INPUT__0", "shape": [len(served), len(served[0])], "datatype": "FP64",
             "data": [value for row in served for value in row]}]}
        for i, _, _, served in batches(log)
    )  # fmt: skip
    return lines(rows, path / "triton.jsonl")


def triton_binary(log: Log, path: Path) -> Path:
    rows = [
        {"id": i, "time": t, "raw_input_contents": np.array(v, "<f8").tobytes()}
        for _, i, t, _, v in each(log)
    ]
    pq.write_table(pa.Table.from_pylist(rows), path / "triton.parquet")
    return path / "triton.parquet"


def _seldon(names: list[str], data: dict[str, Any]) -> dict[str, Any]:
    return {"request": {"data": {"names": names, **data}, "meta": {"puid": "p"}}}


def seldon_ndarray(log: Log, path: Path) -> Path:
    names = list(log.served.columns)
    rows = (_seldon(names, {"ndarray": served}) for _, _, _, served in batches(log))
    return lines(rows, path / "seldon.jsonl")


def seldon_tensor(log: Log, path: Path) -> Path:
    names = list(log.served.columns)
    rows = (
        _seldon(
            names, {"tensor": {"shape": [len(s), len(s[0])], "values": [x for v in s for x in v]}}
        )
        for _, _, _, s in batches(log)
    )
    return lines(rows, path / "seldon.jsonl")


def torchserve(log: Log, path: Path) -> Path:
    rows = (
        f"2026-11-20T10:00:00,123 [INFO ] W-9000-model_1.0-stdout MODEL_LOG - "
        f"{json.dumps({'requestId': i, 'body': {'data': r}, 'tensor': v})}"
        for _, i, _, r, v in each(log)
    )
    return lines(rows, path / "model_log.log")


def bentoml(log: Log, path: Path) -> Path:
    rows = (
        {**r, **s, "prediction": 0.3, "request_id": i, "timestamp": t}
        for (_, i, t, r, _), s in zip(each(log), log.scaled(), strict=True)
    )
    return lines(rows, path / "data.1.log")


def ray_serve(log: Log, path: Path) -> Path:
    rows = (
        f"INFO {t} app_Model a1b2c3d4 {i} model.py:42 - "
        f"{json.dumps({'features': r, 'model_input': v})}"
        for _, i, t, r, v in each(log)
    )
    return lines(rows, path / "replica_app_Model.log")


def tensorflow_rest(log: Log, path: Path) -> Path:
    rows = (
        {"signature_name": "serving_default", "instances": s}
        for s in (log.scaled()[k : k + BATCH] for k in range(0, len(log.raw), BATCH))
    )
    return lines(rows, path / "requests.jsonl")


def tensorflow_columns(log: Log, path: Path) -> Path:
    scaled = log.scaled()
    rows = (
        {"inputs": {name: [[s[name]] for s in scaled[k : k + BATCH]] for name in log.served}}
        for k in range(0, len(scaled), BATCH)
    )
    return lines(rows, path / "requests.jsonl")


def feast(log: Log, path: Path) -> Path:
    frame = pd.DataFrame({"driver_id": range(len(log.raw))})
    for name in FEATURES:
        frame[f"rides__{name}"] = log.raw[name]
        frame[f"rides__{name}__timestamp"] = pd.to_datetime(log.times)
        frame[f"rides__{name}__status"] = 1
    frame["__log_timestamp"] = pd.to_datetime(log.times)
    frame["__request_id"] = log.ids
    frame["model_input"] = log.vectors()
    frame.to_parquet(path / "log.parquet")
    return path / "log.parquet"


def hopsworks(log: Log, path: Path) -> Path:
    rows = [
        {"request_id": i, "log_time": t, "model_name": "m", "model_version": 1,
         "untransformed_features": json.dumps(r), "transformed_features": json.dumps(s)}
        for (_, i, t, r, _), s in zip(each(log), log.scaled(), strict=True)
    ]  # fmt: skip
    pd.DataFrame(rows).to_parquet(path / "feature_logging.parquet")
    return path / "feature_logging.parquet"


def cloudevents(log: Log, path: Path) -> Path:
    rows = (
        {"specversion": "1.0", "id": i, "source": "/models/m", "type": "prediction", "time": t,
         "data": {"raw": r, "scaled": v}}
        for _, i, t, r, v in each(log)
    )  # fmt: skip
    return lines(rows, path / "events.jsonl")


def cloudevents_base64(log: Log, path: Path) -> Path:
    def packed(value: object) -> str:
        return base64.b64encode(json.dumps(value).encode()).decode()

    rows = (
        {"specversion": "1.0", "id": i, "source": "/m", "type": "prediction", "time": t,
         "data_base64": packed({"raw": r, "scaled": v})}
        for _, i, t, r, v in each(log)
    )  # fmt: skip
    return lines(rows, path / "events.jsonl")


def debezium(log: Log, path: Path) -> Path:
    rows = (
        {"schema": {"type": "struct", "fields": [{"field": "after", "type": "struct"}]},
         "payload": {"before": None, "after": {"id": i, **r, **s}, "op": "c", "ts_ms": 1}}
        for (_, i, _, r, _), s in zip(each(log), log.scaled(), strict=True)
    )  # fmt: skip
    return lines(rows, path / "topic.jsonl")


def kafka_connect(log: Log, path: Path) -> Path:
    rows = (
        {"schema": {"type": "struct", "optional": False, "fields": [
            {"type": "double", "field": name} for name in FEATURES]},
         "payload": {**r, "model_input": v}}
        for _, _, _, r, v in each(log)
    )  # fmt: skip
    return lines(rows, path / "connect.jsonl")


def _event(i: str, r: dict[str, object], v: list[float]) -> str:
    return json.dumps({"event": "prediction", "request_id": i, "features": r, "model_input": v})


def fluentd(log: Log, path: Path) -> Path:
    rows = (f"{t}\tapp.predict\t{_event(i, r, v)}" for _, i, t, r, v in each(log))
    return lines(rows, path / "app.20261120.log")


def docker(log: Log, path: Path) -> Path:
    rows: list[object] = []
    for k, i, t, r, v in each(log):
        if k % 3 == 0:
            rows.append(
                {
                    "log": f'10.0.0.{k % 9} - "POST /predict HTTP/1.1" 200\n',
                    "stream": "stdout",
                    "time": t,
                }
            )
        rows.append({"log": _event(i, r, v) + "\n", "stream": "stdout", "time": t})
    return lines(rows, path / "abc-json.log")


def cri(log: Log, path: Path) -> Path:
    rows: list[str] = []
    for k, i, t, r, v in each(log):
        if k % 3 == 0:
            rows.append(f"{t} stderr F INFO: 10.0.0.1:80 - POST /predict 200 OK")
        rows.append(f"{t} stdout F {_event(i, r, v)}")
    return lines(rows, path / "0.log")


def cloudwatch(log: Log, path: Path) -> Path:
    events = [
        {"id": i, "timestamp": 1_763_632_800_000, "message": _event(i, r, v)}
        for _, i, _, r, v in each(log)
    ]
    rows = (
        {
            "messageType": "DATA_MESSAGE",
            "owner": "1",
            "logGroup": "/aws/lambda/f",
            "logStream": "s",
            "logEvents": events[k : k + BATCH],
        }
        for k in range(0, len(events), BATCH)
    )
    return lines(rows, path / "cloudwatch.jsonl")


def stackdriver(log: Log, path: Path) -> Path:
    rows = (
        {"insertId": i, "logName": "projects/p/logs/predict", "timestamp": t, "severity": "INFO",
         "resource": {"type": "k8s_container", "labels": {"pod_name": "p-1"}},
         "jsonPayload": {"features": r, "model_input": v}}
        for _, i, t, r, v in each(log)
    )  # fmt: skip
    return lines(rows, path / "stackdriver.jsonl")


def journald(log: Log, path: Path) -> Path:
    rows = (
        {"__CURSOR": f"s={i}", "__REALTIME_TIMESTAMP": "1763632800000000", "_HOSTNAME": "h1",
         "PRIORITY": "6", "SYSLOG_IDENTIFIER": "serve", "MESSAGE": _event(i, r, v)}
        for _, i, _, r, v in each(log)
    )  # fmt: skip
    return lines(rows, path / "journal.json")


SERVERS: dict[str, Writer] = {
    "SageMaker capture, CSV": sagemaker_csv,
    "SageMaker capture, CSV of several rows": sagemaker_csv_batch,
    "SageMaker capture, JSON": sagemaker_json,
    "SageMaker capture, base64": sagemaker_base64,
    "SageMaker capture merged with ground truth": sagemaker_merged,
    "Vertex AI request-response": vertex,
    "Azure ML collector": azureml,
    "Databricks, dataframe_split": databricks_split,
    "Databricks, dataframe_records": databricks_records,
    "Databricks, instances": databricks_instances,
    "Databricks, inputs": databricks_inputs,
    "MLflow": mlflow,
    "KServe V1": kserve_v1,
    "KServe V2": kserve_v2,
    "Triton V2, JSON": triton_v2,
    "Triton V2, binary": triton_binary,
    "Seldon, ndarray": seldon_ndarray,
    "Seldon, tensor": seldon_tensor,
    "TorchServe": torchserve,
    "BentoML": bentoml,
    "Ray Serve": ray_serve,
    "TensorFlow Serving, rows": tensorflow_rest,
    "TensorFlow Serving, columns": tensorflow_columns,
    "Feast": feast,
    "Hopsworks": hopsworks,
    "CloudEvents": cloudevents,
    "CloudEvents, base64": cloudevents_base64,
    "Debezium": debezium,
    "Kafka Connect": kafka_connect,
    "fluentd": fluentd,
    "docker": docker,
    "CRI": cri,
    "CloudWatch": cloudwatch,
    "Stackdriver": stackdriver,
    "journald": journald,
}  # fmt: skip
