"""Where a cause sits, in words: how much of a place it fills, and how much of it lies elsewhere."""

from __future__ import annotations

from skewcheck.results.audit import Cause
from skewcheck.text.numbers import percent

ALL = 0.9995


def sentence(cause: Cause) -> str:
    """Return ` (all rows of host = web-7, and no others)`; nothing without a place."""
    if cause.where is None or cause.purity is None or cause.coverage is None:
        return ""
    # A place that is only a time begins with it: no column stands before an equal sign.
    timed = cause.where.startswith(("since ", "until ")) and " = " not in cause.where
    rows = f"rows {cause.where}" if timed else f"rows of {cause.where}"
    if cause.purity >= ALL:
        inside = f"all {rows}"
    elif 0.495 <= cause.purity <= 0.505:
        inside = f"half of the {rows}"
    else:
        inside = f"{percent(round(cause.purity, 3))} of the {rows}"
    elsewhere = f"{percent(round(1 - cause.coverage, 3))} of them elsewhere"
    return f" ({inside}, and {'no others' if cause.coverage >= ALL else elsewhere})"
