"""Sampled values of places that may hold the features, in rows that have all of them."""

from __future__ import annotations

from collections.abc import Sequence

from skewcheck.connect.candidates import Candidate
from skewcheck.connect.chains import merged
from skewcheck.connect.evidence import Values, keys_of
from skewcheck.engine.served_values import sampled
from skewcheck.features.types import Feature
from skewcheck.logs.batch import Wanted
from skewcheck.logs.file import File
from skewcheck.logs.shape import shaped_file
from skewcheck.logs.shape.ops import Shape

ROWS = 10_000
"""Rows of the first file, of which some are compared: it may be sorted."""


def values_of(
    file: File, places: Sequence[Candidate], features: Sequence[Feature], known: frozenset[str]
) -> Sequence[Values]:
    """Return sampled values of places, of the same rows; without places that have none."""
    shape = Shape(tuple(merged([place.ops for place in places])))
    opened = shaped_file(file, shape, known)
    numbers: set[str] = set()
    for place in places:
        numeric = {key for f in features if f.type == "numeric" for key in keys_of(f, place)}
        numbers |= {c for key, c in place.columns.items() if key in numeric or place.outputs}
    columns = {c for place in places for c in place.columns.values()}
    wanted = Wanted(frozenset(numbers), frozenset(columns - numbers), rows=ROWS)
    batch = next((b for part in opened.parts(wanted) for b in part() if b.rows), None)
    if batch is None:
        return []
    sample = sampled(batch)
    having = [
        (place, {key: sample[c] for key, c in place.columns.items() if c in sample})
        for place in places
    ]
    return [Values(place, arrays, batch.rows) for place, arrays in having if arrays]


def paired(
    file: File, raw: Values, others: Sequence[Values], features: Sequence[Feature],
    known: frozenset[str],
) -> list[tuple[Values, Values]]:  # fmt: skip
    """Return raw values with those of each other place, of the same rows.

    Rows that have one side alone are in the sample of that one only: then both are read again.
    """
    pairs = [
        (raw, v) if v.rows == raw.rows
        else values_of(file, (raw.candidate, v.candidate), features, known)
        for v in others if v is not raw
    ]  # fmt: skip
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2]
