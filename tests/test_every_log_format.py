"""The same rows in every format of a log give the same findings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import fastavro
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest
from audits import LOG, OK, TRAIN, figures, verdicts

import skewcheck
from skewcheck.features.types import Parameters


@pytest.fixture(scope="module")
def known() -> Parameters:
    return skewcheck.fit(TRAIN)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "parquet": lambda f, p: f.to_parquet(p, index=False),
    "csv": lambda f, p: f.to_csv(p, index=False),
    "tsv": lambda f, p: f.to_csv(p, index=False, sep="\t"),
    "csv.gz": lambda f, p: f.to_csv(p, index=False),
    "jsonl": lambda f, p: f.to_json(p, orient="records", lines=True),
    "feather": lambda f, p: pyarrow.feather.write_feather(f, p),
    "csv.bz2": lambda f, p: f.to_csv(p, index=False),
    "csv.xz": lambda f, p: f.to_csv(p, index=False),
    "csv.zip": lambda f, p: f.to_csv(p, index=False),
    "csv.zst": lambda f, p: _packed(f.to_csv(index=False), p, "zstd"),
    "csv.lz4": lambda f, p: _packed(f.to_csv(index=False), p, "lz4"),
    "json": lambda f, p: f.to_json(p, orient="records"),
    "indented.json": lambda f, p: f.to_json(p, orient="records", indent=2),
    "orc": lambda f, p: f.to_orc(p, index=False),
    "avro": lambda f, p: _avro(f, p),
}


def _packed(content: str, path: Path, kind: str) -> None:
    with pa.CompressedOutputStream(str(path), kind) as stream:
        stream.write(content.encode())


def _avro(data: pd.DataFrame, path: Path) -> None:
    types = {"f": "double", "i": "long", "b": "boolean"}
    fields = [
        {"name": name, "type": ["null", types.get(kind.kind, "string")]}
        for name, kind in data.dtypes.items()
    ]
    schema = {"type": "record", "name": "Row", "fields": fields}
    rows = data.astype(object).where(data.notna(), None).to_dict("records")
    with path.open("wb") as stream:
        fastavro.writer(stream, schema, rows, codec="deflate")


@pytest.mark.parametrize("ending", WRITERS)
def test_every_format_gives_the_same_figures(
    known: Parameters, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"log.{ending}"
    WRITERS[ending](LOG, path)
    found = skewcheck.audit(known, path)
    assert verdicts(found) == OK
    assert figures(found) == pytest.approx(figures(skewcheck.audit(known, LOG)), rel=1e-9)
