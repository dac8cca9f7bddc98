"""How DuckDB and SQLite differ: literals, NaN, types."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from skewcheck.repair.export.numbers import literal

_SINGLE_BOUND = "3.4028235677973366e38"
"""2**128 - 2**103: from there on the nearest float32 is infinite."""
_POWER = 62
"""The greatest power of two that is a factor of a literal of SQLite."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a database calls numbers, their types and their functions."""

    name: str
    title: str
    number: Callable[[float], str]
    """A literal of a float64 that reads back exactly."""
    infinity: str
    read: Callable[[str], str]
    """A raw number as float64, NULL for null and NaN."""
    without_nan: Callable[[str], str]
    """A result with NULL for NaN."""
    single: Callable[[str], str]
    """The nearest float32."""
    text: str
    """The type of text."""
    is_text: str
    """The test for it; `%s` stands for the column."""
    character: str
    """The function that makes a character of its code point."""


def _number_of_duckdb(value: float) -> str:
    if math.isnan(value):
        return "CAST(NULL AS DOUBLE)"
    text = literal(value, nan="", infinity=_INFINITY_OF_DUCKDB)
    if not math.isfinite(value) or "e" in text:
        return text
    # A literal without an exponent is a decimal.
    return f"{text[:-1]}e0)" if text.endswith(")") else f"{text}e0"


def _number_of_sqlite(value: float) -> str:
    """Return integers alone and quotients by powers of two: decimals may be read a unit off."""
    if math.isnan(value):
        return "CAST(NULL AS REAL)"
    if math.isinf(value):
        return "9e999" if value > 0 else "(-9e999)"
    numerator, denominator = abs(value).as_integer_ratio()
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if denominator == 1 and numerator <= 1 << 53:
        return f"({sign}{numerator}.0)" if sign else f"{numerator}.0"
    fraction, exponent = math.frexp(abs(value))
    whole, exponent = int(fraction * 2.0**53), exponent - 53
    zeros = (whole & -whole).bit_length() - 1
    whole, exponent = whole >> zeros, exponent + zeros
    text = f"{whole}.0"
    while exponent:
        power = min(abs(exponent), _POWER)
        text += f" {'*' if exponent > 0 else '/'} {1 << power}.0"
        exponent -= power if exponent > 0 else -power
    return f"({sign}{text})"


def _without_nan(text: str) -> str:
    return f"nullif({text}, CAST('NaN' AS DOUBLE))"


def _single_of_duckdb(value: str) -> str:
    return (
        f"CASE WHEN abs({value}) < {_SINGLE_BOUND} THEN CAST(CAST({value} AS FLOAT) AS DOUBLE)"
        f" WHEN {value} > 0 THEN {_INFINITY_OF_DUCKDB}"
        f" WHEN {value} < 0 THEN -{_INFINITY_OF_DUCKDB} END"
    )


def _single_of_sqlite(value: str) -> str:
    """Return the arithmetic that rounds to float32, as `casts` has it for narrower types."""
    bound, least, whole, units, shift = map(
        _number_of_sqlite, (2.0**128 - 2.0**103, 2.0**-126, 2.0**52, 2.0**149, 2.0**29)
    )
    small = f"{value} * {units}"
    return (
        f"CASE WHEN abs({value}) >= {bound} THEN {value} * 9e999"
        f" WHEN {value} > -{least} AND {value} < 0.0 THEN (({small} - {whole}) + {whole}) / {units}"
        f" WHEN {value} >= 0.0 AND {value} < {least} THEN (({small} + {whole}) - {whole}) / {units}"
        f" ELSE {value} * {shift} - ({value} * {shift} - {value}) END"
    )


def _read_in_sqlite(column: str) -> str:
    """Return a number, also of text that is one in JSON: what is imported from CSV is text."""
    number = f"CAST({column} AS REAL)"
    return (
        f"CASE WHEN typeof({column}) IN ('integer', 'real') THEN {number}"
        f" WHEN typeof({column}) = 'text' AND json_valid({column})"
        f" THEN CASE WHEN json_type({column}) IN ('integer', 'real') THEN {number} END END"
    )


_INFINITY_OF_DUCKDB = "CAST('Infinity' AS DOUBLE)"
DUCKDB = Dialect(
    "duckdb", "DuckDB", _number_of_duckdb, _INFINITY_OF_DUCKDB,
    read=lambda column: _without_nan(f"CAST({column} AS DOUBLE)"),
    without_nan=_without_nan, single=_single_of_duckdb, text="VARCHAR",
    is_text="(typeof(%s) = 'VARCHAR' OR typeof(%s) LIKE 'ENUM%')", character="chr",
)  # fmt: skip
SQLITE = Dialect(
    "sqlite", "SQLite 3.38 with mathematical functions", _number_of_sqlite, "9e999",
    read=_read_in_sqlite,
    without_nan=lambda text: text, single=_single_of_sqlite, text="TEXT",
    is_text="typeof(%s) = 'text'", character="char",
)  # fmt: skip
DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in (DUCKDB, SQLITE)}
