"""Bytes that nothing marks as text, as older writers leave them, are read as CSV would be.

What each cell must be comes from Python's own decoding of it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rides import frame

import skewcheck
from skewcheck.logs import open_logs
from skewcheck.logs.arrays import labels, levels, numbers
from skewcheck.logs.arrays.texts import Texts, without
from skewcheck.logs.log import Log
from skewcheck.logs.times import seconds

CELLS = st.one_of(
    st.none(), st.sampled_from([b"", b" ", b"1", b"2.50", b" 3 ", b"NA", b"x", b"\xff", b"1\xe9"]),
    st.text(max_size=3).map(str.encode), st.binary(max_size=3),
)  # fmt: skip
MOMENTS = st.sampled_from(
    [None, b"2026-11-01T00:00:00", b"2026-11-01 00:00:20Z", b"x", b"\xff", b""]
)
Made = Callable[[list[bytes | None]], pa.Array]
LAYOUTS: dict[str, Made] = {
    "binary": lambda cells: pa.array(cells, pa.binary()),
    "large_binary": lambda cells: pa.array(cells, pa.large_binary()),
    "binary_view": lambda cells: pa.array(cells, pa.binary_view()),
    "dictionary": lambda cells: pa.array(cells, pa.binary()).dictionary_encode(),
    "slice": lambda cells: pa.array([b"\xfe", None, *cells, b"\xfe"], pa.binary())[2:-1],
}


def _text(cell: bytes | None) -> str | None:
    """Return a cell's text; None where it has none."""
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def _wrong(cells: list[bytes | None]) -> int:
    return sum(cell is not None and _text(cell) is None for cell in cells)


def _named(array: pa.Array) -> list[str | None]:
    found = labels(array)
    return [None if code < 0 else found.levels[code] for code in found.codes]


@pytest.mark.parametrize("layout", LAYOUTS)
@given(cells=st.lists(CELLS, max_size=8))
def test_bytes_are_text_where_they_are_utf_8_and_mistyped_elsewhere(layout, cells):
    array, wrong = LAYOUTS[layout](cells), _wrong(cells)
    texts = pa.array([_text(cell) for cell in cells], pa.string())
    assert _named(array) == texts.to_pylist()
    for read in (labels, levels, numbers):
        found, expected = read(array), read(texts)
        assert found.mistyped == expected.mistyped + wrong
        assert found.nulls == expected.nulls - wrong
    np.testing.assert_array_equal(numbers(array).values, numbers(texts).values)
    as_numbers, expected_texts = Texts.of(array), Texts.of(texts)
    assert as_numbers.words == expected_texts.words + wrong
    assert (as_numbers.numbers, as_numbers.blanks) == (
        expected_texts.numbers, expected_texts.blanks
    )  # fmt: skip
    left = without(array, ["x", "1"])
    assert _named(left) == _named(without(texts, ["x", "1"]))
    assert labels(left).mistyped == wrong


@pytest.mark.parametrize("layout", LAYOUTS)
@given(cells=st.lists(MOMENTS, max_size=5))
def test_times_in_bytes_are_times(layout, cells):
    texts = pa.array([_text(cell) for cell in cells], pa.string())
    np.testing.assert_array_equal(seconds(LAYOUTS[layout](cells)), seconds(texts))


def test_bytes_of_a_fixed_size():
    array = pa.array([b"ab", None, b"\xff\xff", b"12"], pa.binary(2))
    assert _named(array) == ["ab", None, None, "12"]
    assert (labels(array).mistyped, numbers(array).mistyped) == (1, 2)
    assert _named(without(array, ["ab"])) == [None, None, None, "12"]


def _written(path: str, zone: pa.Array, fare: pa.Array) -> str:
    table = pa.Table.from_pandas(frame(2), preserve_index=False)
    table = table.set_column(table.schema.get_field_index("pay"), "pay", zone)
    table = table.set_column(table.schema.get_field_index("fare"), "fare", fare)
    if path.endswith("parquet"):
        pq.write_table(table, path)
    else:
        with ipc.new_file(path, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("path", ["bytes.parquet", "bytes.arrow"])
@pytest.mark.parametrize("kind", ["binary", "large_binary", "dictionary"])
@pytest.mark.usefixtures("folder")
def test_an_audit_of_bytes_is_that_of_text(path, kind):
    pay = pa.array(frame(2)["pay"], pa.string())
    fare = pa.array([str(x) for x in frame(2)["fare"]], pa.string())
    if kind == "dictionary":
        columns = [column.cast(pa.binary()).dictionary_encode() for column in (pay, fare)]
    else:
        columns = [column.cast(kind) for column in (pay, fare)]
    text = skewcheck.audit("p.json", _written("text.parquet", pay, fare))
    found = skewcheck.audit("p.json", _written(path, *columns))
    assert [f.verdict for f in found.features] == [f.verdict for f in text.features]
    assert [f.tests for f in found.features] == [f.tests for f in text.features]
    log: Log = open_logs(path)
    assert log.types("fare") == [pa.float64()] or kind == "dictionary"


@pytest.mark.usefixtures("folder")
def test_bytes_that_are_no_text_are_of_another_type_by_the_row():
    pay = [cell.encode() for cell in frame(2)["pay"]]
    pay[::2] = [b"\xff" + cell for cell in pay[::2]]
    fare = pa.array(frame(2)["fare"])
    found = skewcheck.audit("p.json", _written("a.parquet", pa.array(pay), fare))
    (feature,) = [feature for feature in found.features if feature.name == "pay"]
    (test,) = [test for test in feature.tests if test.name == "type"]
    assert test.statistic == pytest.approx(len(pay[::2]) / len(pay))
    assert test.verdict == "skew"
