"""Pages of NUL bytes in a text log, as a failed disk or a sparse copy leaves them."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import pytest

from skewcheck.logs import Wanted, open_logs, text
from skewcheck.text.errors import LogError

KINDS = ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.jsonl.gz"]


def content(kind: str) -> bytes:
    """Return 3,000 rows, in lines from the first or from the second on."""
    mark = "\t" if "tsv" in kind else ","
    if "jsonl" in kind:
        lines = [json.dumps({"age": i % 60, "fare": i / 8}) for i in range(3000)]
    else:
        lines = [f"age{mark}fare", *(f"{i % 60}{mark}{i / 8}" for i in range(3000))]
    return "\n".join([*lines, ""]).encode()


def read(source: object) -> int:
    wanted = Wanted(frozenset(["age"]))
    return sum(batch.rows for batch in open_logs(source).batches(wanted))


@pytest.mark.parametrize("line", [2, 40, 1500, 2990])
@pytest.mark.parametrize("size", [1, 4096])
@pytest.mark.parametrize("added", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_nul_bytes_in_any_block_are_refused_with_their_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, line: int, size: int, added: bool
) -> None:
    """Over records, which they join, or between two."""
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    monkeypatch.setattr(text, "BLOCK", 1 << 13)
    whole = content(kind)
    place = sum(len(part) + 1 for part in whole.split(b"\n")[: line - 1]) + 3 * (not added)
    data = whole[:place] + bytes(size) + whole[place if added else place + size :]
    (tmp_path / kind).write_bytes(gzip.compress(data) if kind.endswith("gz") else data)
    with pytest.raises(LogError, match=rf"\A{kind}: line {line}: a NUL byte[^\n]*\Z"):
        read(tmp_path / kind)
    with (tmp_path / kind).open("rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        with pytest.raises(LogError, match=rf"\A<stdin>: line {line}: a NUL byte[^\n]*\Z"):
            read("-")


@pytest.mark.parametrize("kind", KINDS)
def test_nul_bytes_behind_the_last_row_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(text, "HEAD", 1 << 10)
    data = content(kind)
    for tail in (b"", bytes(4096)):
        (tmp_path / kind).write_bytes(gzip.compress(data + tail) if "gz" in kind else data + tail)
        if not tail:
            assert read(tmp_path / kind) == 3000
            continue
        with pytest.raises(LogError, match=rf"line {data.count(10) + 1}: a NUL byte"):
            read(tmp_path / kind)
