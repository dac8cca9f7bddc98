import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stub import Api

import skewcheck
from skewcheck.cli import main, progress
from skewcheck.text.errors import NothingToTestError

Captured = pytest.CaptureFixture[str]
AUDIT = ["audit", "p.json", "a"]


def run(*words: str, **options: str) -> subprocess.CompletedProcess[str]:
    """Run the tool as its users do."""
    command = [sys.executable, "-m", "skewcheck", *words]
    environment = {**os.environ, **options}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_an_error_of_ours_is_one_line_and_2(api: Api, capsys: Captured) -> None:
    api.error = NothingToTestError("logs/a\n\x1b[2J.csv: no row; give another log")
    assert main(AUDIT) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "skewcheck: logs/a\\n\\x1b[2J.csv: no row; give another log\n")


@pytest.mark.parametrize("error", [KeyError("x"), RecursionError("deep"), OSError(5, "io")])
def test_a_bug_is_2_and_says_so(api: Api, capsys: Captured, error: Exception) -> None:
    api.error = error
    assert main(AUDIT) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"skewcheck: internal error ({type(error).__name__}: ")
    assert "--debug" in err
    assert err.count("\n") == 1


def test_out_of_memory(api: Api, capsys: Captured) -> None:
    api.error = MemoryError()
    assert main(AUDIT) == 2
    assert capsys.readouterr().err.startswith("skewcheck: out of memory")


def test_a_traceback_only_with_debug(api: Api, capsys: Captured) -> None:
    api.error = KeyError("x")
    assert main([*AUDIT, "--debug"]) == 2
    err = capsys.readouterr().err
    assert "Traceback (most recent call last)" in err
    assert err.splitlines()[-1].startswith("skewcheck: internal error")


def test_debug_works_with_every_command(api: Api, capsys: Captured) -> None:
    assert main(["diff", "bad.json", "bad.json", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err
    assert main(["--debug", "diff", "bad.json", "bad.json"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c(api: Api) -> None:
    api.error = KeyboardInterrupt()
    assert main(AUDIT) == 130


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["adit"], "No such command 'adit'. Did you mean 'audit'?; see `skewcheck --help`"),
        (["audit", "--foo"], "No such option: --foo"),
        (["audit"], "no PARAMETERS given, and no parameters in a skewcheck.toml here"),
        (["audit", "p.json"], "no LOGS given, and no logs in a skewcheck.toml here; see `"),
        (["power"], "Missing argument 'PARAMETERS'; see `skewcheck power --help`"),
        (["explain", "a", "b"], "Got unexpected extra argument"),
    ],
)
def test_wrong_usage(capsys: Captured, words: list[str], told: str) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"skewcheck: {told}")
    assert (out, err.count("\n")) == ("", 1)


def test_nothing_said_shows_the_help(capsys: Captured) -> None:
    assert main([]) == 2
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--help"], ["audit", "-h"], ["demo", "--help"]])
def test_help(capsys: Captured, words: list[str]) -> None:
    assert main(words) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: skewcheck")
    assert max(map(len, text.splitlines())) <= 80


def test_version() -> None:
    done = run("--version")
    assert (done.stdout, done.returncode) == (f"skewcheck {skewcheck.__version__}\n", 0)


def test_help_loads_no_heavy_package() -> None:
    code = (
        "import sys; from skewcheck.cli import main; main(['audit', '--help']);"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'scipy', 'rich'} & set(sys.modules);"
        "sys.exit(str(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)


WITH_STUB = """
import sys
sys.path[:0] = [{tests!r}, {cli!r}]
import skewcheck
from stub import Api
api = Api().module()
skewcheck.api = sys.modules["skewcheck.api"] = api
from skewcheck.cli import main
sys.exit(main({words!r}))
"""


def stubbed(words: list[str], then: str) -> subprocess.CompletedProcess[str]:
    """Run the tool on the stand-in in a shell, its stdout treated as `then` says."""
    cli = Path(__file__).parent
    code = WITH_STUB.format(tests=str(cli.parent), cli=str(cli), words=words)
    shell = f'"$0" -c "$1" {then}'
    command = ["bash", "-c", shell, sys.executable, code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [[*AUDIT, "--verbose"], [*AUDIT, "--format", "json"]])
def test_a_closed_pipe_is_silent_and_keeps_the_code(words: list[str]) -> None:
    done = stubbed(words, "| true; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (1, "")


def test_a_closed_pipe_does_not_make_help_a_finding() -> None:
    done = stubbed(["--help"], "| true; exit ${PIPESTATUS[0]}")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_no_verdict() -> None:
    done = stubbed(AUDIT, "> /dev/full")
    assert done.returncode == 2
    assert done.stderr == "skewcheck: stdout: cannot write to it (No space left on device)\n"


def test_closed_streams() -> None:
    assert stubbed(AUDIT, ">&-").returncode == 1
    assert stubbed(["diff", "bad.json", "x"], "2>&-").returncode == 2


def test_a_stdout_without_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = stubbed(AUDIT, "")
    assert done.returncode == 1
    assert "train ????" in done.stdout


def test_no_colour_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in stubbed(AUDIT, "").stdout


@pytest.mark.parametrize(("variable", "coloured"), [("NO_COLOR", False), ("SOMETHING", True)])
def test_colour_on_a_terminal(
    api: Api, capsys: Captured, monkeypatch: pytest.MonkeyPatch, variable: str, coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, "1")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(AUDIT)
    assert ("\x1b[" in capsys.readouterr().out) == coloured


def test_progress_waits_a_second_and_goes_away(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    with progress.shown(True) as advance:
        assert advance is not None
        advance(10, 1, 2, "a.csv")
        assert capsys.readouterr().err == ""
        now += 2
        advance(5000, 1, 2, "[red]a\x1b.csv")
    err = capsys.readouterr().err
    assert " 50% 5,000 rows, 2,500/s, [red]a\\x1b.csv" in err


def test_no_progress_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    with progress.shown(True) as advance:
        assert advance is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.shown(False) as advance:
        assert advance is None
