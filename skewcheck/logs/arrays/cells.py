"""How the text of a cell is read: as no value, as a number, or as a word.

All formats, training data and logs follow this rule; typed columns need none. In a column of
numbers, white space alone and the words for a missing number (`NA`, `null` and the like) are no
value, a number may have white space around it, and every other text is a value of another type. In
a column of levels, white space alone is no value, and every other text is a level as it stands.
What a user calls no value (`--null-values`) is none in either.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import scalar, to_bools

NULL_WORDS = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None", "#N/A")
"""Usual spellings of a missing number, for readers that parse numbers themselves."""
SPACE = r"[\t-\r\x1c-\x20\x85\p{Z}]"  # what str.isspace() takes for white space
# No hexadecimal, no `1_000` and no `1,000`: they may be names, or numbers of another country.
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?i:inf|infinity)$"
_NO_NUMBER = rf"^{SPACE}*$|^(?i:[+-]?nan|#?n/?a|<na>|null|none)$"


def is_text(kind: pa.DataType) -> bool:
    """Return whether arrays of that type hold text, in any layout."""
    return str(kind) in {"string", "large_string", "string_view"}


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


def hashable(text: pa.Array) -> pa.Array:
    """Return text in a layout that all of Arrow's functions take."""
    return text.cast(pa.large_string()) if "view" in str(text.type) else text


def parsed(text: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """Return text as float64, null where there is no number, and which rows hold a word."""
    import pyarrow.compute as pc

    bare = pc.ascii_trim_whitespace(text)
    fine = pc.match_substring_regex(bare, _NUMBER)
    words = pc.invert(pc.or_(fine, pc.match_substring_regex(bare, _NO_NUMBER)))
    unsigned = pc.replace_substring_regex(pc.if_else(fine, bare, None), r"^\+", "")
    return unsigned.cast(pa.float64()), to_bools(words)


def restored(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return text as booleans, dates or times of a type; as it is where one of them is none."""
    import pyarrow.compute as pc

    absent = pc.match_substring_regex(pc.ascii_trim_whitespace(text), _NO_NUMBER)
    try:
        return pc.if_else(absent, scalar(None), text).cast(kind)
    except pa.ArrowInvalid:
        return text
