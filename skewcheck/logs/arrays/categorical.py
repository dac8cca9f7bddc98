"""One Arrow array becomes codes of labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import from_numpy, is_bytes, present, to_numpy
from skewcheck.logs.arrays.cells import hashable, is_blank, is_text, strings
from skewcheck.logs.arrays.numeric import EXACT, numbers

TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,9}))?(?:Z|[+-]00:?00)?)?", re.ASCII
)
BITS = {"1": "true", "0": "false"}
TRUTHS = {truth: bit for bit, truth in BITS.items()}
_ABSENT = frozenset(["nan", "NaN", "NaT", "None", "<NA>"])
"""Levels that stand for a null, whatever the others are."""


@dataclass(frozen=True, slots=True)
class Labels:
    """A column as labels, a code per row."""

    codes: NDArray[np.int32]
    """Places in `levels`; -1 for a null and for a mistyped value."""
    levels: tuple[str, ...]
    """Distinct; some may not occur, as in the dictionaries that they come from."""
    mistyped: int = 0
    """Rows whose value is nested, or bytes that are no UTF-8."""

    @property
    def nulls(self) -> int:
        """Rows without a value; NaN counts as one."""
        return int(np.count_nonzero(self.codes < 0)) - self.mistyped


def labels(array: pa.Array, known: Sequence[str] = ()) -> Labels:
    """Return the array as codes of its distinct labels, spelled as the known ones (`spelled`).

    Text stays as it is. Numbers have one spelling whatever their type ("3" for 3, 3.0 and decimal
    3.00), booleans are "true" and "false", dates and times ISO 8601 (UTC); NaN is a null. Text
    that is no UTF-8 is shown as escapes; bytes that are none are mistyped. Of dictionaries only
    the values are looked at.
    """
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return labels(array.storage, known)
    if pa.types.is_run_end_encoded(kind):
        from skewcheck.logs.arrays.encoded import runs  # few logs have them

        return labels(runs(array), known)
    if not pa.types.is_dictionary(kind):
        if not _has_labels(kind):
            return Labels(np.full(len(array), -1, np.int32), (), len(array) - array.null_count)
        array = _encoded(array)
    array = occurring(array)
    codes = _codes(array.indices)
    if is_bytes(array.type.value_type):
        from skewcheck.logs.arrays.texts import as_text  # few writers leave bytes

        text, wrong = as_text(array.dictionary)
        column = labels(pa.DictionaryArray.from_arrays(array.indices, text), known)
        return column if wrong is None else replace(column, mistyped=_rows_of(wrong, codes))
    if not _has_labels(array.type.value_type):
        return Labels(np.full(len(codes), -1, np.int32), (), int(np.count_nonzero(codes >= 0)))
    numeric = not is_text(array.type.value_type)
    names = spelled(_names(array.dictionary), known, numeric=numeric)
    distinct = [name for name in dict.fromkeys(names) if name is not None]
    if len(distinct) == len(names):
        return Labels(codes, tuple(distinct))
    places = {name: i for i, name in enumerate(distinct)}
    table = [-1 if name is None else places[name] for name in names]
    return Labels(np.array([*table, -1], np.int32)[codes], tuple(places))


def levels(array: pa.Array, known: Sequence[str] = ()) -> Labels:
    """Return the array as levels of a feature: labels, of which white space alone is a null.

    A known level that is white space remains one.
    """
    column = labels(array, known)
    if not any(map(is_blank, column.levels)):
        return column
    kept = [name for name in column.levels if not is_blank(name) or name in known]
    places = {name: i for i, name in enumerate(kept)}
    table = [places.get(name, -1) for name in column.levels]
    return replace(column, codes=np.array([*table, -1], np.int32)[column.codes], levels=tuple(kept))


def canonical(name: str) -> str:
    """Return the one spelling of a boolean ("true" for TRUE) or number ("3" for 3.0); else as is.

    Only zeros behind the point go: 007 and 1e3 may be names.
    """
    if TRUTH.fullmatch(name):
        return name.lower()
    number = NUMBER.fullmatch(name)
    return name.rstrip("0").rstrip(".") if number and number[1] else name


def spelled(
    names: Sequence[str | None], known: Sequence[str], *, numeric: bool = False
) -> list[str | None]:
    """Spell labels as the known ones are, where those are all booleans, numbers, or moments.

    Between other levels, "1" and "1.0" are two names. With `numeric` the labels are of numbers or
    booleans, no text: 1 and 0 then stand for known booleans as well, and booleans for 1 and 0.
    """
    known_spellings, bare = _known(tuple(known))
    if not known_spellings:
        return list(names)
    if numeric:
        other = TRUTHS if known_spellings.keys().isdisjoint(TRUTHS) else BITS
        names = [name if name is None else other.get(name, name) for name in names]
    # A name that is known stays, though another be spelled like it.
    return [None if name is None
            else known_spellings.get(name) or known_spellings.get(bare(name), name)
            for name in names]  # fmt: skip


@lru_cache(maxsize=1024)
def _known(known: tuple[str, ...]) -> tuple[Mapping[str, str], Callable[[str], str]]:
    """Return known labels by their own and their bare spelling, and what makes a spelling bare.

    Nothing where they are names.
    """
    values = [name for name in known if name not in _ABSENT]
    if not values:
        return {}, canonical
    own = {name: name for name in known}
    if any(all(map(kind.fullmatch, values)) for kind in (TRUTH, NUMBER)):
        return {canonical(name): name for name in reversed(values)} | own, canonical
    if not all(map(MOMENT.fullmatch, values)):
        return {}, canonical
    from skewcheck.logs.arrays.spellings import known_moments, one_moment  # few levels are moments

    return {**known_moments(values), **own}, one_moment


def label(value: object) -> str | None:
    """Return a single value's label, spelled as `labels` does; None for None and NaN.

    Text that has no UTF-8 form (lone surrogates) is escaped; other objects give their `str`.
    """
    match value:
        case str() if value.isascii():
            return value
        case None:
            return None
        case bool() | np.bool_():
            return "true" if value else "false"
        case float() | np.floating():
            if np.isnan(value):
                return None
            whole = abs(float(value)) < EXACT and float(value).is_integer()
            return str(int(value)) if whole else str(value)
        case Decimal():
            spelled = format(value, "f")
            return spelled.rstrip("0").rstrip(".") if "." in spelled else spelled
        case _:
            return str(value).encode("utf-8", "backslashreplace").decode()


def _has_labels(kind: pa.DataType) -> bool:
    return bool(
        is_text(kind)
        or pa.types.is_null(kind)
        or (pa.types.is_primitive(kind) and not pa.types.is_interval(kind))
        or pa.types.is_decimal(kind)
    )


def _encoded(array: pa.Array) -> pa.Array:
    """Return the array as a dictionary."""
    if pa.types.is_float16(array.type):
        array = array.cast(pa.float32())
    array = hashable(array) if is_text(array.type) else array
    ranged = _ranged(array) if pa.types.is_integer(array.type) else None
    return array.dictionary_encode() if ranged is None else ranged


def _ranged(array: pa.Array) -> pa.Array | None:
    """Return integers as a dictionary, ascending; None where they span many more than there are.

    Within a narrow range each can be looked up, which is quicker than to hash it, and spares the
    import of Arrow's functions, which takes longer than a small log.
    """
    values = to_numpy(array, array.type.to_pandas_dtype())
    valid = present(array)
    some = values[valid]
    if not len(some):
        return None
    least, most = int(some.min()), int(some.max())
    if most - least > 2 * len(some) or most >= 2**63:
        return None
    places = np.where(valid, values, some.min()).astype(np.int64) - least
    occurs = np.bincount(places[valid]) > 0
    levels = np.flatnonzero(occurs) + least
    codes = (np.cumsum(occurs) - 1).astype(np.int32)[places]
    return pa.DictionaryArray.from_arrays(from_numpy(codes, valid), from_numpy(levels))


def occurring(array: pa.Array) -> pa.Array:
    """Return a dictionary array; without the values that do not occur where those are most of all.

    A batch of a column of many levels shares the dictionary of all the rows that it was cut from.
    """
    if len(array.dictionary) <= len(array):
        return array
    codes = _codes(array.indices).copy()  # the array's own may be those of other batches
    valid = codes >= 0
    occurs, places = np.unique(codes[valid], return_inverse=True)
    codes[valid] = places
    values = array.dictionary.take(from_numpy(occurs))
    return pa.DictionaryArray.from_arrays(from_numpy(codes, valid), values)


def _rows_of(levels: NDArray[np.bool_], codes: NDArray[np.int32]) -> int:
    """Return the rows of levels that a mask marks."""
    return int(np.count_nonzero(np.append(levels, False)[codes]))


def _codes(indices: pa.Array) -> NDArray[np.int32]:
    codes = to_numpy(indices, indices.type.to_pandas_dtype()).astype(np.int32, copy=False)
    return np.where(present(indices), codes, np.int32(-1)) if indices.null_count else codes


def _names(values: pa.Array) -> Sequence[str | None]:
    kind = values.type
    if pa.types.is_floating(kind):
        return [label(value) for value in numbers(values).values]
    if pa.types.is_duration(kind):
        return [label(value) for value in numbers(values).values]
    if pa.types.is_temporal(kind):
        return _moments(values)
    if not is_text(kind):
        return [label(value) for value in values.to_pylist()]
    return strings(values)


def _moments(values: pa.Array) -> list[str | None]:
    import pyarrow.compute as pc

    zone = ""
    if pa.types.is_timestamp(values.type) and values.type.tz is not None:
        values, zone = values.view(pa.int64()).view(pa.timestamp(values.type.unit)), "Z"
    spelled = pc.replace_substring(values.cast(pa.string()), " ", "T")
    # The unit of the column must not show: 12:00:00.000 is 12:00:00.
    spelled = pc.replace_substring_regex(spelled, r"(\.\d*?)0+$", r"\1")
    spelled = pc.replace_substring_regex(spelled, r"\.$", "")
    return [None if item is None else item + zone for item in spelled.to_pylist()]
