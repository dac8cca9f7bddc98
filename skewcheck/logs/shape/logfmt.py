"""Lines of pairs `key=value`: logfmt, sentences with pairs in them, attributes of an XML element.

A line is read only as a whole: where a value does not end, or a key has two values, it is none.
What belongs to the sentence around the pairs is no part of a value: brackets that open outside of
it, commas behind each, a full stop at the end.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from skewcheck.logs.shape.text_pairs import OtherKindError, text_of

MIN_PAIRS = 2
"""Pairs of a line by which it is logfmt: one may be a sentence with an equals sign."""
_PAIR = re.compile(
    r"(?<![^\s(\[{,;|])([A-Za-z_][\w.\-/@\[\]]{0,255})="
    r'(?:("(?:[^"\\]|\\.)*")(?=[\s\])},;]|/?>|\.?\s*$)|((?!")\S*))?'
)
"""A pair: a bare key, and a quoted or a bare value; none where quotes do not end as they should. A
key begins where a word does, and is short: the search is not quadratic in long words."""
_KEY_OF_PRINTED = re.compile(
    r"(?<![\w.\-/@])([A-Za-z_][\w.\-/@]{0,255})=(?=(?:[A-Za-z][\w.$]*)?[\[({])"
)
"""A key whose value is a printed list or map."""
_BRACKETS = re.compile(r"[\[({]|[\])}]|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_GOES_ON = re.compile(r"[\[({\s]*(?:\Z|[-+.\d\"'][^=]*\Z)")
"""From a bracket to the end of a text: nothing, or values and no further pair."""
_OPENING = {")": "(", "]": "[", "}": "{"}
_ELEMENT = re.compile(r"\s*<[A-Za-z_][\w.:\-]*\s[^<]*>\s*")
"""An XML element by itself: of several the attributes may have the same names."""
_FEWEST_MARKED = 2
"""Values with a comma behind them by which all have it as a sign between pairs."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A key, and its value as it is written."""

    key: str
    raw: str
    quoted: bool = False
    behind: str | None = None
    """The character behind a value whose end is marked; None of a bare value, which goes on up to
    the next blank."""

    def value(self, *, xml: bool) -> object:
        """Return the value without quotes; None for an empty bare one."""
        if not self.quoted:
            return self.raw or None
        return html.unescape(self.raw[1:-1]) if xml else json.loads(self.raw)


def logfmt_of(value: object) -> dict[str, object]:
    """Return the pairs `key=value` of a line; quoted values without their quotes.

    A value in brackets, `features={age=22, pay=card}`, ends where these close. Where they do not
    the record goes on in a line that is none: ValueError, since what it holds is lost.
    """
    text = text_of(value)
    pairs: list[_Pair] = []
    rest = 0
    for found in _KEY_OF_PRINTED.finditer(text):
        if found.start() < rest:
            continue
        end = _closing(text, found.end())
        if end is None:
            break
        pairs += _plain(text[rest : found.start()])
        pairs.append(_Pair(found[1], text[found.end() : end], behind=text[end : end + 1]))
        rest = end
    pairs += _plain(text[rest:])
    if pairs and _is_cut(text):
        raise ValueError
    if len(pairs) < MIN_PAIRS:
        raise OtherKindError
    words = text.partition(f"{pairs[0].key}=")[0].strip()
    xml = _ELEMENT.fullmatch(text) is not None
    values: dict[str, object] = {}
    for pair in _bare(pairs, in_sentence=words != ""):
        held = pair.value(xml=xml)
        if values.setdefault(pair.key, held) != held:
            raise ValueError
    if len(values) < MIN_PAIRS:
        raise OtherKindError
    return values


def _is_cut(text: str) -> bool:
    """Return whether a text ends inside of brackets that hold values."""
    open_at: list[int] = []
    for mark in _BRACKETS.finditer(text):
        if mark[0] in "[({":
            open_at.append(mark.start())
        elif mark[0] in "])}" and open_at:
            open_at.pop()
    return any(_GOES_ON.match(text, place) for place in open_at[:1])


def _plain(text: str) -> Iterator[_Pair]:
    """Yield the pairs of a text without printed maps."""
    for found in _PAIR.finditer(text):
        if found[2] is not None:
            yield _Pair(found[1], found[2], quoted=True, behind=text[found.end() : found.end() + 1])
        elif found[3] is None:
            raise ValueError
        elif found[3].count('"') % 2 == 0:  # else some text in quotes ends here
            yield _Pair(found[1], found[3])


def _bare(pairs: list[_Pair], *, in_sentence: bool) -> list[_Pair]:
    """Return pairs without what a sentence has behind their values.

    By themselves values are as they stand, but for a comma behind all of them.
    """
    marks = [pair.raw[-1:] if pair.behind is None else pair.behind for pair in pairs[:-1]]
    mark = marks[0] if len(set(marks)) == 1 else ""
    marked = mark in (",", ";") and len(marks) >= _FEWEST_MARKED
    for i, pair in enumerate(pairs):
        if pair.behind is not None:
            continue
        raw = pair.raw
        raw = raw.removesuffix(mark) if marked else raw
        if in_sentence:
            raw = _balanced(raw.removesuffix(".") if i == len(pairs) - 1 else raw)
        pairs[i] = replace(pair, raw=raw)
    return pairs


def _balanced(raw: str) -> str:
    """Return a value without brackets at its end that none of its own opens."""
    while (opening := _OPENING.get(raw[-1:])) and raw.count(raw[-1]) > raw.count(opening):
        raw = raw[:-1]
    return raw


def _closing(text: str, start: int) -> int | None:
    """Return where the first bracket behind a place is closed; None where it is not."""
    depth = 0
    for mark in _BRACKETS.finditer(text, start):
        if mark[0] in "[({":
            depth += 1
        elif mark[0] in "])}":
            depth -= 1
            if depth <= 0:
                return mark.end()
    return None
