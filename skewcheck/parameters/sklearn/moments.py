"""Dates and times among the levels of an encoder, which pickles hold as calls of their classes."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from skewcheck.parameters.pickles import PickledObject

_UNITS = {7: "s", 8: "ms", 9: "us", 10: "ns"}
"""By pandas' number of them."""


def plain_moment(value: object) -> object:
    """Return a pickled date, datetime or Timestamp as its text; any other value as it is.

    One with a time zone is in UTC, as labels of a log are.
    """
    match value:
        case PickledObject("datetime", "date" | "datetime", (bytes(packed),)):
            return _of_fields(packed) or value
        case PickledObject(name="_unpickle_timestamp", args=(int(number), _, zone, int(unit))):
            if unit in _UNITS and abs(number) < 2**63:
                (moment,) = np.array([number], np.int64).astype(f"datetime64[{_UNITS[unit]}]")
                return str(moment) if zone is None else f"{moment}Z"
    return value


def _of_fields(packed: bytes) -> str | None:
    """Return the text of a date or a datetime by its packed fields; None where it is none."""
    if len(packed) not in (4, 10):
        return None
    year, month, day = int.from_bytes(packed[:2]), packed[2] % 128, packed[3]
    try:
        if len(packed) == 4:
            return str(date(year, month, day))
        hour, minute, second = packed[4:7]
        fraction = int.from_bytes(packed[7:])
        return str(datetime(year, month, day, hour, minute, second, fraction))
    except ValueError:
        return None
