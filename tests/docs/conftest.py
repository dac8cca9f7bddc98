from __future__ import annotations

import sys
from pathlib import Path

import pytest
from machines import Machine
from rides import frame

import skewcheck


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    found = Machine(tmp_path)
    skewcheck.save(skewcheck.fit(frame()), tmp_path / "params.json")
    found.put("skewcheck", f'exec "{sys.executable}" -m skewcheck "$@"')
    found.put("pip", f'printf "%s\\n" "$*" >> "{tmp_path}/pip.txt"')
    return found
