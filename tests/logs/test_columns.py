"""Names of columns, flat and nested; expected values from the Python objects the arrays hold."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.logs.columns import Path, pick, resolve, type_of

SCHEMA = {
    "a": pa.struct(
        [("b", pa.struct([("c", pa.int64()), ("c.d", pa.int8())])), ("v", pa.list_(pa.float32()))]
    ),
    "a.x": pa.int64(),
    "f": pa.list_(pa.float64(), 3),
    "m": pa.list_(pa.list_(pa.int64())),
    "s": pa.large_list(pa.struct([("u", pa.string())])),
    "f[1]": pa.string(),
    "twice": pa.struct([("u", pa.int8()), ("u", pa.int16())]),
}


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("a.x", Path("a.x")),
        ("a.b.c", Path("a", ("b", "c"))),
        ("a.b.c.d", Path("a", ("b", "c.d"))),
        ("a.b", Path("a", ("b",))),
        ("a.v[12]", Path("a", ("v", 12))),
        ("f[0]", Path("f", (0,))),
        ("f[1]", Path("f[1]")),
        ("m[1][2]", Path("m", (1, 2))),
        ("s[0].u", Path("s", (0, "u"))),
        ("a['b']['c.d']", Path("a", ("b", "c.d"))),
        ("a.b['c.d']", Path("a", ("b", "c.d"))),
        ('a["b"].c', Path("a", ("b", "c"))),
        ("['a'].v[3]", Path("a", ("v", 3))),
        ("['a.x']", Path("a.x")),
        ("s[0]['u']", Path("s", (0, "u"))),
    ],
)
def test_references_are_resolved_literal_names_first(reference, path):
    assert resolve(SCHEMA, reference) == path


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "b",
        "a.",
        "a.y",
        "f[3]",
        "f[-1]",
        "f[x]",
        "f[0",
        "f[0]x",
        "a[0]",
        "s.u",
        "twice.u",
        "a['b.c']",
        "a[b]",
        "a['b]",
        "['a.b']",
        "a['']",
        "f['0']",
        "twice['u']",
        "." * 999,
    ],
)
def test_what_means_no_column_is_none(reference):
    assert resolve(SCHEMA, reference) is None


def test_types_follow_the_path():
    assert type_of(SCHEMA, Path("s", (0, "u"))) == pa.string()
    assert type_of(SCHEMA, Path("a", ("v", 12))) == pa.float32()


def test_nulls_of_parents_are_nulls():
    array = pa.array([{"b": {"c": 1}}, None, {"b": None}, {"b": {"c": None}}, {"b": {"c": 5}}])
    assert pick(array, Path("a", ("b", "c"))).to_pylist() == [1, None, None, None, 5]
    assert pick(array.slice(3), Path("a", ("b", "c"))).to_pylist() == [None, 5]


@given(
    st.lists(st.none() | st.lists(st.none() | st.integers(0, 9), max_size=4)),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_elements_of_lists_are_pythons(rows, place, start):
    expected = [None if row is None or place >= len(row) else row[place] for row in rows[start:]]
    for kind in (pa.list_(pa.int64()), pa.large_list(pa.int64())):
        array = pa.array(rows, kind).slice(start)
        assert pick(array, Path("f", (place,))).to_pylist() == expected


@given(st.lists(st.none() | st.lists(st.integers(0, 9), min_size=3, max_size=3)), st.integers(0, 4))
def test_elements_of_fixed_lists_are_pythons(rows, start):
    array = pa.array(rows, pa.list_(pa.int64(), 3)).slice(start)
    for place in range(3):
        expected = [None if row is None else row[place] for row in rows[start:]]
        assert pick(array, Path("f", (place,))).to_pylist() == expected
