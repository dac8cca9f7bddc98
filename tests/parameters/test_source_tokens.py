"""Properties of the tokenizer and of the literals that it feeds, for every language."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.parameters.source_code.definitions import DIALECTS, definitions
from skewcheck.parameters.source_code.identifiers import Meaning, meaning
from skewcheck.parameters.source_code.literals import MAX_DEPTH, Literals, NotLiteralError
from skewcheck.parameters.source_code.numbers import number
from skewcheck.parameters.source_code.tokens import Token, tokenize
from skewcheck.text.errors import ParameterError

dialects = st.sampled_from(sorted({*DIALECTS.values()}))
floats = st.floats(allow_nan=False, allow_infinity=False)
pieces = st.sampled_from(
    ["mean", "=", "[", "]", "{", "}", "(", ")", ",", ":", "1.5", "-", "'", '"', "`", "//", "/*",
     "*/", "#", "\n", "\\", "'''", '"""', "r#", 'R"x(', "/", "0x1f", ";", " ", "é", "\r\n", "as"]
)  # fmt: skip
programs = st.one_of(st.text(max_size=200), st.lists(pieces, max_size=60).map("".join))


def read(text: str, dialect: str) -> object:
    """Return the value that a text is."""
    return Literals(tokenize(text, dialect), dialect).value()


@given(programs, dialects)
def test_any_text_is_divided_or_refused(text: str, dialect: str) -> None:
    try:
        tokens = list(tokenize(text, dialect))
    except ParameterError:
        return
    assert [token.start for token in tokens] == sorted({token.start for token in tokens})
    assert all(1 <= t.line <= text.count("\n") + 1 for t in tokens)
    for token in tokens:
        if token.kind in ("name", "number", "sign"):
            assert text.startswith(token.text, token.start)


@given(programs, dialects)
def test_definitions_of_any_text_end(text: str, dialect: str) -> None:
    try:
        found = list(definitions(text, Literals(tokenize(text, dialect), dialect)))
    except ParameterError:
        return
    assert all(d.problem or d.value is not None or d.name for d in found)


@given(st.lists(floats, min_size=1), dialects)
def test_numbers_keep_every_bit(values: list[float], dialect: str) -> None:
    brackets = "[]" if dialect in ("py", "js", "rs") else "{}"
    text = brackets[0] + ",\n".join(map(repr, values)) + brackets[1]
    result = read(text, dialect)
    assert isinstance(result, list)
    assert np.array(result, float).tobytes() == np.array(values, float).tobytes()


@given(floats)
def test_hexadecimal_numbers_keep_every_bit(value: float) -> None:
    result = read(value.hex(), "c")
    assert isinstance(result, float)
    assert math.copysign(1, result) == math.copysign(1, value)
    assert result == value


@given(st.text(st.characters(codec="utf-8")), dialects)
def test_strings_of_json_are_read_as_they_are(text: str, dialect: str) -> None:
    quoted = json.dumps(text, ensure_ascii=False)
    if all(ord(c) >= 32 for c in text):  # JSON escapes those as \u0007, C does not
        assert read(quoted, dialect) == text


@given(st.recursive(floats, lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=5))
def test_lists_in_lists_are_read_as_they_are(value: object) -> None:
    depth, deepest = 0, 0
    for sign in repr(value):
        depth += (sign == "[") - (sign == "]")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        with pytest.raises(NotLiteralError, match="nested too deep"):
            read(repr(value), "py")
    elif deepest < MAX_DEPTH:  # a sign takes a level too
        assert read(repr(value), "py") == value


@given(st.lists(floats, min_size=2, max_size=9), dialects)
def test_comments_beside_values_are_their_names(values: list[float], dialect: str) -> None:
    brackets = "[]" if dialect in ("py", "js", "rs") else "{}"
    mark = "#" if dialect == "py" else "//"
    lines = [f"  {value!r},{mark} name {i}" for i, value in enumerate(values)]
    result = read("\n".join([brackets[0], *lines, brackets[1]]), dialect)
    assert getattr(result, "names", None) == tuple(f"name {i}" for i in range(len(values)))


@pytest.mark.parametrize(
    ("text", "dialect", "value"),
    [
        ("1.5f", "c", 1.5), ("1.", "c", 1.0), (".5F", "c", 0.5), ("1'000.5", "c", 1000.5),
        ("0x10", "c", 16), ("0x1f32", "c", 7986), ("0x1.8p3f", "c", 12.0), ("0b101", "c", 5),
        ("017", "c", 15), ("017", "rs", 17), ("10UL", "c", 10), ("1_000.0", "py", 1000.0),
        ("0o17", "py", 15), ("1e-3", "js", 1e-3), ("10n", "js", 10), ("2.5e-3_f64", "rs", 2.5e-3),
        ("3f32", "rs", 3.0), ("7u8", "rs", 7), ("4D", "java", 4.0), ("1_0L", "java", 10),
        ("1abc", "c", None), ("0xg", "c", None), ("089", "c", None), ("1e", "c", None),
    ],
)  # fmt: skip
def test_spellings_of_numbers(text: str, dialect: str, value: float | None) -> None:
    assert number(text, dialect) == value
    assert [token.text for token in tokenize(text, dialect)] == [text]


def test_lines_are_those_of_the_file() -> None:
    text = '/* 1\n2 */ a\n#define B \\\n 1\n"c" // d\n'
    assert [(t.kind, t.text, t.line) for t in tokenize(text, "c")] == [
        ("comment", "1\n2", 1), ("name", "a", 2), ("sign", "#", 3), ("name", "define", 3),
        ("name", "B", 3), ("number", "1", 3), ("string", "c", 5), ("comment", "d", 5),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "dialect", "strings"),
    [
        ('R"x(a"b)x" \'c\'', "c", ['a"b', "c"]),
        ('r#"a"b"# "c"', "rs", ['a"b', "c"]),
        ("r'a' f\"b\" '''c'd'''", "py", ["a", "b", "c'd"]),
        ("x = /[\"'/]/g; '\\u0041\\x42'", "js", ["AB"]),
        ("`a\n'b`", "go", ["a\n'b"]),
    ],
)
def test_strings_of_each_language(text: str, dialect: str, strings: list[str]) -> None:
    assert [t.text for t in tokenize(text, dialect) if t.kind == "string"] == strings


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SCALER_DATA_MIN", ("min", "data_min", "SCALER")), ("kStd", ("std", "std", "")),
        ("featureScalerMean", ("mean", "mean", "featureScaler")), ("MEANS", ("mean", "means", "")),
        ("FARE_MEAN", ("mean", "mean", "FARE")), ("meanFare", ("mean", "mean", "Fare")),
        ("min_", ("offset", "min_", "")), ("IR_mean_min", ("min", "min", "IR_mean")),
        ("AccelX_std_min", ("min", "min", "AccelX_std")), ("stdDevs", ("std", "std_devs", "")),
        ("FARE2_MEAN", ("mean", "mean", "FARE2")), ("q01", ("q01", "q01", "")),
        ("COUNT", None), ("weights", None), ("OFFSET", None), ("", None),
    ],
)  # fmt: skip
def test_what_names_mean(name: str, said: tuple[str, str, str] | None) -> None:
    assert meaning(name) == (said and Meaning(*said))


def test_a_number_behind_a_name_is_its_place() -> None:
    assert meaning("SCALER_MEAN_12") == Meaning("mean", "mean", "SCALER", 12)


def test_a_token_is_data() -> None:
    assert next(tokenize("x", "c")) == Token("name", "x", 1, 0)
