"""Which commit's numbers production uses: `python benchmarks/histories.py`, writes HISTORIES.md.

Repositories grow at random (`fixtures/histories.py`): retraining, reformatting, renames, merges,
other files. A log of served and raw values is made with the numbers of one version.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
from processes import ROOT, machine

sys.path.insert(0, str(ROOT))

import skewcheck
from fixtures.histories import History, Repo, as_json, log, numbers

REPOSITORIES = 100
COMMITS = 1_000


def _named(served: Path, file: Path) -> str | None:
    result = skewcheck.bisect(served, file, served="{feature}_norm")
    return None if result.fit is None else result.fit.version.introduced.hash


def _random(folder: Path, seed: int) -> bool:
    history = History(folder / "repo", seed)
    place = int(history.rng.integers(len(history.versions) - 1))
    served = log(folder / "log.parquet", history.versions[place], seed)
    return _named(served, history.file) == history.commits[place]


def _processor_seconds() -> float:
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _long(folder: Path) -> tuple[bool, float]:
    rng, repo = np.random.default_rng(0), Repo.make(folder / "repo")
    versions = [numbers(rng) for _ in range(COMMITS)]
    commits = []
    for version in versions:
        (repo.root / "scaler.json").write_text(as_json(version))
        commits.append(repo.commit("retrain"))
    place = COMMITS // 3
    served = log(folder / "log.parquet", versions[place])
    before = _processor_seconds()
    named = _named(served, repo.root / "scaler.json")
    return named == commits[place], _processor_seconds() - before


def main() -> None:
    """Measure, and write the page."""
    right = 0
    for seed in range(REPOSITORIES):
        with tempfile.TemporaryDirectory() as folder:
            right += _random(Path(folder), 1_000 + seed)
    with tempfile.TemporaryDirectory() as folder:
        named, seconds = _long(Path(folder))
    word = "yes" if named else "**no**"
    text = f"""# Which commit production uses

Written by `python benchmarks/histories.py`: repositories that grew at random, with retraining,
reformatting, renames, merges and other files; a log made with the numbers of one version.

{machine()}

| what | asked | measured |
|---|---|---|
| the right commit is named, of {REPOSITORIES} repositories | {REPOSITORIES} | {right} |
| {COMMITS:,} commits, each with other numbers of two features: named | yes | {word} |
| the same: processor time of one call, git's included | 5 s | {seconds:.1f} s |
"""
    (ROOT / "benchmarks/HISTORIES.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
