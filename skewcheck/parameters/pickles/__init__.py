"""Pickles and joblib files, read as data: nothing in them is imported, called or executed."""

from __future__ import annotations

import re
from pathlib import Path

from skewcheck.parameters.pickles.compression import inflated, looks_compressed, peeked
from skewcheck.parameters.pickles.graph import bounded
from skewcheck.parameters.pickles.inert import ITEMS, STATE, Inert
from skewcheck.parameters.pickles.labels import plain
from skewcheck.parameters.pickles.machine import Machine
from skewcheck.parameters.pickles.operations import OPERATIONS
from skewcheck.parameters.pickles.stream import Stream
from skewcheck.text.errors import ParameterError

_BEGINS = re.compile(
    rb"\x80[\x02-\x05]"  # protocols 2 to 5 name themselves
    # 0 and 1 begin with a name or with a container and its number
    rb"|\(?c[\w.]+\n\w+\n(?:p\d+\n|q.|[()Ntlo0-9])|\([dlt]p\d+\n|[\]})]q.|\((?:[FIVLS][^\n]+\n|[GKJMX])"
    rb"|\(i[\w.]+\n\w+\n",
    re.DOTALL,
)


def looks_pickled(content: bytes) -> bool:
    """Whether it begins as a pickle of protocol 0 to 5 does, perhaps compressed as joblib does.

    Cheap, and never an error. A compressed file of something else is not taken for one.
    """
    if looks_compressed(content):
        head = peeked(content)
        return head is None or _BEGINS.match(head) is not None
    old = content[:1] != b"\x80"
    return _BEGINS.match(content) is not None and not (old and content[-1:] != b".")


def unpickled(content: bytes, path: Path) -> object:
    """Return plain values, NumPy arrays and Inert objects: what a pickle or joblib file holds.

    Plain values are None, bool, int, float, complex, str, bytes, bytearray, list, tuple, dict,
    set, frozenset, slice and NumPy scalars. Arrays may be read-only; those of records are raw
    (`V56`), those of objects hold any of these. The result is safe to walk by recursion: it has no
    cycle, is at most 100 levels deep and as a tree, with what is shared counted each time, has at
    most 5 million nodes. Raises ParameterError: damaged, too large, or what it wants to run.
    """
    try:
        machine = Machine(Stream(inflated(content)), OPERATIONS)
        return bounded(machine.run())
    except ParameterError as error:
        raise ParameterError(f"{path}: {error}") from error


__all__ = ["ITEMS", "STATE", "Inert", "looks_pickled", "plain", "unpickled"]
