"""docs/scale.md: its code is code, its options are options, its tables what the engines are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from skewcheck.config.keywords import taken
from skewcheck.config.options import ENGINES, of
from skewcheck.engine import cuts

PAGE = (Path(__file__).parents[2] / "docs/scale.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("code", BLOCKS)
def test_keywords_are_those_of_an_audit(code: str) -> None:
    known = {*taken("audit"), "executor"}
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "skewcheck.audit":
            assert {keyword.arg for keyword in call.keywords} <= known


def test_options_are_those_of_an_audit() -> None:
    flags = {flag for option in of("audit").values() for flag in option.spellings}
    assert {*re.findall(r"--[a-z][a-z-]+", PAGE)} <= flags


def test_every_engine_is_told() -> None:
    assert {f"--engine {name}" in PAGE for name in ENGINES if name != "threads"} == {True}


def test_sizes_are_those_of_the_code() -> None:
    assert f"{cuts.TASK >> 20} MB and more" in PAGE
    assert f"{cuts.COLUMN >> 10} kB for each" in PAGE
    assert f"{cuts.TASKS:,} times" in PAGE
