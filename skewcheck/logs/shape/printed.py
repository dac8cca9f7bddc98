"""Maps, lists and objects as programs print them: Java, Ruby, Go, Scala, Rust, JavaScript, hstore.

    {age=22, pay=card}   {"age"=>22}   map[age:22 pay:card]   Map(age -> 22)   Ride(age=22)
    Ride { age: 22 }     DenseVector([0.1, 0.2])   tensor([0.1], device='cuda:0')   {0.1,0.2}

One grammar reads all of them: something in brackets, with a word before it or not, is items, each
with a key or without. Nothing is called.
"""

from __future__ import annotations

import re

MAX_CHARACTERS = 1 << 20
"""Of a text: as for Python's literals."""
MAX_DEPTH = 32
_BEGINS = re.compile(r"\s*(?:&?[\w.$]*\s?[\[({]|\"(?:[^\"\\]|\\.)*\"\s*=>)")
_OPENING = re.compile(r"\s*&?([A-Za-z_][\w.$]*)?\s?([\[({])\s*")
_QUOTED = re.compile(r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')")
_KEY = re.compile(r"\s*(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|:?([A-Za-z_][\w.$\-]*))\s*"
                  r"(=>|->|=|:(?!:))\s*")  # fmt: skip
_BARE = re.compile(r"[^,\[\](){}\"']*")
_BARE_WORD = re.compile(r"[^\s,\[\](){}\"']*")
_KEY_WITHIN = re.compile(r"\s[A-Za-z_][\w.]*[:=]")
_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[fFdDL]?")
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_WORDS: dict[str, object] = {
    "null": None, "nil": None, "<nil>": None, "None": None, "undefined": None, "NULL": None,
    "true": True, "True": True, "false": False, "False": False,
}  # fmt: skip
_ESCAPED = re.compile(r"\\(.)")


class NotPrintedError(ValueError):
    """A text does not even begin as something printed does."""


def printed(text: str) -> object:
    """Return the records, lists and values of a printed text; ValueError for anything else."""
    if not _BEGINS.match(text):
        raise NotPrintedError
    if len(text) > MAX_CHARACTERS:
        raise ValueError
    bare = text.strip()
    reader = _Reader(bare)
    # hstore has no brackets around its pairs.
    value = reader.items("", "", depth=0) if bare.startswith('"') else reader.value(" ", depth=0)
    if reader.place != len(bare) or not isinstance(value, dict | list):
        raise ValueError
    return value


class _Reader:
    """Reads values from the beginning of a text on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def value(self, ends: str, depth: int) -> object:
        """Read one value; a bare one ends at a comma or bracket, or with `ends` at white space."""
        quoted = self._take(_QUOTED)
        if quoted is not None:
            return _unescaped(quoted[1] if quoted[1] is not None else quoted[2])
        opening = self._take(_OPENING)
        if opening is not None:
            return self.items(opening[1] or "", opening[2], depth + 1)
        bare = self._take(_BARE_WORD if ends else _BARE)
        text = "" if bare is None else bare[0].strip()
        if _KEY_WITHIN.search(text):  # items with white space alone between them: Go's structs
            raise ValueError
        return _scalar(text)

    def items(self, word: str, bracket: str, depth: int) -> object:
        """Read what is in brackets, up to the closing one; without a bracket up to the end."""
        if depth > MAX_DEPTH:
            raise ValueError
        closing = _CLOSING.get(bracket, "")
        spaced = " " if word == "map" and bracket == "[" else ""
        keyed: dict[str, object] = {}
        plain: list[object] = []
        while not self._closed(closing):
            key = self._take(_KEY)
            if key is not None:
                name = next(text for text in key.groups()[:3] if text is not None)
                name = _unescaped(name)
                if name in keyed:
                    raise ValueError
                keyed[name] = self.value(spaced, depth)
            else:
                plain.append(self.value(spaced, depth))
            self._between(spaced, closing)
        if not keyed:
            return plain[0] if word and len(plain) == 1 else plain
        if not plain:
            return keyed
        if word and len(plain) == 1:  # `tensor([0.1], device='cuda:0')`
            return plain[0]
        raise ValueError

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.place)
        if found is not None:
            self.place = found.end()
        return found

    def _skip(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1

    def _closed(self, closing: str) -> bool:
        """Pass over a closing bracket; return whether there was one."""
        self._skip()
        if not closing:
            return self.place == len(self.text)
        if self.text.startswith(closing, self.place):
            self.place += 1
            return True
        return False

    def _between(self, spaced: str, closing: str) -> None:
        """Pass over what parts two items; ValueError where nothing does."""
        before = self.place
        self._skip()
        if self.place >= len(self.text):
            if closing:
                raise ValueError
        elif self.text[self.place] == ",":
            self.place += 1
        elif not (closing and self.text.startswith(closing, self.place)) and not (
            spaced and self.place > before
        ):
            raise ValueError


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _scalar(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        number = text.rstrip("fFdDL").replace("_", "")
        return float(number) if set(number) & set(".eE") else int(number)
    if text.casefold() in ("nan", "inf", "-inf", "infinity", "-infinity"):
        return float(text)
    return text or None
