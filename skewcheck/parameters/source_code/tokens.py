"""Divide the text of a program into names, numbers, strings, comments and signs.

One tokenizer serves every language: they differ in how comments and strings begin, and agree in
what a literal array looks like. Nothing is executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from skewcheck.text.errors import ParameterError

Kind = Literal["name", "number", "string", "comment", "sign", "broken", "end"]

_KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "name": "name", "number": "number", "string": "string", "comment": "comment",
        "sign": "sign", "broken": "broken", "bytes": "broken",
    }
)  # fmt: skip
MAX_TOKENS = 600_000
"""Words and numbers of a file: 250,000 numbers with their commas are fewer, and so many take two
seconds."""


class Token(NamedTuple):
    """A piece of a program; `broken` is a string that its line does not close, or bytes."""

    kind: Kind
    text: str
    """As it is written; of a comment what it says, of a string its value."""
    line: int
    """Where its logical line begins: a line that ends in a backslash goes on in the next one."""
    start: int
    """Its offset in the text."""


# Runs of characters are taken at once, and what repeats is bounded: each repetition is remembered.
_MANY = "{0,100000}"
_DIGITS = r"\d[\d_]*(?:'\d[\d_]*){0,20}"
_NUMBER = (
    r"0[xX][0-9a-fA-F_]*(?:'[0-9a-fA-F_]+){0,20}(?:\.[0-9a-fA-F]*)?(?:[pP][+-]?\d+)?\w{0,40}"
    rf"|(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?\d+)?\w{{0,40}}"
)
_DOUBLE = rf'"[^"\\\n]*(?:\\[\s\S][^"\\\n]*){_MANY}"'
_SINGLE = rf"'[^'\\\n]*(?:\\[\s\S][^'\\\n]*){_MANY}'"
_BACKTICK = rf"`[^`\\]*(?:\\[\s\S][^`\\]*){_MANY}`"
_TRIPLE = "|".join(
    rf"{q * 3}[^\\{q}]*(?:(?:\\[\s\S]|{q}(?!{q * 2}))[^\\{q}]*){_MANY}{q * 3}" for q in ('"', "'")
)
_THREE = "\"{3}|'{3}"
_C_COMMENT = r"//[^\n]*|/\*[\s\S]*?\*/"
_JS_PATTERN = (
    r"(?<=[(,=:\[!&|?{};\s])/(?![*/=\s])"
    r"(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n]){0,200}\]|[^/\\\n\[]){1,500}/[a-z]*(?=\s*[).,;:\]}])"
)
"""A regular expression, whose quotes begin no string."""
_RAW_CPP = r'R"(?P<fence>[^()\\\s"]{0,16})\([\s\S]*?\)(?P=fence)"'
_RAW_RUST = r'r(?P<hashes>#*)"[\s\S]*?"(?P=hashes)'
_BYTES = r"(?:0[xX][0-9a-fA-F]{1,2}\s*,\s*){16,4096}"
"""Bytes of an embedded model, in one piece: millions may stand beside a scaler's few numbers."""

_COMMENTS = {"py": r"#[^\n]*"}
_STRINGS = {
    "py": rf"(?:\b[rRbBuUfF]{{1,2}})?(?:{_TRIPLE}|(?!{_THREE})(?:{_DOUBLE}|{_SINGLE}))",
    "js": rf"{_DOUBLE}|{_SINGLE}|{_BACKTICK}",
    "go": rf"{_DOUBLE}|{_SINGLE}|`[^`]*`",
    "rs": rf"{_RAW_RUST}|(?:\bb)?{_DOUBLE}|'(?:[^'\\\n]|\\[^\n]{{1,10}})'",  # 'a is a lifetime
    "java": rf'"""[\s\S]*?"""|(?!""")(?:{_DOUBLE}|{_SINGLE})',
    "c": rf"{_RAW_CPP}|(?:\b(?:u8|[LuU]))?{_DOUBLE}|{_SINGLE}",
}
_OPENINGS = {
    "py": _THREE,
    "js": r"/\*|`",
    "go": r"/\*|`",
    "rs": r'/\*|r#+"',
    "java": r'/\*|"""',
    "c": r'/\*|R"[^()\\\s"]{0,16}\(',
}
"""What opens a comment or string of several lines, where nothing closes it."""
_BROKEN = {"rs": r'"[^\n]*'}
"""A string that its line does not close takes the rest of the line."""
_ANY_QUOTE = "[\"'][^\\n]*"


@lru_cache
def _pattern(dialect: str) -> re.Pattern[str]:
    comment = _COMMENTS.get(dialect, _C_COMMENT)
    skipped = rf"|(?P<skipped>{_JS_PATTERN})" if dialect == "js" else ""
    return re.compile(
        rf"(?P<newline>\n)|(?P<joined>\\\r?\n)|(?P<comment>{comment}){skipped}"
        rf"|(?P<string>{_STRINGS[dialect]})|(?P<opening>{_OPENINGS[dialect]})"
        rf"|(?P<bytes>{_BYTES})|(?P<name>[^\W\d][\w$]{{0,200}})|(?P<number>{_NUMBER})"
        rf"|(?P<broken>{_BROKEN.get(dialect, _ANY_QUOTE)})"
        r"|(?P<sign>::|:=|=>|==|!=|<=|>=|->|\+=|-=|\*=|/=|\.\.\.|[^\s])"
    )


def tokenize(text: str, dialect: str) -> Iterator[Token]:
    """Yield the tokens of a program; ParameterError where a comment or string does not end."""
    if "\0" in text:
        raise ParameterError("holds NUL bytes, and so is no code")
    line, joined, count = 1, 0, 0
    for found in _matches(text, dialect):
        kind, piece = str(found.lastgroup), found[0]
        if kind == "newline":
            line, joined = line + 1 + joined, 0
            continue
        if kind == "joined":
            joined += 1
            continue
        if kind == "opening":
            raise ParameterError(f"line {line:,}: {piece} opens what nothing closes")
        count += 1
        if count > MAX_TOKENS:
            raise ParameterError(
                f"more than {MAX_TOKENS:,} words and numbers: too long for a scaler"
            )
        if kind in ("name", "number", "sign"):
            yield Token(_KINDS[kind], piece, line, found.start())
            continue
        if kind != "skipped":
            yield _token(kind, piece, line, found.start())
        line += piece.count("\n")


def _token(kind: str, piece: str, line: int, start: int) -> Token:
    if kind == "comment":
        piece = piece.removesuffix("*/").strip("/*#!<").strip()
    elif kind == "string":
        piece = _unquoted(piece)
    return Token(_KINDS[kind], piece, line, start)


def _matches(text: str, dialect: str) -> Iterator[re.Match[str]]:
    """Yield what the pattern finds, and go on behind comments that hold others, as in Rust."""
    position: int | None = 0
    while position is not None:
        start, position = position, None
        for found in _pattern(dialect).finditer(text, start):
            yield found
            if dialect == "rs" and found.lastgroup == "comment" and "/*" in found[0][2:]:
                position = _nested_end(text, found)
                break


def _nested_end(text: str, comment: re.Match[str]) -> int:
    """Return where Rust's comment ends, which may hold others."""
    if comment[0].startswith("//"):
        return comment.end()
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, comment.start()):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    line = 1 + text.count("\n", 0, comment.start())
    raise ParameterError(f"line {line:,}: /* opens what nothing closes")


_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([\s\S]))")
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\n": ""}


def _unquoted(piece: str) -> str:
    """Return what a string says."""
    quote = piece.rstrip("#")[-1]
    prefix, inner = piece[: piece.index(quote)], piece[piece.index(quote) :].rstrip("#")
    if prefix == "R" and inner[1:2] != quote:
        fence = inner[1 : inner.index("(")]
        return inner[len(fence) + 2 : -len(fence) - 2]
    quotes = 3 if inner[:3] == quote * 3 and len(inner) >= 6 else 1
    inner = inner[quotes:-quotes]
    return inner if "r" in prefix.lower() else _ESCAPE.sub(_unescaped, inner)


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2] or found[3]
    if code is None:
        return _CONTROLS.get(found[4], found[4])
    value = int(code, 16)
    return chr(value) if value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF else "?"
