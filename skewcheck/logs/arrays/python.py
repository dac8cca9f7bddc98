"""Values as Python has them, whatever their text is encoded in.

Text files are not decoded when they are read: most columns are never looked at. So Arrow may hold
text that is no UTF-8, and fails where Python asks for it.
"""

from __future__ import annotations

import pyarrow as pa

from skewcheck.logs.arrays.arrow import is_bytes
from skewcheck.logs.arrays.cells import is_text


def pylist(array: pa.Array | pa.ChunkedArray) -> list[object]:
    """Return values as Python has them; what is no UTF-8 in text, at any depth, is replaced.

    By U+FFFD, as in lines of text, and not by escapes: these would be no JSON.
    """
    try:
        values: list[object] = array.to_pylist()
    except UnicodeDecodeError:
        chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
        return [value for chunk in chunks for value in _replaced(chunk)]
    return values


def _replaced(array: pa.Array) -> list[object]:
    kind = array.type
    if pa.types.is_dictionary(kind):
        return pylist(array.cast(kind.value_type))
    if is_text(kind) and not is_bytes(kind):
        raw = array.cast(pa.large_binary()).to_pylist()
        return [None if item is None else item.decode("utf-8", "replace") for item in raw]
    if pa.types.is_struct(kind):
        names = [kind.field(i).name for i in range(kind.num_fields)]
        rows = zip(*map(pylist, array.flatten()), strict=True)
        return [
            dict(zip(names, row, strict=True)) if valid else None
            for row, valid in zip(rows, array.is_valid().to_pylist(), strict=True)
        ]
    lists = [pylist(item.values) if item.is_valid else None for item in array]
    if not pa.types.is_map(kind):
        return [*lists]
    return [
        held and [tuple(pair.values()) for pair in held if isinstance(pair, dict)] for held in lists
    ]
