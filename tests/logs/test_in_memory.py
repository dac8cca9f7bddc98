"""Tables in memory; expected values are those of the table."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skewcheck.logs import ROWS, Wanted, open_logs
from skewcheck.logs.arrays import numbers
from skewcheck.text.errors import LogError


def test_data_frames_of_many_types(read):
    frame = pd.DataFrame(
        {
            "x": [1.5, np.nan, np.inf],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "b": [True, False, True],
            "t": pd.to_datetime(["1970-01-02", None, "1970-01-03"]),
            "s": ["a", None, "b"],
            "c": pd.Categorical(["q", None, "p"]),
            "mixed": [1, "2.5", None],
            "odd": [{"a": 1}, [2], "x"],
            "z": np.array([1j, 2, 3]),
            7: [7, 8, 9],
        },
        index=[5, 5, 5],
    )
    assert read(frame, "x n b t mixed 7 z", "s c") == {
        "x": [1.5, None, float("inf")],
        "n": [1, None, 3],
        "b": [1, 0, 1],
        "t": [86_400.0, None, 172_800.0],
        "mixed": [1, 2.5, None],
        "7": [7, 8, 9],
        "s": ["a", None, "b"],
        "c": ["q", None, "p"],
        "z": [None, None, None],
    }
    assert read(frame, "", "mixed odd") == {
        "mixed": ["1", "2.5", None],
        "odd": ["{'a': 1}", "[2]", "x"],
    }


def test_floats_of_a_data_frame_are_not_copied():
    values = np.arange(10.0)
    frame = pd.DataFrame({"x": values}, copy=False)
    (thunk,) = open_logs(frame).files[0].parts(Wanted(frozenset("x")))
    (batch,) = thunk()
    assert np.shares_memory(numbers(batch.columns["x"]).values, values)


def test_large_tables_come_in_bounded_batches():
    table = pa.table({"x": np.arange(ROWS + 5)})
    file = open_logs(pa.concat_tables([table, table])).files[0]
    found = [batch for thunk in file.parts(Wanted(frozenset("x"))) for batch in thunk()]
    assert [(b.origin.start, b.rows) for b in found] == [(0, ROWS), (ROWS, ROWS), (2 * ROWS, 10)]
    joined = np.concatenate([numbers(b.columns["x"]).values for b in found])
    assert np.array_equal(joined, np.tile(np.arange(ROWS + 5), 2))
    assert (file.name, file.rows) == ("<table>", 2 * ROWS + 10)


def test_batches_and_whatever_has_arrows_interface(read):
    class Foreign:
        def __arrow_c_stream__(self, requested_schema=None):
            return pa.table({"x": [1, 2]}).__arrow_c_stream__(requested_schema)

    assert read(pa.record_batch({"x": [1, 2]}), "x") == {"x": [1, 2]}
    assert read(Foreign(), "x") == {"x": [1, 2]}
    assert [file.name for file in open_logs([Foreign(), Foreign()]).files] == [
        "<table>",
        "<table 2>",
    ]


def test_empty_tables(read):
    assert read(pd.DataFrame({"x": []}), "x") == {}
    assert open_logs(pa.table({})).files[0].rows == 0
    rows = [
        b.rows
        for t in open_logs(pd.DataFrame(index=range(3))).files[0].parts(Wanted())
        for b in t()
    ]
    assert rows == [3]


def test_dates_of_objects(read):
    frame = pd.DataFrame({"d": [dt.date(1970, 1, 2), None]})
    assert read(frame, "d") == {"d": [86_400.0, None]}


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[1, 2]], columns=["x", "x"]),
        pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"]),
    ],
)
def test_duplicate_names_are_refused(table):
    with pytest.raises(LogError, match="<table>: duplicate column names: 'x'"):
        open_logs(table)
