"""Moments of time in whatever way a log writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pyarrow as pa
import pytest

from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.logs.times import Window, seconds
from skewcheck.text.errors import UsageError

MOMENT = datetime(2026, 11, 1, 12, 30, 15, tzinfo=UTC)
EPOCH = MOMENT.timestamp()
BERLIN = MOMENT.astimezone(timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    "array",
    [
        pa.array([MOMENT, None], pa.timestamp("s", "UTC")),
        pa.array([MOMENT, None], pa.timestamp("ns", "Europe/Berlin")),
        pa.array([MOMENT.replace(tzinfo=None), None], pa.timestamp("ms")),
        pa.array([EPOCH, None]),
        pa.array([int(EPOCH), None]),
        pa.array([int(EPOCH * 1e3), None]),
        pa.array([int(EPOCH * 1e6), None]),
        pa.array([int(EPOCH * 1e9), None]),
        pa.array([EPOCH * 1e3, float("nan")]),
        pa.array(["2026-11-01T12:30:15", None]),
        pa.array(["2026-11-01 12:30:15", ""]),
        pa.array(["2026-11-01T12:30:15Z", None]),
        pa.array(["2026-11-01T13:30:15+01:00", "soon"]),
        pa.array([BERLIN.isoformat(), None], pa.large_string()),
        pa.array(["2026-11-01T12:30:15.000000000", "x"]),
        pa.array(["2026-11-01T12:30:15", None]).dictionary_encode(),
        pa.array(["2026-11-01T12:30:15Z", None], pa.string_view()),
    ],
    ids=lambda array: f"{array.type} {array[0]}",
)
def test_every_spelling_is_the_same_moment(array: pa.Array) -> None:
    found = seconds(array)
    assert found.dtype == np.float64
    assert found[0] == EPOCH
    assert np.isnan(found[1])


def test_days() -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC).timestamp()
    assert seconds(pa.array([date(2026, 11, 1)])).tolist() == [day]
    assert seconds(pa.array(["2026-11-01"])).tolist() == [day]


@pytest.mark.parametrize("kind", [pa.string(), pa.float64(), pa.null(), pa.timestamp("us")])
def test_nothing_is_no_time(kind: pa.DataType) -> None:
    assert seconds(pa.array([], kind)).tolist() == []
    assert np.isnan(seconds(pa.array([None], kind))).all()


def batch(moments: list[float | None]) -> Batch:
    rows = len(moments)
    columns = {"ts": pa.array(moments, pa.float64()), "x": pa.array(range(rows), pa.int64())}
    return Batch(RowOrigin("a.csv", 100), rows, columns)


def test_since_is_inside_and_until_is_not() -> None:
    kept = Window("ts", 10.0, 20.0).kept(batch([9.9, 10.0, None, 19.9, 20.0, float("inf")]))
    assert (kept.rows, kept.columns["x"].to_pylist()) == (2, [1, 3])
    assert [kept.origin.row(i) for i in range(2)] == [101, 103]
    assert kept.origin.numbers(2).tolist() == [101, 103]


def test_all_and_none() -> None:
    some = batch([10.0, 11.0])
    for window in (Window("ts", 10.0), Window("ts")):
        every = window.kept(some)
        assert (every.rows, every.origin) == (2, some.origin)
        assert every.columns is some.columns
        assert every.times is not None
        assert every.times.tolist() == [10.0, 11.0]
    none = Window("ts", 12.0).kept(some)
    assert (none.rows, len(none.columns["x"])) == (0, 0)


def test_a_file_without_the_column() -> None:
    with pytest.raises(UsageError, match=r"a\.csv: no column 'when' to tell the time"):
        Window("when", 0.0).kept(batch([1.0]))


def test_one_bad_cell_costs_one_cell() -> None:
    data, ends = b"2026-11-01T12:30:15\xff\xfe2026-11-01T12:30:15", np.array([0, 19, 21, 40])
    texts = pa.Array.from_buffers(
        pa.string(), 3, [None, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(data)]
    )
    np.testing.assert_array_equal(seconds(texts), [EPOCH, np.nan, EPOCH])


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["12026-11-01", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00"]),
        pa.array([300_000_000_000, 2**62, -(2**62)], pa.timestamp("s")),
        pa.array([9e19 * 1e9, float("inf"), float("-inf")]),
    ],
)
def test_what_no_date_can_be_is_no_time(array: pa.Array) -> None:
    assert np.isnan(seconds(array)).all()
