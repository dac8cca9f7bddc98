"""Text in columns becomes what it holds, by Arrow's reader and by hand alike, or is damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import strategies  # noqa: F401 (the same examples for everyone)
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.logs.json_values import asked
from skewcheck.logs.shape import decode
from skewcheck.logs.shape.decode import Decoded, decoded, type_of_decoded

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
LEAVES = {
    "int": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "odd": st.sampled_from([float("nan"), float("inf"), -float("inf"), 1.5]),
    "huge": st.integers(10**18, 10**30),
    "bool": st.booleans(),
    "text": TEXTS,
    "mixed": st.one_of(st.integers(-9, 9), TEXTS, st.booleans()),
}
KEYS = ["a", "b.c", "d[]", "é\n", ""]


@st.composite
def record_strategies(draw: st.DrawFn, depth: int = 2) -> st.SearchStrategy[Any]:
    """Return a strategy whose values have one type, with nulls and missing keys."""
    kind = draw(st.sampled_from([*LEAVES, "list", "struct"] if depth else [*LEAVES]))
    if kind == "list":
        inner = draw(record_strategies(depth - 1))
        return st.none() | st.lists(inner, max_size=3)
    if kind == "struct":
        keys = draw(st.sets(st.sampled_from(KEYS)))
        fields = {key: draw(record_strategies(depth - 1)) for key in sorted(keys)}
        return st.none() | st.fixed_dictionaries({}, optional=fields)
    return st.none() | LEAVES[kind]


@st.composite
def columns(draw: st.DrawFn) -> list[Any]:
    fields = {key: draw(record_strategies()) for key in KEYS[:3]}
    record = st.fixed_dictionaries({}, optional=fields)
    whole = draw(st.sampled_from([record, st.lists(draw(record_strategies(1)), max_size=3)]))
    return draw(st.lists(st.none() | whole, min_size=1, max_size=8))


def by_hand(array: pa.Array, codec: str, kind: pa.DataType) -> Decoded:
    """Decode without Arrow's reader."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(decode, "_by_arrow", lambda *_: None)
        patched.setattr(decode, "_split", lambda *_: None)
        return decoded(array, codec, kind)


def plain(value: Any, kind: pa.DataType) -> Any:
    """Return a value as an array of a type has it: missing keys are null, mixed ones are text."""
    if value is None:
        return None
    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        if not isinstance(value, dict):
            return None
        return {f.name: plain(value.get(f.name), f.type) for f in fields}
    if pa.types.is_list(kind):
        return [plain(item, kind.value_type) for item in value]
    if pa.types.is_string(kind) and not isinstance(value, str):
        return "text"
    if pa.types.is_floating(kind):
        return float(value)
    return value


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (one != one and other != other)
    return bool(one == other) or (other == "text" and isinstance(one, str))


@given(columns(), st.booleans(), st.booleans())
def test_json_comes_back(values: list[Any], ascii_only: bool, as_bytes: bool) -> None:
    texts = [
        None if v is None else json.dumps(v, ensure_ascii=ascii_only, indent=1) for v in values
    ]
    array = pa.array(texts, pa.string())
    if as_bytes:
        array = array.cast(pa.binary())
    kind = asked(type_of_decoded(array, "json"), [()], number=False)
    expected = [plain(value, kind) for value in values]
    for found in (decoded(array, "json", kind), by_hand(array, "json", kind)):
        assert not found.bad.any()
        assert not found.other.any()
        assert same(found.array.to_pylist(), expected)


@given(columns(), st.data())
def test_a_part_of_the_type_is_enough(values: list[Any], data: st.DataObject) -> None:
    array = pa.array([None if v is None else json.dumps(v) for v in values], pa.string())
    kind = asked(type_of_decoded(array, "json"), [()], number=False)
    if not pa.types.is_struct(kind) or not kind.num_fields:
        return
    names = data.draw(st.sets(st.sampled_from([f.name for f in kind]), min_size=1))
    part = pa.struct([field for field in kind if field.name in names])
    expected = [plain(value, part) for value in values]
    for found in (decoded(array, "json", part), by_hand(array, "json", part)):
        assert same(found.array.to_pylist(), expected)


GOOD = '{"a": 1, "b": "x"}'
KIND = pa.struct([("a", pa.int64()), ("b", pa.string())])
DAMAGED = [
    '{"a": 1', '{"a": 1} x', '{"a": 1},"c": 5', '{"a": 1},"value":{"a": 2}', '{"a": 1}{"a": 2}',
    '{"a": 1}}\n{"value": {"a": 3}', '{"a": 1}, {"a": 2}', "[1]", '{"a": 01}', '{"a": .5}',
    '{"a": +5}', "{'a': 1}", '{"a": 1,}', '{"a": 1}\0', "{" * 5000, '{"a":' * 10**5,
    '{"b": "\x01"}', "[" * 10**5,
]  # fmt: skip
OTHER = ["", " ", "ERROR", "null", "3", '"x"', '22,"x":5', '1},{"value":2', "\ufeff{}"]


@pytest.mark.parametrize("text", DAMAGED)
@pytest.mark.parametrize("decode_all", [decoded, by_hand])
def test_damaged(decode_all: Callable[..., Decoded], text: str) -> None:
    found = decode_all(pa.array([GOOD, text, None, GOOD]), "json", KIND)
    assert found.bad.tolist() == [False, True, False, False]
    assert not found.other.any()
    assert found.array.to_pylist() == [{"a": 1, "b": "x"}, None, None, {"a": 1, "b": "x"}]


@pytest.mark.parametrize("text", OTHER)
@pytest.mark.parametrize("decode_all", [decoded, by_hand])
def test_another_kind(decode_all: Callable[..., Decoded], text: str) -> None:
    found = decode_all(pa.array([GOOD, text, None]), "json", KIND)
    assert found.other.tolist() == [False, True, False]
    assert not found.bad.any()
    assert found.array.to_pylist() == [{"a": 1, "b": "x"}, None, None]


@given(st.lists(st.sampled_from([GOOD, None, *DAMAGED, *OTHER]), max_size=8))
def test_slices_and_mixtures(texts: list[str | None]) -> None:
    array = pa.array([GOOD, "x", *texts, "{"], pa.string()).slice(2, len(texts))
    found = decoded(array, "json", KIND)
    assert found.bad.tolist() == [text in DAMAGED for text in texts]
    assert found.other.tolist() == [text in OTHER for text in texts]
    good = {"a": 1, "b": "x"}
    assert found.array.to_pylist() == [good if text == GOOD else None for text in texts]


def test_keys_twice_and_values_of_another_type() -> None:
    array = pa.array([GOOD, '{"a": 1, "a": 2}', '{"a": "x"}', '{"a": [1]}', '{"b": 5}'])
    for found in (decoded(array, "json", KIND), by_hand(array, "json", KIND)):
        assert not found.bad.any()
        assert [row["a"] for row in found.array.to_pylist()] == ["1", "2", "x", "[…]", None]


def test_records_are_those_of_the_most_frequent_kind() -> None:
    array = pa.array([GOOD, "[1]", GOOD, GOOD])
    kind = type_of_decoded(array, "json")
    assert kind == KIND
    assert decoded(array, "json", kind).bad.tolist() == [False, True, False, False]


CELLS = st.sampled_from(["1", "2.5", "", " ", "x", "-inf", " 3 ", '"4,5"', "é"])


@given(st.lists(st.none() | st.lists(CELLS, min_size=1, max_size=4).map(",".join), max_size=6))
def test_csv_split_by_arrow_and_by_hand(texts: Sequence[str | None]) -> None:
    array = pa.array(["0", *texts], pa.string()).slice(1)
    kind = pa.list_(pa.string())
    fast, slow = decoded(array, "csv", kind), by_hand(array, "csv", kind)
    assert fast.array.to_pylist() == slow.array.to_pylist()
    assert np.array_equal(fast.bad, slow.bad)


def test_many_keys_are_bounded_and_known_ones_kept() -> None:
    record = json.dumps({f"k{i}": i for i in range(200_000)})
    kind = type_of_decoded(pa.array([record]), "json", frozenset(["k199999"]))
    assert kind.num_fields == 20_001
    assert kind.field("k199999").type == pa.int64()


def test_dictionaries_of_text() -> None:
    array = pa.array([GOOD, "x", None, GOOD]).dictionary_encode()
    found = decoded(array, "json", KIND)
    assert found.other.tolist() == [False, True, False, False]
    assert found.array.to_pylist()[3] == {"a": 1, "b": "x"}
