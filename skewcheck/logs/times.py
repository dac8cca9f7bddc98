"""Moments of time in logs: timestamps, ISO text or epoch numbers become epoch seconds, UTC."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from skewcheck.logs.arrays import FloatArray, numbers
from skewcheck.logs.arrays.arrow import present, to_numpy
from skewcheck.logs.arrays.categorical import occurring
from skewcheck.logs.arrays.cells import is_text
from skewcheck.logs.arrays.encoded import runs
from skewcheck.logs.arrays.texts import as_text
from skewcheck.logs.batch import Batch
from skewcheck.logs.reach import Reach
from skewcheck.text.errors import UsageError

_EPOCHS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))
"""Numbers from here on are nano-, micro-, milliseconds: seconds would lie past the year 5000."""
_FIRST = datetime(1, 1, 2, tzinfo=UTC).timestamp()
_END = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""Between which a time can be written in any time zone."""


def seconds(array: pa.Array) -> FloatArray:
    """Return epoch seconds per row, NaN where there is no time; text without an offset is UTC.

    No time is what is not of the years 1 to 9999, which dates are written in.
    """
    values = _seconds(array)
    with np.errstate(invalid="ignore"):
        return np.where((values >= _FIRST) & (values < _END), values, np.nan)


def _seconds(array: pa.Array) -> FloatArray:
    if pa.types.is_run_end_encoded(array.type):
        array = runs(array)
    if pa.types.is_dictionary(array.type):
        # One long text in each row is short as it is stored; only its time is repeated.
        array = occurring(array)
        codes = to_numpy(array.indices, array.indices.type.to_pandas_dtype()).astype(np.int64)
        of_levels = np.append(_seconds(array.dictionary), np.nan)
        moments: FloatArray = of_levels[np.where(present(array.indices), codes, -1)]
        return moments
    if is_text(array.type):
        return _parsed(as_text(array)[0].cast(pa.large_string()))
    values = numbers(array).values.astype(np.float64)
    if pa.types.is_temporal(array.type):
        return values
    size = np.abs(values)
    units = [size >= least for least, _ in _EPOCHS]
    return np.asarray(values / np.select(units, [per for _, per in _EPOCHS], 1.0))


def _parsed(array: pa.Array) -> FloatArray:
    """Parse ISO 8601 text value by value where Arrow refuses the whole."""
    for kind in (pa.timestamp("us"), pa.timestamp("us", "UTC")):
        with suppress(pa.ArrowInvalid):
            return numbers(array.cast(kind)).values.astype(np.float64)
    parsed = np.full(len(array), np.nan)
    for i, text in enumerate(array.cast(pa.large_binary()).to_pylist()):  # any bytes
        with suppress(ValueError):
            moment = datetime.fromisoformat((text or b"").decode().strip())
            parsed[i] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return parsed


@dataclass(frozen=True, slots=True)
class Window:
    """Rows from `since` on and before `until`, by the time in `column`; epoch seconds.

    Without either, all rows: their times tell since when something is wrong.
    """

    column: str
    since: float = -np.inf
    until: float = np.inf
    until_now: bool = False
    """Whether that is the moment of the run: later rows come from a clock that is wrong."""

    def kept(self, batch: Batch) -> Batch:
        """Return the rows inside the window; UsageError where the file has no such column.

        Rows without a time that can be read are outside. So are those at 0, 1970: a clock that
        was never set, or a field that was never filled.
        """
        array = batch.columns.get(self.column)
        if array is None:
            raise UsageError(
                f"{batch.origin.file}: no column {self.column!r} to tell the time of its rows by"
            )
        moments = seconds(array)
        if np.isfinite(self.since) or np.isfinite(self.until):
            moments[moments == 0] = np.nan
        reach = Reach.of(moments, self.since, self.until)
        timed = replace(batch, times=moments, reach=reach)
        if not reach.left:
            return timed
        return timed.only((moments >= self.since) & (moments < self.until))
