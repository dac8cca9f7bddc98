"""action.yml: its steps run as GitHub runs them, in a folder, with GitHub's variables."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from machines import ROOT, Machine

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {step["id"]: step for step in ACTION["runs"]["steps"] if "id" in step}


@dataclass
class Done:
    """What a step left."""

    code: int
    said: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[str]:
        """Return the lines that the runner would obey: those in a stopped stretch it does not."""
        found, token = [], None
        for line in self.said.splitlines():
            stop = re.fullmatch(r"::stop-commands::(\w{32})", line.strip())
            if token is None and stop:
                token = stop[1]
            elif token is None and line.strip().startswith("::"):
                found.append(line)
            elif token is not None and line.strip() == f"::{token}::":
                token = None
        assert token is None
        return found


def run(machine: Machine, step: str, **inputs: str) -> Done:
    """Run one step: `shell: bash` is this command, and inputs are what its `env` says."""
    given = {name: about.get("default", "") for name, about in ACTION["inputs"].items()} | inputs
    known = {f"inputs.{name}": value for name, value in given.items()}
    known["steps.install.outputs.home"] = str(machine.folder / "home")
    variables = {
        name: known[re.fullmatch(r"\$\{\{ (.*) \}\}", text)[1]]  # type: ignore[index]
        for name, text in STEPS[step]["env"].items()
    }
    files = {name: machine.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.write_text("")
    script = machine.folder / "step.sh"
    script.write_text(STEPS[step]["run"])
    assert STEPS[step]["shell"] == "bash"
    done = machine.run(
        "bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script),
        RUNNER_TEMP=str(machine.folder), GITHUB_ACTION_PATH=str(ROOT),
        **{name: str(path) for name, path in files.items()}, **variables,
    )  # fmt: skip
    told = files["GITHUB_OUTPUT"].read_text().splitlines()
    outputs = dict(line.split("=", 1) for line in told)
    said = done.stdout + done.stderr
    return Done(done.returncode, said, outputs, files["GITHUB_STEP_SUMMARY"].read_text())


@pytest.fixture
def runner(machine: Machine) -> Machine:
    """A machine on which skewcheck is installed where the first step puts it."""
    place = machine.folder / "home" / "bin"
    place.mkdir(parents=True)
    (place / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (place / "python").chmod(0o755)
    return machine


def audit(machine: Machine, **inputs: str) -> Done:
    words = {"parameters": "params.json", "logs": "logs", "args": "--served '{feature}_norm'"}
    return run(machine, "audit", **{**words, **inputs})


def test_it_is_an_action() -> None:
    command = ["check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"]
    command[0] = str(Path(sys.executable).parent / command[0])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_input_is_a_part_of_a_script() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert step.keys() & {"run", "uses"}


@pytest.mark.parametrize(("broken", "code", "verdict"), [(True, 1, "skew"), (False, 0, "ok")])
def test_an_audit(runner: Machine, broken: bool, code: int, verdict: str) -> None:
    runner.log(broken=broken)
    done = audit(runner)
    assert (done.code, done.outputs["exit-code"]) == (code, str(code))
    assert done.outputs["verdict"] == verdict
    assert done.said.splitlines()[1].startswith(f"{verdict.upper()}: ")
    assert any(line.startswith("::error ") for line in done.commands) == broken
    for name in ("html", "json", "markdown"):
        assert Path(done.outputs[name]).stat().st_size > 100
    assert done.summary == Path(done.outputs["markdown"]).read_text()
    promised = {re.fullmatch(r"\$\{\{ steps\.audit\.outputs\.(\S+) \}\}", output["value"])[1]
                for output in ACTION["outputs"].values()}  # fmt: skip
    assert done.outputs.keys() == promised == ACTION["outputs"].keys()


def test_what_is_no_audit_is_2_and_annotated(runner: Machine) -> None:
    done = audit(runner, logs="absent.csv")
    assert (done.code, done.outputs) == (2, {"exit-code": "2"})
    (line,) = done.commands
    assert line.startswith("::error title=skewcheck::skewcheck: absent.csv: ")
    assert done.summary == ""
    runner.log(broken=False)
    done = audit(runner, args="--fail-on 100%")
    assert done.code == 2
    assert "got '100%25'" in done.commands[0]


def test_a_quote_that_does_not_end(runner: Machine) -> None:
    done = audit(runner, args="--served '{feature}_norm\n::warning::x")
    assert (done.code, done.outputs) == (2, {"exit-code": "2"})
    told = "args: No closing quotation: --served '{feature}_norm%0A::warning::x"
    assert done.commands == [f"::error title=skewcheck::{told}"]


def test_args_are_words_and_logs_are_lines(runner: Machine) -> None:
    runner.log(broken=True)
    (runner.folder / "logs").rename(runner.folder / "a folder; of $HOME")
    done = audit(
        runner, logs="\n  a folder; of $HOME\n", args="--served='{feature}_norm'\n--fail-on never"
    )
    assert (done.code, done.outputs["verdict"]) == (0, "skew")


@pytest.mark.parametrize("where", ["parameters", "logs", "args"])
def test_nothing_in_an_input_is_executed(runner: Machine, where: str) -> None:
    text = "$(touch pwned) `touch pwned` ; touch pwned | touch pwned '; touch pwned; '\ntouch pwned"
    runner.log(broken=False)
    done = audit(runner, **{where: text})
    assert done.code == 2
    assert "$(touch" in done.said
    assert not list(runner.folder.rglob("pwned"))


def test_a_log_that_is_named_as_an_option_is_a_log(runner: Machine) -> None:
    done = audit(runner, logs="--output=params.json")
    assert done.code == 2
    assert "--output=params.json" in done.said
    assert (runner.folder / "params.json").read_text().startswith("{")


def test_nothing_in_the_checked_out_folder_is_imported(runner: Machine) -> None:
    runner.log(broken=False)
    for name in ("json", "pandas", "skewcheck", "venv", "pip"):
        (runner.folder / f"{name}.py").write_text("open('pwned', 'w')\n")
    assert audit(runner).outputs["verdict"] == "ok"
    assert not (runner.folder / "pwned").exists()


def test_a_name_in_the_data_is_no_command(runner: Machine) -> None:
    from rides import frame

    import skewcheck

    name = "::error::" + "x" * 70
    known = skewcheck.fit(frame().rename(columns={"fare": name}))
    skewcheck.save(known, runner.folder / "params.json")
    frame(2).assign(fare=9.0).rename(columns={"fare": name}).to_parquet(runner.folder / "l.parquet")
    done = audit(runner, logs="l.parquet", args="")
    assert done.code == 1
    assert not [line for line in done.commands if line.lstrip().startswith("::error::x")]


@pytest.mark.parametrize(
    ("version", "installed"),
    [("", f"{ROOT}[html]"), ("1.2.3", "skewcheck[html]==1.2.3"),
     ("$(touch pwned)", "skewcheck[html]==$(touch pwned)")],
)  # fmt: skip
def test_the_installation(machine: Machine, version: str, installed: str) -> None:
    made = machine.put("made", f'printf "%s\\n" "$@" > "{machine.folder}/pip.txt"')
    venv = f'mkdir -p "$4/bin" && cp "{made}" "$4/bin/python"'
    machine.put("python3", f'[ "$1 $2 $3" = "-I -m venv" ] && {venv}')
    done = run(machine, "install", version=version)
    assert (done.code, done.said) == (0, "")
    assert (Path(done.outputs["home"]) / "bin" / "python").exists()
    words = (machine.folder / "pip.txt").read_text().splitlines()
    assert words == ["-I", "-m", "pip", "install", "--quiet", installed]
    assert not list(machine.folder.rglob("pwned"))


def test_an_installation_that_fails_is_no_skew(machine: Machine) -> None:
    machine.put("python3", "exit 1")
    done = run(machine, "install")
    assert (done.code, len(done.commands)) == (2, 1)
