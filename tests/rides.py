"""What tests of odd and bad input share: a small log, and commands that must fail or find."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from skewcheck.cli import main

Captured = pytest.CaptureFixture[str]
ROWS = 2000


def frame(seed: int = 1, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "fare": np.round(rng.gamma(2, 5, rows), 2),
            "count": rng.poisson(3, rows),
            "pay": rng.choice(["Cash", "Card"], rows),
        }
    )


def refused(capsys: Captured, *words: str) -> str:
    """Run a command that must fail; return its one line. Nothing may be written."""
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("skewcheck: ")
    assert err.count("\n") == 1
    assert "internal error" not in err
    assert "Traceback" not in err
    assert err[:-1].isprintable()
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before
    return err.removeprefix("skewcheck: ").rstrip("\n")


def audited(capsys: Captured, path: str, *words: str) -> tuple[int, dict[str, dict[str, object]]]:
    """Return exit code and features of the JSON report; check what a terminal would be sent."""
    code = main(["audit", "p.json", path, *words, "--verbose", "--report", "json=out.json"])
    out, err = capsys.readouterr()
    assert err == ""
    assert not [c for c in out if c != "\n" and not c.isprintable()]
    report = json.loads(Path("out.json").read_text())
    assert report["exit_code"] == code
    return code, {feature["name"]: feature for feature in report["features"]}


def outcomes(feature: dict[str, object]) -> dict[str, str]:
    return {test["name"]: test["verdict"] for test in feature["tests"]}
