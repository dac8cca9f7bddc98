"""Texts of pairs and numbers: logfmt, query strings, printed maps, numbers with signs between."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl

from skewcheck.logs.shape.printed import NotPrintedError, printed


class OtherKindError(ValueError):
    """A text does not even begin as the notation does: it is a record of another kind."""


MAX_TEXT = 64 << 20
"""Characters of a text that is decoded: as the longest record of a text file."""
MIN_PAIRS = 2
"""Pairs of a line by which it is logfmt: one may be a sentence with an equals sign."""
_PAIR = re.compile(
    r'(?<!\S)([A-Za-z_][\w.\-/@\[\]]{0,255})=("(?:[^"\\]|\\.)*"(?=[\s\])},;]|$)|[^\s"]*(?=\s|$))'
)
"""A pair of logfmt: a bare key, and a bare or a quoted value. A key begins where a word does, and
is short: the search is not quadratic in long words."""
_KEY_OF_PRINTED = re.compile(
    r"(?<![\w.\-/@])([A-Za-z_][\w.\-/@]{0,255})=(?=(?:[A-Za-z][\w.$]*)?[\[({])"
)
"""A key whose value is a printed list or map."""
_BRACKETS = re.compile(r"[\[({]|[\])}]|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'")
_GOES_ON = re.compile(r"[\[({\s]*(?:\Z|[-+.\d\"'][^=]*\Z)")
"""From a bracket to the end of a text: nothing, or values and no further pair."""
_QUERY = re.compile(r"(?:^|[?\s\"])([\w.~%+\-\[\]]+=[^&\s\"'#]*(?:&[\w.~%+\-\[\]]+=[^&\s\"'#]*)+)")
_PARTED = re.compile(
    r"[\[({<]?\s*([-+.\deEnaif]+(?:(?:\s*[;|,]\s*|\s+)[-+.\deEnaif]+)+)\s*[\])}>]?"
)
_SIGN = re.compile(r"\s*[;|,]\s*|\s+")


def logfmt_of(value: object) -> dict[str, object]:
    """Return the pairs `key=value` of a line; quoted values without their quotes.

    A value in brackets, `features={age=22, pay=card}`, ends where these close. Where they do not
    the record goes on in a line that is none: ValueError, since what it holds is lost.
    """
    text = text_of(value)
    pairs: dict[str, object] = {}
    rest = 0
    for found in _KEY_OF_PRINTED.finditer(text):
        if found.start() < rest:
            continue
        end = _closing(text, found.end())
        if end is None:
            break
        _add_plain(pairs, text[rest : found.start()])
        pairs[found[1]] = text[found.end() : end]
        rest = end
    _add_plain(pairs, text[rest:])
    if pairs and _is_cut(text):
        raise ValueError
    if len(pairs) < MIN_PAIRS:
        raise OtherKindError
    return pairs


def _is_cut(text: str) -> bool:
    """Return whether a text ends inside of brackets that hold values."""
    open_at: list[int] = []
    for mark in _BRACKETS.finditer(text):
        if mark[0] in "[({":
            open_at.append(mark.start())
        elif mark[0] in "])}" and open_at:
            open_at.pop()
    return any(_GOES_ON.match(text, place) for place in open_at[:1])


def _add_plain(pairs: dict[str, object], text: str) -> None:
    for key, raw in _PAIR.findall(text):
        pairs[key] = json.loads(raw) if raw.startswith('"') else (raw or None)


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


def query_of(value: object) -> dict[str, object]:
    """Return the first query string of a text, of a URL or a form: `/predict?age=22&pay=card`."""
    found = _QUERY.search(text_of(value))
    if found is None:
        raise OtherKindError
    pairs = parse_qsl(found[1], keep_blank_values=True, max_num_fields=100_000)
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError
    return {key: held or None for key, held in pairs}


def printed_of(value: object) -> object:
    """Return what a printed map, list or object holds, in the notation of some language."""
    text = text_of(value)
    try:
        return printed(text)
    except NotPrintedError:
        raise OtherKindError from None


def number_list_of(value: object) -> list[float]:
    """Return numbers with white space, `;`, `|` or commas between them, in brackets or not."""
    found = _PARTED.fullmatch(text_of(value).strip())
    if found is None:
        raise ValueError
    return [float(part) for part in _SIGN.split(found[1])]


def text_of(value: object) -> str:
    """Return a value as text; ValueError for what is none."""
    if isinstance(value, bytes):
        value = value.decode()  # UnicodeDecodeError is a ValueError
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise ValueError
    return value
