"""How the text of a cell is read: as no value, as a number, or as a word.

All formats, training data and logs follow this rule; typed columns need none. In a column of
numbers, white space alone and the words for a missing number (`NA`, `null` and the like) are no
value, a number may have white space around it, and every other text is a value of another type. In
a column of levels, white space alone is no value, and every other text is a level as it stands.
What a user calls no value (`--null-values`) is none in either. Bytes without a mark that they are
text, as older writers leave them, are text where they are UTF-8, and else a value of another type.
"""

from __future__ import annotations

import pyarrow as pa

from skewcheck.logs.arrays.arrow import is_bytes, scalar

NULL_WORDS = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A")
"""Usual spellings of a missing number, for readers that parse numbers themselves."""
SPACE = r"[\t-\r\x1c-\x20\x85\p{Z}]"  # what str.isspace() takes for white space
NO_NUMBER = rf"^{SPACE}*$|^(?i:[+-]?nan|#?n/?a|<na>|null|none)$"


def is_text(kind: pa.DataType) -> bool:
    """Return whether arrays of that type hold text, or bytes that may be text, in any layout."""
    return str(kind) in {"string", "large_string", "string_view"} or is_bytes(kind)


def hashable(array: pa.Array) -> pa.Array:
    """Return text or bytes in a layout that all of Arrow's functions take."""
    kind = array.type
    if pa.types.is_fixed_size_binary(kind):
        return array.cast(pa.binary())
    if "view" not in str(kind):
        return array
    return array.cast(pa.large_binary() if is_bytes(kind) else pa.large_string())


def is_blank(text: str) -> bool:
    """Return whether a text is empty or white space alone."""
    return not text or text.isspace()


def strings(text: pa.Array) -> list[str | None]:
    """Return text as Python has it; bytes that are no UTF-8 are shown as escapes."""
    try:
        decoded: list[str | None] = text.to_pylist()
    except UnicodeDecodeError:
        raw = text.cast(pa.large_binary()).to_pylist()
        return [None if item is None else item.decode("utf-8", "backslashreplace") for item in raw]
    return decoded


def restored(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return text as booleans, dates or times of a type; as it is where one of them is none."""
    import pyarrow.compute as pc

    absent = pc.match_substring_regex(pc.ascii_trim_whitespace(text), NO_NUMBER)
    try:
        return pc.if_else(absent, scalar(None), text).cast(kind)
    except pa.ArrowInvalid:
        return text
