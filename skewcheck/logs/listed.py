"""Columns of a file in a message: their names, where these surely are names."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

COLUMNS_LISTED = 5
"""Columns that a message lists of a file: enough to see how they are named."""


def surely_named(schema: Mapping[str, pa.DataType]) -> bool:
    """Return whether names of columns are names: some column is of numbers.

    A first line of words above columns of words may be a row, which no message may tell.
    """
    return any(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in schema.values())


def listed(schema: Mapping[str, pa.DataType], *, values: bool = True) -> str:
    """Return the names of a file's first columns for a message, or how many there are.

    Names are told if `values` may be, and if they surely are names.
    """
    named = surely_named(schema)
    if values and named:
        return f"{', '.join(list(schema)[:COLUMNS_LISTED])} ..."
    number = f"{len(schema)} other column{'' if len(schema) == 1 else 's'}"
    return number if named else f"{number}, none numeric"
