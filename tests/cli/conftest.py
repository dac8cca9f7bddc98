import sys
from pathlib import Path

import pytest
from stub import Api

import skewcheck


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Api:
    """A stand-in for skewcheck.api; the working folder is empty, stdout plain and 80 wide."""
    stub = Api()
    monkeypatch.setitem(sys.modules, "skewcheck.api", stub.module())
    monkeypatch.setattr(skewcheck, "api", stub.module(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return stub
