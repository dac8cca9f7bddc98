"""Read pickle and joblib files as data: nothing in them is imported, called or executed."""

from __future__ import annotations

import re
from pathlib import Path

from skewcheck.parameters.pickles.allowed_names import is_own, name_of
from skewcheck.parameters.pickles.compression import decompressed, first_bytes, looks_compressed
from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.operations import OPERATIONS
from skewcheck.parameters.pickles.pickled_object import ITEMS, STATE, PickledObject
from skewcheck.parameters.pickles.size_limits import check_limits
from skewcheck.parameters.pickles.stream import Stream
from skewcheck.text.errors import ParameterError

_START = re.compile(
    rb"\x80[\x02-\x05]"  # protocols 2 to 5 name themselves
    # 0 and 1 begin with a name or with a container and its number
    rb"|\(?c[\w.]+\n\w+\n(?:p\d+\n|q.|[()Ntlo0-9])|\([dlt]p\d+\n|[\]})]q.|\((?:[FIVLS][^\n]+\n|[GKJMX])"
    rb"|\(i[\w.]+\n\w+\n",
    re.DOTALL,
)


def looks_like_pickle(content: bytes) -> bool:
    """Return whether content begins like a pickle of protocol 0 to 5, or a compressed joblib file.

    Fast, and raises nothing. A compressed file of other content is not recognised.
    """
    if looks_compressed(content):
        head = first_bytes(content)
        return head is None or _START.match(head) is not None
    has_no_header = content[:1] != b"\x80"
    return _START.match(content) is not None and not (has_no_header and content[-1:] != b".")


def unpickle(content: bytes, path: Path) -> object:
    """Return the content of a pickle or joblib file: plain values, arrays and PickledObjects.

    Plain values are None, bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set,
    frozenset, slice and NumPy scalars. Arrays may be read-only; record arrays are raw (`V56`),
    object arrays hold any of these. The result can be traversed recursively: it has no cycle, at
    most 100 levels and, with shared parts counted each time, at most 5 million nodes. Raises
    ParameterError for a damaged or too large file, and for one that refers to a
    function that no fitted transformer needs.
    """
    try:
        machine = Machine(Stream(decompressed(content)), OPERATIONS)
        return check_limits(machine.run())
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


__all__ = [
    "ITEMS", "STATE", "PickledObject", "is_own", "looks_like_pickle", "name_of", "unpickle",
]  # fmt: skip
