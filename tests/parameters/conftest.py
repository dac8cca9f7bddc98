"""What is said of parameter files that break a rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from skewcheck.errors import ParameterError
from skewcheck.parameters import load


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., str]:
    """Return what is said of a file with that content, without the file's name."""

    def of(content: str | bytes, name: str = "p.json") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(ParameterError) as caught:
            load(path)
        assert "\n" not in str(caught.value)
        where, _, what = str(caught.value).partition(": ")
        assert where == str(path)
        return what

    return of
