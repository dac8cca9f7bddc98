"""The first rows of a log are read again in their order, and no more than are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import skewcheck
from skewcheck.config.types import Settings
from skewcheck.counts.plan import Plan
from skewcheck.counts.rows import TIME, SampleColumn, raw_column, segment_column, served_column
from skewcheck.engine import arrival
from skewcheck.engine.arrival import columns_in_order
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.steps import ZScore
from skewcheck.features.types import FloatArray

RNG = np.random.default_rng(2)
RAW = RNG.normal(0, 1, 400)


def _read(folder: Path, *names: str, **settings: object) -> dict[SampleColumn, FloatArray]:
    """Return what is read of a log of two files, of 250 and 150 rows."""
    table = pa.table({
        "x": RAW, "x_n": RAW + 1, "y": RAW, "y_n": RAW + 2,
        "host": [f"h{i % 3}" for i in range(400)], "request": np.arange(400) // 4,
        "id": np.arange(400), "time": 1.7e9 + np.arange(400),
    })  # fmt: skip
    for number, part in enumerate((table[:250], table[250:])):
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=60)
    source = open_source(str(folder))
    known = skewcheck.fit(pa.table({"x": RAW, "y": RAW}))
    chosen = Settings(served="{feature}_n", **settings)
    return dict(columns_in_order(source, make_plan(known, source, chosen), names))


def test_rows_of_all_files_come_in_their_order(tmp_path: Path) -> None:
    columns = _read(tmp_path, "x")
    assert columns[raw_column("x")].tolist() == RAW.tolist()
    assert columns[served_column("x")].tolist() == (RAW + 1).tolist()
    assert raw_column("y") not in columns
    keys = {name.name for name in columns if name.kind == "segment"}
    assert keys == {"host", "request"}  # an id of one row each is none
    assert len(np.unique(columns[segment_column("request")])) == 100


def test_rows_before_the_time_asked_for_are_read_too(tmp_path: Path) -> None:
    columns = _read(
        tmp_path, "x", time_column="time", since=datetime.fromtimestamp(1.7e9 + 300, UTC)
    )
    assert columns[TIME].tolist() == (1.7e9 + np.arange(400)).tolist()


def test_no_more_rows_than_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrival, "MAX_ROWS", 130)
    assert len(_read(tmp_path, "x")[raw_column("x")]) == 130
    monkeypatch.setattr(arrival, "MAX_CELLS", 1_300)
    assert len(_read(tmp_path, "x", "y")[raw_column("x")]) <= 1_300 // 4
    monkeypatch.setattr(arrival, "MAX_FEATURES", 1)
    assert raw_column("y") not in _read(tmp_path, "x", "y")


def test_a_file_that_is_gone_before_it_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other causes stand: every second row has other parameters, which nothing in order tells."""
    other = np.where(np.arange(400) % 2, RAW, (RAW - 0.5) / 1.25)
    known = skewcheck.fit(pa.table({"x": RAW}))
    step = known["x"].steps[0]
    assert isinstance(step, ZScore)
    served = (other - step.mean) / step.std
    served[::4] = RNG.normal(5, 1, 100)
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"x": RAW, "x_n": served}), path)
    settings = Settings(served="{feature}_n")
    before = skewcheck.audit(known, str(path), settings=settings).features[0].causes
    read = arrival.columns_in_order

    def gone(source: LogSource, plan: Plan, names: Sequence[str]) -> object:
        path.unlink()
        return read(source, plan, names)

    monkeypatch.setattr(arrival, "columns_in_order", gone)
    after = skewcheck.audit(known, str(path), settings=settings).features[0].causes
    assert not path.exists()
    assert after == before
    assert after
