"""What tests of several floors share."""

import gc
from pathlib import Path

import pytest
from left_out import pytest_terminal_summary
from permissions import bound_by_permissions
from reports.sample import AUDIT
from rides import frame

import skewcheck
from skewcheck.results.audit import Audit

__all__ = ["bound_by_permissions", "pytest_terminal_summary"]

gc.disable()  # while tests are collected: thousands of modules and items, of which none is garbage


def pytest_collection_finish() -> None:
    gc.enable()


@pytest.fixture
def audit() -> Audit:
    """An audit that holds every kind of result."""
    return AUDIT


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with `p.json`, `good.parquet` and `good.csv` of a small ride log."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    skewcheck.save(skewcheck.fit(frame()), "p.json")
    frame(2).to_parquet("good.parquet")
    frame(2).to_csv("good.csv", index=False)
    return tmp_path
