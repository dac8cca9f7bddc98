"""Files with the same content under several names are in a note; headers alone are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rides import frame

import skewcheck
from skewcheck.logs import copies as copies_of
from skewcheck.logs import open_logs
from skewcheck.logs.copies import copies
from skewcheck.reports.words.notes import texts


def test_copies_of_every_format_are_in_a_note(folder: Path) -> None:
    logs = folder / "logs"
    for name in ("a.parquet", "a(1).parquet"):
        (logs / name).parent.mkdir(exist_ok=True)
        shutil.copy("good.parquet", logs / name)
    frame(3).to_parquet(logs / "b.parquet")
    audit = skewcheck.audit("p.json", "logs")
    assert audit.logs.rows == 6000
    note = "the same content under several names, audited as often: a(1).parquet, a.parquet"
    assert note in texts(audit.notes)
    assert not [t for t in texts(skewcheck.audit("p.json", "logs/*b*").notes) if "several" in t]


def test_a_change_in_the_last_byte_is_another_content(tmp_path: Path) -> None:
    text = "a\n" + "1\n" * 100_000
    for name, end in (("x.csv", "2\n"), ("y.csv", "3\n"), ("z.csv", "2\n")):
        (tmp_path / name).write_text(text + end)
    assert copies(open_logs(str(tmp_path)).files) == [("x.csv", "z.csv")]


def test_files_without_rows_are_no_copies(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n")
    (tmp_path / "b.csv").write_text("x,y\n")
    empty = pa.table({"x": pa.array([], pa.float64())})
    pq.write_table(empty, tmp_path / "a.parquet")
    pq.write_table(empty, tmp_path / "b.parquet")
    (tmp_path / "c.csv").write_text("x,y\n1,2\n")
    assert copies(open_logs(str(tmp_path)).files) == []


def test_a_link_is_the_same_file_and_read_once(folder: Path) -> None:
    (folder / "logs").mkdir()
    shutil.copy("good.parquet", "logs/a.parquet")
    (folder / "logs" / "b.parquet").symlink_to("a.parquet")
    assert skewcheck.audit("p.json", "logs").logs.rows == 2000


@pytest.mark.parametrize("groups", [11, 25])
def test_a_log_of_many_copies_is_told_shortly(folder: Path, groups: int) -> None:
    (folder / "logs").mkdir()
    for i in range(groups):
        for j in range(2):
            (folder / "logs" / f"{i:02d}-{j}.csv").write_text(f"fare,count\n{i},1\n2,3\n4,5\n")
    notes = skewcheck.audit("p.json", "logs", features="fare").notes
    listed = [note.parameters["files"] for note in notes if "copied" in note.code]
    assert sum(map(len, listed)) == 2 * groups
    assert len(listed) == 11


def test_hard_links_are_copies_and_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame(1).to_parquet(tmp_path / "00.parquet")
    for i in range(1, 9):
        (tmp_path / f"0{i}.parquet").hardlink_to(tmp_path / "00.parquet")
    shutil.copy(tmp_path / "00.parquet", tmp_path / "09.parquet")
    read: list[str] = []
    content = copies_of._content
    monkeypatch.setattr(copies_of, "_content", lambda f: read.append(f.name) or content(f))
    names = tuple(f"0{i}.parquet" for i in range(10))
    assert copies(open_logs(str(tmp_path)).files) == [names]
    assert read == ["00.parquet", "09.parquet"]
