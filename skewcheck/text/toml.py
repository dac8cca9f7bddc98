"""TOML in bounded time and memory: the library's grow with the square of a key's parts."""

from __future__ import annotations

import re
import tomllib

MAX_BYTES = 4 * 2**20
"""Size of a file: the library, which is Python, parses some 500 kB a second."""
_MAX_VALUES = 250_000
"""Values of a file, tables counting fourfold: 10,000 features with twenty numbers each fit. The
library takes some 200 bytes for a value and 800 for a table."""
_TABLE = 4
_MAX_PARTS = 100
"""Parts of a key, `a.b.c` having three: deeper than parameters and options nest."""
_MAX_WORK = 2_000_000
"""Values and parts of keys, times the parts of the longest key: as many take a few seconds, and 100
MB where nothing else stands in the file."""
_HEADERS = re.compile(r"^[ \t]*\[", re.MULTILINE)
_TOKENS = re.compile(
    r"""
    "{3}(?:[^"\\]++|\\.|"(?!""))*+"{3} | '{3}(?:[^']++|'(?!''))*+'{3} | \#[^\n]*
    | (?P<part>[\w-]++ | "(?:[^"\\\n]++|\\[^\n])*+"(?!") | '[^'\n]*+'(?!'))
    | (?P<dot>[ \t]*+\.[ \t]*+) | (?P<value>[,=]) | (?P<open>["'])
    | [^\w\-"'\#.,=\ \t]+ | [ \t]+
    """,
    re.DOTALL | re.VERBOSE,
)
"""Texts and comments as a whole, words that may be parts of a key, what separates them."""


class UnboundedTomlError(ValueError):
    """Parsing the text would take too much time or memory."""


def loads(text: str) -> dict[str, object]:
    """Return the tables of TOML; ValueError for what is none, and what is too large or too deep.

    RecursionError is the library's, for arrays inside of arrays.
    """
    if len(text) > MAX_BYTES:
        raise UnboundedTomlError("larger than 4 MiB: too large for TOML")
    _refuse_slow(text)
    return tomllib.loads(text)


def _refuse_slow(text: str) -> None:
    """Raise UnboundedTomlError for what the library would take long, or much memory, to parse.

    A key of p parts under a header of h costs it p * (p + h) steps, and as many references that it
    keeps until the next header.
    """
    values = _TABLE * len(_HEADERS.findall(text))
    longest = length = 0
    dotted = False  # whether the token before was a dot, so that a word belongs to the same key
    for token in _TOKENS.finditer(text):
        kind = token.lastgroup
        if kind == "part":
            length = length + 1 if dotted else 1
            longest = max(length, longest)
            if longest > _MAX_PARTS:
                raise UnboundedTomlError(f"a key of more than {_MAX_PARTS} parts, nested too deep")
            values += length > 2  # a number has two at most
        elif kind == "value":
            values += 1
        elif kind == "open":
            break  # a text without an end: the library reads no further
        dotted = kind == "dot"
        if values > _MAX_VALUES:
            raise UnboundedTomlError("more values than can be read of TOML")
    if values * longest > _MAX_WORK:
        raise UnboundedTomlError("more keys of many parts than can be read of TOML")
