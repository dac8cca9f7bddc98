"""What a report says of the places that are connected, and of the steps to them."""

from __future__ import annotations

from collections.abc import Iterable

from skewcheck.connect.connection import Side
from skewcheck.features.notes import Note
from skewcheck.logs.shape.ops import Decode, Explode, Shape


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
