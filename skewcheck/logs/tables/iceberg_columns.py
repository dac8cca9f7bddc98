"""Which columns of a Parquet file are those of an Iceberg table: by the numbers of fields."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pyiceberg.types import NestedField

_ID = b"PARQUET:field_id"


def stored_columns(
    file: pa.Schema, fields: Mapping[int, NestedField], partitioned: Set[int]
) -> dict[str, str] | None:
    """Return the file's name of each column of the table that it has, by the table's name.

    None where more than the names of columns differs: fields without numbers, other names inside
    of a column, and columns whose values are not in the file and not null.
    """
    numbers: dict[int, pa.Field] = {}
    for field in file:
        number = _number(field)
        if number is None:
            return None
        numbers[number] = field
    for number, column in fields.items():
        if number not in numbers:
            if number in partitioned or getattr(column, "initial_default", None) is not None:
                return None
        elif not column.field_type.is_primitive and not _same(numbers[number], column):
            return None
    return {column.name: numbers[i].name for i, column in fields.items() if i in numbers}


def _number(field: pa.Field) -> int | None:
    text = (field.metadata or {}).get(_ID)
    return None if text is None else int(text)


def _same(field: pa.Field, column: NestedField) -> bool:
    """Return whether a nested column has the same fields, by number and name, in the file."""
    from pyiceberg.io.pyarrow import pyarrow_to_schema

    try:
        in_file = pyarrow_to_schema(pa.schema([field]))
    except (ValueError, TypeError):  # a type that the format does not have
        return False
    return bool(in_file.fields[0].field_type == column.field_type)
