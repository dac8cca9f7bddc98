"""What a run does grows with its data and not with their square, counted in calls and in rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from counting import calls

import skewcheck
from skewcheck.counts import categorical, dimensions
from skewcheck.counts.categorical import NAMES_KEPT, CategoricalCounts, Levels
from skewcheck.counts.dimensions import MOST_VALUES, Rest, heaviest
from skewcheck.counts.rows import NAMED, SampleColumn, bounded, coded
from skewcheck.counts.sample import SMALL_CHUNKS, SMALL_SHARE, Sample
from skewcheck.logs import guess, open_logs, parquet
from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.categorical import occurring
from skewcheck.logs.batch import Wanted
from skewcheck.training.first_pass import LevelSummary

X = SampleColumn("feature", "x")


def growth(act: Callable[[int], Callable[[], object]], few: int, many: int) -> float:
    """Return how many calls more each step takes of `few` to `many`, over those of each before."""
    none, some, most = (calls(act(size)) for size in (few // 2, few, many))
    return ((most - some) / (many - few)) / ((some - none) / (few - few // 2))


def test_a_fit_of_many_features_does_no_more_for_each() -> None:
    """Each took the whole sample, so that 200 features took four times as much each as 50."""

    def fit(features: int) -> Callable[[], object]:
        rng = np.random.default_rng(1)
        table = pa.table({f"f{i}": rng.normal(size=60) for i in range(features)})
        return lambda: skewcheck.fit(table)

    fit(2)()  # what is imported once
    assert growth(fit, 50, 200) < 1.3


def test_a_sample_of_many_small_files_is_put_together_now_and_then() -> None:
    """Each file looked at a chunk for each file before it, up to four times the sample's size."""
    rng = np.random.default_rng(2)
    chunks = [
        Sample.of(rng.integers(0, 2**63, 3).astype(np.uint64), {X: np.full(3, float(i))})
        for i in range(1_000)
    ]

    def add(files: int) -> Callable[[], object]:
        def act() -> Sample:
            total = Sample()
            for chunk in chunks[:files]:
                total += chunk
                assert len(total.chunks) <= SMALL_CHUNKS + 4 * SMALL_SHARE
            return total

        return act

    assert growth(add, 200, 1_000) < 1.3
    whole = np.concatenate([chunk.rows().keys for chunk in chunks])
    total = add(1_000)()
    assert isinstance(total, Sample)
    assert total.rows().keys.tolist() == sorted(whole.tolist())


def test_a_batch_is_counted_at_its_own_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice of a dictionary of 5,000 levels has those of its own 100 rows."""
    names = pa.array([f"n{i}" for i in range(5_000)])
    array = pa.DictionaryArray.from_arrays(pa.array([3, None, 4_999, 3] * 25, pa.int32()), names)
    before = array.indices.to_pylist()
    assert occurring(array).to_pylist() == array.to_pylist()
    assert labels(array).levels == ("n3", "n4999")
    assert array.indices.to_pylist() == before
    few = array.slice(0, 0)
    assert (occurring(few).to_pylist(), labels(few).levels) == ([], ())
    hashed: list[str] = []
    hash_of = categorical._hash
    monkeypatch.setattr(categorical, "_hash", lambda name: hashed.append(name) or hash_of(name))
    column = labels(array)
    CategoricalCounts.of_text(column.codes, column.levels, Levels.text(("n3",)))
    assert set(hashed) == {"n4999"}


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("page", [100, 2**20])
def test_a_row_group_s_dictionary_of_many_levels_is_left(
    groups: int, page: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches of 100 rows: once the dictionary has more, it is read as text, from there on."""
    monkeypatch.setattr(parquet, "ROWS", 100)
    monkeypatch.setattr("skewcheck.logs.parquet_texts.ROWS", 100)
    rng = np.random.default_rng(3)
    ids = [None if i % 7 == 0 else f"id{i}" for i in range(900)]
    table = pa.table({
        "id": pa.array(ids, pa.string()), "few": [f"v{i % 3}" for i in range(900)],
        "x": rng.normal(size=900),
    })  # fmt: skip
    path = tmp_path / "a.parquet"
    # With small pages the writer gives its dictionary up: the reader's grows from batch to batch.
    pq.write_table(
        table, path, row_group_size=900 // groups, dictionary_pagesize_limit=page,
        data_page_size=100, write_batch_size=10,
    )  # fmt: skip
    wanted = Wanted(numbers=frozenset("x"), labels=frozenset(["id", "few"]), rows=100)
    batches = list(open_logs(str(path)).batches(wanted))
    assert [batch.origin.start for batch in batches] == [*range(0, 900, 100)]
    for name in table.column_names:
        rows = [value for batch in batches for value in batch.columns[name].to_pylist()]
        assert rows == table.column(name).to_pylist()
    sizes = [
        len(batch.columns["id"].dictionary)
        for batch in batches
        if pa.types.is_dictionary(batch.columns["id"].type)
    ]
    assert max(sizes, default=0) <= 100
    assert bool(sizes) == (page == 100)
    assert all(len(batch.columns["few"].dictionary) == 3 for batch in batches)


def test_a_wide_row_group_is_read_some_columns_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "COLUMNS_AT_ONCE", 4)
    table = pa.table({f"f{i}": np.arange(5.0) + i for i in range(10)} | {"c": list("abcab")})
    pq.write_table(table, tmp_path / "a.parquet")
    pq.write_table(table.slice(0, 0), tmp_path / "b.parquet")
    read: list[int] = []
    reader = pq.ParquetFile.read_row_group

    def counted(file: pq.ParquetFile, *rest: object, **more: list[str]) -> pa.Table:
        read.append(len(more["columns"]))
        return reader(file, *rest, **more)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    numbers = frozenset(name for name in table.column_names if name != "c")
    (batch,) = open_logs(str(tmp_path)).batches(Wanted(numbers=numbers, labels=frozenset("c")))
    assert read == [4, 4, 3] * 2
    assert {n: c.to_pylist() for n, c in batch.columns.items()} == table.to_pydict()


KEYS: dict[str, Callable[[int], dict[str, object]]] = {
    "ids inside": lambda i: {"x": i, "by_user": {f"u{i}": 1}},
    "ids two levels down": lambda i: {"x": i, "in": {"by_user": {f"u{i}": {"n": 1}}}},
    "ids at the top": lambda i: {"x": i, f"u{i}": 1},
    "dates in lists": lambda i: {"x": i, "seen": [{f"d{i}": i}]},
}


@pytest.mark.parametrize("kind", KEYS)
def test_ever_new_keys_of_json_are_no_columns(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was, so that 10,000 rows took 2.6 GB: a value of each row for the key of every other."""
    monkeypatch.setattr(guess, "RARE", 20)
    cells: list[int] = []

    def read(rows: int) -> Callable[[], object]:
        path = tmp_path / f"{rows}.jsonl"
        path.write_text("".join(json.dumps(KEYS[kind](i)) + "\n" for i in range(rows)))

        def act() -> None:
            log = open_logs(path)
            head = log.head(log.leaves())
            assert head is not None
            assert head.rows == rows
            cells.append(sum(len(column) for column in head.columns.values()) // rows)

        return act

    read(200)()  # what is imported once
    assert growth(read, 400, 1_600) < 1.3
    assert max(cells) <= 22


def test_columns_inside_of_a_wide_one_are_found_at_once(tmp_path: Path) -> None:
    """Each was looked for among all of them, and each of those among all."""

    def read(fields: int) -> Callable[[], object]:
        path = tmp_path / f"{fields}.jsonl"
        path.write_text(json.dumps({"in": {f"f{i}": i for i in range(fields)}}) + "\n")
        log = open_logs(path)
        return lambda: log.head(log.leaves())

    read(10)()
    assert growth(read, 100, 400) < 1.3


def test_few_of_many_names_are_those_of_all() -> None:
    """What is chosen before it is put in order is what was first after."""
    names = [f"id{i}" for i in range(1_000)]
    rows = [i % 4 for i in range(1_000)]
    codes = np.repeat(np.arange(1_000, dtype=np.int32), rows)
    counts = CategoricalCounts.of_text(codes, names, Levels.text(("id7",)))
    strangers = [name for name, n in zip(names, rows, strict=True) if n and name != "id7"]
    least = sorted(strangers, key=categorical._hash)[:NAMES_KEPT]
    assert dict(counts.names) == {name: rows[names.index(name)] for name in least}
    assert list(counts.names) == least
    assert counts.unseen == sum(rows) - 3
    weights: dict[dimensions.Key, int] = dict(zip(names, rows, strict=True)) | {Rest.NULL: 2}
    ranked = sorted(weights, key=lambda key: (-weights[key], not isinstance(key, Rest), str(key)))
    kept = sorted(ranked[:MOST_VALUES], key=lambda key: (not isinstance(key, Rest), str(key)))
    assert heaviest(weights) == (*kept, Rest.OTHER)
    many = labels(pa.array([f"id{i}" for i in range(2 * NAMED)]))
    numbers, kept_names = coded(many)
    every = dict(zip(numbers.numbers.tolist(), many.levels, strict=False))
    assert kept_names == bounded(every)


def test_levels_beyond_the_limit_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skewcheck.training.first_pass.COUNTED_LEVELS", 5)
    a, b = (LevelSummary.of(labels(pa.array(list(text)))) for text in ("abc", "bcde"))
    assert (a + b).counts == {"a": 1, "b": 2, "c": 2, "d": 1, "e": 1}
    more = LevelSummary.of(labels(pa.array(list("cdef"))))
    assert (a + more).counts is None
    assert (a + more).rows == 7
