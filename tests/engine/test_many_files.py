"""Many small files: opened twice, measured together, and reported as if measured apart."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.counts import profile
from skewcheck.engine import source
from skewcheck.logs import copies, opening, parquet, recognise
from skewcheck.logs.log import TRIES
from skewcheck.parameters.writer import save
from skewcheck.text.errors import LogError

FILES = 40
ROWS = 30


def _table(rng: np.random.Generator, rows: int) -> pa.Table:
    names = np.array(["a", "b", "c"])
    return pa.table({
        "x": rng.normal(5, 2, rows), "n": rng.integers(0, 50, rows),
        "c": names[rng.integers(0, 3, rows)],
        "at": np.datetime64("2026-11-01") + rng.integers(0, 90_000, rows).astype("m8[s]"),
    })  # fmt: skip


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a folder of small files: some with a column of nulls, one with a wrong value."""
    rng = np.random.default_rng(5)
    save(skewcheck.fit(_table(rng, 4_000).drop_columns(["at"])), tmp_path / "p.json")
    step = json.loads((tmp_path / "p.json").read_text())["features"]["x"]["steps"][0]
    folder = tmp_path / "log"
    folder.mkdir()
    for i in range(FILES):
        table = _table(rng, ROWS)
        served = (table["x"].to_numpy() - step["mean"]) / step["std"]
        if i == FILES - 3:
            served[7] += 1
        if i % 3 == 0:
            table = table.set_column(0, "x", pa.array([None, *table["x"].to_pylist()[1:]]))
            served[0] = np.nan
        table = table.append_column("x_n", pa.array(served))
        pq.write_table(table, folder / f"{i:03}.parquet")
    return folder


def _same(a: object, b: object) -> None:
    """Compare two reports: sums of other parts differ in their last digits."""
    if isinstance(a, dict) and isinstance(b, dict):
        assert a.keys() == b.keys()
        for key in a:
            _same(a[key], b[key])
    elif isinstance(a, list) and isinstance(b, list):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            _same(x, y)
    else:
        assert a == (pytest.approx(b, rel=1e-9) if isinstance(b, float) else b)


@pytest.mark.parametrize(
    "options", [{}, {"by": ["c"]}, {"served": "{feature}_n"}, {"time_column": "at"}, {"since": ""}]
)
def test_files_together_are_as_files_apart(
    log: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(profile, "FILES", 5)
    if options == {"since": ""}:
        options = {"time_column": "at", "since": "2026-11-01T06:00:00Z"}
    reports = []
    for pooled_after in (1_000, 5):
        monkeypatch.setattr(source, "FILES", pooled_after)
        audit = skewcheck.audit(log.parent / "p.json", log, **options)
        reports.append(json.loads(skewcheck.render(audit, "json")))
        del reports[-1]["run"]
    apart, together = reports
    _same(apart, together)
    if not options.get("since"):
        assert together["logs"]["rows"] == FILES * ROWS


def test_the_first_row_that_fails_is_named(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "FILES", 5)
    audit = skewcheck.audit(log.parent / "p.json", log, served="{feature}_n", features=["x"])
    (feature,) = json.loads(skewcheck.render(audit, "json"))["features"]
    example = feature["parity"]["example"]
    assert (example["file"], example["row"]) == (f"{FILES - 3:03}.parquet", 7)


def test_each_file_is_opened_twice(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for its beginning and its footer, once for its rows; some for their first rows."""
    monkeypatch.setattr(source, "FILES", 5)
    # Rows that fail, as some of these do, may be read once more, in their order.
    monkeypatch.setattr("skewcheck.causes.states.cause_by_state", lambda *_: None)
    opened: Counter[str] = Counter()

    def counted(module: ModuleType, name: str) -> None:
        real = getattr(module, name)

        def call(path: str) -> Any:
            opened[Path(path).name] += 1
            return real(path)

        monkeypatch.setattr(module, name, call)

    counted(opening, "open_bytes")
    counted(recognise, "open_bytes")
    counted(parquet, "open_bytes")
    counted(copies, "open_bytes")
    counted(parquet, "arrow_source")
    skewcheck.audit(log.parent / "p.json", log)
    assert len(opened) == FILES
    often = [name for name, times in opened.items() if times > 2]
    assert len(often) <= TRIES


def test_a_damaged_file_among_many_is_named(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "FILES", 5)
    for number in (20, 37):
        path = log / f"{number:03}.parquet"
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(LogError, match=r"020\.parquet"):
        skewcheck.audit(log.parent / "p.json", log)
