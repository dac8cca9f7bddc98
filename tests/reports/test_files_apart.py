"""What was met and not read, and which rows were lost, is in every report, the shortest too."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest
from rides import frame

import skewcheck
from skewcheck.cli import main
from skewcheck.reports import FORMATS
from skewcheck.text.printable import Options

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def logs(folder: Path) -> Path:
    """A log with a hidden file, an empty one, a header, a copy, and rows without any feature."""
    inside = folder / "logs"
    inside.mkdir()
    log = frame(2)
    log.loc[:29, :] = None
    log.to_csv(inside / "a.csv", index=False)
    shutil.copy(inside / "a.csv", inside / "b.csv")
    (inside / ".hidden.csv").write_text("x\n1\n")
    (inside / "empty.csv").write_text("")
    (inside / "header.csv").write_text("fare,count,pay\n")
    return inside


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_names_them(logs: Path, name: str) -> None:
    text = FORMATS[name](skewcheck.audit("p.json", "logs"), Options(width=400))
    if name == "prometheus":
        for code in ("hidden_files", "empty_files", "rowless_files", "copied_files"):
            assert f'skewcheck_files_apart{{model="p.json",what="{code}"}} 1.0' in text
        assert 'skewcheck_rows_lost{model="p.json",what="featureless"} 60.0' in text
        return
    assert ".hidden.csv" in text
    assert "empty.csv" in text
    assert "read, but without a row: header.csv" in text
    assert "b.csv" in text
    assert "60 without a value of any feature" in text


def test_one_line_names_them(logs: Path, capsys: Captured) -> None:
    main(["audit", "p.json", "logs", "--quiet"])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert all(
        name in out
        for name in (
            ".hidden.csv",
            "empty.csv",
            "header.csv",
            "b.csv",
            "60 without a value of any feature",
        )
    )


def test_files_without_rows_are_told_in_every_format_of_logs(folder: Path) -> None:
    """Also by a run that knows them from before; not where their rows are of other times."""
    log = frame(2).assign(at="2026-11-01T00:00:00")
    table = pa.Table.from_pandas(log, preserve_index=False)
    inside = folder / "logs"
    inside.mkdir()
    pq.write_table(table, inside / "a.parquet")
    pq.write_table(table.set_column(3, "at", pa.array(["2020-01-01"] * len(log))),
                   inside / "earlier.parquet")  # fmt: skip
    pq.write_table(table.slice(0, 0), inside / "group.parquet")
    pq.ParquetWriter(inside / "no_group.parquet", table.schema).close()
    (inside / "h.csv").write_text(",".join(log.columns) + "\n")
    with gzip.open(inside / "h.csv.gz", "wt") as packed:
        packed.write(",".join(log.columns) + "\n")
    with ipc.new_file(inside / "z.arrow", table.schema):
        pass
    for path in inside.iterdir():
        os.utime(path, (0, 0))  # a file that has just been written is not remembered
    for state in (None, "s", "s"):
        audit = skewcheck.audit(
            "p.json", "logs", time_column="at", since="2025-01-01", state=state, features="*"
        )
        (note,) = [note for note in audit.notes if note.code == "rowless_files"]
        assert note.parameters["files"] == (
            "group.parquet", "h.csv", "h.csv.gz", "no_group.parquet", "z.arrow"
        )  # fmt: skip


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_log_without_such_files_has_no_word_of_them(folder: Path, name: str) -> None:
    text = FORMATS[name](skewcheck.audit("p.json", "good.csv"), Options(width=400))
    assert "files_apart" not in text
    assert "rows_lost" not in text
