"""What `--help` says is what the contract names; the texts are kept, so that a change is seen.

`make golden` accepts what they say now.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from skewcheck.cli import COMMANDS, command, main

GOLDEN = Path(__file__).parent / "golden" / "help.txt"
# Written down from the contract's table of audit options and its line on fit, not from the code.
AUDIT = (
    "--reference --raw --served --features --exclude --names --alpha --threshold --fail-on"
    " --allow-missing --min-rows --since --until --last --time-column --ignore --no-values --config"
    " --format -o --report --quiet --verbose --no-progress --debug"
)
FIT = "--normalize --categorical --features --exclude --parameters --model -o"


def _help(*words: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main([*words, "--help"]) == 0
    return printed.getvalue()


def test_the_help_texts_are_the_ones_that_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    now = "\n".join(
        [
            f"$ skewcheck --help\n{_help()}",
            *(f"$ skewcheck {c} --help\n{_help(c)}" for c in COMMANDS),
        ]
    )
    if os.environ.get("GOLDEN"):
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(now)
    assert now == GOLDEN.read_text()
    assert max(map(len, now.splitlines())) <= 80


@pytest.mark.parametrize(("command", "options"), [("audit", AUDIT), ("fit", FIT)])
def test_every_option_of_the_contract_is_there(command: str, options: str) -> None:
    words = _help(command).replace(",", " ").split()
    assert not [option for option in options.split() if option not in words]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_its_first_sentence(name: str) -> None:
    assert (command(name).__doc__ or "").partition("\n")[0] == COMMANDS[name]


def test_help_loads_neither_commands_nor_options() -> None:
    code = (
        "import sys; from skewcheck.__main__ import main; sys.argv = ['skewcheck', '--help'];"
        " main(); print(*(name for name in sys.modules if name.startswith('skewcheck.')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {*run.stdout.splitlines()[-1].split()} - {"skewcheck.__main__"}
    assert loaded == {"skewcheck.cli", "skewcheck.config", "skewcheck.config.debug"}
