"""What the columns of a log beside the features' seem to be: times, ids, segments, outcomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skewcheck.engine.segments import ROWS_PER_CLUSTER, SEGMENT_VALUES
from skewcheck.engine.served_names import letters
from skewcheck.engine.source import LogSource
from skewcheck.logs.arrays import labels
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.arrays.python import pylist
from skewcheck.logs.times import seconds

MAX_COLUMNS = 500
"""Columns beside the features' that are looked at, the first."""
ROWS = 5_000
"""First rows that are."""
TIME_SHARE = 0.99
"""Share of the values that must be times."""
ID_SHARE = 0.95
"""Distinct values by rows from which on a column is one of ids."""
TIME_WORDS = ("time", "date", "timestamp", "created", "logged", "moment")
TIME_NAMES = ("ts", "at", "day", "hour")
FIRST_SECOND, LAST_SECOND = 946_684_800, 4_102_444_800
"""2000 and 2100: numbers between are taken for epoch times where the name says so."""
ID_NAMES = ("id", "uuid", "guid", "key", "token", "cursor")
PREDICTIONS = (
    "prediction", "predictions", "pred", "yhat", "ypred", "score", "probability", "proba",
    "modeloutput", "output", "predicted",
)  # fmt: skip
LABELS = ("label", "target", "y", "ytrue", "groundtruth", "outcome", "actual")
SEGMENT_WORDS = (
    "host", "pod", "node", "server", "instance", "machine", "version", "model", "revision",
    "deployment", "region", "zone", "country", "variant", "container", "stage", "tenant", "replica",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns of a log that are no feature's, by what they seem to be."""

    times: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    """Of few values, those with a usual name (`host`, `model_version`) first."""
    clusters: tuple[str, ...] = ()
    """Of many values with several rows each, such as a user's id."""
    constant: tuple[str, ...] = ()
    predictions: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    """Of which nothing is known."""
    unread: int = 0
    """Columns that were not looked at."""


def roles(source: LogSource, taken: Collection[str]) -> Roles:
    """Return what the columns that are not taken seem to be, by names and first rows."""
    leaves = [name for name in source.leaves() if name not in taken and not _inside(name, taken)]
    looked_at = leaves[:MAX_COLUMNS]
    head = source.head(looked_at, ROWS) if looked_at else None
    arrays: Mapping[str, pa.Array] = {} if head is None else head.columns
    kinds: dict[str, list[str]] = {}
    for name in looked_at:
        array = arrays.get(name)
        kind = "others" if array is None else _kind(name, array.slice(0, ROWS))
        kinds.setdefault(kind, []).append(name)
    found = {kind: tuple(names) for kind, names in kinds.items()}
    usual = sorted(found.get("segments", ()), key=lambda name: not _has(name, SEGMENT_WORDS))
    return Roles(**{**found, "segments": tuple(usual)}, unread=len(leaves) - len(looked_at))


def _inside(name: str, taken: Collection[str]) -> bool:
    """Return whether a column is a list, or a record, of which taken columns are elements."""
    return any(other.startswith((f"{name}[", f"{name}.")) for other in taken)


def _kind(name: str, array: pa.Array) -> str:
    """Return the role of a column with these values."""
    word = letters(name.rpartition(".")[2])
    if word in PREDICTIONS:
        return "predictions"
    if word in LABELS:
        return "labels"
    if pa.types.is_nested(array.type) or pa.types.is_binary(array.type):
        return "others"
    present = len(array) - array.null_count
    if not present:
        return "others"
    if _is_time(word, array, present):
        return "times"
    discrete = is_text(_values(array.type)) or pa.types.is_integer(array.type)
    if not discrete and not pa.types.is_boolean(array.type):
        return "others"
    distinct = int(np.count_nonzero(np.bincount(labels(array).codes + 1)[1:]))
    if distinct == 1:
        return "constant"
    if distinct >= ID_SHARE * present and (word.endswith(ID_NAMES) or is_text(_values(array.type))):
        return "ids"
    if distinct <= SEGMENT_VALUES and ROWS_PER_CLUSTER * distinct <= present:
        return "segments"
    if distinct * ROWS_PER_CLUSTER <= present or word.endswith(ID_NAMES):
        return "clusters"
    return "others"


def _is_time(word: str, array: pa.Array, present: int) -> bool:
    kind = _values(array.type)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return True
    named = _has(word, TIME_WORDS) or word in TIME_NAMES or word.endswith(("ts", "tsms"))
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if not is_text(kind) and not (named and numeric):
        return False
    if is_text(kind) and not any(sign.isdigit() for sign in str(_first(array))[:4]):
        return False
    moments = seconds(array)
    with np.errstate(invalid="ignore"):
        likely = (moments >= FIRST_SECOND) & (moments < LAST_SECOND)
    return bool(likely.sum() >= TIME_SHARE * present)


def _first(array: pa.Array) -> object:
    return next((value for value in pylist(array.slice(0, 100)) if value is not None), "")


def _values(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _has(name: str, words: Collection[str]) -> bool:
    text = letters(name)
    return any(word in text for word in words)
