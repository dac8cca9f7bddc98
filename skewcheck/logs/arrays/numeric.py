"""One Arrow array becomes numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skewcheck.logs.arrays.arrow import present, to_bools, to_numpy
from skewcheck.logs.arrays.cells import is_text

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
NumberArray = NDArray[np.float64] | NDArray[np.float32] | NDArray[np.int64]
Mask = NDArray[np.bool_]

_FEW_DECIMALS = 6
"""Decimals up to which numbers are not spelled one by one to count them."""
EXACT = 2**53
"""Beyond it float64 no longer holds every integer."""
_UNITS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column as numbers, a value per row."""

    values: NumberArray
    """float64, float32 or int64; NaN where there is no number."""
    mistyped: int = 0
    """Rows whose value is no number (text, nested, bytes): NaN in `values`, but no nulls."""

    @property
    def logged(self) -> NumberArray:
        """The values as the log has them."""
        return self.values

    @property
    def over_scope(self) -> FloatArray | None:
        """What the scopes of the rows make of them; None where they are not normalized so."""
        return None

    @property
    def nulls(self) -> int:
        """Rows without a value; NaN in the data counts as one."""
        if self.values.dtype.kind != "f":
            return 0
        return int(np.count_nonzero(np.isnan(self.values))) - self.mistyped


@dataclass(frozen=True, slots=True)
class Digits:
    """How precisely numbers were written as text; 0 and 0 where there was none to look at."""

    significant: int
    decimals: int


def numbers(array: pa.Array) -> Numbers:
    """Return the array as numbers, in its own type where NumPy can hold it without a copy.

    Floats keep their width (float16 becomes float32); integers and booleans become int64, or
    float64 where there are nulls or values beyond int64; decimals float64; dates and times seconds
    since 1970 UTC, durations seconds. Text is read by the rule of `arrays.cells`. The values may be
    a read-only view of the array. Every array will do, also an empty one.
    """
    values, wrong = _converted(array)
    return Numbers(values, 0 if wrong is None else int(np.count_nonzero(wrong)))


def _converted(array: pa.Array) -> tuple[NumberArray, Mask | None]:
    """Return the values, and which of them are mistyped (None: none is)."""
    kind = array.type
    if pa.types.is_floating(kind):
        return _filled(array.cast(pa.float32()) if pa.types.is_float16(kind) else array), None
    if pa.types.is_integer(kind):
        return _integers(array), None
    if pa.types.is_boolean(kind):
        return _integers(array.cast(pa.int8())), None
    if pa.types.is_decimal(kind):
        return _decimals(array), None
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return _seconds(array), None
    if pa.types.is_dictionary(kind):
        return _looked_up(array)
    if is_text(kind):
        return _parsed(array)
    if isinstance(kind, pa.BaseExtensionType):
        return _converted(array.storage)
    if pa.types.is_run_end_encoded(kind):
        from skewcheck.logs.arrays.encoded import runs  # few logs have them

        return _looked_up(runs(array))
    return np.full(len(array), np.nan), to_bools(array.is_valid())


def _filled(array: pa.Array) -> NumberArray:
    if pa.types.is_float32(array.type):
        single = to_numpy(array, np.float32)
        return np.where(present(array), single, np.float32(np.nan)) if array.null_count else single
    return _with_nan(to_numpy(array, np.float64), array)


def _with_nan(values: NDArray[np.float64], array: pa.Array) -> NDArray[np.float64]:
    return np.where(present(array), values, np.nan) if array.null_count else values


def _integers(array: pa.Array) -> NumberArray:
    values = to_numpy(array, array.type.to_pandas_dtype())
    if array.null_count:
        return _with_nan(values.astype(np.float64), array)
    if values.dtype == np.uint64 and len(values) and values.max() > np.iinfo(np.int64).max:
        return np.asarray(values, np.float64)
    return np.asarray(values.astype(np.int64, copy=False))


def _decimals(array: pa.Array) -> NumberArray:
    """Return the nearest float64: Arrow's own cast is off by one unit for some cents."""
    kind = array.type
    if kind.bit_width == 128 and kind.precision <= 18 and 0 <= kind.scale <= 22:
        buffer = array.buffers()[1]
        low = np.frombuffer(buffer, np.int64)[2 * array.offset :: 2][: len(array)]
        if array.null_count:
            low = np.where(present(array), low, 0)
        if not len(low) or max(int(low.max()), -int(low.min())) <= EXACT:
            # Both operands are exact, so the quotient is the nearest float.
            return _with_nan(low / 10.0**kind.scale, array)
    return _filled(array.cast(pa.string()).cast(pa.float64()))


def _seconds(array: pa.Array) -> NumberArray:
    kind = array.type
    if pa.types.is_date32(kind):
        return _filled(array.view(pa.int32()).cast(pa.float64())) * 86_400.0
    unit = "ms" if pa.types.is_date64(kind) else kind.unit
    ticks = array.view(pa.int32() if kind.bit_width == 32 else pa.int64())
    return _filled(ticks.cast(pa.float64(), safe=False)) / _UNITS[unit]


def _looked_up(array: pa.Array) -> tuple[NumberArray, Mask | None]:
    values, wrong = _converted(array.dictionary)
    places = to_numpy(array.indices, array.indices.type.to_pandas_dtype())
    if not array.indices.null_count:
        return values[places], None if wrong is None else wrong[places]
    places = np.where(present(array.indices), places.astype(np.int64), len(values))
    wide = values if values.dtype.kind == "f" else values.astype(np.float64)
    missing = np.full(1, np.nan, wide.dtype)
    wrong = None if wrong is None else np.append(wrong, False)[places]
    return np.concatenate([wide, missing])[places], wrong


def _parsed(array: pa.Array) -> tuple[NumberArray, Mask | None]:
    from skewcheck.logs.arrays.texts import as_text, parsed  # columns of most logs have types

    text, wrong = as_text(array)
    try:  # almost always all of it parses, and this takes a tenth of the time
        return _filled(text.cast(pa.float64())), wrong
    except pa.ArrowInvalid:
        values, words = parsed(text)
    words = words if wrong is None else words | wrong
    return _filled(values), words if words.any() else None


def digits(values: NDArray[np.float64], most: int = 1_000) -> Digits:
    """Return the precision of numbers that were read from text, from their shortest spelling.

    It is the most significant digits and the most decimals of any of the first `most` finite
    numbers other than zero. Trailing zeros count for neither: 1500.0 has two significant digits
    and no decimal. The search ends at 17 significant digits: that is all a float64 has.
    """
    seen = values[np.isfinite(values) & (values != 0)][:most]
    seen = np.unique(np.abs(seen))
    if (few := _few_decimals(seen)) is not None:
        return few
    significant = decimals = 0
    for spelled in map(repr, seen.tolist()):
        mantissa, _, exponent = spelled.partition("e")
        whole, _, fraction = mantissa.partition(".")
        fraction = fraction.rstrip("0")
        written = (whole + fraction).lstrip("0")
        significant = max(significant, len(written if fraction else written.rstrip("0")))
        decimals = max(decimals, len(fraction) - int(exponent or 0))
        if significant == 17:
            break
    return Digits(significant, decimals)


def _few_decimals(values: NDArray[np.float64]) -> Digits | None:
    """Return likewise the precision of positive numbers; None where one has many digits.

    A float64 tells all decimal numbers of 15 significant digits apart: the one that it is nearest
    to is its shortest spelling.
    """
    if not _fit(values, _FEW_DECIMALS):
        return None
    decimals = next(places for places in range(_FEW_DECIMALS + 1) if _fit(values, places))
    whole = np.rint(values * 10.0**decimals).astype(np.int64)
    while (zeros := whole % 10 == 0).any():
        whole = np.where(zeros, whole // 10, whole)
    return Digits(len(str(whole.max())) if len(whole) else 0, decimals)


def _fit(values: NDArray[np.float64], decimals: int) -> bool:
    """Return whether numbers have so many decimals at most, and 15 significant digits."""
    scaled = np.rint(values * 10.0**decimals)
    return bool((scaled < 1e15).all() and (scaled / 10.0**decimals == values).all())
