"""What `--help` says is what the contract names; the texts are kept, so that a change is seen.

`make golden` accepts what they say now.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest

from skewcheck.cli import COMMANDS, main

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
