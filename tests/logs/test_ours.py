"""Reports beside the logs are no logs: skipped and told in a folder, refused by name."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
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
from skewcheck.text.printable import Options

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


def _quiet(audit: Audit) -> str:
    return FORMATS["terminal"](audit, Options(quiet=True))


@pytest.mark.parametrize("nights", [1, 2, 3, 500])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_of_quiet_nights_are_recognised(
    folder: Path, nights: int, end: str, capsys: Captured
) -> None:
    """As cron appends them: of any verdict, with errors between, whatever features are called."""
    odd = replace(AUDIT.features[0], name="a), 3 warn (b; 1 ok")
    bad = frame(3)
    bad["fare"] *= 100
    audits = [
        AUDIT, skewcheck.audit("p.json", "good.parquet"), skewcheck.audit("p.json", bad),
        replace(AUDIT, features=(odd, *AUDIT.features[1:])), replace(AUDIT, features=()),
    ]  # fmt: skip
    lines = [_quiet(audit).rstrip("\n") for audit in audits]
    lines.insert(1, "skewcheck: good.parquet: no such file")
    text = end.join(lines[i % len(lines)] for i in range(nights)) + end
    assert is_ours(text.encode())
    (folder / "logs").mkdir()
    shutil.copy("good.parquet", "logs")
    Path("logs/cron.txt").write_bytes(text.encode())
    assert "skewcheck wrote this file" in refused(capsys, "audit", "p.json", "logs/cron.txt")
    audit = skewcheck.audit("p.json", "logs")
    assert audit.logs.files == ("good.parquet",)
    assert "not read, as skewcheck wrote them: cron.txt" in texts(audit.notes)


@pytest.mark.parametrize("seed", range(40))
def test_no_line_of_a_table_goes_with_those_of_quiet_nights(seed: int) -> None:
    """A row among them, or a line that lacks something, makes the file a log."""
    chance = random.Random(seed)  # noqa: S311
    lines = [_quiet(AUDIT).rstrip("\n") for _ in range(chance.randint(1, 5))]
    line = lines[0]
    at = chance.randrange(len(line.partition(" rows")[0]))
    other = chance.choice([
        "fare,count,pay", "1.5,2,Cash", "", "ok", "ok: fine", "ok,3 ok; 3 rows",
        '{"verdict": "ok"}', line[:at], line[:at] + "\t" + line[at + 1 :].replace(" rows", ""),
        "fares: 3 ok; 5 rows",
    ])  # fmt: skip
    lines.insert(chance.randrange(len(lines) + 1), other)
    assert not is_ours("\n".join(lines).encode() + b"\n")


def test_errors_alone_are_no_report() -> None:
    assert not is_ours(b"skewcheck: 1\nskewcheck: 2\n")
    assert not is_ours(b"")


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
