"""Python literals are read as `ast.literal_eval` reads them, and nothing is run."""

from __future__ import annotations

import ast
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import strategies  # noqa: F401 (the same examples for everyone)
from hypothesis import example, given
from hypothesis import strategies as st

from skewcheck.logs.shape.literals import MAX_CHARACTERS, literal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)  # fmt: skip


def refused(text: str) -> bool:
    try:
        literal(text)
    except ValueError:
        return True
    return False


@given(PLAIN)
def test_as_python_reads_it(value: object) -> None:
    assert literal(repr(value)) == ast.literal_eval(repr(value)) == value


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=9))
@example([0.018341556191444397])
def test_as_numpy_prints_it(values: list[float]) -> None:
    array = np.array(values)
    with np.printoptions(floatmode="unique", threshold=20):  # 17 decimals are not always enough
        assert literal(str(array)) == values
        assert literal(repr(array)) == values
    assert literal(str(list(array))) == values  # np.float64(1.5)


def test_words_that_stand_for_values() -> None:
    found = literal("{'a': nan, 'b': -inf, 'c': Timestamp('2026-11-20'), 'd': np.nan, 'e': NaT}")
    assert isinstance(found, dict)
    assert math.isnan(found["a"])
    assert math.isnan(found["d"])
    assert (found["b"], found["c"], found["e"]) == (-math.inf, "2026-11-20", None)


@pytest.mark.parametrize(
    "text",
    [
        "[10**10]", "[1+1]", "[print(1)]", "[().__class__]", "[f'{1}']", "[x for x in [1]]",
        "{**{}}", "[*[1]]", "[lambda: 1]", "[(x:=1)]", "[1 if 1 else 2]", "[~1]", "{1, 2}", "[...]",
        "[1j]", "[a]", "[a[0]]", "[await x]", "[(yield)]", "__import__('os')", "[-'a']", "[not 1]",
        "[eval('1')]", "[1 < 2]", "[True and False]", "array()", "array(*[1])", "[1\0]", "[-True]",
        "9" * 5000, f"[{'9' * 5000}]", "[" * 10**5, "[" + "-" * 10**5 + "1]",
        "array(" * 3000 + "1" + ")" * 3000, "[a" + ".b" * 50_000 + "]", "[" + "1+" * 50_000 + "1]",
    ],
)  # fmt: skip
def test_what_is_no_literal(text: str) -> None:
    assert refused(text)


def test_nothing_is_called(tmp_path: Path) -> None:
    place = tmp_path / "ran"
    made = f"open({str(place)!r}, 'w')"
    assert literal(f"array([1.5], dtype={made})") == [1.5]
    assert literal("[__import__('os').float64(2)]") == [2]
    for text in (f"[{made}]", f"array({made})", f"{{{made}: 1}}", f"[f'{{{made}}}']"):
        assert refused(text)
    assert not place.exists()


def test_long_literals_take_bounded_memory() -> None:
    tracemalloc.start()
    try:
        for text in ("()," * (1 << 20), "'a'," * (1 << 20), "1<" * (1 << 20)):
            assert refused(f"[{text}1]")
        literal(f"[{'(),' * (MAX_CHARACTERS // 3 - 2)}]")
        assert tracemalloc.get_traced_memory()[1] < 300 << 20
    finally:
        tracemalloc.stop()


def test_long_lists_of_numbers_are_read() -> None:
    values = list(range(300_000))
    assert literal(str(values)) == values
