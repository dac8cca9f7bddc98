"""Lists in training data as vectors: an element a column, where all rows have equally many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.columns import is_list, leaves

MAX_ELEMENTS = 4_096
"""Elements of a list beyond which they are no features each: the largest usual embedding."""


@dataclass(frozen=True, slots=True)
class _Lengths:
    """Least and greatest length of the lists of each column, without nulls and empty lists."""

    rows: int
    ends: Mapping[str, tuple[int, int]]

    @classmethod
    def of(cls, batch: Batch) -> _Lengths:
        import pyarrow.compute as pc

        ends: dict[str, tuple[int, int]] = {}
        for name, array in batch.columns.items():
            lengths = pc.drop_null(pc.list_value_length(array))
            filled = lengths.filter(pc.greater(lengths, 0))
            if len(filled):
                both = pc.min_max(filled)
                ends[name] = both["min"].as_py(), both["max"].as_py()
        return cls(batch.rows, ends)

    def __add__(self, other: _Lengths) -> _Lengths:
        both = {**self.ends, **other.ends}
        for name in self.ends.keys() & other.ends.keys():
            (least, most), (low, high) = self.ends[name], other.ends[name]
            both[name] = min(least, low), max(most, high)
        return _Lengths(self.rows + other.rows, both)


def with_elements(
    source: Source, columns: Mapping[str, pa.DataType], progress: Progress | None
) -> dict[str, pa.DataType]:
    """Return the columns, lists of equal length as their elements `a[0]`, `a[1]` and so on.

    Lists are looked at in all rows; nulls and empty lists have no length. Lists of several lengths,
    and those of more than `MAX_ELEMENTS` elements, remain lists.
    """
    expanded = dict(columns)
    looked_at: set[str] = set()
    while names := frozenset(name for name, kind in expanded.items() if is_list(kind)) - looked_at:
        lengths = source.fold(Wanted(others=names), _Lengths(0, {}), _Lengths.of, progress=progress)
        vectors = {
            name: least
            for name, (least, most) in lengths.ends.items()
            if least == most <= MAX_ELEMENTS
        }
        looked_at |= names
        expanded = {
            inner: inner_kind
            for name, kind in expanded.items()
            for inner, inner_kind in (
                _elements(name, kind, vectors[name]) if name in vectors else {name: kind}
            ).items()
        }
    return expanded


def _elements(name: str, kind: pa.DataType, length: int) -> dict[str, pa.DataType]:
    elements: dict[str, pa.DataType] = {}
    for i in range(length):
        elements |= leaves(f"{name}[{i}]", kind.value_type)
    return elements
