"""Evidence for causes: sampled rows, moments of the whole log, the context of the feature."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.decay_kinds import Kind
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.causes.outputs import Output
from skewcheck.counts.moments import Moments
from skewcheck.counts.rows import SampleColumn
from skewcheck.counts.sample import SIZE
from skewcheck.features.types import FloatArray


class RawColumns(Mapping[str, FloatArray]):
    """Columns by name, of some of their rows, each copied when it is first read.

    A log of many features has as many columns, of which the search for one feature reads few.
    """

    __slots__ = ("_columns", "_mask", "_read")

    def __init__(
        self, columns: Mapping[str, FloatArray], mask: NDArray[np.bool_] | None = None,
        more: Mapping[str, FloatArray] | None = None,
    ) -> None:  # fmt: skip
        """Take the masked rows of columns, and further columns of as many rows."""
        self._columns, self._mask = columns, mask
        self._read = dict(more or {})

    def __getitem__(self, name: str) -> FloatArray:
        """Return a column; KeyError where there is none of this name."""
        values = self._read.get(name)
        if values is None:
            values = self._columns[name]
            values = values if self._mask is None else values[self._mask]
            self._read[name] = values
        return values

    def __contains__(self, name: object) -> bool:
        """Return whether there is such a column, which is not copied for that."""
        return name in self._read or name in self._columns

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(dict.fromkeys((*self._columns, *self._read)))

    def __len__(self) -> int:
        """Return the number of columns."""
        return len(self._columns.keys() | self._read.keys())


@dataclass(frozen=True, slots=True)
class SegmentCodes:
    """A segment column, or the files: per row the index of one of its values."""

    values: tuple[str | None, ...]
    """None is null: it is no text, whatever texts the column has."""
    codes: NDArray[np.intp]
    """`len(values)` for rows whose value has no name: there were too many to keep them all."""

    def only(self, mask: NDArray[np.bool_]) -> SegmentCodes:
        """Return the masked rows; values keep their indices."""
        return SegmentCodes(self.values, self.codes[mask])

    def counts(self) -> NDArray[np.intp]:
        """Return the number of rows of each value, and last of those without a name."""
        return np.bincount(self.codes, minlength=len(self.values) + 1)


@dataclass(frozen=True, slots=True)
class SampledRows:
    """Sampled rows of a feature, as arrays of one length; NaN is a null."""

    served: FloatArray
    """Served values; all NaN where they are not logged."""
    raw: Mapping[str, FloatArray] = field(default_factory=dict)
    """Raw values of this and of other features, by name."""
    raw_tolerance: FloatArray | float = 0.0
    """What the digits of a text log lose, in raw units."""
    served_tolerance: FloatArray | float = 0.0
    """What they lose in served units."""
    segments: Mapping[SampleColumn, SegmentCodes] = field(default_factory=dict)
    """Segment columns, and the files."""
    times: FloatArray | None = None
    """Epoch seconds; None without a time column."""
    logged: FloatArray | None = None
    """Raw values as logged, of a feature whose keys make others of them in `raw`."""
    results: FloatArray | None = None
    """What the scope of each row makes of its raw value, where that is known, else NaN."""

    def __len__(self) -> int:
        return len(self.served)

    def with_raw(self, columns: Mapping[str, FloatArray]) -> SampledRows:
        """Return the rows with further columns of raw values, or with others of the same names."""
        return replace(self, raw=RawColumns(self.raw, more=columns))

    def only(self, mask: NDArray[np.bool_]) -> SampledRows:
        """Return the masked rows."""
        return SampledRows(
            self.served[mask],
            RawColumns(self.raw, mask),
            _only(self.raw_tolerance, mask),
            _only(self.served_tolerance, mask),
            {name: column.only(mask) for name, column in self.segments.items()},
            None if self.times is None else self.times[mask],
            None if self.logged is None else self.logged[mask],
            None if self.results is None else self.results[mask],
        )


def _only(tolerance: FloatArray | float, mask: NDArray[np.bool_]) -> FloatArray | float:
    return tolerance[mask] if isinstance(tolerance, np.ndarray) else tolerance


@dataclass(slots=True)
class Searches:
    """What searches for states found in the features of one log so far."""

    in_vain: int = 0
    """Features without a state since the last one that had one."""
    last: tuple[int, int, SampleColumn | None] | None = None
    """The rows that the last state was of, its family, and the column of its series."""
    decay: tuple[Kind, float] | None = None
    """The kind of the last weighted statistics that were found, and their decay."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """The first rows of a log in the order in which they arrived: all of it, where it is short."""

    rows: SampledRows
    keys: Mapping[SampleColumn, NDArray[np.intp]] = field(default_factory=dict)
    """Columns whose values may part rows into series or batches, as codes from 0; null is one."""
    searches: Searches = field(default_factory=Searches, compare=False)
    any_fails: Callable[[], NDArray[np.bool_]] | None = field(
        default=None, compare=False, repr=False
    )
    """Tells the rows in which any feature fails parity, where that is known."""


@dataclass(frozen=True, slots=True)
class SideMoments:
    """Moments of one side over all rows, sampled or not."""

    whole: Moments
    """Of the whole log."""
    files: Mapping[str, Moments] = field(default_factory=dict)
    """By file."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All evidence for the causes of one feature."""

    context: FeatureContext
    """The feature, the others, and older files."""
    rows: SampledRows
    """Rows that fail parity, or else rows of the whole log."""
    share: float = 1.0
    """Share of the log's rows that `rows` is a sample of."""
    all_rows: SampledRows | None = None
    """Rows of the whole log, where `rows` fail parity; else None."""
    raw: SideMoments | None = None
    """Moments of raw values."""
    served: SideMoments | None = None
    """Moments of served values."""
    span: tuple[float, float] | None = None
    """Epoch seconds of the first and the last row that fails parity, of all, not of a sample."""
    outputs: tuple[Output, ...] = ()
    """Columns of other features' levels that a number may have been served as."""
    in_order: Callable[[], Arrival | None] | None = field(default=None, compare=False, repr=False)
    """Reads the first rows of the log in their order, where that can be done; not without need."""

    @property
    def complete(self) -> bool:
        """Return whether the sampled rows are all rows of the log."""
        rows = self.rows if self.all_rows is None else self.all_rows
        return len(rows) < SIZE
