"""The lock on the parameters where changes are reviewed: pre-commit, GitLab, a shell."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest
import yaml
from machines import ROOT, Machine

BIN = Path(sys.executable).parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"
PAGE = (ROOT / "docs" / "ci.md").read_text()
GITLAB = yaml.safe_load((ROOT / "docs" / "gitlab-ci.yml").read_text())


def edit(machine: Machine, **step: float) -> None:
    """Change a step by hand, as in an editor."""
    path = machine.folder / "params.json"
    content = json.loads(path.read_text())
    content["features"]["fare"]["steps"][0].update(step)
    path.write_text(json.dumps(content))


def relock(machine: Machine) -> None:
    assert machine.run("skewcheck", "show", "params.json", "-o", "params.json").returncode == 0


@pytest.fixture
def repository(machine: Machine) -> Machine:
    """A repository with one commit."""
    machine.git("init", "--quiet")
    (machine.folder / "other.json").write_text("[1]")
    machine.git("add", "params.json", "other.json")
    machine.git("commit", "--quiet", "-m", "Parameters")
    return machine


def test_the_hook_in_pre_commit(repository: Machine) -> None:
    """With pre-commit itself; but skewcheck is not installed anew, which takes a network."""
    (hook,) = yaml.safe_load(HOOKS.read_text())
    config = {"repos": [{"repo": "local", "hooks": [{**hook, "language": "system"}]}]}
    (repository.folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    repository.environment["PRE_COMMIT_HOME"] = str(repository.folder / "home")
    run = (str(BIN / "pre-commit"), "run", "--all-files")
    done = repository.run(*run)
    assert (done.returncode, "Passed" in done.stdout) == (0, True), done.stdout
    edit(repository, std=12.91)
    done = repository.run(*run)
    assert done.returncode == 1
    assert "CHANGED: params.json is not as it was locked" in done.stdout
    assert "other.json" not in done.stdout
    relock(repository)
    assert repository.run(*run).returncode == 0


def test_the_files_are_what_their_places_take(tmp_path: Path, machine: Machine) -> None:
    workflow, config = (tmp_path / name for name in ("workflow.yml", "config.yaml"))
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    workflow.write_text(blocks[0])
    config.write_text(blocks[1])
    schema = (str(BIN / "check-jsonschema"), "--builtin-schema")
    commands = [
        (str(BIN / "pre-commit"), "validate-manifest", str(HOOKS)),
        (str(BIN / "pre-commit"), "validate-config", str(config)),
        (*schema, "vendor.gitlab-ci", str(ROOT / "docs" / "gitlab-ci.yml")),
        (*schema, "vendor.github-workflows", str(workflow)),
    ]
    for command in commands:
        done = machine.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    (hook,) = yaml.safe_load(HOOKS.read_text())
    assert yaml.safe_load(blocks[1])["repos"][0]["hooks"][0]["id"] == hook["id"]


def test_the_workflow_uses_what_the_action_has() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    workflow = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    (step,) = [s for s in workflow["jobs"]["audit"]["steps"] if s.get("id") == "skew"]
    assert step["with"].keys() <= action["inputs"].keys()
    required = {name for name, about in action["inputs"].items() if about.get("required")}
    assert required <= step["with"].keys()
    assert set(re.findall(r"steps\.skew\.outputs\.([\w-]+)", PAGE)) <= action["outputs"].keys()


def gitlab(machine: Machine, job: str, **variables: str) -> tuple[int, str]:
    """Run a job's script as GitLab's shell executor does: joined, with errexit and pipefail."""
    script = "\n".join(GITLAB[job]["script"])
    done = machine.run(
        "bash", "-e", "-o", "pipefail", "-c", script, **{**GITLAB["variables"], **variables}
    )
    return done.returncode, done.stdout + done.stderr


def test_the_lock_in_gitlab(repository: Machine) -> None:
    base = repository.git("rev-parse", "HEAD")
    job = ("skewcheck-verify",)
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
    assert gitlab(repository, *job, **variables)[0] == 0
    edit(repository, std=12.91)
    code, _ = gitlab(repository, *job, **variables)
    assert code == 1
    relock(repository)
    code, said = gitlab(repository, *job, **variables)
    assert code == GITLAB["skewcheck-verify"]["allow_failure"]["exit_codes"]
    assert re.search(r"since before\.json: fare: zscore std \S+ → 12\.91 ", said)
    (repository.folder / "params.json").write_text('{"features": {"x": {"steps": []}}}')
    assert gitlab(repository, *job, **variables)[0] == 2


@pytest.mark.parametrize(
    ("broken", "rows", "code"), [(False, 2000, 0), (True, 2000, 1), (False, 50, 3)]
)
def test_the_audit_in_gitlab(machine: Machine, broken: bool, rows: int, code: int) -> None:
    machine.log(broken=broken, rows=rows)
    assert gitlab(machine, "skewcheck")[0] == code
    assert (code == GITLAB["skewcheck"]["allow_failure"]["exit_codes"]) == (code == 3)
    artifacts = GITLAB["skewcheck"]["artifacts"]
    for name in (*artifacts["paths"], *artifacts["reports"].values()):
        assert (machine.folder / name).stat().st_size
    assert "skewcheck[html]" in (machine.folder / "pip.txt").read_text()


def test_the_commands_of_the_page(repository: Machine) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = [line.split("  #")[0].strip() for line in block.splitlines()]
    (repository.folder / "model.onnx").write_bytes(b"weights")
    (repository.folder / "scaler.pkl").write_text((repository.folder / "params.json").read_text())
    code = {line: repository.run("bash", "-c", line) for line in lines}
    assert {line: shlex.split(line)[1] for line in lines} == dict.fromkeys(lines, "verify")
    assert [done.returncode for done in code.values()] == [0, 2, 0, 0]
    assert "model.sha256: is missing" in code[lines[1]].stderr
