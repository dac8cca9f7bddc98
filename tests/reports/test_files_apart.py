"""What was met and not read, and which rows were lost, is in every report, the shortest too."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rides import frame

import skewcheck
from skewcheck.cli import main
from skewcheck.reports import FORMATS
from skewcheck.text.printable import Options

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def logs(folder: Path) -> Path:
    """A log with a hidden file, an empty one, a copy, and rows without any feature."""
    inside = folder / "logs"
    inside.mkdir()
    log = frame(2)
    log.loc[:29, :] = None
    log.to_csv(inside / "a.csv", index=False)
    shutil.copy(inside / "a.csv", inside / "b.csv")
    (inside / ".hidden.csv").write_text("x\n1\n")
    (inside / "empty.csv").write_text("")
    return inside


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_names_them(logs: Path, name: str) -> None:
    text = FORMATS[name](skewcheck.audit("p.json", "logs"), Options(width=400))
    if name == "prometheus":
        for code in ("hidden_files", "empty_files", "copied_files"):
            assert f'skewcheck_files_apart{{model="p.json",what="{code}"}} 1.0' in text
        assert 'skewcheck_rows_lost{model="p.json",what="featureless"} 60.0' in text
        return
    assert ".hidden.csv" in text
    assert "empty.csv" in text
    assert "b.csv" in text
    assert "60 without a value of any feature" in text


def test_one_line_names_them(logs: Path, capsys: Captured) -> None:
    main(["audit", "p.json", "logs", "--quiet"])
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert all(
        name in out
        for name in (".hidden.csv", "empty.csv", "b.csv", "60 without a value of any feature")
    )


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_log_without_such_files_has_no_word_of_them(folder: Path, name: str) -> None:
    text = FORMATS[name](skewcheck.audit("p.json", "good.csv"), Options(width=400))
    assert "files_apart" not in text
    assert "rows_lost" not in text
