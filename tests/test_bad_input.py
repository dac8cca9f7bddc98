"""Bad input through the real command: one line that says what, where and what to do, and 2."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import fastavro
import numpy as np
import pyarrow as pa
import pyarrow.orc as po
import pyarrow.parquet as pq
import pytest
from rides import Captured, refused

from skewcheck.cli import main
from skewcheck.logs.crc32c import masked

pytestmark = pytest.mark.usefixtures("folder")


def parquet() -> bytes:
    return Path("good.parquet").read_bytes()


def announcing() -> bytes:
    """A footer that says it is two gigabytes long."""
    return parquet()[:-8] + struct.pack("<I", 2**31 - 1) + b"PAR1"


def avro() -> bytes:
    sink = io.BytesIO()
    schema = {"type": "record", "name": "Row", "fields": [{"name": "fare", "type": "double"}]}
    fastavro.writer(sink, schema, [{"fare": 1.5}] * 3000)
    return sink.getvalue()


def orc() -> bytes:
    sink = pa.BufferOutputStream()
    po.write_table(pa.table({"fare": [1.5] * 3000}), sink)
    return sink.getvalue().to_pybytes()


def tfrecord() -> bytes:
    """Return a record without features."""
    length = np.frombuffer(bytes(8), np.uint8)
    (of_length,) = masked(length, np.array([0]), np.array([8]))
    (of_none,) = masked(length, np.array([0]), np.array([0]))
    return bytes(8) + struct.pack("<II", of_length, of_none)


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a.csv", Path("good.csv").read_bytes())
    return sink.getvalue()


FILES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "truncated parquet": ("a.parquet", lambda: parquet()[:-100], ""),
    "half a parquet": ("a.parquet", lambda: parquet()[: len(parquet()) // 2], ""),
    "empty parquet": ("a.parquet", lambda: b"", ""),
    "junk parquet": ("a.parquet", lambda: bytes(range(256)) * 9, ""),
    "only the mark": ("a.parquet", lambda: b"PAR1PAR1", ""),
    "a damaged footer": ("a.parquet", lambda: parquet()[:-200] + bytes(100) + parquet()[-100:], ""),
    "a footer that announces gigabytes": ("a.parquet", announcing, ""),
    "damaged pages": ("a.parquet", lambda: parquet()[:4] + bytes(2000) + parquet()[2004:], ""),
    "no arrow": ("a.arrow", lambda: b"ARROW1\x00\x00" + bytes(50), ""),
    "empty csv": ("a.csv", lambda: b"", "empty"),
    "ragged csv": ("a.csv", lambda: b"fare,count\n1,2\n3\n4,5\n", "line 3"),
    "ragged csv, too many": ("a.csv", lambda: b"fare,count\n1,2\n3,4,5,6\n", "line 3"),
    "binary csv": ("a.csv", lambda: bytes(range(256)) * 9, ""),
    "duplicate columns": ("a.csv", lambda: b"fare,count,fare\n1,2,3\n", "'fare'"),
    "truncated gzip": ("a.csv.gz", lambda: gzip.compress(Path("good.csv").read_bytes())[:-99], ""),
    "no gzip": ("a.csv.gz", lambda: b"\x1f\x8b\x08" + bytes(40), ""),
    "truncated bzip2": ("a.csv.bz2", lambda: bz2.compress(b"fare\n1\n" * 999)[:-9], "bzip2"),
    "more behind xz": ("a.csv.xz", lambda: lzma.compress(b"fare\n1\n") + b"more", "xz"),
    "truncated zip": ("a.zip", lambda: zipped()[:-99], "zip"),
    "a changed zip": ("a.zip", lambda: zipped().replace(b"\n1", b"\n2", 1), "zip"),
    "a binary sidecar": ("a.csv.meta", lambda: b"\n\5abc\x12\3fare\n\2ab" * 40, "neither text"),
    "truncated avro": ("a.avro", lambda: avro()[:-99], "block"),
    "a damaged header of avro": ("a.avro", lambda: avro()[:40], "header"),
    "truncated orc": ("a.orc", lambda: orc()[:-20], "truncated"),
    "truncated tfrecord": ("a.tfrecord", lambda: tfrecord()[:-3], "record 1"),
    "an array without an end": ("a.json", lambda: b'[{"fare": 1}, {"fare": 2}', "object 3"),
    "more behind an array": ("a.json", lambda: b'[{"fare": 1}][{"fare": 2}]', "behind the end"),
    "junk json": ("a.jsonl", lambda: b'{"fare": 1}\n{"fare": \n', "line 2"),
    "json of arrays": ("a.jsonl", lambda: b"[1, 2]\n[3, 4]\n", "write one object a line"),
    "deep json": ("a.jsonl", lambda: b'{"fare":' + b"[" * 5000 + b"]" * 5000 + b"}\n", "line 1"),
    "csv without rows": ("a.csv", lambda: b"fare,count,pay\n", "no rows"),
    "no feature": ("a.csv", lambda: b"x,y\n1,2\n", "no column of any feature"),
}


# Training data may have any columns, and a log without rows can be normalized.
FINE = {("fit", "no feature"), ("apply", "csv without rows")}
COMMANDS = {
    "audit": ["p.json", "--report", "json=out.json"],
    "fit": ["-o", "out.json"],
    "apply": ["p.json", "-o", "out.parquet"],
}


@pytest.mark.parametrize(
    ("command", "what"),
    [(command, what) for command in COMMANDS for what in FILES if (command, what) not in FINE],
)
def test_an_unreadable_file(capsys: Captured, command: str, what: str) -> None:
    name, content, words = FILES[what]
    Path(name).write_bytes(content())
    first, *options = COMMANDS[command]
    given = [first, name, *options] if first == "p.json" else [name, first, *options]
    line = refused(capsys, command, *given)
    assert name in line
    assert words in line or what == "no feature"


def test_an_unreadable_file_among_good_ones(capsys: Captured) -> None:
    Path("logs").mkdir()
    for i in range(3):
        Path(f"logs/{i}.parquet").write_bytes(parquet())
    Path("logs/1.parquet").write_bytes(parquet()[:-50])
    Path("old.json").write_text("what was there")
    line = refused(capsys, "audit", "p.json", "logs", "-o", "old.json", "--report", "json=b.json")
    assert line.startswith("1.parquet: ")
    line = refused(capsys, "apply", "p.json", "logs", "-o", "old.csv")
    assert line.startswith("1.parquet: ")
    line = refused(capsys, "fit", "logs", "-o", "old.json")
    assert line.startswith("1.parquet: ")


def test_duplicate_columns_of_a_parquet_file(capsys: Captured) -> None:
    table = pa.table([pa.array([1.0]), pa.array([2.0])], names=["fare", "fare"])
    pq.write_table(table, "a.parquet")
    assert refused(capsys, "audit", "p.json", "a.parquet").startswith(
        "a.parquet: duplicate column names: 'fare'"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("audit p.json none.parquet", "none.parquet: no such file or folder"),
        ("audit p.json empty", "empty: the folder holds no files"),
        ("audit p.json *.zip", "*.zip: no file matches"),
        ("audit none.json good.parquet", "none.json: cannot read it (No such file or directory)"),
        ("audit good.parquet good.parquet", "good.parquet: is a table of data"),
        ("audit good.csv good.parquet", "good.csv: is a table of data"),
        ("audit empty good.parquet", "empty: is a folder: it has no features with steps"),
        ("audit bad.json good.parquet", "bad.json: features.fare.steps[0].std: must be > 0, got 0"),
        ("audit deep.json good.parquet", "deep.json: nested too deep"),
        ("audit p.json good.parquet -o no/out.json", "no/out.json: cannot write it"),
        ("audit p.json good.parquet --report json=empty", "empty: cannot write it"),
        ("audit p.json good.parquet --min-rows 99999", "good.parquet: 2,000 rows, fewer than"),
        ("audit p.json good.parquet --served {feature}_n", "good.parquet: no served column"),
        ("audit p.json good.parquet --features fair", "--features: no feature 'fair' in p.json"),
        ("audit p.json good.parquet --exclude *", "--exclude leaves no feature of p.json"),
        ("audit p.json good.parquet --reference none", "none: no such file or folder"),
        ("fit none.csv", "none.csv: no such file or folder"),
        ("fit good.parquet --features fair", "no column 'fair' in the training data"),
        ("fit good.parquet --normalize zs", "--normalize: no method 'zs'"),
        ("fit good.parquet --normalize minmax:far", "--normalize: no column 'far'"),
        ("fit good.parquet -o no/p.json", "no/p.json: cannot write it"),
        ("fit good.parquet -o p.toml", "p.toml: is written as JSON"),
        ("fit good.parquet --model none", "--model: none: cannot read it"),
        ("fit good.parquet --parameters bad.json", "bad.json: features.fare.steps[0].std"),
        ("apply p.json good.parquet -o out.xls", "--output: out.xls: the ending must be one of"),
        ("apply p.json good.parquet -o no/out.csv", "no/out.csv: cannot write it"),
        ("show bad.json", "bad.json: features.fare.steps[0].std: must be > 0, got 0"),
        ("diff p.json bad.json", "bad.json: features.fare.steps[0].std: must be > 0, got 0"),
    ],
)
def test_what_cannot_be_done_is_one_line(capsys: Captured, words: str, told: str) -> None:
    Path("empty").mkdir()
    Path("bad.json").write_text(
        '{"features": {"fare": {"steps": [{"op": "zscore", "mean": 0, "std": 0}]}}}'
    )
    Path("deep.json").write_text('{"features":' * 5000 + "1" + "}" * 5000)
    if told.endswith("cannot write it") and words.startswith("audit"):
        # The verdict is there and was shown; only the file could not be written.
        assert main(words.split()) == 2
        err = capsys.readouterr().err
        assert (err.count("\n"), told in err) == (1, True)
        return
    line = refused(capsys, *words.split())
    assert line.startswith(told)


@pytest.mark.usefixtures("bound_by_permissions")
def test_an_unreadable_file_for_this_user(capsys: Captured) -> None:
    Path("good.parquet").chmod(0)
    assert "permission denied" in refused(capsys, "audit", "p.json", "good.parquet")


def test_through_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "skewcheck", "audit", "p.json", "none.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "skewcheck: none.parquet: no such file or folder\n"
