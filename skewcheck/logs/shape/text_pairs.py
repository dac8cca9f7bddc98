"""Texts of pairs and numbers: query strings, printed maps, numbers with signs between."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from skewcheck.logs.shape.printed import NotPrintedError, printed


class OtherKindError(ValueError):
    """A text does not even begin as the notation does: it is a record of another kind."""


MAX_TEXT = 64 << 20
"""Characters of a text that is decoded: as the longest record of a text file."""
_QUERY = re.compile(r"(?:^|[?\s\"])([\w.~%+\-\[\]]+=[^&\s\"'#]*(?:&[\w.~%+\-\[\]]+=[^&\s\"'#]*)+)")
_PARTED = re.compile(
    r"[\[({<]?\s*([-+.\deEnaif]+(?:(?:\s*[;|,]\s*|\s+)[-+.\deEnaif]+)+)\s*[\])}>]?"
)
_SIGN = re.compile(r"\s*[;|,]\s*|\s+")


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
