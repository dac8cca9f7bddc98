"""Git repositories made commit by commit, of which the tests know each number."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Numbers = Mapping[str, tuple[float, float]]
"""Mean and deviation by feature."""
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann Author", "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann Author", "GIT_COMMITTER_EMAIL": "ann@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip


@dataclass
class Repo:
    """A repository; commits are a minute apart."""

    root: Path
    clock: int = field(default=1_700_000_000)

    @classmethod
    def make(cls, root: Path) -> Repo:
        """Return an empty repository."""
        root.mkdir(parents=True)
        repo = cls(root)
        repo.git("init", "-q", "-b", "main")
        return repo

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        self.clock += 60
        times = {
            "GIT_AUTHOR_DATE": f"{self.clock} +0000",
            "GIT_COMMITTER_DATE": f"{self.clock} +0000",
        }
        done = subprocess.run(
            ["git", "-C", str(self.root), *arguments], check=True, capture_output=True, text=True,
            env={**os.environ, **_IDENTITY, **times},
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit all that changed and return the hash."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def as_json(numbers: Numbers, *, indent: int | None = None, turned: bool = False) -> str:
    """Return a file of means and deviations; reformatting changes none of them."""
    names = sorted(numbers, reverse=turned)
    return json.dumps(
        {name: {"mean": numbers[name][0], "std": numbers[name][1]} for name in names},
        indent=indent,
    )


def as_code(numbers: Numbers) -> str:
    """Return a server's module with the numbers in it."""
    rows = "".join(
        f"    {name!r}: {{'mean': {mean!r}, 'std': {std!r}}},\n"
        for name, (mean, std) in numbers.items()
    )
    return f"SCALER = {{\n{rows}}}\n"
