"""Write the data for bench.py: `python data.py KIND FOLDER ROWS`.

KIND is `train` or `log`: ROWS rows x 50 features, 40 numeric and 10 categorical; `paired`, with the
served values beside, by FOLDER/params.json; or `csv` or `jsonl`, the log as text.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

ROW_GROUP = 131_072
LEVELS = (2, 3, 5, 8, 12, 20, 50, 100, 150, 200)
KINDS = {"normal": 10, "cents": 10, "count": 8, "t3": 6, "gamma": 6}


class Step(TypedDict, total=False):
    """What is read of a parameter file's step."""

    op: str
    mean: float
    std: float
    values: list[str]


def batch(rows: int, seed: int) -> pa.Table:
    """Return `rows` rows of all features, the same for the same seed."""
    rng = np.random.default_rng(seed)
    columns: dict[str, pa.Array] = {}
    for kind, count in KINDS.items():
        for i in range(count):
            columns[f"{kind}_{i:02d}"] = _numbers(kind, i, rows, rng)
    for levels in LEVELS:
        weights = 1 / np.arange(1, levels + 1)
        codes = np.searchsorted(np.cumsum(weights / weights.sum())[:-1], rng.random(rows))
        names = pa.array([f"level {level}" for level in range(levels)])
        # Plain strings, as most writers have them.
        columns[f"category_{levels:03d}"] = names.take(pa.array(codes))
    return pa.table(columns)


def _numbers(kind: str, i: int, rows: int, rng: np.random.Generator) -> pa.Array:
    match kind:
        case "normal":
            return pa.array(rng.normal(10 * i, 1 + i, rows))
        case "cents":
            return pa.array(np.round(rng.lognormal(2 + i / 5, 0.8, rows), 2))
        case "count":
            return pa.array(rng.poisson(1 + 3 * i, rows))
        case "t3":
            return pa.array(rng.standard_t(3, rows).astype(np.float32))
        case _:
            return pa.array(rng.gamma(1 + i, 5, rows), mask=rng.random(rows) < 0.02)


def served(raw: pa.Table, steps: dict[str, Step]) -> pa.Table:
    """Return `raw` and a float32 column `{name}_norm` for each feature: z-scores and codes."""
    for name in raw.column_names:
        step = steps[name]
        column = raw[name].combine_chunks()
        if step["op"] == "vocabulary":
            codes = pc.index_in(column, pa.array(step["values"])).cast(pa.float32())
            raw = raw.append_column(f"{name}_norm", codes.fill_null(-1))
        else:
            values = column.to_numpy(zero_copy_only=False).astype(np.float32)
            fed = (values - np.float32(step["mean"])) / np.float32(step["std"])
            raw = raw.append_column(f"{name}_norm", pa.array(fed, from_pandas=True))
    return raw


def write(kind: str, folder: Path, rows: int) -> None:
    """Write `folder`/`kind`-`rows`.parquet, .csv or .jsonl, a row group at a time."""
    path = folder / f"{kind}-{rows}.{kind if kind in ('csv', 'jsonl') else 'parquet'}"
    steps: dict[str, Step] = {}
    if kind == "paired":
        features = json.loads((folder / "params.json").read_text())["features"]
        steps = {name: feature["steps"][0] for name, feature in features.items()}
    draft = path.with_suffix(".draft")
    writer = None
    for part, first in enumerate(range(0, rows, ROW_GROUP)):
        # Training sample and log have different seeds, and the same distribution.
        seed = 1_000_000 * (kind == "train") + part
        table = batch(min(ROW_GROUP, rows - first), seed)
        if kind == "paired":
            table = served(table, steps)
        if kind == "jsonl":
            with draft.open("a") as file:
                file.writelines(f"{json.dumps(row)}\n" for row in table.to_pylist())
            continue
        if writer is None and kind == "csv":
            writer = pa_csv.CSVWriter(draft, table.schema)
        elif writer is None:
            writer = pq.ParquetWriter(draft, table.schema, compression="snappy")
        writer.write_table(table)
    if writer:
        writer.close()
    draft.rename(path)


if __name__ == "__main__":
    write(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
