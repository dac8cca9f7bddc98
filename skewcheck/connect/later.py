"""Columns of a side that only later rows or files have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from skewcheck.connect.connection import Side
from skewcheck.logs.log import Log


def with_later(side: Side, keys: Sequence[str], rows: Log) -> Side:
    """Return a side with the columns that only later rows or files have.

    They are named as most of the others are.
    """
    if side.by != "name":
        return side
    names = [_affixes(side.path, key, column) for key, column in side.columns.items()]
    usual = Counter(affixes for affixes in names if affixes is not None).most_common(1)
    if not usual:
        return side
    before, after = usual[0][0]
    found = {key: f"{before}{key}{after}" for key in keys if key not in side.columns}
    found = {key: column for key, column in found.items() if rows.has(column)}
    return replace(
        side, columns={**side.columns, **found},
        features=side.features + (0 if side.outputs else len(found)),
    )  # fmt: skip


def _affixes(path: str, key: str, column: str) -> tuple[str, str] | None:
    """Return what stands before and behind a key in the name of its column at a path."""
    place = f"{path}." if path else ""
    before, having, after = column.removeprefix(place).partition(key)
    return (place + before, after) if having else None
