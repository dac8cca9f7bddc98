"""action.yml: the policy lock is that of the default branch, which no pull request can change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from machines import Machine
from test_action import Done, audit, runner

from skewcheck.cli import main

__all__ = ["runner"]


@pytest.fixture
def pull_request(runner: Machine, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A clone with a branch checked out; the default branch of its origin has a lock."""
    home = runner.folder / "github" / "owner" / "models"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    assert main(["policy", "--served", "{feature}_norm", "-o", "policy.json"]) == 0
    git = ("-C", str(home))
    runner.git("init", "-q", str(home))
    runner.git(*git, "add", ".")
    runner.git(*git, "commit", "-q", "-m", "a lock")
    runner.git("init", "-q")
    runner.git("checkout", "-q", "-b", "change")
    runner.environment |= {
        "GITHUB_SERVER_URL": (runner.folder / "github").as_uri(),
        "GITHUB_REPOSITORY": "owner/models",
    }
    runner.log(broken=True)
    return runner


def locked(machine: Machine, **inputs: str) -> Done:
    return audit(machine, **{"policy-lock": "policy.json", **inputs})


def test_a_policy_as_the_lock_says_is_audited(pull_request: Machine) -> None:
    done = locked(pull_request)
    assert (done.code, done.outputs["verdict"]) == (1, "skew")
    policy = json.loads(Path(done.outputs["json"]).read_text())["policy"]
    assert policy["lock"].endswith("policy-lock.json")


def test_what_a_pull_request_weakens_is_2(pull_request: Machine) -> None:
    (pull_request.folder / "skewcheck.toml").write_text('fail_on = "never"\n')
    done = locked(pull_request)
    assert (done.code, done.outputs) == (2, {"exit-code": "2"})
    assert "fail_on = never (lock: skew)" in done.commands[0]
    assert audit(pull_request).code == 0  # so it would have passed without the lock


def test_a_lock_that_a_pull_request_brings_is_not_read(pull_request: Machine) -> None:
    (pull_request.folder / "skewcheck.toml").write_text('fail_on = "never"\n')
    home = pull_request.folder
    assert main(["policy", "--fail-on", "never", "--config", str(home / "skewcheck.toml"),
                 "--served", "{feature}_norm", "-o", str(home / "policy.json")]) == 0  # fmt: skip
    pull_request.git("add", "policy.json", "skewcheck.toml")
    pull_request.git("commit", "-q", "-m", "weaker")
    pull_request.git("remote", "add", "origin", str(home))
    assert locked(pull_request).code == 2
    assert locked(pull_request, args="--policy-lock policy.json").code == 2


@pytest.mark.parametrize("path", ["absent.json", "--output=x", "$(touch pwned)"])
def test_a_lock_that_is_not_there_is_2(pull_request: Machine, path: str) -> None:
    done = locked(pull_request, **{"policy-lock": path})
    assert (done.code, done.outputs) == (2, {"exit-code": "2"})
    (command,) = done.commands
    assert command.startswith(
        f"::error title=skewcheck::policy-lock: {path} of the default branch of "
    )
    assert not (pull_request.folder / "pwned").exists()


def test_a_repository_that_cannot_be_reached_is_2(pull_request: Machine) -> None:
    pull_request.environment["GITHUB_REPOSITORY"] = "owner/absent"
    assert locked(pull_request).code == 2


@pytest.mark.parametrize("depth", [1, 2])
def test_the_history_of_a_clone_stays_as_it_is(pull_request: Machine, depth: int) -> None:
    for name in ("one", "two"):
        (pull_request.folder / name).write_text("")
        pull_request.git("add", name)
        pull_request.git("commit", "-q", "-m", name)
    clone = pull_request.folder / "clone"
    words = ["--depth", "1"] if depth == 1 else []
    pull_request.git("clone", "-q", *words, pull_request.folder.as_uri(), str(clone))
    for name in ("params.json", "logs"):
        (clone / name).symlink_to(pull_request.folder / name)
    for name in ("home", "bin"):
        (clone / name).symlink_to(pull_request.folder / name)
    machine = Machine(clone, pull_request.environment)
    assert locked(machine).code == 1
    assert machine.git("rev-list", "--count", "HEAD") == str(depth)
