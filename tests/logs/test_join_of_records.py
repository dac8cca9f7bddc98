"""Records with the same id become one row, whatever their order, number and types."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skewcheck.logs import Wanted, open_logs
from skewcheck.logs.join import matching, partitions, rows
from skewcheck.logs.join.concat import as_type, common_type, concatenated
from skewcheck.logs.join.ids import codes_of, id_texts, partitions_of
from skewcheck.logs.join.partitions import JoinFile, partitioned
from skewcheck.logs.join.rows import Joined, joined
from skewcheck.logs.join.sides import Telling, sample, telling


def join(*tables: pd.DataFrame | pa.Table, threads: int = 2, id_name: str = "id") -> Joined:
    files = [JoinFile(file, (id_name,)) for file in open_logs(list(tables)).files]
    records = partitioned(files, threads)
    some = sample(records.tables(0), 1 << 20)
    found = telling(files, some)
    assert found is not None
    names = [f"side{i}" for i in range(found.sides)]
    return joined(files, records, found, some, names, id_name, None)


def frame_of(result: Joined) -> pd.DataFrame:
    """Return all joined rows, and check that each file's rows come in their order."""
    frames: list[pd.DataFrame] = []
    for file in result.files:
        wanted = Wanted(others=frozenset(file.schema()))
        numbers: list[int] = []
        for part in file.parts(wanted):
            for batch in part():
                numbers += batch.origin.numbers(batch.rows).tolist()
                frames.append(pd.DataFrame({n: c.to_pylist() for n, c in batch.columns.items()}))
        assert numbers == sorted(set(numbers))
    return pd.concat(frames, ignore_index=True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write and join little at once, so that a small log has many partitions and buckets."""
    for module in (partitions, rows, matching):
        monkeypatch.setattr(module, "BUFFERED", 4_000)


@pytest.mark.usefixtures("small")
@settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    left=st.lists(st.one_of(st.none(), st.integers(0, 60)), min_size=1, max_size=300),
    right=st.lists(st.one_of(st.none(), st.integers(0, 60)), min_size=1, max_size=300),
    as_text=st.booleans(),
)
def test_as_pandas_merges(left: list[int | None], right: list[int | None], as_text: bool) -> None:
    a = pd.DataFrame({"id": pd.array(left, "Int64"), "x": np.arange(len(left)) * 0.5})
    b = pd.DataFrame({"id": pd.array(right, "Int64"), "y": np.arange(len(right))})
    first = [side.dropna(subset="id").drop_duplicates("id") for side in (a, b)]
    expected = first[0].merge(first[1], on="id").reset_index(drop=True)
    if as_text:
        b["id"] = b["id"].astype("string")
    files = [JoinFile(file, ("id",)) for file in open_logs([a, b]).files]
    records = partitioned(files, 2)
    some = [table for group in range(len(records.groups)) for table in records.tables(group)]
    result = joined(files, records, Telling((0, 1)), some, ["a", "b"], "id", None)
    assert result.rows == len(expected)
    if expected.empty:
        assert result.files == ()
        return
    got = frame_of(result)
    assert got["id"].tolist() == [str(i) for i in expected["id"]]
    assert got["x"].tolist() == expected["x"].tolist()
    assert got["y"].tolist() == expected["y"].tolist()
    for told, side in zip(result.told, (a, b), strict=True):
        used = result.rows if told is result.told[0] else 0
        assert used + told.joined + told.unmatched + told.duplicate + told.late == len(side)
        repeated = side.dropna(subset="id").duplicated("id").sum()
        assert told.duplicate == repeated


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("threads", [1, 2, 7])
def test_rows_do_not_depend_on_threads(threads: int) -> None:
    rng = np.random.default_rng(0)
    ids = rng.permutation(5_000)
    a = pd.DataFrame({"id": ids, "x": rng.normal(size=5_000), "t": [f"t{i}" for i in ids]})
    b = pd.DataFrame({"id": rng.permutation(5_000)}).assign(y=lambda f: f["id"] * 2.0)
    got = frame_of(join(a, b, threads=threads))
    assert got["x"].tolist() == a["x"].tolist()
    assert got["y"].tolist() == (a["id"] * 2.0).tolist()
    assert got["t"].tolist() == a["t"].tolist()


@pytest.mark.usefixtures("small")
def test_an_id_that_most_records_have_is_kept_once() -> None:
    a = pd.DataFrame({"id": [*["same"] * 20_000, *map(str, range(100))]})
    b = pd.DataFrame({"id": list(map(str, range(100)))})
    result = join(a.assign(x=np.arange(20_100)), b.assign(y=np.arange(100)))
    assert (result.rows, result.told[0].duplicate, result.told[0].unmatched) == (100, 19_999, 1)
    assert frame_of(result)["x"].tolist() == list(range(20_000, 20_100))


def test_a_column_of_both_sides_is_kept_twice_and_a_null_is_filled() -> None:
    kinds = pa.table({
        "id": [1, 1, 2, 2, 3, 3], "kind": ["a", "b"] * 3, "x": [1.0, 9.0, 2.0, None, 3.0, 7.0],
        "only_a": [1, None, 2, None, 3, None], "only_b": [None, "p", None, "q", None, "r"],
        "list": [[1, 2], [3], [4, 5], [6], [7], None],
    })  # fmt: skip
    got = frame_of(join(kinds))
    assert {*got} == {"id", "kind", "side1", "x", "only_a", "only_b", "list", "side1_list"}
    assert got["x"].tolist() == [1.0, 2.0, 3.0]
    assert [row["x"] for row in got["side1"]] == [9.0, None, 7.0]
    assert got["only_b"].tolist() == ["p", "q", "r"]
    assert got["side1_list"].tolist() == [[3], [6], None]


def test_three_sides() -> None:
    ids = np.arange(50)
    tables = [pd.DataFrame({"id": ids, f"c{i}": ids + 100.0 * i}) for i in range(3)]
    result = join(tables[0], tables[1], tables[2][:20])
    got = frame_of(result)
    assert result.rows == 50
    assert got["c2"].notna().sum() == 20
    assert sum(told.joined for told in result.told) == 70


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1, None, 3]), ["1", None, "3"]),
        (pa.array([1.0, None, 3.0]), ["1", None, "3"]),
        (pa.array([1.5, float("nan")]), ["1.5", None]),
        (pa.array(["007", "", "a"]), ["007", None, "a"]),
        (pa.array([b"ab"]), ["ab"]),
        (pa.array([b"\xff\x00" * 8], pa.binary(16)), ["ff00" * 8]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (pa.array([{"a": 1}]), [None]),
        (pa.array([2**63 + 1], pa.uint64()), ["9223372036854775809"]),
    ],
)
def test_ids_are_text(values: pa.Array, texts: list[str | None]) -> None:
    assert id_texts([values]).to_pylist() == texts


@given(st.lists(st.text(max_size=40), min_size=1, max_size=50), st.integers(0, 10))
def test_a_partition_is_of_the_text_alone(texts: list[str], before: int) -> None:
    whole = pa.array([*texts[:before], *texts], pa.large_string())
    later = partitions_of(whole.slice(min(before, len(texts))))
    assert later.tolist() == [int(partitions_of(pa.array([text]))[0]) for text in texts]
    assert len(set(codes_of(pa.array(texts)).tolist())) == len(set(texts))


def test_ids_are_spread_over_the_partitions() -> None:
    for ids in (range(100_000), [f"req-{i:09d}" for i in range(100_000)]):
        counts = np.bincount(partitions_of(pa.array(map(str, ids))), minlength=256)
        assert counts.min() > 250  # of 391 each: seven standard deviations of a Poisson count
        assert counts.max() < 550


@pytest.mark.parametrize(
    ("arrays", "values"),
    [
        ([pa.array([1]), pa.array([1.5])], [1, 1.5]),
        ([pa.array([1]), pa.nulls(2)], [1, None, None]),
        ([pa.array([1]), pa.array(["a"])], ["1", "a"]),
        ([pa.array([{"a": 1}]), pa.array([{"b": "x", "a": 2.5}])],
         [{"a": 1, "b": None}, {"a": 2.5, "b": "x"}]),
        ([pa.array([[1]]), pa.array([[2.5]], pa.list_(pa.float64(), 1))], [[1], [2.5]]),
        ([pa.array([[{"a": 1}], None]), pa.array([[{"b": 2}]])],
         [[{"a": 1, "b": None}], None, [{"a": None, "b": 2}]]),
        ([pa.array([{"a": 1}, None]), pa.array(["x"])], ["{…}", None, "x"]),
        ([pa.array([b"\xff", None]), pa.array(["x"])], ["\\xff", None, "x"]),
        ([pa.array([True]), pa.array([2])], ["true", "2"]),
    ],
)  # fmt: skip
def test_columns_of_other_types(arrays: list[pa.Array], values: list[object]) -> None:
    assert concatenated(arrays).to_pylist() == values
    kind = common_type(array.type for array in arrays)
    assert all(as_type(array, kind).type == kind for array in arrays)


_CHILD = """
import sys, skewcheck.logs.join.segments as segments
from skewcheck.api import audit
write = segments.Segments.write
def slow(self, table):
    print("writing", flush=True)
    import time; time.sleep(0.05)
    return write(self, table)
segments.Segments.write = slow
audit(sys.argv[1], sys.argv[2:], join="id")
"""


def _started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    fixtures = Path(__file__).parents[2] / "fixtures"
    frame = pd.DataFrame({"id": np.arange(2000), "trip_miles": np.arange(2000) * 0.5})
    frame.to_parquet(folder / "raw.parquet")
    frame.to_parquet(folder / "served.parquet")
    spill = folder / "spill"
    spill.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, fixtures / "params.json", "raw.parquet", "served.parquet"],
        cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(spill)},
    ) as child:  # fmt: skip
        yield child


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_a_killed_join_leaves_nothing(tmp_path: Path) -> None:
    for child in _started(tmp_path):
        assert child.stdout is not None
        assert child.stdout.readline() == "writing\n"
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    time.sleep(0.01)
    assert list((tmp_path / "spill").iterdir()) == []
    assert {p.name for p in tmp_path.iterdir()} == {"raw.parquet", "served.parquet", "spill"}


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(Exception, match=r"join: no temporary file can be written in .*No space"):
        join(pd.DataFrame({"id": [1]}), pd.DataFrame({"id": [1]}))


def test_a_join_does_not_import_pandas(tmp_path: Path) -> None:
    code = """
import sys, skewcheck
logs = ["raw.csv", "served.csv"]
audit = skewcheck.audit(sys.argv[1], logs, join="id", served="served.{feature}")
print(audit.coverage.joined, "pandas" in sys.modules)
"""
    for name in ("raw.csv", "served.csv"):
        lines = "".join(f"{i},{i * 0.5}\n" for i in range(200))
        (tmp_path / name).write_text(f"id,trip_miles\n{lines}")
    fixtures = Path(__file__).parents[2] / "fixtures"
    done = subprocess.run(
        [sys.executable, "-c", code, fixtures / "params.json"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "200 False\n"
