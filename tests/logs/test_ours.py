"""Reports beside the logs are no logs: skipped and told in a folder, refused by name."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from reports.sample import AUDIT
from rides import frame, refused

import skewcheck
from skewcheck.cli import main
from skewcheck.logs.ours import is_ours
from skewcheck.reports import FORMATS
from skewcheck.reports.words.notes import texts
from skewcheck.results.audit import Audit

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_is_recognised(folder: Path, name: str, capsys: Captured) -> None:
    """Of an audit with every kind of result, of a clean one and of a skewed one."""
    bad = frame(3)
    bad["fare"] *= 100
    audits: list[Audit] = [
        AUDIT, skewcheck.audit("p.json", "good.parquet"), skewcheck.audit("p.json", bad),
    ]  # fmt: skip
    (folder / "logs").mkdir()
    shutil.copy("good.parquet", "logs")
    for i, audit in enumerate(audits):
        text = FORMATS[name](audit)
        assert is_ours(text.encode()), text[:300]
        Path(f"logs/report{i}.{name}").write_text(text)
        assert "skewcheck wrote this file" in refused(
            capsys, "audit", "p.json", f"logs/report{i}.{name}"
        )
    audit = skewcheck.audit("p.json", "logs")
    assert audit.logs.files == ("good.parquet",)
    names = ", ".join(f"report{i}.{name}" for i in range(3))
    assert f"not read, as skewcheck wrote them: {names}" in texts(audit.notes)


def test_parameters_and_history_are_no_logs(folder: Path, capsys: Captured) -> None:
    (folder / "logs").mkdir()
    shutil.copy("p.json", "logs")
    shutil.copy("good.csv", "logs")
    main(["audit", "p.json", "good.csv", "--state", "s", "-q"])
    main(["history", "--state", "s", "--format", "json", "-o", "logs/history.json"])
    audit = skewcheck.audit("p.json", "logs/*")
    assert audit.logs.files == ("good.csv",)
    assert "not read, as skewcheck wrote them: history.json, p.json" in texts(audit.notes)
    Path("logs/good.csv").unlink()
    capsys.readouterr()
    assert "written by skewcheck, and no logs beside them" in refused(
        capsys, "audit", "p.json", "logs"
    )


def test_logs_are_not_taken_for_reports(folder: Path) -> None:
    rows = [{"skewcheck": "1.0", "fare": 1.0}, {"skewcheck": {"version": 2}, "fare": 2.0}]
    Path("a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Path("b.csv").write_text("started,model,fare\n2026-11-30,fares,1.0\n")
    Path("c.csv").write_text('fare,note\n1,"tool=skewcheck verdict=ok"\n')
    for path in ("a.jsonl", "b.csv", "c.csv"):
        assert skewcheck.audit("p.json", path, features="fare").logs.rows in (1, 2)
