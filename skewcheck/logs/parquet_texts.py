"""Which columns of a Parquet file are read as dictionaries: texts, where that is of use."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from skewcheck.logs.batch import ROWS
from skewcheck.logs.storage import arrow_source

_ENCODINGS = frozenset(["PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY"])
"""What Arrow can read as dictionaries; of levels of repetition, too."""
_LARGE = 64 << 20
"""Bytes that a batch of a text column may take: more than that of any but documents."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The text columns among those that are read: their numbers in the file, by their paths."""

    labels: Mapping[str, int]
    """Read as dictionaries wherever they can be: each value is looked at once."""
    others: Mapping[str, int]
    """Read as dictionaries where repeated values would fill the memory; else that is slower."""

    @classmethod
    def of(cls, footer: pq.FileMetaData, labels: Set[str], others: Set[str]) -> Texts:
        """Return those among or below leaves of the schema."""
        columns = map(footer.schema.column, range(footer.num_columns))
        texts = {
            column.path: i
            for i, column in enumerate(columns)
            if column.physical_type == "BYTE_ARRAY"
            and column.logical_type.type in {"STRING", "NONE"}
        }
        of_labels = _among(texts, labels)
        rest = _among(texts, others)
        return cls(of_labels, {name: i for name, i in rest.items() if name not in of_labels})

    def dictionaries(self, path: str, footer: pq.FileMetaData, place: int) -> list[str]:
        """Return the paths of the columns of a row group to read as dictionaries."""
        group = footer.row_group(place)
        labels = [n for n, i in self.labels.items() if _ENCODINGS.issuperset(_encodings(group, i))]
        return labels + [
            name
            for name, i in self.others.items()
            if _repeats(group, i)
            and _longest(path, footer, place, name) * min(group.num_rows, ROWS) > _LARGE
        ]


def without_large(dictionaries: list[str], batch: pa.RecordBatch) -> list[str] | None:
    """Return the columns without those whose dictionary has more values than a batch has rows.

    None where all stay. A row group's dictionary only grows: each batch would bring the values of
    all that came before, as many as the rows of the group where all differ.
    """
    large = {
        name
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
        if pa.types.is_dictionary(column.type) and len(column.dictionary) > ROWS
    } & {*dictionaries}
    return [name for name in dictionaries if name not in large] if large else None


def _among(texts: Mapping[str, int], leaves: Set[str]) -> dict[str, int]:
    below = tuple(f"{leaf}." for leaf in leaves)
    return {n: i for n, i in texts.items() if n in leaves or n.startswith(below)}


def _encodings(group: pq.RowGroupMetaData, i: int) -> tuple[str, ...]:
    encodings: tuple[str, ...] = group.column(i).encodings
    return encodings


def _repeats(group: pq.RowGroupMetaData, i: int) -> bool:
    """Return whether a column has values that are stored once, and may fill the memory if repeated.

    None of them is longer than all that is stored.
    """
    column = group.column(i)
    return (
        column.has_dictionary_page
        and column.total_uncompressed_size * group.num_rows > _LARGE
        and _ENCODINGS.issuperset(column.encodings)
    )


def _longest(path: str, footer: pq.FileMetaData, place: int, column: str) -> int:
    """Return the bytes of the longest value of a column's dictionary: by a first row, with all."""
    from skewcheck.logs.arrays.encoded import longest  # few columns may be so large

    with pq.ParquetFile(
        arrow_source(path),
        metadata=footer,
        read_dictionary=[column],
        pre_buffer=False,
        buffer_size=1 << 16,
    ) as file:
        batches = file.iter_batches(1, row_groups=[place], columns=[column], use_threads=False)
        array = next((batch.column(0) for batch in batches), None)
    while array is not None and not pa.types.is_dictionary(array.type):
        array = array.field(0) if pa.types.is_struct(array.type) else array.values
    return 0 if array is None else longest(array.dictionary)
