"""What a shell completes: words of options, codes, gates, and features of the parameter file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from rides import frame
from typer.main import get_command

import skewcheck
from skewcheck.cli import app
from skewcheck.cli.completion import completer
from skewcheck.config.options import of


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with parameters, and settings that name them."""
    folder = tmp_path_factory.mktemp("completed")
    log = frame().rename(columns={"count": "counted"})
    skewcheck.save(skewcheck.fit(log.assign(fares=log.fare)), folder / "p.json")
    (folder / "skewcheck.toml").write_text('parameters = "p.json"\n[audit.nightly]\n[audit.now]\n')
    return folder


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("audit p.json logs --features pay,f", "pay,fare pay,fares"),
        ("audit --exclude c", "counted"),  # of the parameters that the settings name
        ("inject drift p.json logs --feature pa", "pay"),
        ("audit --gate n", "nightly now"),
        ("audit --format JS", "json"),  # whatever the case
    ],
)
def test_completed_words(place: Path, line: str, words: str) -> None:
    asked = {"_SKEWCHECK_COMPLETE": "complete_bash", "COMP_WORDS": f"skewcheck {line}"}
    asked["COMP_CWORD"] = str(len(line.split(" ")))
    run = subprocess.run(
        [sys.executable, "-m", "skewcheck"], capture_output=True, text=True, check=True,
        cwd=place, env={**os.environ, **asked},
    )  # fmt: skip
    assert run.stdout.split() == words.split()
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("command", "key", "start", "words"),
    [
        ("audit", "format", "j", "json junit"),
        ("audit", "fail_on", "", "skew warn never"),
        ("history", "format", "h", "html"),
        ("diff", "format", "", "terminal json"),
        ("audit", "report", "mark", "markdown="),
        ("explain", "code", "normalized", "normalized_twice"),
        ("inject", "fault", "unit", "unit_change"),
        ("power", "features", "f", "fare fares"),
    ],
)
def test_words_of_an_option(
    place: Path, monkeypatch: pytest.MonkeyPatch, command: str, key: str, start: str, words: str
) -> None:
    monkeypatch.chdir(place)
    context = typer.Context(get_command(app(command)))
    complete = completer(of(command)[key])
    assert complete is not None
    assert complete(context, start) == words.split()
    assert completer(of("audit")["since"]) is None
    Path("broken.toml").write_text("parameters = [")
    context.params = {"config": "broken.toml"}
    assert command != "power" or complete(context, "f") == []
