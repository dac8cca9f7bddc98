"""A machine as the examples expect it, as far as one folder can be that."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rides import frame

import skewcheck

ROOT = Path(__file__).parent.parent.parent


@dataclass
class Machine:
    """A working folder with `params.json` and `logs`, and `skewcheck` on the path."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, script: str) -> Path:
        """Write a shell script to the path."""
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    def log(self, *, broken: bool, rows: int = 2000) -> None:
        """Write today's log; a broken one holds raw values where served ones should be."""
        known = skewcheck.load(self.folder / "params.json")
        served = known.transform(frame(2, rows), served="{feature}_norm")
        (self.folder / "logs").mkdir(exist_ok=True)
        if broken:
            served["fare_norm"] = served["fare"]
        served.to_parquet(self.folder / "logs" / "today.parquet")

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command there; a test of one that this system has not is left out."""
        environment: Mapping[str, str] = {
            **os.environ, **self.environment, **variables,
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
        }  # fmt: skip
        if shutil.which(words[0], path=environment["PATH"]) is None:
            pytest.skip(f"no {words[0]}: install it")
        return subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def git(self, *words: str) -> str:
        """Run git there, with an identity."""
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
        done = self.run("git", *identity, "-c", "init.defaultBranch=main", *words)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
