"""Parquet files that were put together are refused, and no text in a whole one looks like that."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.logs import open_logs
from skewcheck.logs.parquet import open_parquet
from skewcheck.text.errors import LogError

TEXTS = ("", "ab", "PAR1PAR1", "\x15PAR1PAR1\x15", "PAR1PAR1" * 40)


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _file(chance: random.Random) -> bytes:
    """Return a Parquet file of any size and writer's options, with texts that look like a joint."""
    rows = chance.choice([0, 1, 30, 3000])
    names = ["PAR1PAR1", "x", "note"]
    chance.shuffle(names)
    columns = {
        name: [chance.choice(TEXTS) for _ in range(rows)]
        if name != "x"
        else [chance.random() for _ in range(rows)]
        for name in names
    }
    schema = pa.schema([(n, pa.float64() if n == "x" else pa.string()) for n in names])
    table = pa.table(columns, schema=schema)
    if chance.random() < 0.5:
        table = table.replace_schema_metadata({"PAR1PAR1": chance.choice(TEXTS)})
    sink = pa.BufferOutputStream()
    pq.write_table(
        table, sink,
        compression=chance.choice(["none", "none", "snappy", "zstd"]),
        use_dictionary=chance.random() < 0.5,
        write_page_index=chance.random() < 0.5,
        row_group_size=chance.choice([7, 1000, 10_000]),
        data_page_version=chance.choice(["1.0", "2.0"]),
    )  # fmt: skip
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("seed", range(150))
def test_what_was_put_together_is_refused_and_what_is_whole_is_not(seed):
    chance = random.Random(seed)  # noqa: S311
    files = [_file(chance) for _ in range(chance.choice([2, 2, 3]))]
    for file in files:
        Path("whole.parquet").write_bytes(file)
        rows = pq.read_metadata("whole.parquet").num_rows
        assert open_parquet("whole.parquet", "whole").rows == rows
    Path("joined.parquet").write_bytes(b"".join(files))
    with pytest.raises(LogError, match=re.escape("several Parquet files that were put together")):
        open_logs("joined.parquet")


def test_the_search_is_for_files_with_a_gap_alone(monkeypatch):
    pq.write_table(pa.table({"note": ["PAR1PAR1"] * 9}), "a.parquet", compression="none")
    monkeypatch.setattr("skewcheck.logs.parquet_damage.refuse_joined", None)
    assert open_parquet("a.parquet", "a").rows == 9
