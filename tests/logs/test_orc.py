"""ORC files: rows as Arrow wrote them, in order; what is cut or damaged is told."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.orc as po
import pytest

from skewcheck.logs import Wanted, open_logs, orc
from skewcheck.text.errors import LogError

ROWS = 20_000


def _table() -> pa.Table:
    rng = np.random.default_rng(5)
    x = rng.normal(size=ROWS)
    return pa.table({
        "s": [f"level {i % 7}" for i in range(ROWS)], "x": x, "n": pa.array(range(ROWS)),
        "in": pa.array([{"a": i, "b": [float(i), i / 8]} for i in range(ROWS)]),
        "t": pa.array(range(ROWS), pa.timestamp("ms")),
    })  # fmt: skip


def _write(path: Path, compression: str = "zstd") -> pa.Table:
    table = _table()
    po.write_table(table, path, stripe_size=1 << 16, compression=compression, batch_size=512)
    assert po.ORCFile(path).nstripes > 2
    return table


def _columns(path: Path, *names: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {name: [] for name in names}
    for batch in open_logs(path).batches(Wanted(others=frozenset(names))):
        for name, column in batch.columns.items():
            found[name] += column.to_pylist()
    return found


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "zlib", "zstd", "lz4"])
@pytest.mark.parametrize("rows", [1, 5000, 1 << 20])
def test_values(tmp_path, read, monkeypatch, compression: str, rows: int) -> None:
    monkeypatch.setattr(orc, "ROWS", rows)
    table = _write(tmp_path / "a.log", compression)
    found = read(tmp_path / "a.log", "x n in.a in.b[1]", "s")
    assert found == {
        "x": table["x"].to_pylist(), "n": list(range(ROWS)), "in.a": list(range(ROWS)),
        "in.b[1]": [i / 8 for i in range(ROWS)], "s": table["s"].to_pylist(),
    }  # fmt: skip


def test_columns_alone_and_none(tmp_path: Path) -> None:
    table = _write(tmp_path / "a.orc")
    assert _columns(tmp_path / "a.orc", "t")["t"] == table["t"].to_pylist()
    (file,) = open_logs(tmp_path).files
    assert file.rows == ROWS
    assert list(file.schema()) == table.schema.names
    assert sum(b.rows for part in file.parts(Wanted(frozenset(["gone"]))) for b in part()) == ROWS


def test_no_rows(tmp_path: Path) -> None:
    po.write_table(pa.table({"x": pa.array([], pa.float64())}), tmp_path / "a.orc")
    assert _columns(tmp_path / "a.orc", "x") == {"x": []}


@pytest.mark.parametrize("end", [0.2, 0.5, 0.99])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, end: float) -> None:
    _write(tmp_path / "a.orc")
    data = (tmp_path / "a.orc").read_bytes()
    (tmp_path / "a.orc").write_bytes(data[: int(end * len(data))])
    with pytest.raises(LogError, match=r"\Aa\.orc: truncated ORC file[^\n]*\Z"):
        open_logs(tmp_path)


def test_a_damaged_stripe_is_told(tmp_path: Path) -> None:
    _write(tmp_path / "a.orc")
    data = bytearray((tmp_path / "a.orc").read_bytes())
    data[1000:40_000] = b"\xff" * 39_000
    (tmp_path / "a.orc").write_bytes(bytes(data))
    with pytest.raises(LogError, match=r"\Aa\.orc: stripe \d+: damaged[^\n]*\Z"):
        _columns(tmp_path / "a.orc", "x", "s")


def test_packed_orc_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "b.orc")
    data = (tmp_path / "b.orc").read_bytes()
    (tmp_path / "b.orc").write_bytes(gzip.compress(data))
    with pytest.raises(LogError, match=r"\Ab\.orc: an ORC file, packed with gzip"):
        open_logs(tmp_path)
