"""What is done to records until each row is one observation: decode, explode, filter.

A path is text: `a.b` is a field, `a[3]` an element, and behind an explode of `a.b` its elements
are `a.b[]`. Each step sees what the ones before it made.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decode:
    """Text, bytes, or a list that stands for a record, becomes the value that it holds."""

    path: str
    codec: str
    """A key of `codecs.CODECS`."""


@dataclass(frozen=True, slots=True)
class Explode:
    """Each element of a list becomes a row, with the other fields of its record.

    A record whose list is empty, or null, remains as a row without a value there.
    """

    path: str
    beside: tuple[str, ...] = ()
    """Lists that are exploded along with it: theirs are values of the same rows. Where a record has
    another number of them they are null."""


@dataclass(frozen=True, slots=True)
class Where:
    """Only records with one of some values remain; with `negated` only those with another."""

    path: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """Only records with a value at one of some paths remain.

    Of the others those whose lists are there without an element ask for nothing, and lose nothing.
    """

    path: str
    beside: tuple[str, ...] = ()
    lists_only: bool = False
    """All other records remain."""


@dataclass(frozen=True, slots=True)
class Pivot:
    """Rows of a name and values each become one row for each run of rows with the same id.

    Each column of values is then a record of its values by their names; other columns have the
    values of the first row. A run in which a name occurs twice is no observation.
    """

    path: str
    """The column of values."""
    name: str
    """The column of names."""
    id: str
    """The column that is the same in the rows of one observation."""
    beside: tuple[str, ...] = ()
    """Other columns of values."""
    stage: str | None = None
    """A column that tells the rows of the same name apart: values are then records by its values,
    and in these by their names."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return all columns of values."""
        return (self.path, *self.beside)


@dataclass(frozen=True, slots=True)
class Wrap:
    """All columns become the fields of one, so that what they are together can be decoded."""

    path: str = "record"


Op = Decode | Explode | Where | Filled | Pivot | Wrap


@dataclass(frozen=True, slots=True)
class Shape:
    """The steps from a record to rows, in their order."""

    ops: tuple[Op, ...] = ()
