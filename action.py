"""What action.yml runs: an audit whose reports go where GitHub shows them.

It takes PARAMETERS, LOGS, ARGS and POLICY_LOCK from the environment, and gives the audit's exit
code.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

FETCH_SECONDS = 300
"""Seconds that fetching a single commit may take: minutes for a large repository."""
REPORTS = {"html": "skew.html", "json": "skew.json", "markdown": "skew.md", "github": "skew.txt"}


def main() -> int:
    """Audit; give outputs, summary and annotations."""
    folder = Path(tempfile.mkdtemp(prefix="skewcheck-reports.", dir=os.environ["RUNNER_TEMP"]))
    places = {name: folder / file for name, file in REPORTS.items()}
    try:
        code, errors = _audit(places, _lock(folder))
    except _NoLockError as error:
        code, errors = 2, str(error)
    paths = {name: path for name, path in places.items() if path.exists()}
    if "json" in paths:
        _output("verdict", json.loads(paths["json"].read_text("utf-8"))["verdict"])
    if "markdown" in paths:
        with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
            summary.write(paths["markdown"].read_text("utf-8"))
    if "github" in paths:
        print(paths.pop("github").read_text("utf-8"), end="")
    for name, path in paths.items():
        _output(name, str(path))
    _output("exit-code", str(code))
    if code == 2:
        print(f"::error title=skewcheck::{_escaped(errors)}")
    return code


class _NoLockError(Exception):
    """The policy lock cannot be had; the message says why."""


def _lock(folder: Path) -> list[str]:
    """Return the option of the policy lock, if there is to be one; raise _NoLockError.

    It is that of the default branch of the repository that the workflow is of, fetched anew: what
    is checked out may be changed by a pull request, and so may be where `origin` points.
    """
    path = os.environ["POLICY_LOCK"].strip()
    if not path:
        return []
    server, name = (os.environ.get(key, "") for key in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"))
    place = f"{server}/{name}"
    what = f"policy-lock: {path} of the default branch of {place}"
    # A clone with its history keeps it: a depth would cut it.
    shallow = _git(what, "rev-parse", "--is-shallow-repository").strip() == b"true"
    once = ("--quiet", "--no-tags", "--no-recurse-submodules", *(["--depth=1"] if shallow else []))
    _git(what, "fetch", *once, "--", place, "HEAD")
    lock = folder / "policy-lock.json"
    # The blob itself: `git show` may pass it through a filter.
    lock.write_bytes(_git(what, "cat-file", "blob", f"FETCH_HEAD:{path}"))
    return ["--policy-lock", str(lock)]


def _git(what: str, *words: str) -> bytes:
    """Return what a git command prints; raise _NoLockError, naming `what`, where it fails."""
    git = shutil.which("git")
    if git is None:
        raise _NoLockError(f"{what}: there is no git")
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            [git, *words], env=environment, capture_output=True, check=False,
            timeout=FETCH_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _NoLockError(f"{what}: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise _NoLockError(f"{what}: {said or f'git {words[0]} failed'}")
    return done.stdout


def _audit(places: dict[str, Path], lock: list[str]) -> tuple[int, str]:
    """Run the audit, its output shown; return its exit code and what it said on stderr."""
    try:
        options = shlex.split(os.environ["ARGS"])
    except ValueError as error:
        return 2, f"args: {error}: {os.environ['ARGS']}"
    for name, path in places.items():
        options += ["--report", f"{name}={path}"]
    options += lock  # the last of an option counts
    logs = [line.strip() for line in os.environ["LOGS"].splitlines() if line.strip()]
    # -P: what lies in the working folder is data. After `--` nothing is an option.
    command = [sys.executable, "-P", "-m", "skewcheck", "audit", *options, "--"]
    # A line of a report that begins with `::` must not be a command to the runner.
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    done = subprocess.run(
        [*command, os.environ["PARAMETERS"], *logs],
        stderr=subprocess.PIPE, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    print(f"{done.stderr}\n::{token}::", flush=True)
    # One that was killed, or whatever else, has no verdict.
    code = done.returncode if done.returncode in (0, 1, 3) else 2
    return code, done.stderr or f"skewcheck ended with {done.returncode}"


def _output(name: str, value: str) -> None:
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"{name}={value}\n")


def _escaped(text: str) -> str:
    """As GitHub reads the message of a workflow command."""
    escapes = {"%": "%25", "\r": "%0D", "\n": "%0A"}
    return "".join(escapes.get(letter, letter) for letter in text.strip())


if __name__ == "__main__":
    sys.exit(main())
