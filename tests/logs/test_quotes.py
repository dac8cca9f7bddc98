"""Stray quotes, and files that end too early: no record is lost in silence."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skewcheck.logs import Batch, Wanted, open_logs
from skewcheck.text.errors import LogError

RNG = np.random.default_rng(0)
ROWS = 3000
NUMBERS = Wanted(frozenset(["age", "fare"]))
RECORDS = [(int(RNG.integers(18, 90)), f"{RNG.lognormal():.2f}", f"note {i}") for i in range(ROWS)]


def write(path: Path, delimiter: str, *, quote: tuple[int, ...] = (), last: bool = True) -> Path:
    """Write records whose notes begin with a stray quote in some lines."""
    lines = [delimiter.join(("age", "fare", "note") if last else ("note", "age", "fare"))]
    for i, (age, fare, note) in enumerate(RECORDS):
        text = f'"{note}' if i in quote else note
        fields = (str(age), fare, text) if last else (text, str(age), fare)
        lines.append(delimiter.join(fields))
    path.write_text("\n".join(lines) + "\n")
    return path


def batches(path: Path) -> list[Batch]:
    return list(open_logs(path).batches(NUMBERS))


def test_tabs_with_stray_quotes_are_read_unquoted(tmp_path: Path) -> None:
    for last in (True, False):
        path = write(tmp_path / "a.tsv", "\t", quote=tuple(range(ROWS)), last=last)
        (batch,) = batches(path)
        assert batch.rows == ROWS
        assert batch.columns["age"].to_pylist() == [age for age, *_ in RECORDS]


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
@pytest.mark.parametrize("quote", [(5, 900), (5, 6), (100, 101, 102, 103), (2990, 2999)])
def test_a_quote_that_swallows_records_is_refused_with_its_line(
    tmp_path: Path, delimiter: str, quote: tuple[int, ...]
) -> None:
    path = write(tmp_path / "a.csv", delimiter, quote=quote)
    with pytest.raises(LogError, match=rf"\Aa\.csv: line {quote[0] + 2}: [^\n]*\Z"):
        batches(path)


def test_a_quote_at_the_start_of_records_is_refused(tmp_path: Path) -> None:
    for quote in ((5, 900), (5, 7), (5, 6)):
        with pytest.raises(LogError, match=r"\Aa\.csv: "):
            batches(write(tmp_path / "a.csv", ",", quote=quote, last=False))


def test_values_of_several_lines_are_values(tmp_path: Path) -> None:
    notes = ["two\nlines", "a, b, c\nd, e, f\ng", 'a "quoted" word\nand more',
             "5\n6\n7", "x,y,z\n\n1"]  # fmt: skip
    for delimiter in (",", "\t", ";"):
        with (tmp_path / "a.csv").open("w", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
            writer.writerow(("age", "fare", "note"))
            writer.writerows((a, f, notes[i % len(notes)]) for i, (a, f, _) in enumerate(RECORDS))
        (batch,) = batches(tmp_path / "a.csv")
        assert (batch.rows, batch.cut) == (ROWS, False)


def test_a_value_that_holds_records_of_the_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('age,fare,note\n1,2.5,"as in\n3,4.5,x\nabove"\n5,6.5,y\n')
    with pytest.raises(LogError, match=r"line 2: a quoted value holds records"):
        batches(tmp_path / "a.csv")


@pytest.mark.parametrize("inches", ['5" pipe', 'a 3" b'])
def test_quotes_inside_of_values_are_text(tmp_path: Path, inches: str) -> None:
    lines = [f"{a},{f},{inches}" for a, f, _ in RECORDS[:999]]
    (tmp_path / "a.csv").write_text("\n".join(["age,fare,note", *lines]) + "\n")
    (batch,) = batches(tmp_path / "a.csv")
    assert (batch.rows, batch.cut) == (999, False)


def test_text_that_ends_inside_a_value_is_cut(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(("age", "fare", "note"))
        writer.writerows(RECORDS)
    whole = (tmp_path / "a.csv").read_bytes()
    assert [b.cut for b in batches(tmp_path / "a.csv")] == [False]
    (tmp_path / "a.csv").write_bytes(whole[: whole.index(b'"note 1000"') + 5])
    assert [b.cut for b in batches(tmp_path / "a.csv")] == [True]


def test_a_stream_without_its_end_mark_is_cut(tmp_path: Path) -> None:
    table = pa.table({"age": list(range(ROWS)), "fare": [0.5] * ROWS})
    path = tmp_path / "a.arrows"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, 1000)
    assert [b.cut for b in batches(path)] == [False] * 3
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    assert [b.cut for b in batches(path)] == [False, False, True]
    path.write_bytes(whole + b"junk behind the mark")
    with pytest.raises(LogError, match="20 bytes stand behind the end of its rows"):
        batches(path)


@pytest.mark.parametrize("kind", ["arrows", "arrow", "parquet"])
def test_files_that_were_put_together_are_refused(tmp_path: Path, kind: str) -> None:
    """`cat a b > c` makes a file of which each format's reader reads one half."""
    table = pa.table({"age": list(range(ROWS)), "fare": [0.5] * ROWS})
    path = tmp_path / f"a.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, row_group_size=1000, write_page_index=True)
    else:
        new = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as sink, new(sink, table.schema) as writer:
            writer.write_table(table, 1000)
    assert sum(b.rows for b in batches(path)) == ROWS
    path.write_bytes(path.read_bytes() * 2)
    with pytest.raises(LogError, match="put together"):
        batches(path)


def test_a_stream_that_ends_behind_its_schema_is_cut(tmp_path: Path) -> None:
    schema = pa.schema({"age": pa.int64()})
    path = tmp_path / "a.arrows"
    path.write_bytes(schema.serialize())
    assert [(b.rows, b.cut) for b in batches(path)] == [(0, True)]
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema):
        pass
    assert batches(path) == []


def lost(path: Path, rows: int) -> int | None:
    """Return how many rows are not read; None where the file is refused for its quotes."""
    try:
        return rows - sum(batch.rows for batch in open_logs(path).batches(Wanted(frozenset())))
    except LogError as error:
        return None if "a quoted value holds" in str(error) or "values where" in str(error) else 0


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("names", [("user", "note"), ("user", "note", "time"), ("note", "code")])
def test_tables_without_numbers_lose_no_records(
    tmp_path: Path, names: tuple[str, ...], end: str
) -> None:
    make = {
        "user": "user-{}",
        "note": "some text {}",
        "time": "2026-01-01 00:00:{:02}",
        "code": "x",
    }
    for place in range(len(names)):
        rows = [[make[name].format(i % 60) for name in names] for i in range(ROWS)]
        rows[500][place] = '"' + rows[500][place]
        rows[1500][place] = '"' + rows[1500][place]
        lines = [",".join(row) for row in [names, *rows]]
        (tmp_path / "a.csv").write_bytes(end.join([*lines, ""]).encode())
        # Line 1 is the header, so record 500 (from 0) is line 502.
        with pytest.raises(LogError, match=r"\Aa\.csv: line 502: a quoted value holds records"):
            batches(tmp_path / "a.csv")


def test_quotes_that_open_and_close_fields_are_told_by_the_columns(tmp_path: Path) -> None:
    lines = [f"2026-01-01 00:00:{i % 60:02},text {i}" for i in range(ROWS)]
    lines[500] = lines[500].replace(",", ',"')
    lines[1500] += '"'  # nothing is wrong with this quote but what it encloses
    (tmp_path / "a.csv").write_text("\n".join(["time,note", *lines, ""]))
    with pytest.raises(LogError, match="line 502: a quoted value holds records"):
        batches(tmp_path / "a.csv")


@pytest.mark.parametrize("words", [1, 2, 3])
def test_numbers_beside_some_words_are_numbers(tmp_path: Path, words: int) -> None:
    lines = [f"{a},{'word' if i < words else f},note" for i, (a, f, _) in enumerate(RECORDS)]
    lines[500] = lines[500].replace("note", '"note')
    lines[503] += '"'
    (tmp_path / "a.csv").write_text("\n".join(["age,fare,note", *lines, ""]))
    with pytest.raises(LogError, match="line 502: a quoted value holds records"):
        batches(tmp_path / "a.csv")


def test_text_behind_the_first_megabyte_loses_no_records(tmp_path: Path) -> None:
    lines = [f"user-{i}\tsome text {i}" for i in range(60_000)]  # 1.5 MB
    for i in (50_000, 58_000):  # over 128 KB, which is more than `csv` takes for a value
        lines[i] = lines[i].replace("\t", '\t"')
    (tmp_path / "a.tsv").write_text("\n".join(["user\tnote", *lines, ""]))
    with pytest.raises(LogError, match="line 50002: a quoted value holds records"):
        batches(tmp_path / "a.tsv")


@pytest.mark.parametrize(
    "note",
    ["order:\n2, please\n", "order:\n2, please", "a\n,b", ",\n,\n", "1\n2, x\n3, y\n",
     "a,b\nc,d\ne",
     'she said "no"\n2,"yes"', '{"a": 1,\n "b": 2}', "12 High St,\nYork,\nUK", "x\n\n\ny"],
)  # fmt: skip
def test_comments_that_look_like_a_record_are_read(tmp_path: Path, note: str) -> None:
    for names in (("fare", "comment"), ("comment", "fare"), ("user", "comment"), ("comment", "a")):
        table = pa.table({name: [note] * 9 if name == "comment" else ["1.5"] * 9 for name in names})
        table.to_pandas().to_csv(tmp_path / "a.csv", index=False)
        assert lost(tmp_path / "a.csv", 9) == 0


def test_backslashes_before_quotes_are_no_stray_quotes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("note,b\n" + '"at noon, x\nsays \\"hi\\" there",5\n' * 9)
    assert lost(tmp_path / "a.csv", 9) == 0


PARTS = [
    "order",
    "2",
    "3.5",
    '"asap"',
    "5th floor",
    "2, please",
    "a,b",
    "7,8",
    ";",
    "\t",
    "{'k': 1}",
]


def texts(kind: str, chance: np.random.Generator) -> list[str]:
    """Return 40 values of a kind."""
    if kind == "number":
        return [f"{x:.2f}" for x in chance.normal(0, 10, 40)]
    if kind == "time":
        return [f"2026-01-{x:02} 00:00" for x in chance.integers(1, 29, 40)]
    if kind == "text":
        return [" ".join(chance.choice(["red", "new", "u17", "3"], 3)) for _ in range(40)]
    size = chance.integers(1, 8, 40)
    return ["".join(chance.choice([*PARTS, *"\n\n\n,,,"], n)) for n in size]


def random_table(kinds: list[str], chance: np.random.Generator) -> list[list[str]]:
    columns = [texts(str(chance.choice(kinds)), chance) for _ in range(chance.integers(2, 9))]
    return [list(row) for row in zip(*columns, strict=True)]


def test_no_random_table_with_comments_is_refused(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    for _ in range(70):
        rows = [
            [value or "-" for value in row]
            for row in random_table(["comment", "number", "text"], chance)
        ]
        with (tmp_path / "a.csv").open("w", newline="") as file:
            quoting = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC][chance.integers(3)]
            end = ["\n", "\r\n"][chance.integers(2)]
            writer = csv.writer(file, quoting=quoting, lineterminator=end)
            writer.writerow([f"c{i}" for i in range(len(rows[0]))])
            writer.writerows(rows)
        assert lost(tmp_path / "a.csv", 40) == 0


def test_no_random_table_with_stray_quotes_loses_records(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    refused = 0
    for kinds in (["text"], ["text", "time"], ["text", "time", "number"]) * 25:
        rows = random_table(kinds, chance)
        width = len(rows[0])
        first, last = sorted(chance.choice(40, 2, replace=False))
        places = (
            [int(chance.integers(width))] * 2
            if chance.random() < 0.8
            else chance.integers(width, size=2)
        )
        for i, place in zip((first, last), places, strict=True):
            rows[i][place] = '"' + rows[i][place]
        lines = [",".join(row) for row in [[f"c{i}" for i in range(width)], *rows]]
        (tmp_path / "a.csv").write_bytes("\r\n".join([*lines, ""]).encode())
        rows_lost = lost(tmp_path / "a.csv", 40)
        refused += rows_lost is None
        assert not rows_lost
    assert refused > 50  # of 75; the others have both quotes in places that lose nothing
