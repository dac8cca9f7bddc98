"""TOML is read as the library reads it, and what would swell in it is refused before."""

from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skewcheck.config.settings_file import read
from skewcheck.parameters.tree import parse
from skewcheck.text import toml
from skewcheck.text.errors import ParameterError, UsageError

DEEP = ".".join(["a"] * 101)
"""A key of one part more than are read. The library keeps all its beginnings: 40 KB of them are
20,000 parts, so 200 million references of eight bytes, which were the 1.6 GB."""
LINES = "".join(f"a{i}." + ".".join(["a"] * 90) + "=1\n" for i in range(2_000))
HEADERS = "".join(f"[a{i}]\n" for i in range(62_501))
SWELLING = {
    "a long key": (f"{DEEP}=1", "parts"),
    "a quoted one": ('"a" . \'b\'. c.' * 40 + "d=1", "parts"),
    "a header": (f"[{DEEP}]", "parts"),
    "an array of tables": (f"[[{DEEP}]]", "parts"),
    "inline": (f"x = {{y = [{{{DEEP}=1}}]}}", "parts"),
    "behind a text": (f'x = """\n"a" # \'\'\'\n"""\n{DEEP} = 1', "parts"),
    "behind a comment": (f"# it's \"\"\"\n{DEEP} = 1", "parts"),
    "many long keys": (LINES, "many parts"),
    "many keys below a header": (f"[{DEEP[:-2]}]\n" + "k.l.m=1\n" * 20_000, "many parts"),
    "many headers": (HEADERS, "more values"),
    "many tables": ("x=[" + "{}," * 250_001 + "]", "more values"),
    "a large text": ("#" * (toml.MAX_BYTES + 1), "larger than 4 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SWELLING)
def test_what_would_swell_never_reaches_the_library(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, problem = SWELLING[kind]
    monkeypatch.setattr(toml.tomllib, "loads", lambda _: pytest.fail("was parsed"))
    with pytest.raises(ParameterError, match=rf"^p.toml: no valid TOML: .*{problem}"):
        parse(Path("p.toml"), text.encode())
    path = tmp_path / "skewcheck.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=rf"skewcheck.toml: no valid TOML: .*{problem}"):
        read(path)


@pytest.mark.parametrize(
    "text",
    [f'x = "{DEEP}"', f"x = '{DEEP}'", f'x = """{DEEP}"""', f"x = '''\n{DEEP}'''", f"# {DEEP}",
     f"{DEEP[2:]} = 1", f'x = "\\"{DEEP}"', f'x = """"{DEEP}"" {DEEP} """""',
     "x = [" + "1.5, " * 20_000 + "]", "x = 1979-05-27T07:32:00.5-07:00"],
    ids=range(10),
)  # fmt: skip
def test_what_does_not_is_read(text: str) -> None:
    assert toml.loads(text) == tomllib.loads(text)


def test_a_text_without_an_end_is_the_library_s_error() -> None:
    for text in ('x = """a', "x = '''a", 'x = "a\n', "x = 'a", f"x = '\n{DEEP} = 1", '"a'):
        with pytest.raises(tomllib.TOMLDecodeError):
            toml.loads(text)


def test_a_text_of_many_quotes_is_scanned_once() -> None:
    """Each character belongs to one token: none is looked at again from the next quote on."""
    for piece in ('"""\\', "'''", '\\"', '"', "\"'", '""', "a'", '"\n', "a.", '."', "abc'"):
        text = f"x = {piece * 200}"
        tokens = [match.span() for match in toml._TOKENS.finditer(text)]
        assert all(end == start for (_, end), (start, _) in pairwise(tokens))


words = st.sampled_from(["a", "b-1", '"c.d"', "'e\"'", '"\\""', "1"])
keys = st.lists(words, min_size=1, max_size=5).map(" . ".join)
values = st.sampled_from(
    ["1", "-1.5e3", '"a.b # \\" c"', "'x\"'", '"""\n.""\\""""', "'''a.b'c'''", "[1.5, {a.b = 2}]"]
)
lines = st.tuples(keys, values, st.sampled_from(["", " # it's a.b"])).map(
    lambda parts: f"{parts[0]} = {parts[1]}{parts[2]}\n"
)


@settings(max_examples=60)
@given(st.lists(lines | keys.map(lambda key: f"[{key}]\n"), max_size=6))
def test_it_is_read_as_the_library_does(text: list[str]) -> None:
    document = "".join(text)
    try:
        expected = tomllib.loads(document)
    except tomllib.TOMLDecodeError:
        with pytest.raises(tomllib.TOMLDecodeError):
            toml.loads(document)
    else:
        assert toml.loads(document) == expected
        # The scan and the library agree on what is a key: behind it, a long one is met.
        with pytest.raises(toml.UnboundedTomlError):
            toml.loads(f"{document}[z]\n{DEEP} = 1")
