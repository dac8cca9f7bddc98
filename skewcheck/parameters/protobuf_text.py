"""Parse protocol buffers in text format, without a schema and within size limits.

Format: Google, "Protocol Buffers: Text Format Language Specification".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from skewcheck.parameters.source import ParameterSource

MAX_BYTES = 16 * 2**20
"""Bytes of a file: a schema of 10,000 features has 2 MB."""
_MAX_NESTING = 50
"""Messages within messages; schemas have fewer than ten levels."""
_INVALID = "no valid protocol buffer text"
_TOKEN = re.compile(
    r"\s+|#[^\n]*|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<word>[-+]?[\w.][\w.+-]*|\[[\w./-]+\])|(?P<mark>[{}<>:;,\[\]])"
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)")
_ESCAPES = {
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
}


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A message: the values of each field, in order."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    """Strings, numbers and names, as written."""
    messages: dict[str, list[TextMessage]] = field(default_factory=dict)
    """Messages within this one."""

    def text(self, name: str) -> str:
        """Return the last value of a field, empty if there is none."""
        return self.texts.get(name, [""])[-1]

    def message(self, name: str) -> TextMessage:
        """Return the last message in a field, an empty one if there is none."""
        return self.messages.get(name, [TextMessage()])[-1]


def parse(source: ParameterSource) -> TextMessage:
    """Parse a file; ParameterError names the line."""
    if len(source.content) > MAX_BYTES:
        raise source.error("larger than 16 MiB, no schema")
    try:
        text = source.content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise source.error("no UTF-8 text, so no message as text") from error
    parser = _Parser()
    for kind, word, line in _tokens(source, text):
        problem = parser.mark(word) if kind == "mark" else parser.value(word, kind == "text")
        if problem:
            raise source.error(f"{problem} (line {line})")
    return parser.result(source)


class _Parser:
    """Parser state: the open messages, and the field whose value is next."""

    def __init__(self) -> None:
        self._open: list[tuple[TextMessage, str]] = [(TextMessage(), "")]
        self._name = ""
        self._listed = False
        self._last: list[str] | None = None
        """Where text just stood: more text after it belongs to it."""

    def mark(self, word: str) -> str:
        """Process a punctuation mark; return what is wrong, or an empty string."""
        inner, end = self._open[-1]
        self._last = None
        if word in "{<" and self._name:
            if len(self._open) > _MAX_NESTING:
                return "nested too deep"
            message = TextMessage()
            inner.messages.setdefault(self._name, []).append(message)
            self._open.append((message, "}" if word == "{" else ">"))
            self._name, self._listed = "", False
        elif word == end and not self._name:
            self._open.pop()
        elif word in ":[" and self._name:
            self._listed = self._listed or word == "["
        elif word == "]" and self._listed:
            self._name, self._listed = "", False
        elif word not in ",;":
            return _INVALID
        return ""

    def value(self, word: str, text: bool) -> str:
        """Process a name, number or string; return what is wrong, or an empty string."""
        if self._last is not None and text:
            self._last[-1] += word
        elif self._name:
            texts = self._open[-1][0].texts.setdefault(self._name, [])
            texts.append(word)
            self._last = texts if text else None
            self._name = self._name if self._listed else ""
        elif text:
            return _INVALID
        else:
            self._name, self._last = word, None
        return ""

    def result(self, source: ParameterSource) -> TextMessage:
        """Return the parsed message; ParameterError if one is still open."""
        if self._name or len(self._open) > 1:
            raise source.error("the text ends within a message: cut short")
        return self._open[0][0]


def _tokens(source: ParameterSource, text: str) -> Iterator[tuple[str, str, int]]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise source.error(f"{_INVALID} (line {line})")
        kind, word = match.lastgroup, match.group()
        if kind == "text":
            yield kind, _unescaped(word[1:-1]), line
        elif kind is not None:
            yield kind, word, line
        line += word.count("\n")
        position = match.end()


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def unescape(match: re.Match[bytes]) -> bytes:
        code = match[1]
        if code[:1] in b"01234567":
            return bytes([int(code, 8) & 255])
        if code[:1] == b"x" and len(code) > 1:
            return bytes([int(code[1:], 16)])
        return _ESCAPES.get(code, code)

    return _ESCAPE.sub(unescape, text.encode()).decode("utf-8", "backslashreplace")
