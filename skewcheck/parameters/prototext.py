"""Protocol buffers as text, read without a schema and within bounds.

Format: Google, "Protocol Buffers: Text Format Language Specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from skewcheck.parameters.source import Source

LARGEST = 16 * 2**20
"""Bytes: a schema of 10,000 features has 2 MB."""
_DEEPEST = 50
_WRONG = "no valid protocol buffer text"
_WORD = re.compile(
    r"\s+|#[^\n]*|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<word>[-+]?[\w.][\w.+-]*|\[[\w./-]+\])|(?P<mark>[{}<>:;,\[\]])"
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}


@dataclass(frozen=True, slots=True)
class Block:
    """A message: what each field holds, in order."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    """Text, numbers and names, as they are written."""
    blocks: dict[str, list[Block]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return the last value of a field, empty where there is none."""
        return self.texts.get(name, [""])[-1]

    def block(self, name: str) -> Block:
        """Return the last message in a field, an empty one where there is none."""
        return self.blocks.get(name, [Block()])[-1]


def parsed(source: Source) -> Block:
    """Return the message that a file holds; ParameterError names the line."""
    if len(source.content) > LARGEST:
        raise source.error("larger than 16 MiB, no schema")
    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise source.error("no UTF-8 text, so no message as text") from error
    reading = _Reading()
    for kind, word, line in _words(source, text):
        problem = reading.mark(word) if kind == "mark" else reading.value(word, kind == "text")
        if problem:
            raise source.error(f"{problem} (line {line})")
    return reading.done(source)


class _Reading:
    """The messages that are open, and the field whose value comes next."""

    def __init__(self) -> None:
        self._open: list[tuple[Block, str]] = [(Block(), "")]
        self._name = ""
        self._listed = False
        self._last: list[str] | None = None
        """Where text just stood: more text after it belongs to it."""

    def mark(self, word: str) -> str:
        """Take a mark; return what is wrong, or nothing."""
        inner, end = self._open[-1]
        self._last = None
        if word in "{<" and self._name:
            if len(self._open) > _DEEPEST:
                return "nested too deep"
            made = Block()
            inner.blocks.setdefault(self._name, []).append(made)
            self._open.append((made, "}" if word == "{" else ">"))
            self._name, self._listed = "", False
        elif word == end and not self._name:
            self._open.pop()
        elif word in ":[" and self._name:
            self._listed = self._listed or word == "["
        elif word == "]" and self._listed:
            self._name, self._listed = "", False
        elif word not in ",;":
            return _WRONG
        return ""

    def value(self, word: str, text: bool) -> str:
        """Take a name, a number or text; return what is wrong, or nothing."""
        if self._last is not None and text:
            self._last[-1] += word
        elif self._name:
            texts = self._open[-1][0].texts.setdefault(self._name, [])
            texts.append(word)
            self._last = texts if text else None
            self._name = self._name if self._listed else ""
        elif text:
            return _WRONG
        else:
            self._name, self._last = word, None
        return ""

    def done(self, source: Source) -> Block:
        """Return the message; ParameterError where one is still open."""
        if self._name or len(self._open) > 1:
            raise source.error("the text ends within a message: cut short")
        return self._open[0][0]


def _words(source: Source, text: str) -> Iterator[tuple[str, str, int]]:
    at, line = 0, 1
    while at < len(text):
        found = _WORD.match(text, at)
        if found is None:
            raise source.error(f"{_WRONG} (line {line})")
        kind, word = found.lastgroup, found.group()
        if kind == "text":
            yield kind, _unescaped(word[1:-1]), line
        elif kind is not None:
            yield kind, word, line
        line += word.count("\n")
        at = found.end()


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def plain(found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code[:1] in b"01234567":
            return bytes([int(code, 8) & 255])
        if code[:1] == b"x" and len(code) > 1:
            return bytes([int(code[1:], 16)])
        return _PLAIN.get(code, code)

    return _ESCAPE.sub(plain, text.encode()).decode("utf-8", "backslashreplace")
