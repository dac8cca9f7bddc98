"""The README and the pages of docs/ are run: every block, every file, as a newcomer would.

`make golden` writes what the commands print today into them; read the diff.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from skewcheck.catalogue.codes import codes
from skewcheck.cli import app, main
from skewcheck.features.steps import OPS
from skewcheck.reports import FORMATS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
WRITTEN = [page for page in PAGES if page.name != "reference.md"]  # that is made of tables
CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)
CAUSES = re.compile(r"\| cause \| production did this \|\n\|---\|---\|\n(?:\|.*\n)*")


def _named(page: Path) -> str:
    return page.name


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing but the fixtures, which is the working folder, on a terminal of 80."""
    shutil.copytree(ROOT / "fixtures", tmp_path / "fixtures")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def _printed(words: list[str]) -> str:
    """Return what a command prints, and the line by which it refuses, as on a terminal."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        main(words)
    return printed.getvalue()


def _run(block: str) -> str:
    """Run the commands of a console block; return it with what they print now."""
    lines = []
    for line in block.splitlines():
        if not line.startswith("$ "):
            continue
        words = shlex.split(line.removeprefix("$ "))
        assert words[0] == "skewcheck"
        lines += [line, *(text.rstrip() for text in _printed(words[1:]).rstrip().splitlines())]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "page", [page for page in WRITTEN if CONSOLE.search(page.read_text())], ids=_named
)
def test_the_console_blocks_print_what_they_show(project: Path, page: Path) -> None:
    """The blocks of a page are run in a folder of their own, one after the other."""
    now = CONSOLE.sub(lambda match: f"```console\n{_run(match[1])}```", page.read_text())
    if os.environ.get("GOLDEN"):
        page.write_text(now)
    assert now == page.read_text()


def _excerpts(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Run the commands of a page's excerpt; yield each with its lines, which it must print."""
    (block,) = re.findall(r"```excerpt\n(.*?)```", page.read_text(), re.DOTALL)
    for part in block.split("$ ")[1:]:
        command, *lines = part.splitlines()
        rest = _printed(shlex.split(command)[1:]).splitlines()
        for line in lines:
            start = line.removesuffix("…")
            places = [i for i, printed in enumerate(rest) if printed.startswith(start)]
            assert places, line
            assert rest[places[0]] == line or line.endswith("…")
            rest = rest[places[0] + 1 :]
        yield command, lines


def test_excerpts_are_of_what_is_printed(project: Path) -> None:
    """Each line stands in what its command prints, in that order; `…` ends one that goes on."""
    shown = set()
    for command, lines in _excerpts(DOCS / "reports.md"):
        assert lines
        shown.add(command.split()[-1])
    assert shown == set(FORMATS) - {"terminal", "json", "html"}


def test_the_excerpt_on_two_reports_is_of_what_is_printed(project: Path) -> None:
    assert [lines != [] for _, lines in _excerpts(DOCS / "history.md")] == [
        False,
        False,
        *[True] * 3,
    ]


def test_the_table_of_causes_is_what_explain_says() -> None:
    page = DOCS / "causes.md"
    rows = [f"| `{code}` | {entry['title']} |\n" for code, entry in codes()["causes"].items()]
    table = f"| cause | production did this |\n|---|---|\n{''.join(rows)}"
    if os.environ.get("GOLDEN"):
        page.write_text(CAUSES.sub(lambda _: table, page.read_text()))
    assert CAUSES.findall(page.read_text()) == [table]


def test_the_python_block_runs(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL)
    assert len(blocks) == 1
    exec(compile(blocks[0], "python.md", "exec"), {})  # noqa: S102 - our own page
    assert capsys.readouterr().out.startswith("skew 1\n")


def test_the_notebook_recipe_runs(project: Path) -> None:
    """The blocks are cells of one notebook: what stands alone in a line shows itself."""
    page = (DOCS / "notebooks.md").read_text()
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        exec(compile(block, "notebooks.md", "exec"), names)  # noqa: S102 - our own page
    assert names["audit"]._repr_html_().startswith("<div>")
    assert names["audit"].plot(names["worst"]).axes
    assert Path("skew.html").read_text("utf-8").startswith("<!doctype html>")


def test_the_parameter_files_are_valid_and_the_settings_are(project: Path) -> None:
    from skewcheck import load
    from skewcheck.config.settings import settings as settings_of
    from skewcheck.config.settings_file import read

    examples = re.findall(r"```json\n(.*?)```", (DOCS / "parameters.md").read_text(), re.DOTALL)
    assert examples
    for example in examples:
        Path("example.json").write_text(example)
        names = [f.name for f in load("example.json").features]
        assert names == list(json.loads(example)["features"])
    page = (DOCS / "commands.md").read_text()
    settings, gates = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert settings_of({}, tomllib.loads(settings)).columns["fare*"].raw == "fare_usd"
    Path("gates.toml").write_text(gates)
    nightly = settings_of({}, read("gates.toml", "nightly"))
    assert (nightly.parameters, nightly.logs) == ("models/fares.json", ("logs/2026",))
    assert nightly.policy.thresholds["psi"] == 0.1


def test_the_shell_blocks_name_targets_and_options_that_exist(project: Path) -> None:
    makefile = (ROOT / "Makefile").read_text()
    seen = 0
    for page in PAGES:
        shell = "\n".join(
            re.findall(r"^ *```(?:sh|bash)\n(.*?)```", page.read_text(), re.DOTALL | re.M)
        )
        for target in re.findall(r"^make (\w+)", shell, re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
        for line in shell.replace("\\\n", " ").splitlines():
            found = re.search(r"\bskewcheck ([a-z-]+) (.*)", line.partition(" #")[0])
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", found[2]) if found else ():
                assert found
                assert option in _printed([found[1], "--help"]), (page.name, found[1], option)
                seen += 1
    assert seen > 20


@pytest.mark.parametrize(
    ("page", "words"),
    [("parameters.md", "ops"), ("commands.md", "commands"), ("decides.md", "tests")],
)
def test_every_step_command_and_test_stands_in_its_page(page: str, words: str) -> None:
    from skewcheck.catalogue.tests import TESTS

    commands = [c.name or c.callback.__name__ for c in app().registered_commands if c.callback]
    text = (DOCS / page).read_text()
    for word in {"ops": OPS, "commands": commands, "tests": TESTS}[words]:
        assert re.search(rf"\b{word}\b", text), word


def test_every_format_stands_in_the_table() -> None:
    from skewcheck.parameters import READERS

    text = (DOCS / "parameters.md").read_text()
    (table,) = re.findall(r"\| format \| what is read \|\n\|---\|---\|\n((?:\|.*\n)*)", text)
    assert sorted(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)) == sorted(READERS)


@pytest.mark.parametrize("page", PAGES, ids=_named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]+)?\)", page.read_text()):
        linked = (page.parent / target).resolve() if target else page
        assert linked.exists(), target
        if anchor:
            assert anchor.removeprefix("#") in _anchors(linked), (target, anchor)


def _anchors(page: Path) -> set[str]:
    """Return what the headings of a page are linked by: small letters, digits and hyphens."""
    headings = re.findall(r"^#+ (.*)", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def test_the_readme_is_short() -> None:
    assert len(README.read_text().splitlines()) <= 150


def test_every_page_is_reached_from_the_readme_or_from_the_index() -> None:
    linked = README.read_text() + (DOCS / "README.md").read_text()
    for page in {*DOCS.glob("*.md")} - {DOCS / "README.md"}:
        assert f"{page.name})" in linked, page.name


def test_the_site_is_built_without_a_broken_link(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="no mkdocs-material: pip install mkdocs-material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir",
         str(tmp_path), "-f", str(DOCS / "site" / "mkdocs.yml")],
        capture_output=True, text=True, check=False, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    home = (tmp_path / "index.html").read_text()
    assert "<h1" in home
    assert not re.findall(r"<(?:link|script)[^>]+(?:href|src)=.?https?://", home)
