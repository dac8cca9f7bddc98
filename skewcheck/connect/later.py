"""Columns of a side that only later rows or files have; and what is told of the sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from skewcheck.connect.connection import Side
from skewcheck.features.notes import Note
from skewcheck.logs.log import Log
from skewcheck.logs.shape.ops import Decode, Explode, Shape


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


def side_note(side: str, place: Side) -> Note:
    """Return the note that tells a side."""
    return Note(
        f"connected_{side}",
        {"side": side, "features": place.features, "path": place.path, "by": place.by,
         "columns": tuple(place.columns.values())},
    )  # fmt: skip


def shape_notes(shape: Shape) -> Iterable[Note]:
    """Yield notes of what a shape decodes and explodes."""
    decoded = tuple(f"{op.path} ({op.codec})" for op in shape.ops if isinstance(op, Decode))
    exploded = tuple(
        f"{p}[]" for op in shape.ops if isinstance(op, Explode) for p in (op.path, *op.beside)
    )
    if decoded:
        yield Note("decoded", {"columns": decoded})
    if exploded:
        yield Note("exploded", {"columns": exploded})
