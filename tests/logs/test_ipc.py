"""Arrow and Feather; expected values are those that were written."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pytest

from skewcheck.logs import Wanted, open_logs
from skewcheck.logs.ipc_messages import end_of_stream
from skewcheck.text.errors import LogError

TABLE = pa.table(
    {
        "x": [0.5, None, 2.5],
        "s": ["a", None, "b"],
        "c": pa.array(["p", "q", "p"]).dictionary_encode(),
        "in": [{"v": [1, 2]}, None, {"v": []}],
    }
)
VALUES = {
    "x": [0.5, None, 2.5],
    "s": ["a", None, "b"],
    "c": ["p", "q", "p"],
    "in.v[1]": [2, None, None],
}


def write(path, form):
    if form == "stream":
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, TABLE.schema) as writer:
            writer.write_table(TABLE, max_chunksize=2)
    else:
        feather.write_feather(TABLE, str(path), compression=form, chunksize=2)
    return path


@pytest.mark.parametrize("form", ["stream", "uncompressed", "lz4", "zstd"])
@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "noname"])
def test_files_and_streams(tmp_path, read, form, name):
    path = write(tmp_path / name, form)
    assert read(path, "x in.v[1]", "s c") == VALUES
    assert open_logs(path).files[0].rows == (None if form == "stream" else 3)


@pytest.mark.parametrize("form", ["stream", "lz4"])
def test_rows_are_counted_without_any_wanted_column(tmp_path, form):
    parts = open_logs(write(tmp_path / "a", form)).files[0].parts(Wanted(frozenset(["gone"])))
    found = [(b.origin.start, b.rows, dict(b.columns)) for thunk in parts for b in thunk()]
    assert found == [(0, 2, {}), (2, 1, {})]


def test_thunks_may_be_called_after_the_iteration(tmp_path):
    thunks = list(
        open_logs(write(tmp_path / "a", "uncompressed")).files[0].parts(Wanted(frozenset("x")))
    )
    assert [b.columns["x"].to_pylist() for thunk in thunks for b in thunk()] == [[0.5, None], [2.5]]


@pytest.mark.parametrize("form", ["stream", "uncompressed", "lz4"])
def test_truncated_files_are_one_line(tmp_path, read, form):
    path = write(tmp_path / "a.arrow", form)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    with pytest.raises(LogError, match=r"\Aa\.arrow: [^\n]*damaged[^\n]*\Z"):
        read(path, "x", "s")


def test_offsets_that_point_anywhere_are_refused(tmp_path, read):
    path = tmp_path / "a.arrow"
    batch = pa.record_batch({"s": ["abcdefg", "hijklmn"]})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    good, bad = (np.array([0, 7, last], np.int32).tobytes() for last in (14, 2**30))
    assert path.read_bytes().count(good) == 1
    path.write_bytes(path.read_bytes().replace(good, bad))
    with pytest.raises(LogError, match=r"\Aa\.arrow: [^\n]*damaged[^\n]*\Z"):
        read(path, "", "s")


def test_duplicate_names_and_the_old_feather(tmp_path):
    twice = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    with (
        pa.OSFile(str(tmp_path / "a"), "wb") as sink,
        pa.ipc.new_file(sink, twice.schema) as writer,
    ):
        writer.write_table(twice)
    with pytest.raises(LogError, match="a: duplicate column names: 'x'"):
        open_logs(tmp_path / "a")
    (tmp_path / "b.feather").write_bytes(b"FEA1" + bytes(50))
    with pytest.raises(LogError, match=r"b\.feather: a Feather file of version 1"):
        open_logs(tmp_path / "b.feather")


@pytest.mark.parametrize("compression", [None, "zstd"])
def test_the_end_of_a_stream_is_where_arrow_sees_it(compression):
    table = pa.table({"x": list(range(5_000)), "a": [str(i % 7) for i in range(5_000)]})
    options = pa.ipc.IpcWriteOptions(compression=compression)
    out = io.BytesIO()
    with pa.ipc.new_file(out, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=600)
    source = pa.BufferReader(out.getvalue())
    source.seek(8)
    for _ in pa.ipc.MessageReader.open_stream(source):
        pass
    assert end_of_stream(io.BytesIO(out.getvalue()), 8) == source.tell()


@pytest.mark.parametrize("data", [b"", b"\xff" * 8, b"\xff\xff\xff\xff\x08\0\0\0" + b"\xff" * 8])
def test_what_is_no_stream_has_no_end(data):
    with pytest.raises(ValueError, match="no message"):
        end_of_stream(io.BytesIO(data), 0)
