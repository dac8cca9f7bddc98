"""Spark's folders written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

Maker = Callable[..., Path]


def maker(root: Path) -> Maker:
    """Return what writes a pipeline: each stage is (class, paramMap, row of its data or None)."""

    def write(*stages: tuple[str, dict[str, object], dict[str, object] | None]) -> Path:
        uids = []
        for i, (kind, settings, row) in enumerate(stages):
            uids.append(f"{kind}_{i:012x}")
            folder = root / "model" / "stages" / f"{i}_{uids[-1]}"
            metadata(folder, f"org.apache.spark.ml.feature.{kind}", uids[-1], settings)
            if row is not None:
                (folder / "data").mkdir()
                pq.write_table(pa.Table.from_pylist([row]), folder / "data" / "part-00000.parquet")
        name = "org.apache.spark.ml.PipelineModel"
        metadata(root / "model", name, "P_1", {"stageUids": uids})
        return root / "model"

    return write


def metadata(folder: Path, name: str, uid: str, settings: dict[str, object]) -> None:
    (folder / "metadata").mkdir(parents=True)
    told = {"class": name, "uid": uid, "paramMap": settings, "sparkVersion": "2.3.0"}
    (folder / "metadata" / "part-00000").write_text(json.dumps(told) + "\n")


def dense(*values: float) -> dict[str, object]:
    return {"type": 1, "size": None, "indices": None, "values": list(values)}
