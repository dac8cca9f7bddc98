"""Without PySpark a table has one line that says what to install."""

import sys
from pathlib import Path

import pytest
from rides import refused

import skewcheck.spark
from skewcheck.text.errors import UsageError


def test_the_engine_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    error = refused(capsys, "audit", "p.json", "good.csv", "--engine", "spark")
    assert error == "--engine spark: needs PySpark: pip install 'skewcheck[spark]'"


def test_a_missing_pyspark_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r"pip install 'skewcheck\[spark\]'"):
        skewcheck.spark.audit("p.json", "db.rides")
