"""Logs of every format and their damage: of bytes, of lines and fields, of columns and types."""

from __future__ import annotations

import gzip
import io
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from mutations import WORDS

Chance = random.Random
ROWS = 3000
TEXT = ("log.csv", "log.tsv", "notes.csv", "log.jsonl", "log.csv.gz", "log.jsonl.gz")
BINARY = ("log.parquet", "bare.parquet", "log.arrow", "log.arrows")
FEATURES = ("age", "fare", "dist")


def frame(seed: int = 7, rows: int = ROWS) -> pd.DataFrame:
    """Return a clean log: integers, amounts of money, a normal distribution, text, times."""
    rng = np.random.default_rng(seed)
    times = pd.date_range("2026-11-29", periods=rows, freq="1min", tz="UTC")
    return pd.DataFrame(
        {
            "id": [f"row{i:06d}" for i in range(rows)],
            "age": rng.integers(18, 90, rows),
            "fare": np.round(rng.lognormal(2, 0.7, rows), 2),
            "dist": rng.normal(10, 3, rows),
            "note": rng.choice(["ok", "a, b", 'say ""', "x"], rows),
            "ts": times.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )


def written(table: pa.Table, name: str) -> bytes:
    """Return a table in the format of a name."""
    sink = io.BytesIO()
    match name:
        case "log.parquet":
            pq.write_table(table, sink, row_group_size=1000, write_page_checksum=True)
        case "bare.parquet":
            pq.write_table(table, sink, row_group_size=1000, compression="none")
        case "log.arrow":
            with pa.ipc.new_file(sink, table.schema) as file:
                file.write_table(table, 1000)
        case "log.arrows":
            with pa.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table, 1000)
        case _:
            return _text(table.to_pandas(), name)
    return sink.getvalue()


def _text(log: pd.DataFrame, name: str) -> bytes:
    if ".jsonl" in name:
        text = log.to_json(orient="records", lines=True)
    elif name == "notes.csv":
        text = log.to_csv(index=False, quoting=1)  # every value is quoted
    else:
        text = log.to_csv(index=False, sep="\t" if "tsv" in name else ",")
    data = text.encode()
    return gzip.compress(data, mtime=0) if name.endswith(".gz") else data


@dataclass(frozen=True)
class Case:
    """A damaged log, and what must be accounted for."""

    name: str
    content: bytes
    least: int
    """Rows that are in it whole: an audit that passes has read at least these."""
    what: str


def case(chance: Chance) -> Case:
    """Return a log with damage of one kind."""
    if chance.random() < 0.3:
        return _of_schema(chance)
    name = chance.choice(TEXT + BINARY)
    content = written(pa.Table.from_pandas(frame(), preserve_index=False), name)
    if name in BINARY:
        damaged = chance.choice((_bytes, _bytes, _zeros, _cut))(content, chance)
        return Case(name, damaged, ROWS, "bytes")
    if name.endswith(".gz") and chance.random() < 0.3:
        return Case(name, chance.choice((_bytes, _zeros, _cut))(content, chance), ROWS, "packed")
    plain = gzip.decompress(content) if name.endswith(".gz") else content
    how = chance.choice((_bytes, _cut, _lines, _lines, _fields, _quotes, _quotes))
    damaged = how(plain, chance)
    packed = gzip.compress(damaged, mtime=0) if name.endswith(".gz") else damaged
    return Case(name, packed, _intact(plain, damaged), how.__name__)


def _intact(before: bytes, after: bytes) -> int:
    """Return how many rows are still there, as whole lines; the header of a CSV is none."""
    lines = Counter(before.splitlines()[0 if before.startswith(b"{") else 1 :])
    return (lines & Counter(after.splitlines())).total()


def _bytes(content: bytes, chance: Chance) -> bytes:
    """Change, insert or remove a few bytes."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at, size = chance.randrange(len(data) + 1), chance.choice((0, 1, 1, 4))
        data[at : at + size] = chance.choice((b"", chance.randbytes(size), chance.choice(WORDS)))
    return bytes(data)


def _zeros(content: bytes, chance: Chance) -> bytes:
    """Write zeros over a stretch, as a disk does that loses a block."""
    at, size = chance.randrange(len(content)), chance.choice((1, 8, 64, 800))
    return content[:at] + bytes(len(content[at : at + size])) + content[at + size :]


def _cut(content: bytes, chance: Chance) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _lines(content: bytes, chance: Chance) -> bytes:
    """Remove, repeat, exchange or insert lines."""
    lines = content.splitlines(keepends=True)
    for _ in range(chance.choice((1, 2, 5, 40))):
        at = chance.randrange(len(lines))
        other = chance.choice((
            b"", b"\n", b"\r\n", b'{"status": "healthy"}\n', b"# comment\n", b"---\n", b"\x00\n",
            b'{"a": [1, {"b": 2}]}\n', lines[chance.randrange(len(lines))], lines[at][:-1],
            lines[at].replace(b"\n", b"\r\n"), b"[]\n", b",,,,,\n", b"x" * 5000 + b"\n",
        ))  # fmt: skip
        lines[at : at + chance.choice((0, 1))] = [other]
        lines = lines or [b""]
    return b"".join(lines)


def _fields(content: bytes, chance: Chance) -> bytes:
    """Change fields of some lines: more, fewer, other values."""
    lines = content.splitlines(keepends=True)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(len(lines))
        separator = b"\t" if b"\t" in lines[0] else b","
        fields = lines[at].rstrip(b"\n").split(separator)
        place = chance.randrange(len(fields))
        fields[place : place + chance.choice((0, 1, 1, 1))] = chance.choice((
            [], [b""], [b"NaN"], [b"inf"], [b"-1e400"], [b"1,5"], [b"9" * 400], [b"0x10"],
            [b"\xff\xfe"], [b"2026-13-45"], [b"1", b"2"], [b"true"], [b"\x1b[31m"],
        ))  # fmt: skip
        lines[at] = separator.join(fields) + b"\n"
    return b"".join(lines)


def _quotes(content: bytes, chance: Chance) -> bytes:
    """Insert quotes at the start or the end of fields, up to some lines apart."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 2, 2, 3))):
        at = chance.randrange(len(data))
        separator = b"\t" if b"\t" in data[:100] else b","
        place = data.find(chance.choice((separator, b"\n")), at)
        if place >= 0:
            data.insert(place + chance.choice((0, 1)), chance.choice((0x22, 0x22, 0x27, 0x5C)))
    return bytes(data)


def _of_schema(chance: Chance) -> Case:
    """Return a whole file with other columns or types: all its rows are there."""
    table = pa.Table.from_pandas(frame(), preserve_index=False)
    for _ in range(chance.choice((1, 1, 2))):
        table = chance.choice((_renamed, _dropped, _cast, _cast, _nulls, _doubled, _few))(
            table, chance
        )
    name = chance.choice(BINARY if len(set(table.column_names)) < table.num_columns else
                         (*BINARY, "log.csv", "log.jsonl"))  # fmt: skip
    try:
        content = written(table, name)
    except (pa.ArrowException, ValueError, OverflowError):
        return _of_schema(chance)
    return Case(name, content, table.num_rows, "schema")


Change = Callable[[pa.Table, Chance], pa.Table]


def _renamed(table: pa.Table, chance: Chance) -> pa.Table:
    names = table.column_names
    at = chance.randrange(len(names))
    names[at] = chance.choice((*FEATURES, "Fare", "fare ", "", "a.b", "\x1b[2J", "x" * 300))
    return table.rename_columns(names)


def _dropped(table: pa.Table, chance: Chance) -> pa.Table:
    return (
        table if table.num_columns < 3 else table.remove_column(chance.randrange(table.num_columns))
    )


def _cast(table: pa.Table, chance: Chance) -> pa.Table:
    at = chance.randrange(table.num_columns)
    column, field = table.column(at), table.field(at)
    kind = chance.choice((
        pa.string(), pa.large_string(), pa.float32(), pa.float16(), pa.int8(), pa.bool_(),
        pa.decimal128(20, 4), pa.dictionary(pa.int32(), pa.string()), pa.timestamp("ns"),
        pa.timestamp("s", "Europe/Berlin"), pa.list_(pa.float64()), pa.binary(), pa.null(),
        pa.struct({"value": pa.float64()}), pa.list_(pa.float64(), 2), pa.time32("s"),
    ))  # fmt: skip
    try:
        if pa.types.is_nested(kind):
            values = column.to_pylist()
            made = [
                {"value": v} if pa.types.is_struct(kind) else [v] * chance.choice((1, 2, 2))
                for v in values
            ]
            changed = pa.array(made, kind)
        else:
            changed = column.cast(kind, safe=False)
    except (pa.ArrowException, TypeError, ValueError):
        return table
    return table.set_column(at, field.name, changed)


def _nulls(table: pa.Table, chance: Chance) -> pa.Table:
    at = chance.randrange(table.num_columns)
    share = chance.choice((0.01, 0.5, 1.0))
    values = [None if chance.random() < share else v for v in table.column(at).to_pylist()]
    kind = table.field(at).type
    return table.set_column(at, table.field(at).name, pa.array(values, kind))


def _doubled(table: pa.Table, chance: Chance) -> pa.Table:
    at = chance.randrange(table.num_columns)
    return table.append_column(table.field(at), table.column(at))


def _few(table: pa.Table, chance: Chance) -> pa.Table:
    return table.slice(0, chance.choice((0, 1, 2, 50)))
