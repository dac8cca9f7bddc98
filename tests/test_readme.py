"""The README is run: every console block, every Python block, every file, as a newcomer would.

`make golden` writes what the commands print today into the README; read the diff.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
from pathlib import Path

import pytest

from skewcheck.catalogue.codes import codes
from skewcheck.cli import main
from skewcheck.features.steps import OPS
from skewcheck.reports import FORMATS

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
CAUSES = re.compile(r"\| cause \| production did this \|\n\|---\|---\|\n(?:\|.*\n)*")
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing but the fixtures, which is the working folder, on a terminal of 80."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def _run(block: str) -> str:
    """Run the commands of a console block; return it with what they print now."""
    lines = []
    for line in block.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line.removeprefix("$ "))
        assert words[0] == "skewcheck"
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            main(words[1:])
        lines += [line, *(text.rstrip() for text in printed.getvalue().rstrip().splitlines())]
    return "\n".join(lines) + "\n"


def test_the_console_blocks_print_what_they_show(project: Path) -> None:
    text = README.read_text()
    now = BLOCK.sub(lambda match: f"```console\n{_run(match[1])}```", text)
    if os.environ.get("GOLDEN"):
        README.write_text(now)
    assert text.count("```console") >= 4
    assert now == README.read_text()


def test_excerpts_are_of_what_is_printed(project: Path) -> None:
    """Each line stands in what its command prints, in that order; `…` ends one that goes on."""
    (block,) = re.findall(r"```excerpt\n(.*?)```", README.read_text(), re.DOTALL)
    shown = set()
    for part in block.split("$ ")[1:]:
        command, *lines = part.splitlines()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            assert main(shlex.split(command)[1:]) == 1
        rest = printed.getvalue().splitlines()
        assert lines
        for line in lines:
            start = line.removesuffix("…")
            places = [i for i, text in enumerate(rest) if text.startswith(start)]
            assert places, line
            assert rest[places[0]] == line or line.endswith("…")
            rest = rest[places[0] + 1 :]
        shown.add(command.split()[-1])
    assert shown == set(FORMATS) - {"terminal", "json", "html"}


def test_the_table_of_causes_is_what_explain_says() -> None:
    text = README.read_text()
    rows = [f"| `{code}` | {entry['title']} |\n" for code, entry in codes()["causes"].items()]
    table = f"| cause | production did this |\n|---|---|\n{''.join(rows)}"
    if os.environ.get("GOLDEN"):
        README.write_text(CAUSES.sub(lambda _: table, text))
    assert CAUSES.findall(README.read_text()) == [table]


def test_the_python_block_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "README.md", "exec"), {})  # noqa: S102 - our own README
    assert capsys.readouterr().out.startswith("skew 1\n")


def test_the_parameter_file_is_valid_and_the_settings_are(project: Path) -> None:
    import tomllib

    from skewcheck import load
    from skewcheck.config.settings import settings as settings_of

    text = README.read_text()
    for example in re.findall(r"```json\n(.*?)```", text, re.DOTALL):
        Path("example.json").write_text(example)
        names = [f.name for f in load("example.json").features]
        assert names == list(json.loads(example)["features"])
    (settings,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert settings_of({}, tomllib.loads(settings)).columns["fare*"].raw == "fare_usd"


def test_the_shell_blocks_name_targets_and_options_that_exist(project: Path) -> None:
    text = README.read_text()
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        main(["audit", "--help"])
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    for option in re.findall(r"--[a-z-]+", shell):
        assert option in printed.getvalue(), option


def test_every_step_command_and_test_stands_in_it() -> None:
    from skewcheck.catalogue.tests import TESTS
    from skewcheck.cli import app

    text = README.read_text()
    commands = [c.name or c.callback.__name__ for c in app().registered_commands if c.callback]
    for word in (*OPS, *commands, *TESTS):
        assert re.search(rf"\b{word}\b", text), word


def test_every_format_stands_in_the_table() -> None:
    from skewcheck.parameters import READERS

    text = README.read_text()
    (table,) = re.findall(r"\| format \| what is read \|\n\|---\|---\|\n((?:\|.*\n)*)", text)
    assert sorted(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)) == sorted(READERS)


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text()):
        assert (ROOT / target).exists(), target
