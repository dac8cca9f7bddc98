"""A long text that all rows share is in memory once, as it is in the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rides import frame

import skewcheck
from skewcheck.logs.arrays import labels, numbers
from skewcheck.logs.log import has_value
from skewcheck.logs.times import seconds
from skewcheck.text.errors import NothingToTestError

LONG = 1 << 20
"""Bytes of a text: in each of the rows of `frame` they would be over a gigabyte."""
MOST = 300 << 20
"""Bytes that Arrow may take at once: a hundred texts, and what an audit takes anyway."""


POOLS: list[pa.MemoryPool] = []
"""Pools in use once: a buffer that outlives its test gives its bytes back to its pool."""


@pytest.fixture
def _little_memory() -> Iterator[None]:
    usual = pa.default_memory_pool()
    counted = pa.proxy_memory_pool(usual)
    POOLS.append(counted)
    pa.set_memory_pool(counted)
    try:
        yield
        assert counted.max_memory() < MOST
    finally:
        pa.set_memory_pool(usual)


def _column(kind: str, rows: int) -> pa.Array:
    """Return a column of one long text in every row: as a dictionary, as runs."""
    values = pa.array(["x" * LONG])
    if kind == "runs":
        return pa.RunEndEncodedArray.from_arrays(pa.array([rows], pa.int32()), values)
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), values)


def _table(column: str, kind: str) -> pa.Table:
    table = pa.Table.from_pandas(frame(2), preserve_index=False)
    array = _column(kind, table.num_rows)
    if column not in table.column_names:
        return table.append_column(column, array)
    return table.set_column(table.schema.get_field_index(column), column, array)


def _written(path: str, column: str, *, marked: bool = True) -> str:
    """Write it as a dictionary; not `marked`, Parquet alone knows that it is stored as one."""
    table = _table(column, "dictionary")
    if path.endswith("parquet"):
        pq.write_table(table, path, compression="zstd", store_schema=marked)
    else:
        options = ipc.IpcWriteOptions(compression="zstd")
        with ipc.new_file(path, table.schema, options=options) as writer:
            writer.write_table(table)
    assert Path(path).stat().st_size < LONG
    return path


@pytest.mark.usefixtures("folder", "_little_memory")
@pytest.mark.parametrize("column", ["at", "fare", "pay", "other"])
@pytest.mark.parametrize("path", ["a.parquet", "b.parquet", "a.arrow"])
def test_an_audit_of_a_long_text_in_any_column(path, column):
    _written(path, column, marked=path != "b.parquet")
    if column == "at":
        with pytest.raises(NothingToTestError, match="does it hold times"):
            skewcheck.audit("p.json", path, since="2026-01-01", time_column="at")
    elif column == "other":
        assert skewcheck.audit("p.json", path, by=["other"]).logs.rows == len(frame(2))
    else:
        assert skewcheck.audit("p.json", path).exit_code == 1


@pytest.mark.usefixtures("folder", "_little_memory")
@pytest.mark.parametrize("column", ["fare", "pay"])
def test_runs_of_a_long_text(column):
    assert skewcheck.audit("p.json", _table(column, "runs")).exit_code == 1


@pytest.mark.usefixtures("folder", "_little_memory")
def test_apply_writes_a_long_text_in_pieces():
    table = _table("other", "dictionary").slice(0, 400)
    pq.write_table(table, "a.parquet", compression="zstd")
    skewcheck.apply("p.json", "a.parquet", "out.parquet")
    assert pq.read_metadata("out.parquet").num_rows == 400
    written = pq.read_table("out.parquet", columns=["other"], read_dictionary=["other"])
    assert {len(text) for text in written["other"].unique().dictionary.to_pylist()} == {LONG}


TEXTS = st.sampled_from([None, "1", "2.5", "x", "", "2026-11-01T00:00:00", "2026-11-01 01:00Z"])
RUNS = st.lists(st.tuples(TEXTS, st.integers(1, 3)), max_size=6)


@given(runs=RUNS, start=st.integers(0, 5), stop=st.integers(0, 12), coded=st.booleans())
def test_dictionaries_and_runs_are_read_as_what_they_stand_for(runs, start, stop, coded):
    plain = pa.array([text for text, times in runs for _ in range(times)], pa.string())
    values = pa.array([text for text, _ in runs], pa.string())
    ends = pa.array(np.cumsum([times for _, times in runs], dtype=np.int32), pa.int32())
    if coded:
        values = values.dictionary_encode()
    encoded = [plain.dictionary_encode(), pa.RunEndEncodedArray.from_arrays(ends, values)]
    encoded.append(  # a dictionary of which a value is null
        pa.DictionaryArray.from_arrays(
            pa.array(range(len(plain)), pa.uint8()), plain
        )
    )  # fmt: skip
    expected = plain[start:stop]
    for array in (array[start:stop] for array in encoded):
        np.testing.assert_array_equal(seconds(array), seconds(expected))
        np.testing.assert_array_equal(numbers(array).values, numbers(expected).values)
        assert numbers(array).mistyped == numbers(expected).mistyped
        found = labels(array)
        assert [None if c < 0 else found.levels[c] for c in found.codes] == expected.to_pylist()
        assert has_value(array) == (expected.null_count < len(expected))


def test_times_of_a_dictionary_are_those_of_pandas():
    times = pd.date_range("2026-11-01", periods=50, freq="17min", tz="UTC")
    array = pa.array(times.strftime("%Y-%m-%dT%H:%M:%SZ")).take(pa.array([3, 1, 3, 49]))
    expected = times[[3, 1, 3, 49]].astype("int64") / 1e9
    unit = {"us": 1e3, "ms": 1e6, "s": 1e9}.get(times.unit, 1.0)
    np.testing.assert_allclose(seconds(array.dictionary_encode()), expected * unit)
