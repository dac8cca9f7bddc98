"""Keys of JSON objects: which are columns, and first lines that are longer than what is looked at.

Expected values are the objects that were written.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.logs import Wanted, guess, jsonlines, open_logs, text
from skewcheck.text.errors import LogError

Read = Callable[..., dict[str, list[float | str | None]]]


def write(path: Path, rows: Iterable[object], end: str = "\n") -> Path:
    data = "\n".join(json.dumps(row) for row in rows) + end
    path.write_bytes(gzip.compress(data.encode()) if path.suffix == ".gz" else data.encode())
    return path


def schema(path: Path) -> dict[str, pa.DataType]:
    return dict(open_logs(path).files[0].schema())


def inside(kind: pa.DataType) -> list[str]:
    return [kind.field(place).name for place in range(kind.num_fields)]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guess, "RARE", 5)


def test_an_id_of_each_row_is_no_column(tmp_path: Path, read: Read) -> None:
    rows = [{"x": i, "by": {"all": i, f"u{i}": 1}, "in": {"a": {f"u{i}": i}}} for i in range(500)]
    path = write(tmp_path / "a.jsonl", rows)
    kinds = schema(path)
    assert list(kinds) == ["x", "by", "in"]
    assert inside(kinds["by"]) == ["all"]
    assert inside(kinds["in"]) == ["a"]
    assert inside(kinds["in"].field("a").type) == []
    assert read(path, "x by.all") == {"x": [*range(500)], "by.all": [*range(500)]}
    (batch,) = open_logs(path).batches(Wanted(labels=frozenset(["by", "in.a", "x"])))
    assert batch.rows == 500


@pytest.mark.parametrize("tail", [0, 3, 100])
def test_ids_are_no_columns_where_few_of_them_are_sampled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tail: int
) -> None:
    """But what is in a hundredth of the rows there is one."""
    monkeypatch.setattr(text, "HEAD", 20_000)
    monkeypatch.setattr(text, "SAMPLE", 400)
    rows = [{"x": i, "by": {"all": i, f"u{i}": 1}, f"v{i}": 1} for i in range(1_000)]
    assert len(json.dumps(rows)) > 40_000
    rows += [row | {"late": 1} for row in rows[:tail]]
    kinds = schema(write(tmp_path / "a.jsonl", rows))
    late = ["late"] if tail else []
    assert list(kinds) == ["x", "by", *(f"v{i}" for i in range(5)), *late]
    assert inside(kinds["by"]) == ["all"]


def test_the_first_rare_keys_at_the_top_are_columns(tmp_path: Path, read: Read) -> None:
    """And all that are in one of a hundred rows, wherever they begin."""
    rows = [{"x": i, f"k{i}": i} | ({"late": i} if i > 490 else {}) for i in range(500)]
    path = write(tmp_path / "a.jsonl", rows)
    assert list(schema(path)) == ["x", "k0", "k1", "k2", "k3", "k4", "late"]
    found = read(path, "k3 late")
    assert found["k3"] == [i if i == 3 else None for i in range(500)]
    assert found["late"] == [i if i > 490 else None for i in range(500)]


def test_few_rare_keys_are_columns_at_any_depth(tmp_path: Path, read: Read) -> None:
    rows = [{"x": i, "in": {"a": {"b": i} if i == 7 else {}}} for i in range(500)]
    rows[9]["y"] = 2
    path = write(tmp_path / "a.jsonl", rows)
    assert read(path, "in.a.b y") == {
        "in.a.b": [7 if i == 7 else None for i in range(500)],
        "y": [2 if i == 9 else None for i in range(500)],
    }


def test_columns_of_many_keys_that_each_row_has(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(300)]
    path = write(tmp_path / "a.jsonl", [dict.fromkeys(names, i) for i in range(200)])
    assert list(schema(path)) == names


def test_only_what_is_wanted_inside_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[pa.Schema] = []
    reader = jsonlines.pj.read_json

    def read_json(*rest: object, **options: object) -> pa.Table:
        asked.append(options["parse_options"].explicit_schema)
        return reader(*rest, **options)

    monkeypatch.setattr(jsonlines.pj, "read_json", read_json)
    line = {"a": {"b": {"c": 1, "d": 2}, "e": "x"}, "l": [{"f": 1, "g": 2}], "z": 3}
    path = write(tmp_path / "a.jsonl", [line] * 9)
    wanted = Wanted(frozenset(["a.b.d", "l[0].g"]))
    (batch,) = open_logs(path).batches(wanted)
    number = pa.float64()
    assert asked == [
        pa.schema({
            "a": pa.struct([("b", pa.struct([("d", number)]))]),
            "l": pa.list_(pa.struct([("g", number)])),
        })
    ]  # fmt: skip
    assert {name: column.to_pylist() for name, column in batch.columns.items()} == {
        "a.b.d": [2.0] * 9, "l[0].g": [2.0] * 9,
    }  # fmt: skip


def test_blocks_of_columns_that_few_rows_have_are_shorter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "CELLS", 5_000)
    monkeypatch.setattr(text, "SAMPLE", 64)
    rows = [{"x": i, f"k{i % 50}": i} for i in range(2_000)]
    path = write(tmp_path / "a.jsonl", rows)
    names = frozenset(schema(path))
    assert len(names) == 51
    batches = list(open_logs(path).batches(Wanted(names)))
    assert max(batch.rows for batch in batches) <= 1.2 * 5_000 / 51
    assert [x for b in batches for x in b.columns["x"].to_pylist()] == [*range(2_000)]
    (whole,) = open_logs(path).batches(Wanted(frozenset("x")))
    assert whole.rows == 2_000


LONG = [{"age": i, "note": "y" * 3_000, "in": {"a": i / 2}} for i in range(5)]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("blank", ["", "\n", " \n\n"])
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("rows", [1, 2, 5])
def test_lines_longer_than_what_is_looked_at(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch,
    name: str, blank: str, end: str, rows: int,
) -> None:  # fmt: skip
    for attribute, size in {"HEAD": 1_000, "BLOCK": 1_000, "SAMPLE": 100}.items():
        monkeypatch.setattr(text, attribute, size)
    data = (blank + "\n".join(map(json.dumps, LONG[:rows])) + end).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert read(path, "age in.a") == {
        "age": [row["age"] for row in LONG[:rows]], "in.a": [row["in"]["a"] for row in LONG[:rows]]
    }  # fmt: skip


def test_a_first_line_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "HEAD", 100)
    monkeypatch.setattr(text, "LONGEST", 1_000)
    (tmp_path / "a.jsonl").write_text("\n" + json.dumps({"x": "y" * 3_000}))
    with pytest.raises(LogError, match=r"\Aa\.jsonl: line 2 is longer than"):
        open_logs(tmp_path / "a.jsonl")


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r"])
def test_headers_longer_than_what_is_looked_at(
    tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(text, "HEAD", 1_000)
    names = [f"column_{i}" for i in range(300)]
    lines = [",".join(names), *(",".join(str(i + j) for i in range(300)) for j in range(9))]
    (tmp_path / "a.csv").write_bytes(mark.join([*lines, ""]).encode())
    assert list(schema(tmp_path / "a.csv")) == names
    assert read(tmp_path / "a.csv", "column_0 column_299") == {
        "column_0": [*range(9)], "column_299": [299 + j for j in range(9)],
    }  # fmt: skip


@pytest.mark.parametrize("nested", [False, True])
def test_names_of_features_are_columns_however_rare(tmp_path: Path, nested: bool) -> None:
    """Also where ever new keys stand beside them, raw and served."""
    rng = np.random.default_rng(4)
    train = pd.DataFrame({"x": rng.normal(size=4000), "promo": rng.normal(10, 2, 4000)})
    train.loc[rng.random(4000) > 0.02, "promo"] = None
    known = skewcheck.fit(train)
    rows: list[dict[str, object]] = []
    for i, x in enumerate(rng.normal(size=3000)):
        row: dict[str, object] = {"x": x, f"u{i}": 1}
        if i > 1500 and i % 150 == 0:
            row |= {"promo": 10.0, "promo_norm": 0.0}
        rows.append({"in": row} if nested else row)
    path = write(tmp_path / "a.jsonl", rows)
    column = "in.{feature}" if nested else "{feature}"
    served = f"{column}_norm"
    raw = skewcheck.audit(known, path, raw=column, served="none")
    assert [feature.rows - feature.nulls for feature in raw.features] == [3000, 9]
    paired = skewcheck.audit(known, path, raw=column, served=served, allow_missing=True)
    promo = next(feature for feature in paired.features if feature.name == "promo")
    assert (promo.mode, promo.parity and promo.parity.rows) == ("paired", 9)


def test_known_keys_take_no_room_of_others() -> None:
    rows = [{"in": {"all": 1} | ({f"k{i}": 1} if i < 8 else {})} for i in range(500)]
    few, left = guess.guessed(rows, 5, frozenset(["k0", "k1", "k2"]))
    assert (inside(few["in"]), left) == (["all", *(f"k{i}" for i in range(8))], 0)
    more, left = guess.guessed(rows, 6, frozenset(["k0", "k1", "k2"]))
    assert (inside(more["in"]), left) == (inside(few["in"]), 1)
    fewer, _ = guess.guessed(rows, 4, frozenset(["k0", "k1", "k2"]))
    assert inside(fewer["in"]) == ["all", "k0", "k1", "k2"]
