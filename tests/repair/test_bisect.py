"""The commit whose numbers production uses, in repositories made for it."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.cli import main
from skewcheck.text.errors import SkewcheckError

sys.path.insert(0, str(Path(__file__).parents[2]))

from fixtures.histories import FEATURES, History, Numbers, Repo, as_json, log, numbers

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git, which bisect asks")


def found(log_path: Path, file: Path, **options: object) -> tuple[str | None, int]:
    """Return the hash that is named, and the number of versions that were read."""
    result = skewcheck.bisect(log_path, file, served="{feature}_norm", **options)
    commit = None if result.fit is None else result.fit.version.introduced.hash
    return commit, len(result.versions.versions)


@pytest.mark.parametrize("seed", range(6))
def test_the_commit_of_any_version_is_named(seed: int, tmp_path: Path) -> None:
    history = History(tmp_path / "repo", seed)
    place = int(history.rng.integers(len(history.versions) - 1))
    served = log(tmp_path / "log.parquet", history.versions[place], seed)
    assert found(served, history.file) == (history.commits[place], len(history.versions))
    today = log(tmp_path / "today.parquet", history.versions[-1], seed)
    assert found(today, history.file)[0] == history.commits[-1]


def test_served_values_alone_and_a_reference(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    repo = Repo.make(tmp_path / "repo")
    train = pd.DataFrame({name: np.round(rng.lognormal(1, 0.5, 4_000), 2) for name in FEATURES})
    versions, commits = [numbers(rng) for _ in range(3)], []
    for version in versions:
        (repo.root / "p.json").write_text(as_json(version))
        commits.append(repo.commit("retrain"))
    served = log(tmp_path / "log.parquet", versions[1], raw=False)
    file = repo.root / "p.json"
    assert found(served, file, reference=train)[0] == commits[1]
    with pytest.raises(SkewcheckError, match="nothing in the log shows which numbers"):
        found(served, file)


def test_of_many_versions_few_are_tried_and_the_same_is_named(tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    repo = Repo.make(tmp_path / "repo")
    versions, commits = [numbers(rng) for _ in range(70)], []
    for version in versions:
        (repo.root / "p.json").write_text(as_json(version))
        commits.append(repo.commit("retrain"))
    for place in (0, 33):
        served = log(tmp_path / "log.parquet", versions[place])
        assert found(served, repo.root / "p.json") == (commits[place], 70)


def test_numbers_that_were_brought_back_are_of_the_newest_commit(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    repo = Repo.make(tmp_path / "repo")
    first, second, third = (numbers(rng) for _ in range(3))
    commits = []
    for version in (first, second, first, third):
        (repo.root / "p.json").write_text(as_json(version))
        commits.append(repo.commit("retrain"))
    result = skewcheck.bisect(
        log(tmp_path / "log.parquet", first), repo.root / "p.json", served="{feature}_norm"
    )
    assert result.fit is not None
    assert result.fit.version.introduced.hash == commits[2]
    assert result.fit.version.replaced is not None
    assert result.fit.version.replaced.hash == commits[3]


@pytest.fixture
def simple(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Repo, list[Numbers]]:
    """Return a repository of two versions, in the working folder `repo`."""
    rng = np.random.default_rng(8)
    repo = Repo.make(tmp_path / "repo")
    versions = [numbers(rng) for _ in range(2)]
    for version in versions:
        (repo.root / "p.json").write_text(as_json(version))
        repo.commit("retrain on \x1b[31mFebruary\x01 :000 A\nand a body")
    monkeypatch.chdir(tmp_path)
    return repo, versions


ARGUMENTS = ["bisect", "log.parquet", "--parameters", "repo/p.json", "--served", "{feature}_norm"]


def test_the_command_prints_the_hash_first(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo, versions = simple
    log(tmp_path / "log.parquet", versions[0])
    first, second = repo.git("rev-parse", "HEAD~1"), repo.git("rev-parse", "HEAD")
    assert main(ARGUMENTS) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == first
    assert "by Ann Author: retrain on" in lines[1]
    assert not any("\x1b" in line for line in lines)
    assert lines[2] == "production uses the numbers of this commit in 100 % of the rows, 99 % sure"
    assert any(line.startswith(f"replaced by {second[:12]}") for line in lines)
    assert main([*ARGUMENTS, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["commit"]["hash"] == first
    assert set(document["features"]) == set(FEATURES)
    assert document["uses_today"] is False


def test_other_numbers_fit_no_version(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log(tmp_path / "log.parquet", numbers(np.random.default_rng(99)))
    assert simple
    assert main(ARGUMENTS) == 1
    assert capsys.readouterr().out.startswith("no version of the file has the numbers")


def test_a_world_that_moved_is_no_other_version(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path
) -> None:
    _, versions = simple
    log(tmp_path / "log.parquet", versions[1])
    train = pd.read_parquet(tmp_path / "log.parquet")[list(FEATURES)] + 5.0
    result = skewcheck.bisect(
        tmp_path / "log.parquet", tmp_path / "repo/p.json", reference=train,
        served="{feature}_norm",
    )  # fmt: skip
    assert result.audit.verdict == "skew"
    assert result.uses_today
    assert result.others == FEATURES


def test_numbers_of_today_that_no_commit_has(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo, _ = simple
    edited = numbers(np.random.default_rng(98))
    (repo.root / "p.json").write_text(as_json(edited))
    log(tmp_path / "log.parquet", edited)
    assert main(ARGUMENTS) == 0
    assert "which no commit has" in capsys.readouterr().out


def test_contents_that_cannot_be_read_are_said(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo, versions = simple
    for text in ("version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "<<<<<<< HEAD\n"):
        (repo.root / "p.json").write_text(text)
        repo.commit("broken")
    (repo.root / "p.json").write_text(as_json(versions[1]))
    repo.commit("mended")
    log(tmp_path / "log.parquet", versions[0])
    assert main(ARGUMENTS) == 0
    out = capsys.readouterr().out
    assert "Git LFS, which is not fetched" in out
    assert out.count("not read: ") == 2
    assert str(tmp_path) not in out
    assert "skewcheck-" not in out


def test_a_shallow_clone_is_said(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo, versions = simple
    log(tmp_path / "log.parquet", versions[0])
    clone = ["git", "clone", "-q", "--depth", "1", f"file://{repo.root}", str(tmp_path / "clone")]
    subprocess.run(clone, check=True, capture_output=True)
    assert main([a.replace("repo/", "clone/") for a in ARGUMENTS]) == 1
    assert "the clone is shallow: older commits are not here" in capsys.readouterr().out


def test_nothing_of_the_repository_is_executed(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path
) -> None:
    repo, versions = simple
    log(tmp_path / "log.parquet", versions[0])
    mark, script = tmp_path / "executed", tmp_path / "run.sh"
    script.write_text(f"#!/bin/sh\necho run >> {mark}\ncat\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "diff.external",
        "diff.x.textconv",
        "diff.x.command",
        "filter.x.smudge",
        "filter.x.clean",
        "gpg.program",
        "core.sshCommand",
        "alias.log",
    ):
        repo.git("config", key, f"!{script}" if key.startswith("alias") else str(script))
    repo.git("config", "log.showSignature", "true")
    (repo.root / ".git/info/attributes").write_text("*.json diff=x filter=x\n")
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        shutil.copy(script, repo.root / ".git/hooks" / hook)
    assert found(tmp_path / "log.parquet", repo.root / "p.json")[0] is not None
    assert not mark.exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--parameters", "gone.json"], "--parameters gone.json: no such file"),
        (["--parameters", "repo"], "--parameters repo: is a folder"),
        (["--parameters", "alone.json"], "no git repository"),
        (["--parameters", "repo/p.json", "--repo", "nowhere"], "--repo nowhere: no such folder"),
        (["--parameters", "repo/new.json"], "no commit has this file"),
        (["--parameters", "alone.json", "--repo", "repo"], "is not in the repository"),
    ],
)
def test_what_cannot_be_bisected_is_one_line(
    arguments: list[str], problem: str, simple: tuple[Repo, list[Numbers]], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    repo, versions = simple
    log(tmp_path / "log.parquet", versions[0])
    for place in (tmp_path / "alone.json", repo.root / "new.json"):
        place.write_text(as_json(versions[0]))
    assert main(["bisect", "log.parquet", "--served", "{feature}_norm", *arguments]) == 2
    error = capsys.readouterr().err
    assert problem in error
    assert error.count("\n") == 1


def test_raw_values_alone_show_nothing(
    simple: tuple[Repo, list[Numbers]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, versions = simple
    frame = pd.read_parquet(log(tmp_path / "log.parquet", versions[0]))
    frame[list(FEATURES)].to_parquet(tmp_path / "log.parquet")
    assert main(["bisect", "log.parquet", "--parameters", "repo/p.json"]) == 2
    assert "nothing in the log shows which numbers" in capsys.readouterr().err
