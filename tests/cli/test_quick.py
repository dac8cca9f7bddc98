"""Texts of the command line are taken as they are given, and all else as typer takes it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from skewcheck.cli.quick import take_as_given

CALLS: tuple[Sequence[str], ...] = (
    ["p"],
    ["p", "a", "b"],
    ["p", "--text", "x", "--many", "1", "--many", "2", "--whole", "3", "--number", "1e3"],
    ["p", "--text", "", "--many", "", "--flag"],
    ["p", "--text=[bold]", "a", "--no-flag"],
    ["", "--many=a,b"],
)


def _seen(words: Sequence[str], *, quick: bool) -> list[object]:
    """Return the values that a command gets."""
    seen: list[object] = []

    def run(
        first: Annotated[str, typer.Argument()],
        rest: Annotated[list[str] | None, typer.Argument()] = None,
        text: Annotated[str | None, typer.Option()] = None,
        many: Annotated[list[str] | None, typer.Option()] = None,
        whole: Annotated[int | None, typer.Option()] = None,
        number: Annotated[float | None, typer.Option()] = None,
        flag: Annotated[bool | None, typer.Option()] = None,
    ) -> None:
        values = (first, rest, text, many, whole, number, flag)
        seen.extend(None if value in ([], ()) else value for value in values)

    tool = typer.Typer(add_completion=False)
    tool.command()(run)
    command = get_command(tool)
    if quick:
        take_as_given(command, run, ["--help"])
    command([*words], prog_name="x", standalone_mode=False)
    return seen


@pytest.mark.parametrize("words", CALLS)
def test_values_are_those_of_typer(words: Sequence[str]) -> None:
    assert _seen(words, quick=True) == _seen(words, quick=False)


@pytest.mark.parametrize("words", [[], ["p", "--whole", "x"], ["p", "--number", "1,5"]])
def test_what_typer_refuses_is_refused(words: Sequence[str]) -> None:
    says = []
    for quick in (False, True):
        with pytest.raises(Exception) as refused:  # of a click that has no name
            _seen(words, quick=quick)
        says.append((type(refused.value), str(refused.value)))
    assert says[0] == says[1]


def test_an_audit_imports_no_converters(tmp_path: Path) -> None:
    code = (
        "import sys; from skewcheck.cli import main;"
        f" main(['audit', {str(tmp_path / 'p.json')!r}, 'log', '--by', 'host']);"
        " print('pydantic' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "False"
