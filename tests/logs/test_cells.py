"""The one rule for the text of a cell, against Python's own `isspace` and `float`."""

from __future__ import annotations

import math
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.logs.arrays import levels, numbers
from skewcheck.logs.arrays.cells import is_blank
from skewcheck.logs.arrays.texts import EXAMPLES, Texts, without

TEXTS = st.one_of(
    st.none(), st.text(max_size=3), st.floats().map(repr), st.integers().map(lambda i: f" {i} "),
    st.sampled_from(["", " ", "\u00a0", "NA", "n/a", "null", "-", "word", "1,000", "1e3", "true"]),
)  # fmt: skip


def test_white_space_is_what_python_takes_for_it():
    characters = [chr(i) for i in range(sys.maxunicode + 1) if not 0xD800 <= i < 0xE000]
    found = numbers(pa.array(characters))
    spaces = [c for c in characters if c.isspace()]
    assert Texts.of(pa.array(characters)).blanks == len(spaces) > 20
    assert found.nulls == levels(pa.array(characters)).nulls == len(spaces)
    assert all(map(is_blank, ["", *spaces]))


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_what_the_texts_of_a_column_are(kind):
    texts = ["1", " 2 ", "1e3", "inf", "", " ", "  ", "NA", "nan", None, "unknown", "1,5", "-", "-"]
    array = pa.array(texts).cast(kind)
    assert Texts.of(array) == Texts(4, 2, 4, (" ", "  ", "unknown"))
    assert Texts.of(pa.array(texts).dictionary_encode()) == Texts.of(array)
    assert (numbers(array).mistyped, numbers(array).nulls) == (4, 6)
    assert Texts.of(pa.array([1.5, None])) == Texts.of(pa.array([[1], None])) == Texts()
    escaped = pa.array([b"caf\xe9"]).view(pa.string())
    assert Texts.of(escaped) == Texts(0, 0, 1, ("caf\\xe9",))


@given(st.lists(TEXTS), st.integers(0, 4), st.integers(0, 4), st.booleans())
def test_texts_add_up_and_are_what_numbers_takes_them_for(values, start, cut, encoded):
    array = pa.array(values, pa.string())
    array = (array.dictionary_encode() if encoded else array).slice(start)
    whole, read = Texts.of(array), numbers(array)
    assert Texts.of(array.slice(0, cut)) + Texts.of(array.slice(cut)) == whole
    assert whole.words == read.mistyped
    assert whole.numbers == sum(not math.isnan(x) for x in read.values)
    odd = [t for t in values[start:] if t and (t.isspace() or numbers(pa.array([t])).mistyped)]
    assert (whole.blanks + whole.words, len(whole.examples)) == (
        len(odd), min(len(set(odd)), EXAMPLES)
    )  # fmt: skip
    assert list(whole.examples) == list(dict.fromkeys(odd))[:EXAMPLES]


def test_a_users_words_are_no_values_of_any_type():
    words = ["?", "-999", " x "]
    text = pa.array(["?", " ? ", "-999.0", "-999", "x", " x ", "1", None])
    expected = [None, None, None, None, "x", None, "1", None]
    assert without(text, words).to_pylist() == expected
    assert without(text.cast(pa.string_view()), words).to_pylist() == expected
    assert without(text.dictionary_encode(), words).to_pylist() == expected
    for kind in (pa.int16(), pa.float32(), pa.float64()):
        assert without(pa.array([-999, 1, None], kind), words).to_pylist() == [None, 1, None]
    untouched = pa.array([True, None])
    assert without(untouched, words) is untouched


def test_a_blank_is_no_level_unless_the_file_lists_it():
    column = pa.array(["b", " ", "a", "", None, " a"])
    found = levels(column)
    assert (found.levels, found.codes.tolist()) == (("b", "a", " a"), [0, -1, 1, -1, -1, 2])
    listed = levels(column.dictionary_encode(), (" ", "a"))
    assert (listed.levels, listed.codes.tolist()) == (("b", " ", "a", " a"), [0, 1, 2, -1, -1, 3])
