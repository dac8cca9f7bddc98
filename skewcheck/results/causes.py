"""Why production differs, and where in the log that shows: data, without any words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal

SURE, LIKELY = 0.99, 0.9
"""Confidence of a mechanism that nothing else explains as well, and where much speaks for it."""
OPEN = 0.5
"""Confidence of what drift, or a rival, explains as well."""
_NULL = "null"
Side = Literal["served", "raw"]
Scope = Literal["log", "rows"]
"""What is not a place: the whole log, or just the affected rows."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the log: values of a segment column or of the log's files, a span of time, or both.

    Without a column and without times it is some of the time, of which no end stands out.
    """

    column: str | None = None
    """The segment column; None for a span of time alone, and for files."""
    kind: Literal["column", "file"] = "column"
    """`file`: the values are files of the log, whatever columns the log has."""
    values: tuple[str | None, ...] = ()
    """All values that were chosen, in order, null (None) last; empty where they may not be shown.
    """
    distinct: int | None = field(default=None, compare=False)
    """How many values the log has of the column; None where they were not counted."""
    since: float | None = None
    """The minute of the first affected row, epoch seconds; None where earlier rows are no fewer."""
    until: float | None = None
    """The minute of the last affected row."""
    purity: float = 1.0
    """Share of its rows that are affected."""
    coverage: float = 1.0
    """Share of the affected rows that it holds."""
    inside: Place | None = None
    """The larger part of the log of which this is a part."""

    @property
    def of_rows(self) -> bool:
        """Whether it is chosen by values, of a column or of the files, and not by time alone."""
        return self.column is not None or self.kind == "file"


def nulls_last(value: str | None) -> tuple[bool, str]:
    """Return the key by which values of a column are sorted."""
    return value is None, value or ""


def label(value: str | None) -> str:
    """Return a value of a column as text: `null`, and in quotes a text that would look like it."""
    if value is None:
        return _NULL
    return f'"{value}"' if value == _NULL else value


def timeless(place: Place | None) -> Place | None:
    """Return a place without times and without how pure it is; None where nothing is left."""
    if place is None:
        return None
    outer = timeless(place.inside)
    if not place.of_rows:
        return outer
    return replace(place, since=None, until=None, purity=1.0, coverage=1.0, inside=outer)


@dataclass(frozen=True, slots=True)
class Cause:
    """A mechanism that explains what production did to one feature, or to several at once."""

    code: str
    """Of the catalogue."""
    share: float
    """Of all rows of the log; of several features the largest."""
    confidence: float
    parameters: Mapping[str, object] = field(default_factory=dict)
    """The numbers and names that reports for programs have."""
    place: Place | None = None
    """Where the affected rows are; None where no part of the log stands out."""
    variant: str = ""
    """Which of the catalogue's phrases says what was done."""
    details: Mapping[str, object] | None = field(default_factory=dict)
    """What its sentence needs beside the parameters; None where no value may be shown."""
    side: Side = "served"
    """`raw` where it was seen in the raw column: its values were logged so."""
    negligible: bool = False
    """The parameters are off by less than matters, or only by the digits that were written."""
    features: tuple[str, ...] = ()
    """Only for causes of the whole report: the features that it explains."""


class Remainder(StrEnum):
    """Which rows no cause explains, and whether their served values follow the raw ones."""

    ALL = "all"
    """No cause explains any of the rows that fail."""
    ALL_ASTRAY = "all_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    OTHERS = "others"
    """Causes explain other rows."""
    OTHERS_ASTRAY = "others_astray"
    """Likewise, and served values do not follow the raw ones of their row."""
    MANY = "many"
    """As many causes as are looked for explain other rows."""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """The causes of one feature, and the rows that none of them explains."""

    causes: tuple[Cause, ...]
    unexplained: float = 0.0
    """Share of all rows that fail parity and that no cause explains."""
    negligible: bool = False
    """All differences are too small to matter to a model: proofs then warn instead of skew."""
    fitted_to_serving: bool = False
    """A cause says that parameters were estimated on the serving data itself."""
    remainder: Remainder | None = None
    """What is known of the rows that no cause explains; None where parity holds."""
