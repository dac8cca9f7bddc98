"""What a log is compared with must be whole: a part of it is another distribution."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from rides import frame, refused

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def cut(folder: Path) -> str:
    """An Arrow stream without its end mark."""
    table = pa.Table.from_pandas(frame(1), preserve_index=False)
    with pa.OSFile("cut.arrows", "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table, 500)
    whole = Path("cut.arrows").read_bytes()
    Path("cut.arrows").write_bytes(whole[:-8])
    return "cut.arrows"


def test_fit(cut: str, capsys: Captured) -> None:
    assert refused(capsys, "fit", cut, "-o", "q.json").startswith("cut.arrows: ends before its")


def test_a_quoted_value_without_an_end(folder: Path, capsys: Captured) -> None:
    Path("cut.csv").write_bytes(Path("good.csv").read_bytes() + b'5,2,"Ca')
    assert refused(capsys, "fit", "cut.csv", "-o", "q.json").startswith("cut.csv: ends before its")


@pytest.mark.parametrize("words", [["--reference"], ["--every", "500", "--baseline"]])
def test_reference_and_baseline(cut: str, capsys: Captured, words: list[str]) -> None:
    told = refused(capsys, "audit", "p.json", "good.parquet", *words, cut)
    assert told.startswith("cut.arrows: ends before its")
