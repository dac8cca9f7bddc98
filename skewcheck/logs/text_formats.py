"""Which format a text has, by how it begins, and by its name where that does not tell."""

from __future__ import annotations

import re
from typing import Literal

from skewcheck.logs import text
from skewcheck.logs.lines import has_words, holds_records
from skewcheck.logs.ours import is_ours
from skewcheck.logs.text import refuse_binary
from skewcheck.logs.trouble import trouble

TextFormat = Literal["jsonlines", "documents", "lines", "delimited", "ours"]
_MARK = b"\xef\xbb\xbf"
_RECORD = re.compile(rb"\{\s*\"|\w=\S*[ \t]+\w[\w.]*=|\w=[\[{(]|[\w%]=[^\s&]*&\w[\w.%]*=")
"""A line that may hold an object of JSON, pairs, or a query string."""
_JSON = re.compile(r"\.(json|jsonl|ndjson)(\.(gz|bz2|xz|zst|lz4))?$", re.IGNORECASE)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def text_format(beginning: bytes, name: str, *, named: bool) -> TextFormat:
    """Return the format of a text by its first `HEAD` bytes.

    `named` says whether columns of a file without a header are. LogError for what is not read.
    """
    start = beginning.removeprefix(_MARK).lstrip()
    if is_ours(start):
        return "ours"
    if start.startswith(b"{"):
        from skewcheck.logs.documents import is_documents  # other text is recognised without it

        if is_documents(start, whole=len(beginning) < text.HEAD):
            return "documents"
        return "lines" if has_words(start) else "jsonlines"
    if re.match(rb"\x1e\s*\{|\[\s*\{|\[\s*\]\s*\Z", start):
        return "documents"
    if start.startswith(b"[") and (_JSON.search(name) or re.match(rb"\[\s*\[", start)):
        raise trouble(name, "one JSON array that holds no objects: write one object a line")
    if _JSON.search(name):
        if start.startswith(_UTF_16):
            raise trouble(name, "is UTF-16 text: save it as UTF-8")
        raise trouble(name, "is named JSON, but does not begin with {: write one object a line")
    if start[257:262] == b"ustar":
        raise trouble(name, "a tar archive: unpack it first")
    refuse_binary(start, name)
    if _RECORD.search(start) and holds_records(start):
        return "lines"
    if not named and _may_be_sentence(re.split(rb"[\r\n]", start, maxsplit=1)[0]):
        from skewcheck.logs.sentences import heads_sentences  # few headers have such signs

        return "lines" if heads_sentences(start) else "delimited"
    return "delimited"


def _may_be_sentence(line: bytes) -> bool:
    """Return whether a first line has what few names of columns have."""
    return bool(re.search(rb"[=\[\](){}<>]", line) or (b" " in line and re.search(rb"[\d:]", line)))
