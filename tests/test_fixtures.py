"""The fixtures in the repository are what their generator makes, and small."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
from pathlib import Path

import pyarrow.parquet as pq
import pytest

FIXTURES = Path(__file__).parent.parent / "fixtures"
FOREIGN = {"spark", "models", "keras", "formats"}
"""Folders that other frameworks wrote: scripts of their own, which need those frameworks."""
FILES = [path.relative_to(FIXTURES) for path in FIXTURES.rglob("*") if path.is_file()]
DATA = sorted(
    path
    for path in FILES
    if path.suffix in {".parquet", ".csv", ".jsonl", ".json"} and path.parts[0] not in FOREIGN
)


def make(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("make", FIXTURES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.make(folder)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make(folder)
    return folder


def test_they_are_small_enough_for_git() -> None:
    assert sum((FIXTURES / path).stat().st_size for path in FILES) < 3_000_000


def test_all_of_them_are_made(made: Path) -> None:
    assert [path for path in DATA if not (made / path).is_file()] == []
    assert len([path for path in made.rglob("*") if path.is_file()]) == len(DATA)


def test_making_them_twice_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    make(tmp_path)
    different = [str(p) for p in DATA if (tmp_path / p).read_bytes() != (made / p).read_bytes()]
    assert different == []


@pytest.mark.parametrize("path", DATA, ids=str)
def test_the_repository_holds_what_is_made(made: Path, path: Path) -> None:
    assert _differences(_content(FIXTURES / path), _content(made / path), str(path)) == []


def _content(path: Path) -> object:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pydict()
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return [[_number(cell) for cell in row] for row in csv.reader(file)]
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    content = json.loads(path.read_text())
    content.pop("fingerprint", None)  # a hash of numbers that may differ in their last digit
    return content


def _number(cell: str) -> float | str:
    try:
        return float(cell)
    except ValueError:
        return cell


def _differences(ours: object, theirs: object, where: str) -> list[str]:
    """Return where two contents differ by more than the last digits of a logarithm.

    Processors differ in these, and the six digits of the CSV show it.
    """
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        pairs = [(ours[key], theirs[key], f"{where}: {key}") for key in ours]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(*pair, f"{where}[{i}]") for i, pair in enumerate(zip(ours, theirs, strict=True))]
    elif isinstance(ours, float) and isinstance(theirs, float):
        return [] if math.isclose(ours, theirs, rel_tol=1e-5, abs_tol=1e-6) else [where]
    else:
        return [] if ours == theirs else [where]
    return [found for pair in pairs for found in _differences(*pair)]
