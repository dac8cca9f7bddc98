"""Reports for CI, dashboards and tables, through the real command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families
from rides import Captured, frame

import skewcheck
from skewcheck.cli import main


@pytest.fixture(autouse=True)
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    bad = frame(3)
    bad["fare"] = bad["fare"] * 1.8 + 3
    bad.to_parquet("bad.parquet")


def test_one_audit_writes_them_all(capsys: Captured) -> None:
    names = {
        "markdown": "a.md", "github": "a.txt", "junit": "a.xml", "gitlab": "a.json",
        "sarif": "a.sarif", "prometheus": "a.prom", "line": "a.line", "table": "a.parquet",
    }  # fmt: skip
    reports = [f"--report={name}={path}" for name, path in names.items()]
    assert main(["audit", "p.json", "bad.parquet", *reports, "--report=table=a.csv"]) == 1
    assert capsys.readouterr().out.startswith("SKEW: 1 of 3 features differs")
    line = next(
        i for i, text in enumerate(Path("p.json").read_text().splitlines(), 1) if '"fare"' in text
    )
    assert "SKEW: 1 of 3 features differs" in Path("a.md").read_text()
    assert f"::error file=p.json,line={line},title=" in Path("a.txt").read_text()
    assert next(iter(JUnitXml.fromfile("a.xml"))).failures > 0
    entry, _ = json.loads(Path("a.json").read_text())
    assert entry["location"] == {"path": "p.json", "lines": {"begin": line}}
    (result,) = json.loads(Path("a.sarif").read_text())["runs"][0]["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"]["region"] == {"startLine": line}
    assert (
        Path("a.line").read_text().startswith("tool=skewcheck verdict=skew exit_code=1 rows=2000")
    )
    tables = pd.read_parquet("a.parquet"), pd.read_csv("a.csv")
    assert list(tables[0]) == list(tables[1])
    assert len(tables[0]) == len(tables[1]) > 20


def test_what_a_file_collector_reads(capsys: Captured) -> None:
    for seed in (1, 2):
        log = frame(seed)
        log["ts"] = pd.date_range(f"2026-11-0{seed}", periods=len(log), freq="s")
        log.loc[len(log) - 1, "ts"] = pd.NaT
        log.to_parquet(f"day-{seed}.parquet")
    logs = ["day-2.parquet", "day-1.parquet"]
    words = ["audit", "p.json", *logs, "--time-column", "ts", "--format", "prometheus"]
    assert main([*words, "-o", "skew.prom"]) == 0
    text = Path("skew.prom").read_text()
    found = {s.name: s.value for f in text_string_to_metric_families(text) for s in f.samples}
    newest = pd.Timestamp("2026-11-02 00:33:18", tz="UTC").timestamp()
    assert found["skewcheck_newest_row_timestamp_seconds"] == newest
    assert found["skewcheck_audit_verdict"] == 0
    assert found["skewcheck_rows"] == 4000
    assert [path.name for path in Path().glob("*skew.prom*")] == ["skew.prom"]
    assert capsys.readouterr().out == ""
    audit = skewcheck.audit("p.json", "day-1.parquet", time_column="ts", no_values=True)
    assert audit.logs.newest == pd.Timestamp("2026-11-01 00:33", tz="UTC").timestamp()


def test_no_time_column_no_newest_row() -> None:
    assert skewcheck.audit("p.json", "good.parquet").logs.newest is None


def test_a_missing_library_is_told_before_the_log_is_read(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "skewcheck.reports.prometheus", raising=False)
    for words in ("--format prometheus", "--report prometheus=a.prom"):
        assert main(["audit", "p.json", "gone.parquet", *words.split()]) == 2
        assert capsys.readouterr().err == (
            "skewcheck: --format prometheus needs prometheus_client: "
            "pip install 'skewcheck[prometheus]'\n"
        )
    assert not Path("a.prom").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_what_cannot_be_written_keeps_nothing_else_back() -> None:
    words = [
        "audit", "p.json", "bad.parquet", "--report=junit=/dev/full", "--report=line=no/folder",
        "--report=sarif=a.sarif",
    ]  # fmt: skip
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "skewcheck", *words], stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    for part in ("stdout: cannot write", "/dev/full: cannot write", "no/folder: cannot write"):
        assert part in done.stderr
    assert json.loads(Path("a.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize("name", ["junit", "table"])
def test_a_reader_that_leaves_keeps_the_verdict(name: str) -> None:
    words = [sys.executable, "-m", "skewcheck", "audit", "p.json", "bad.parquet", "--format", name]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.close()
        assert done.stderr.read() == b""
    assert done.returncode == 1
