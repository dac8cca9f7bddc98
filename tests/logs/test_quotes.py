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
