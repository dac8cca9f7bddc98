"""Lists become rows as a loop in Python makes them, in whatever parts they are read."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import strategies  # noqa: F401 (the same examples for everyone)
from hypothesis import given
from hypothesis import strategies as st
from records import contents, file_of, rows_of

from skewcheck.logs.batch import Wanted
from skewcheck.logs.shape import shaped
from skewcheck.logs.shape.ops import Decode, Explode, Shape, Where

NUMBERS = st.none() | st.integers(0, 99)
ITEM = st.fixed_dictionaries({"x": NUMBERS, "in": st.none() | st.lists(NUMBERS, max_size=3)})
RECORD = st.fixed_dictionaries({
    "id": st.integers(0, 9),
    "a": st.none() | st.lists(st.none() | ITEM, max_size=3),
    "b": st.none() | st.lists(NUMBERS, max_size=3),
    "fix": st.none() | st.lists(NUMBERS, min_size=2, max_size=2),
})  # fmt: skip
RECORDS = st.lists(RECORD, min_size=1, max_size=8)
TYPE = pa.schema([
    ("id", pa.int64()),
    ("a", pa.list_(pa.struct([("x", pa.int64()), ("in", pa.list_(pa.int64()))]))),
    ("b", pa.large_list(pa.int64())),
    ("fix", pa.list_(pa.int64(), 2)),
])  # fmt: skip
SIZES = st.integers(1, 4)


def _file(records: list[Any], part: int, batch: int, *ops: Any) -> Any:
    # In front stands one more record, so that arrays begin inside of their buffers.
    table = pa.Table.from_pylist([records[-1], *records], TYPE).slice(1)
    return file_of(shaped(contents(table, part, batch), Shape(ops), "f"))


def _items(value: Any) -> list[Any]:
    return list(value) if value else [None]


@given(RECORDS, SIZES, SIZES)
def test_one_list(records: list[Any], part: int, batch: int) -> None:
    found = rows_of(_file(records, part, batch, Explode("a")), ["id", "a[].x", "b"])
    expected = [
        {"id": r["id"], "a[].x": item and item["x"], "b": r["b"]}
        for r in records for item in _items(r["a"])
    ]  # fmt: skip
    assert [row.pop("#") for row in found] == list(range(len(found)))
    assert found == expected


@given(RECORDS, SIZES, SIZES)
def test_a_list_in_a_list(records: list[Any], part: int, batch: int) -> None:
    file = _file(records, part, batch, Explode("a"), Explode("a[].in"))
    found = rows_of(file, ["id", "a[].x", "a[].in[]", "b[1]"])
    expected = [
        {
            "#": None, "id": r["id"], "a[].x": item and item["x"], "a[].in[]": value,
            "b[1]": r["b"][1] if r["b"] and len(r["b"]) > 1 else None,
        }
        for r in records for item in _items(r["a"]) for value in _items(item and item["in"])
    ]  # fmt: skip
    expected = [row | {"#": number} for number, row in enumerate(expected)]
    assert found == expected


@given(RECORDS, SIZES, SIZES)
def test_lists_beside_each_other(records: list[Any], part: int, batch: int) -> None:
    file = _file(records, part, batch, Explode("a", ("b", "fix")))
    batches = [
        b for p in file.parts(Wanted(others=frozenset(["a[].x", "b[]", "fix[]"]))) for b in p()
    ]
    unpaired = [
        r["a"] is not None
        and any(r[name] is not None and len(r[name]) != len(r["a"]) for name in ("b", "fix"))
        for r in records
    ]
    assert sum(b.undecoded for b in batches) == sum(unpaired)
    firsts = [b.first_undecoded for b in batches if b.first_undecoded is not None]
    assert min(firsts, default=None) == (unpaired.index(True) if any(unpaired) else None)
    expected = []
    for record, bad in zip(records, unpaired, strict=True):
        if bad:
            continue
        items = _items(record["a"])
        sides = [record[name] if record["a"] and record[name] else [None] * len(items)
                 for name in ("b", "fix")]  # fmt: skip
        expected += [
            {"a[].x": item and item["x"], "b[]": b, "fix[]": f}
            for item, b, f in zip(items, *sides, strict=True)
        ]
    found = [
        dict(zip(b.columns, row, strict=True))
        for b in batches
        for row in zip(*(c.to_pylist() for c in b.columns.values()), strict=True)
    ]
    assert found == expected


@given(RECORDS, SIZES, SIZES, st.booleans())
def test_only_some_records(records: list[Any], part: int, batch: int, negated: bool) -> None:
    file = _file(records, part, batch, Where("id", ("1", "2", "3"), negated), Explode("b"))
    found = rows_of(file, ["id", "b[]"])
    kept = [r for r in records if (r["id"] in (1, 2, 3)) != negated]
    expected = [{"id": r["id"], "b[]": v} for r in kept for v in _items(r["b"])]
    assert [row.pop("#") for row in found] == list(range(len(found)))
    assert found == expected


@given(RECORDS, SIZES, SIZES)
def test_lists_inside_of_text(records: list[Any], part: int, batch: int) -> None:
    texts = [json.dumps(record) for record in records]
    table = pa.table({"k": list(range(len(texts))), "t": texts})
    shape = Shape((Decode("t", "json"), Explode("t.a"), Explode("t.a[].in")))
    file = file_of(shaped(contents(table, part, batch), shape, "f"))
    if "t.a[].in[]" not in {name for name in ["t.a[].in[]"] if file.has(name)}:
        return  # no list in any record
    found = rows_of(file, ["k", "t.id", "t.a[].x", "t.a[].in[]"], numbers=True)
    expected = [
        {"k": k, "t.id": r["id"], "t.a[].x": item and item["x"], "t.a[].in[]": value}
        for k, r in enumerate(records)
        for item in _items(r["a"])
        for value in _items(item and item["in"])
    ]
    assert [row.pop("#") for row in found] == list(range(len(found)))
    missing = {name for name in expected[0] if not file.has(name)}
    assert found == [{n: v for n, v in row.items() if n not in missing} for row in expected]
