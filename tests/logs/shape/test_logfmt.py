"""Pairs are read as they were written, whatever sentence is around them; half a line is none."""

from __future__ import annotations

import json
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skewcheck.logs.shape.codecs import CODECS
from skewcheck.logs.shape.text_pairs import OtherKindError

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\-]{0,5}", fullmatch=True)
WORDS = st.from_regex(r"[A-Za-z0-9_:/%+\-]{1,8}|-?[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True)
VALUES = WORDS | st.text(st.characters(exclude_categories=["Cs"]), max_size=6).map(
    lambda t: t + " "
)
FRAMES = [
    "{}", "INFO predict {}", "({})", "[{}]", "INFO predict ({})", "INFO predict {}.",
    "INFO predict [{}].", "INFO (model v2: {})", "INFO predict {{{}}}", "predict: {};",
]  # fmt: skip
"""Sentences with pairs."""
PAIRS = st.dictionaries(KEYS, VALUES, min_size=3, max_size=6)


def written(pairs: dict[str, str], between: str) -> str:
    """Return pairs as logfmt has them, with a sign between them."""
    return between.join(f"{k}={json.dumps(v) if ' ' in v else v}" for k, v in pairs.items())


@given(pairs=PAIRS, frame=st.sampled_from(FRAMES), between=st.sampled_from([" ", ", ", "; "]))
def test_what_is_around_pairs_is_no_part_of_them(
    pairs: dict[str, str], frame: str, between: str
) -> None:
    if frame.endswith(";"):
        pairs["last"] = "a b"  # behind a bare value it is a part of it
    assert CODECS["logfmt"](frame.format(written(pairs, between))) == pairs


@given(pairs=st.dictionaries(KEYS, VALUES.map(lambda t: t.replace("<", "")), min_size=2))
@pytest.mark.parametrize("frame", ["<r {}/>", "<r {} />", "<r {}>"])
def test_attributes_are_pairs(pairs: dict[str, str], frame: str) -> None:
    attributes = " ".join(f'{k}="{escape(v)}"' for k, v in pairs.items() if "\\" not in v)
    expected = {k: v for k, v in pairs.items() if "\\" not in v}
    if len(expected) > 1:
        assert CODECS["logfmt"](frame.format(attributes)) == expected


@given(pairs=PAIRS, place=st.integers(0, 5))
def test_a_key_with_two_values_has_none(pairs: dict[str, str], place: int) -> None:
    key, value = list(pairs.items())[place % len(pairs)]
    line = written(pairs, " ")
    assert CODECS["logfmt"](f"{line} {written({key: value}, '')}") == pairs
    with pytest.raises(ValueError):
        CODECS["logfmt"](f"raw {line} scaled {key}=other-value")


@given(pairs=PAIRS, words=st.text(st.characters(categories=["L"]), min_size=1, max_size=5))
@pytest.mark.parametrize("end", ['"{0} ', '"{0}', '"{0}"{0}'])
def test_a_value_that_does_not_end_is_none(pairs: dict[str, str], words: str, end: str) -> None:
    with pytest.raises(ValueError) as caught:
        CODECS["logfmt"](f"{written(pairs, ' ')} last={end.format(words)}")
    assert not isinstance(caught.value, OtherKindError)  # it is damaged


@pytest.mark.parametrize(
    ("line", "held"),
    [
        ("company=Inc. b=2.", {"company": "Inc.", "b": "2."}),
        ("INFO company=Inc. b=2.5.", {"company": "Inc.", "b": "2.5"}),
        ("f(x)=1 a=f(x) b=2)", {"a": "f(x)", "b": "2"}),
        ("tags=a, b=2 c=3", {"tags": "a,", "b": "2", "c": "3"}),
        ("INFO raw={a=1, b=2}, x=[1, 2].", {"raw": "{a=1, b=2}", "x": "[1, 2]"}),
        ('"a=1; b=2" c=3 d=4', {"c": "3", "d": "4"}),
    ],
)
def test_line(line: str, held: dict[str, str]) -> None:
    assert CODECS["logfmt"](line) == held
