"""What servers with a state did, in words: delays, caches, statistics of their own rows."""

from __future__ import annotations

from collections.abc import Mapping

from skewcheck.text.printable import printable


def lag(used: object) -> str:
    """Return `3 rows before, by robot`, or `3600 s before`."""
    rows, seconds = _number(used, "lag"), _number(used, "lag_seconds")
    if seconds:
        return f"{seconds:.10g} s before{_by(used)}"
    number = "1 row" if abs(rows) == 1 else f"{abs(rows):,.0f} rows"
    return f"{number} {'before' if rows > 0 else 'after'}{_by(used)}"


def life(used: object) -> str:
    """Return `each value in about 12 rows (for 60 s), by robot`; of several features no number."""
    seconds, rows = _number(used, "seconds"), _number(used, "rows")
    kept = f" (for {seconds:.6g} s)" if seconds else ""
    number = f"about {rows:,.0f}" if rows else "several"
    return f"each value in {number} rows{kept}{_by(used)}"


def scope(used: object) -> str:
    """Return `the last 50 rows, by robot`, and for which rows that holds."""
    told = used if isinstance(used, Mapping) else {}
    over, length, earlier = told.get("over"), _number(used, "length"), told.get("earlier")
    scopes = {
        "running": "all rows so far", "window": f"the last {length:,.0f} rows",
        "batch": f"{'the batch before each' if earlier else 'each batch'} of {length:,.0f} rows",
        "ema": f"rows that count less the older they are (times {_number(used, 'alpha'):.10g} "
        "a row)",
    }  # fmt: skip
    text = scopes.get(str(over), f"{'the ' if earlier else 'each '}{over}")
    if earlier and over in ("running", "window", "ema"):
        text += " before each"
    elif earlier and over not in scopes:
        text += " before its own"
    spans = {"until": "in the first {:,.0f} rows", "after": "after the first {:,.0f} rows",
             "frozen": "which stay what they were after {:,.0f} rows"}  # fmt: skip
    more = [text.format(told[key]) for key, text in spans.items() if key in told]
    return ", ".join([text + _by(used), *more])


def _number(used: object, key: str) -> float:
    value = used.get(key) if isinstance(used, Mapping) else None
    return float(value) if isinstance(value, int | float) else 0.0


def _by(used: object) -> str:
    """Return `, by robot`, and that rows are counted among the wrong ones alone."""
    told = used if isinstance(used, Mapping) else {}
    by = f", by {printable(str(told['by']), 40)}" if told.get("by") else ""
    return by + (", among these rows alone" if told.get("among") else "")
