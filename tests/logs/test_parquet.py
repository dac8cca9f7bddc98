"""Parquet; expected values are those that were written, or pandas' reading of the same file."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.logs import ROWS, Wanted, open_logs
from skewcheck.text.errors import LogError

WANTED = Wanted(frozenset(["x", "n"]), frozenset(["s"]))


def table(rng, rows):
    return pa.table(
        {
            "x": rng.normal(size=rows),
            "n": pa.array(rng.integers(0, 9, rows).astype(np.int32), mask=rng.random(rows) < 0.2),
            "s": pa.array(rng.choice(["a", "b", ""], rows), mask=rng.random(rows) < 0.2),
        }
    )


def test_all_row_groups_are_read_as_pandas_reads_them(tmp_path, rng, read):
    path = tmp_path / "a.parquet"
    pq.write_table(table(rng, 1000), path, row_group_size=300)
    frame = pd.read_parquet(path)
    found = read(path, "x n", "s")
    assert found["x"] == frame["x"].tolist()
    assert found["n"] == [None if np.isnan(v) else v for v in frame["n"]]
    assert found["s"] == [None if pd.isna(v) else v for v in frame["s"]]


def test_a_row_group_of_any_size_comes_in_bounded_batches(tmp_path, rng):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": rng.normal(size=300_000)}), path, row_group_size=300_000)
    file = open_logs(path).files[0]
    (thunk,) = file.parts(Wanted(frozenset("x")))
    assert [(batch.origin.start, batch.rows) for batch in thunk()] == [
        (0, ROWS),
        (ROWS, ROWS),
        (2 * ROWS, 300_000 - 2 * ROWS),
    ]
    assert file.rows == 300_000


def test_threads_change_nothing(tmp_path, rng):
    path = tmp_path / "a.parquet"
    pq.write_table(table(rng, 5000), path, row_group_size=400)
    file = open_logs(path).files[0]
    one = [list(thunk()) for thunk in file.parts(WANTED)]
    with ThreadPoolExecutor(4) as pool:
        four = list(pool.map(lambda thunk: list(thunk()), file.parts(WANTED)))
    assert [[(b.origin.start, dict(b.columns)) for b in part] for part in one] == [
        [(b.origin.start, dict(b.columns)) for b in part] for part in four
    ]


def test_text_comes_as_dictionaries(tmp_path, rng):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"s": ["a", "b"], "t": [{"u": "x"}, None], "l": [["p"], ["q"]]}), path)
    (thunk,) = open_logs(path).files[0].parts(Wanted(labels=frozenset(["s", "t.u", "l[0]"])))
    (batch,) = thunk()
    assert all(pa.types.is_dictionary(column.type) for column in batch.columns.values())


ENCODINGS = (None, "PLAIN", "DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_text_of_every_encoding_is_read(tmp_path, read, encoding, kind):
    path = tmp_path / "a.parquet"
    texts = [None if i % 7 == 0 else f"zone {i % 5}" for i in range(1000)]
    column = pa.array(texts).cast(kind)
    chosen = {} if encoding is None else {"column_encoding": {"s": encoding, "t": encoding}}
    pq.write_table(
        pa.table({"s": column, "t": column}), path, row_group_size=300,
        use_dictionary=encoding is None, **chosen,
    )  # fmt: skip
    assert read(path, labels="s") == {"s": texts}
    (file,) = open_logs(path).files
    parts = file.parts(Wanted(others=frozenset(["t"])))
    assert [t for thunk in parts for b in thunk() for t in b.columns["t"].to_pylist()] == [
        t.as_py() for t in column
    ]


def test_row_groups_may_be_encoded_each_in_its_way(tmp_path, read):
    """As files that one writer began and another went on with; dictionaries that grew too large."""
    texts = [f"zone {i}" for i in range(50_000)]
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"s": texts}), path, dictionary_pagesize_limit=1000, row_group_size=900)
    assert {*pq.read_metadata(path).row_group(0).column(0).encodings} > {"PLAIN", "RLE_DICTIONARY"}
    assert read(path, labels="s") == {"s": texts}


def test_numbers_of_every_encoding_are_read(tmp_path, read):
    values = {"i": [*range(1000)], "x": [i / 7 for i in range(1000)]}
    for encodings in ({"i": "DELTA_BINARY_PACKED", "x": "BYTE_STREAM_SPLIT"},
                      {"i": "BYTE_STREAM_SPLIT", "x": "PLAIN"}):  # fmt: skip
        path = tmp_path / "a.parquet"
        pq.write_table(pa.table(values), path, use_dictionary=False, column_encoding=encodings)
        assert read(path, "i x") == values
        assert read(path, labels="i")["i"] == [*map(str, values["i"])]


def test_nested_columns_and_literal_names_that_look_nested(tmp_path, read):
    path = tmp_path / "a.parquet"
    rows = pa.table(
        {
            "a": [{"b": 1.5, "z": 9.0}, None],
            "a.z": [7.0, 8.0],
            "f": pa.array([[1.0, 2.0], [3.0, 4.0]], pa.list_(pa.float32(), 2)),
            "l": [["p", "q"], ["r"]],
            "deep": [{"v": [{"w": 1}]}, {"v": []}],
        }
    )
    pq.write_table(rows, path)
    found = read(path, "a.b a.z f[1] deep.v[0].w gone", "l[1]")
    assert found == {
        "a.b": [1.5, None],
        "a.z": [7.0, 8.0],
        "f[1]": [2.0, 4.0],
        "deep.v[0].w": [1.0, None],
        "l[1]": ["q", None],
    }


def test_only_the_needed_leaves_are_read(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [{"b": 1, "c": 2}], "d": [3]}), path)
    asked = []
    original = pq.ParquetFile.iter_batches

    def iter_batches(self, **options):
        asked.append(options["columns"])
        return original(self, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", iter_batches)
    for thunk in open_logs(path).files[0].parts(Wanted(frozenset(["a.b"]))):
        list(thunk())
    assert asked == [["a.b"]]


def test_odd_types_are_read(tmp_path, read):
    path = tmp_path / "a.parquet"
    rows = pa.table(
        {
            "dec": [Decimal("0.07"), None],
            "big": pa.array([2**53 + 1, 2**62]),
            "u": pa.array([2**64 - 1, 0], pa.uint64()),
            "flag": [True, False],
            "none": pa.nulls(2),
            "cat": pa.array(["x", "y"]).dictionary_encode(),
            "t": pa.array([0, 86_400_000], pa.timestamp("ms", "UTC")),
        }
    )
    pq.write_table(rows, path)
    found = read(path, "dec big u flag none t", "cat")
    assert found == {
        "dec": [0.07, None],
        "big": [2**53 + 1, 2**62],
        "u": [2.0**64, 0.0],
        "flag": [1, 0],
        "none": [None, None],
        "t": [0.0, 86_400.0],
        "cat": ["x", "y"],
    }


def test_rows_are_counted_even_without_any_wanted_column(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": [1, 2, 3]}), path, row_group_size=2)
    parts = open_logs(path).files[0].parts(Wanted(frozenset(["gone"])))
    assert [(b.rows, dict(b.columns)) for thunk in parts for b in thunk()] == [(2, {}), (1, {})]


def test_a_file_without_rows_has_no_batches(tmp_path, read):
    pq.write_table(pa.table({"x": pa.array([], pa.float64())}), tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "x") == {}


def damaged(kind: str, good: bytes) -> bytes:
    match kind:
        case "cut":
            return good[: len(good) // 2]
        case "junk":
            return b"PAR1" + b"\x07" * 500 + b"PAR1"
        case "magic only":
            return b"PAR1"
        case "long footer":
            return good[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"
        case "gigabytes":  # thrift compact: a list field that announces 2^31 items
            footer = b"\x15\x04\x29\xfc\xff\xff\xff\xff\x07" + b"\x00" * 40
            return b"PAR1" + footer + struct.pack("<I", len(footer)) + b"PAR1"
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("cut", "truncated"),
        ("junk", "damaged"),
        ("magic only", "truncated"),
        ("long footer", "longer than the file"),
        ("gigabytes", "damaged"),
    ],
)
def test_damaged_files_are_one_line_that_names_them(tmp_path, kind, says):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": [1.0]}), path)
    path.write_bytes(damaged(kind, path.read_bytes()))
    with pytest.raises(LogError, match=rf"\Aa.parquet: [^\n]*{says}[^\n]*\Z"):
        open_logs(path)


def test_damage_inside_the_data_is_found_when_it_is_read(tmp_path, rng, read):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": rng.normal(size=1000)}), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[4:2000] = bytes(1996)
    path.write_bytes(bytes(data))
    with pytest.raises(LogError, match=r"\Aa.parquet: [^\n]*damaged[^\n]*\Z"):
        read(path, "x")


def test_duplicate_names_are_named(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x\n", "x\n"]), path)
    with pytest.raises(LogError, match=r"\Aa.parquet: duplicate column names: [^\n]*x[^\n]*\Z"):
        open_logs(path)


def test_a_page_that_differs_from_its_checksum_names_file_and_column(tmp_path, rng):
    values = {name: rng.normal(size=3000) for name in ("x", "y")}
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table(values), path, write_page_checksum=True, compression="none", use_dictionary=False
    )
    whole = path.read_bytes()
    for name, column in values.items():
        for first in rng.integers(0, 2900, 5):
            start = whole.index(column[first : first + 100].tobytes())
            path.write_bytes(whole[:start] + bytes(800) + whole[start + 800 :])
            with pytest.raises(LogError, match=rf"a.parquet: damaged: column '{name}'.*checksum"):
                list(open_logs(path).batches(Wanted(frozenset("xy"))))
    # A column that is not read costs nothing.
    assert sum(batch.rows for batch in open_logs(path).batches(Wanted(frozenset("x")))) == 3000


def test_counts_that_contradict_each_other_are_refused(tmp_path, rng):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": rng.normal(size=3000)}), path, compression="none")
    whole = path.read_bytes()
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    written, other = (bytes([n % 128 + 128, n // 128]) for n in (2 * 3000, 2 * 2999))  # zigzag
    changed = set()
    for i in (i for i in range(footer, len(whole)) if whole[i : i + 2] == written):
        path.write_bytes(whole[:i] + other + whole[i + 2 :])
        about = pq.read_metadata(path)
        group = about.row_group(0)
        counts = about.num_rows, group.num_rows, group.column(0).num_values
        if counts == (3000,) * 3:  # other bytes that look alike
            continue
        changed.add(counts)
        with pytest.raises(LogError, match=r"a.parquet: .*damaged"):
            list(open_logs(path).batches(Wanted(frozenset("x"))))
    assert len(changed) == 3
