"""Each codec against what wrote the text: json, csv, base64, NumPy; and what it refuses."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import struct
from typing import Any

import numpy as np
import pytest
import strategies  # noqa: F401 (the same examples for everyone)
from hypothesis import assume, given
from hypothesis import strategies as st

from skewcheck.logs.shape.codecs import CODECS, MAX_SIZE, OtherKindError

FLOATS = st.floats(allow_nan=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | FLOATS | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
RECORDS = JSON.filter(lambda value: isinstance(value, dict | list))


def refused(codec: str, value: object) -> type[Exception] | None:
    """Return what a codec raises for a value, of what it may raise; None if it returns."""
    try:
        CODECS[codec](value)
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        return type(error)
    return None


@given(RECORDS, st.booleans(), st.sampled_from(["", " ", "\n\t"]))
def test_json(value: object, ascii_only: bool, around: str) -> None:
    text = around + json.dumps(value, ensure_ascii=ascii_only) + around
    assert CODECS["json"](text) == value


@pytest.mark.parametrize(
    "text", ["{", '{"a":1} x', '{"a":1},"b":2', "[1,]", "{'a':1}", "[" * 10**5]
)
def test_damaged_json(text: str) -> None:
    assert refused("json", text) not in (None, OtherKindError)


@pytest.mark.parametrize("text", ["", "ERROR: no model", "null", "1.5", '"{}"', "\ufeff{}"])
def test_another_kind_than_json(text: str) -> None:
    with pytest.raises(OtherKindError):
        CODECS["json"](text)


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_json_behind_words(record: dict[str, object]) -> None:
    text = f"2026-11-20T10:00:00Z INFO p[1] {{}} sent {json.dumps(record)} "
    decoded: Any = CODECS["text+json"](text)
    before = {"@prefix": "2026-11-20T10:00:00Z INFO p[1] {} sent", "@time": "2026-11-20T10:00:00Z"}
    assert decoded == {**before, **record}


def test_words_without_json() -> None:
    for text in ("started", "{" * 10**6, "{ x }" * 10**5, ""):
        with pytest.raises(OtherKindError):
            CODECS["text+json"](text)
    for text in ('x {"a": 1', '{"a":1} {' * 10**5, '{"' * 10**5, 'x {"a": 1} y'):
        assert refused("text+json", text) not in (None, OtherKindError)


CELLS = st.text(
    st.characters(
        exclude_characters="\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\0", exclude_categories=["Cs"]
    ),
    max_size=5,
).map(str.strip)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=3))
def test_csv(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    expected = [[cell or None for cell in row] for row in rows]
    assert CODECS["csv-rows"](text.getvalue()) == expected
    if len(rows) == 1:
        assert CODECS["csv"](text.getvalue()) == expected[0]


def test_no_csv() -> None:
    for text in ("", "\n", "1,2\n3,4"):
        assert refused("csv", text)
    assert refused("csv-rows", '1,"' + "x" * 200_000 + '"')  # longer than the csv module reads


KEYS = st.from_regex(r"[A-Za-z_][\w.\-]{0,5}", fullmatch=True)
BARE = st.from_regex(r"[^\s\"\[({]{1,6}", fullmatch=True)


@given(
    st.dictionaries(KEYS, BARE | st.text(max_size=6).map(lambda t: t + " "), min_size=2, max_size=5)
)
def test_logfmt(pairs: dict[str, str]) -> None:
    assume(not all(value.endswith((",", ";")) for value in list(pairs.values())[:-1]))
    written = [f"{k}={json.dumps(v) if ' ' in v else v}" for k, v in pairs.items()]
    assert CODECS["logfmt"](" ".join(written)) == pairs


def test_a_line_that_ends_within_brackets_is_cut() -> None:
    for text in ("a=1 x=[ 0.5 -1", "x=[[1.5", "a=1 x=array([[ 0.5,", "a=1 x={'a': 1,", "a=1 x=["):
        assert refused("logfmt", text)
    for text in ('a="[1" b=2', "a=[1 b=2", "a=1 b=[0,1)", "a=1 b=2 (see 3", "it's [1] a=1 b=2"):
        assert not refused("logfmt", text)


def test_no_logfmt() -> None:
    for text in ("level=info", "a sentence", ""):
        with pytest.raises(OtherKindError):
            CODECS["logfmt"](text)


@given(st.binary(max_size=50))
def test_base64(data: bytes) -> None:
    assert CODECS["base64"](base64.b64encode(data).decode()) == data


def test_no_base64() -> None:
    for text in ("a", "QUJ", "QU J=", "{}", "é"):
        assert refused("base64", text)
    assert len(CODECS["base64"]("QUJD" * (4 << 20))) == 3 * (4 << 20)  # type: ignore[arg-type]
    assert refused("base64", "QUJD" * (17 << 20))  # longer than the longest record


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=9))
def test_bytes_of_floats(values: list[float]) -> None:
    assert CODECS["float32"](struct.pack(f"<{len(values)}f", *values)) == values
    assert CODECS["float64"](struct.pack(f"<{len(values)}d", *values)) == values


def test_no_bytes_of_floats() -> None:
    for value in (b"", b"123", "12345678", None, [1.0]):
        for codec in ("float32", "float64"):
            assert refused(codec, value)


def test_tables() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    data = [[1, "x"], [2, None]]
    for value in (
        {"columns": ["a", "b"], "data": data},
        {"names": ["a", "b"], "ndarray": data},
        {"fields": ["a", "b"], "values": data},
        {"names": ["a", "b"], "tensor": {"shape": [2, 2], "values": [1, "x", 2, None]}},
        {"columns": [{"name": "a"}, {"name": "b"}], "data": data},
    ):
        assert CODECS["table"](value) == rows
    assert CODECS["table"]({"columns": ["a", "b"], "data": [1, "x"]}) == rows[:1]
    # What else the record says of its rows is kept.
    more = {"columns": ["a", "b"], "data": data, "index": [7, 8], "host": "h", "of": [1]}
    kept = [{"index": 7, "host": "h", **rows[0]}, {"index": 8, "host": "h", **rows[1]}]
    assert CODECS["table"](more) == kept


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"columns": ["a"]},
        {"columns": ["a"], "data": [[1, 2]]},
        {"columns": ["a"], "data": [[1], 2]},
        {"columns": ["a", "a"], "data": [[1, 2]]},
    ],
)
def test_no_tables(value: object) -> None:
    assert refused("table", value)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3), st.integers(0, 2**32 - 1))
def test_tensors(shape: list[int], seed: int) -> None:
    array = np.random.default_rng(seed).normal(size=shape)
    flat = {"shape": shape, "data": array.ravel().tolist()}
    assert CODECS["tensor"](flat) == array.tolist()
    assert CODECS["tensor"]({"shape": shape, "values": array.tolist()}) == array.tolist()
    rows: Any = CODECS["tensors"]([{"name": "x", **flat}])
    assert len(rows) == shape[0]


@pytest.mark.parametrize(
    "value",
    [
        {"shape": [2, 2], "data": [1, 2, 3]},
        {"shape": [], "data": []},
        {"shape": [0], "data": []},
        {"shape": [-1, -2], "data": [1, 2]},
        {"shape": [1 << 40, 0], "data": []},
        {"shape": "2", "data": [1, 2]},
        {"shape": [2]},
        3,
    ],
)
def test_no_tensors(value: object) -> None:
    assert refused("tensor", value)


def test_tensors_of_other_lengths() -> None:
    one, two = ({"name": str(n), "shape": [n], "data": [1.0] * n} for n in (1, 2))
    for value in (
        [one, two],
        [one, one],
        [],
        [{"shape": [1], "data": [1]}],
        [one, one, 3],
        {"a": 1},
    ):
        assert refused("tensors", value)


@given(st.dictionaries(st.text(max_size=4), FLOATS, max_size=5))
def test_pairs(record: dict[str, float]) -> None:
    items = list(record.items())
    assert CODECS["pairs"](items) == record
    assert CODECS["pairs"]([list(pair) for pair in items]) == record
    assert CODECS["pairs"]([{"name": k, "value": v} for k, v in items]) == record
    assert CODECS["pairs"]([{"feature": k, "v": v, "kind": "x"} for k, v in items]) == record


@pytest.mark.parametrize(
    "value",
    [{}, [1], [[1, 2, 3]], [["a", 1], ["a", 2]], [{"name": "a"}], [{"value": 1}], [[1, "a"]], "ab"],
)
def test_no_pairs(value: object) -> None:
    assert refused("pairs", value)


def test_columns() -> None:
    assert CODECS["columns"]({"a": [1, 2], "b": [[3], [4]]}) == [{"a": 1, "b": 3}, {"a": 2, "b": 4}]
    for value in ({}, {"a": 1}, {"a": [1], "b": [1, 2]}, [1], None):
        assert refused("columns", value)


@given(st.lists(st.sampled_from([0.0, 1.5, -2.0]), max_size=9))
def test_spark_vectors(dense: list[float]) -> None:
    places = [i for i, value in enumerate(dense) if value]
    sparse = {
        "type": 0,
        "size": len(dense),
        "indices": places,
        "values": [dense[i] for i in places],
    }
    assert CODECS["spark-vector"](sparse) == dense
    assert CODECS["spark-vector"]({"type": 1, "values": dense}) == dense


@pytest.mark.parametrize(
    "change",
    [
        {"size": MAX_SIZE + 1},
        {"size": -1},
        {"size": 1 << 60},
        {"size": None},
        {"indices": [5]},
        {"indices": [-1]},
        {"indices": ["0"]},
        {"indices": [0, 1]},
        {"values": None},
    ],
)
def test_no_spark_vectors(change: dict[str, object]) -> None:
    vector = {"type": 0, "size": 3, "indices": [0], "values": [1.0], **change}
    assert refused("spark-vector", vector)


@pytest.mark.parametrize("codec", sorted(CODECS))
@given(JSON | st.binary(max_size=9))
def test_a_codec_returns_or_says_that_it_cannot(codec: str, value: object) -> None:
    """What else it raised would end the audit, and a value of another type the report."""
    if refused(codec, value) is None:
        made = CODECS[codec](value)
        assert made is None or isinstance(made, dict | list | tuple | str | bytes | float | int)


def test_not_a_number_of_json() -> None:
    decoded: Any = CODECS["json"]('{"a": NaN, "b": -Infinity}')
    assert math.isnan(decoded["a"])
    assert decoded["b"] == -math.inf
