"""CSV and the like; expected values are pandas' reading, or the bytes written here by hand."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from skewcheck.logs import Wanted, open_logs, text
from skewcheck.logs.arrays import Digits, numbers
from skewcheck.logs.delimited import _end_of_records, _rows
from skewcheck.text.errors import LogError


@pytest.fixture
def write(tmp_path):
    def write_bytes(data: bytes | str, name: str = "a.csv"):
        path = tmp_path / name
        raw = data.encode() if isinstance(data, str) else data
        path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
        return path

    return write_bytes


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of some hundred bytes, so that a small file has many."""
    monkeypatch.setattr(text, "BLOCK", 300)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.log"])
def test_delimiters_and_gzip(write, read, rng, small_blocks, delimiter, name):
    frame = pd.DataFrame(
        {
            "x": np.where(rng.random(200) < 0.1, np.nan, rng.normal(size=200)),
            "n": rng.integers(-5, 5, 200),
            "s": rng.choice(["a", 'quo"te', "two\nlines", "d,e;f|g\th", "NA"], 200),
        }
    )
    path = write(frame.to_csv(index=False, sep=delimiter), name)
    found = read(path, "x n", "s")
    assert found["x"] == [None if np.isnan(v) else v for v in frame["x"]]
    assert found["n"] == frame["n"].tolist()
    assert found["s"] == frame["s"].tolist()


def test_every_value_quoted_and_windows_line_ends(write, read, small_blocks):
    rows = [(i / 8, f"v{i % 3}") for i in range(100)]
    data = '"x","s"\r\n' + "".join(f'"{x}","{s}"\r\n' for x, s in rows)
    assert read(write(data), "x", "s") == {
        "x": [x for x, _ in rows],
        "s": [s for _, s in rows],
    }


def test_blank_lines_and_a_missing_last_newline(write, read, small_blocks):
    data = "x,y\n" + "".join(f"{i},{-i}\n\n" for i in range(100)) + "100,-100"
    assert read(write(data), "x y") == {
        "x": [float(i) for i in range(101)],
        "y": [float(-i) for i in range(101)],
    }


def test_old_macintosh_line_ends(write, read):
    assert read(write(b"x,y\r1,2\r3,4\r"), "x y") == {"x": [1, 3], "y": [2, 4]}


def test_byte_order_mark_and_blanks_around_values(write, read):
    data = b"\xef\xbb\xbfage, work ,pay\n 39 , State-gov, 1e3\n40, Private,\n, ?, .5\n"
    assert read(write(data), "age pay", "work", null_values=["?"]) == {
        "age": [39, 40, None],
        "pay": [1000, None, 0.5],
        "work": ["State-gov", "Private", None],
    }


def test_blanks_that_do_not_follow_every_delimiter_belong_to_the_text(write, read):
    assert read(write("x,s\n1, a\n2,b\n"), "x", "s")["s"] == [" a", "b"]


def test_words_for_no_number_are_labels(write, read):
    words = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A", ""]
    data = "x,s\n" + "".join(f"{word},{word}\n" for word in words) + "1,one\n"
    assert read(write(data), "x", "s") == {
        "x": [None] * len(words) + [1.0],
        "s": [*words[:-1], None, "one"],
    }


@pytest.mark.parametrize("bad", ["oops", "1_0", "0x1f", '"1,5"'])
def test_one_bad_value_costs_no_other_and_is_no_null(write, small_blocks, bad):
    lines = [f"{i},{i}.5,a" for i in range(200)]
    lines[150] = f"{bad},NA,a"
    log = open_logs(write("x,y,s\n" + "\n".join(lines)))
    wanted = Wanted(frozenset("xy"), frozenset("s"))
    found = [b for thunk in log.files[0].parts(wanted) for b in thunk()]
    x = [numbers(batch.columns["x"]) for batch in found]
    y = [numbers(batch.columns["y"]) for batch in found]
    assert sum(batch.rows for batch in found) == 200
    assert (sum(n.mistyped for n in x), sum(n.nulls for n in x)) == (1, 0)
    assert (sum(n.mistyped for n in y), sum(n.nulls for n in y)) == (0, 1)
    values = np.concatenate([n.values for n in x])
    assert np.array_equal(np.delete(values, 150), np.delete(np.arange(200.0), 150))


def test_a_column_of_mostly_text_can_be_asked_for_as_numbers(write, read):
    assert read(write("x,y\na,1\n 2 ,2\n?,3\n"), "x y") == {"x": [None, 2, None], "y": [1, 2, 3]}


def test_types_are_those_of_the_first_rows(write):
    data = "i,x,b,d,t,s,e\n1,1.5,True,2026-11-01,2026-11-01T10:00:00Z,a,\n"
    schema = open_logs(write(data)).files[0].schema()
    assert {name: str(kind) for name, kind in schema.items()} == {
        "i": "int64", "x": "double", "b": "bool", "d": "date32[day]",
        "t": "timestamp[s, tz=UTC]", "s": "string", "e": "null",
    }  # fmt: skip


def test_booleans_and_dates_are_numbers_too(write, read):
    data = "b,d\nTrue,1970-01-02\nFalse,\n"
    assert read(write(data), "b d") == {"b": [1, 0], "d": [86_400.0, None]}
    assert read(write(data), "", "b d") == {"b": ["true", "false"], "d": ["1970-01-02", None]}


def test_bytes_that_are_no_utf8_do_no_harm(write, read):
    assert read(write(b"x,s\n1,caf\xe9\n2,b\n"), "x", "s") == {"x": [1, 2], "s": ["caf\\xe9", "b"]}


def test_unnamed_columns_are_named_after_their_place(write):
    data = ",x,\n0,1.5,2\n1,2.5,3\n"
    assert list(open_logs(write(data)).files[0].schema()) == ["Unnamed: 0", "x", "Unnamed: 2"]


def test_badly_quoted_headers(write, read):
    data = '"""x""";"""""y"""""\n1;2\n'
    assert read(write(data), "x y") == {"x": [1], "y": [2]}


@pytest.mark.parametrize(
    "data",
    [
        "186,0.1,137.8\n12,0.2,99\n",
        "39,State-gov,1.5\n40,Private,2\n",
        "a,b\na,c\nb,c\n",
        "nan,1\n2,3\n",
        "1,2\n",
    ],
)
def test_files_without_a_header_are_refused_unless_the_columns_are_named(write, read, data):
    width = data.splitlines()[0].count(",") + 1
    names = [f"c{place}" for place in range(width)]
    path = write(data)
    with pytest.raises(LogError, match=r"\Aa.csv: has no header[^\n]*\Z"):
        open_logs(path)
    found = read(path, "", " ".join(names), names=names)
    frame = pd.read_csv(path, header=None, names=names, dtype=str, keep_default_na=False)
    assert found == {name: frame[name].tolist() for name in names}
    with pytest.raises(LogError, match="columns and no header"):
        open_logs(path, names=["one more", *names])


@pytest.mark.parametrize(
    "data",
    [
        "x,y\n1,2\n",
        "x,y\n",
        "name,city\nann,rome\nbob,oslo\n",
        "0,1,2,3\n0.5,1,1,8\n",
        ",2019 sales\n0,4\n",
        "x,y\n,\n?,a\n",
    ],
)
def test_headers_are_recognised(write, data):
    names = open_logs(write(data)).files[0].schema()
    expected = pd.read_csv(io.StringIO(data)).columns
    assert list(names) == list(expected)


def test_names_are_for_files_without_a_header_only(write, read):
    assert read(write("x,y\n1,2\n"), "x y", names=["p", "q"]) == {"x": [1], "y": [2]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x,y\n1,2\n3\n", "line 3: 1 values where there are 2 columns"),
        (b"x,y\n1,2\n3,4,5\n", "line 3: 3 values where there are 2 columns"),
        (b"x,x,y\n1,2,3\n", "duplicate column names: 'x'"),
        ("x,y\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"x\0y\n1,2\n", "binary data"),
        (b"\n \n", "is empty"),
        (b"", "is empty"),
    ],
)
def test_what_cannot_be_read_is_one_line(write, read, data, says):
    with pytest.raises(LogError, match=rf"\Aa.csv: [^\n]*{says}[^\n]*\Z"):
        read(write(data), "x y")


def test_ragged_rows_far_into_the_file_are_named_by_line(write, read, monkeypatch):
    monkeypatch.setattr(text, "HEAD", 200)
    monkeypatch.setattr(text, "BLOCK", 300)
    lines = ["x,y", *(f"{i},{i}" for i in range(500))]
    lines[400] = "1,2,3"
    with pytest.raises(LogError, match=r"a\.csv: line 401: 3 values"):
        read(write("\n".join(lines)), "x y")


def test_damaged_gzip(write, read):
    path = write("x,y\n" + "1,2\n" * 10_000, "a.csv.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LogError, match=r"\Aa.csv.gz: damaged gzip file[^\n]*\Z"):
        read(path, "x")


def test_a_record_without_end_is_refused(write, read, monkeypatch):
    monkeypatch.setattr(text, "HEAD", 100)
    monkeypatch.setattr(text, "BLOCK", 100)
    monkeypatch.setattr(text, "LONGEST", 1000)
    with pytest.raises(LogError, match="line 2 is longer than"):
        read(write("x,y\n" + "1" * 5000), "x")


def test_rows_are_counted_without_any_wanted_column(write):
    parts = open_logs(write("x,y\n1,2\n3,4\n")).files[0].parts(Wanted(frozenset(["gone"])))
    assert [(b.rows, dict(b.columns)) for thunk in parts for b in thunk()] == [(2, {})]


def test_precision_is_that_of_the_first_rows_for_the_whole_file(write, small_blocks):
    lines = [f"{i}.25,{i},NA,{i}" for i in range(1, 200)] + ["1.123456789,1,7,1"] * 50
    log = open_logs(write("x,n,late,s\n" + "\n".join(lines)))
    wanted = Wanted(frozenset(["x", "n", "late"]), frozenset("s"))
    found = [b.digits for thunk in log.files[0].parts(wanted) for b in thunk()]
    assert len(found) > 3
    assert all(digits == found[0] for digits in found)
    assert found[0].keys() == {"x", "n"}
    assert found[0]["x"].decimals == 2
    assert found[0]["n"] == Digits(2, 0)


def test_labels_come_as_dictionaries_and_numbers_as_float64(write):
    wanted = Wanted(frozenset("x"), frozenset("s"), frozenset("o"))
    (thunk,) = open_logs(write("x,s,o\n1,a,2\n")).files[0].parts(wanted)
    (batch,) = thunk()
    assert pa.types.is_float64(batch.columns["x"].type)
    assert pa.types.is_dictionary(batch.columns["s"].type)
    assert pa.types.is_int64(batch.columns["o"].type)


@pytest.mark.parametrize(
    ("data", "end", "rows"),
    [
        (b"1,2\n3,4\n5", 8, 3),
        (b'"a\nb",2\n"c', 8, None),
        (b'"a",2\n', 6, 1),
        (b"a\n\nb\n", 5, None),
        (b"\na\n", 3, None),
        (b"a\r\n\r\nb\r\n", 8, None),
        (b"a\r\nb\r\n", 6, 2),
        (b"a\rb\n", 4, None),
        (b'5" pipe\n', 0, None),
    ],
)
def test_where_records_end_and_how_many_there_are(data, end, rows):
    assert _end_of_records(data, b"\n") == end
    assert _rows(data, b"\n") == rows


def test_blank_lines_of_a_single_column_are_nulls(write, read):
    assert read(write("x\n1\n\n3\n\n\n6\n"), "x") == {"x": [1, None, 3, None, None, 6]}
    assert read(write("x,y\n1,2\n\n3,4\n"), "x") == {"x": [1, 3]}
