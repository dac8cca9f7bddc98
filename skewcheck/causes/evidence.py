"""What causes are found from: sampled rows, the log's moments, what training knew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skewcheck.causes.mechanism import FeatureContext
from skewcheck.counts.moments import Moments
from skewcheck.counts.rows import SampleColumn
from skewcheck.counts.sample import SIZE
from skewcheck.features.types import FloatArray


@dataclass(frozen=True, slots=True)
class SegmentCodes:
    """A column by which a cause may be located: per row the number of one of its values."""

    values: tuple[str | None, ...]
    """None is null: it is no text, whatever texts the column has."""
    codes: NDArray[np.intp]
    """`len(values)` for rows whose value has no name: there were too many to keep them all."""

    def only(self, mask: NDArray[np.bool_]) -> SegmentCodes:
        """Return the rows that a mask admits; values keep their numbers."""
        return SegmentCodes(self.values, self.codes[mask])

    def counts(self) -> NDArray[np.intp]:
        """Return how many rows each value has, and last how many have one without a name."""
        return np.bincount(self.codes, minlength=len(self.values) + 1)


@dataclass(frozen=True, slots=True)
class SampledRows:
    """Sampled rows, as arrays of one length; NaN is a null."""

    served: FloatArray
    """Served values of the feature; empty where they are not logged."""
    raw: Mapping[str, FloatArray] = field(default_factory=dict)
    """Raw values by feature: its own and the others'."""
    raw_tolerance: FloatArray | float = 0.0
    """What the digits of a text log lose, in raw and in served units."""
    served_tolerance: FloatArray | float = 0.0
    segments: Mapping[SampleColumn, SegmentCodes] = field(default_factory=dict)
    """The columns by which a cause may be located, and the files."""
    times: FloatArray | None = None
    """Epoch seconds."""

    def __len__(self) -> int:
        return len(self.served)

    def only(self, mask: NDArray[np.bool_]) -> SampledRows:
        """Return the rows that a mask admits."""
        return SampledRows(
            self.served[mask],
            {name: values[mask] for name, values in self.raw.items()},
            _only(self.raw_tolerance, mask),
            _only(self.served_tolerance, mask),
            {name: column.only(mask) for name, column in self.segments.items()},
            None if self.times is None else self.times[mask],
        )


def _only(tolerance: FloatArray | float, mask: NDArray[np.bool_]) -> FloatArray | float:
    return tolerance[mask] if isinstance(tolerance, np.ndarray) else tolerance


@dataclass(frozen=True, slots=True)
class SideMoments:
    """Moments over all rows of one side, of the whole log and by file."""

    whole: Moments
    files: Mapping[str, Moments] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of one feature whose tests alarmed."""

    context: FeatureContext
    rows: SampledRows
    """Paired: rows that fail parity. Else: rows of the whole log."""
    share: float = 1.0
    """The share of the log's rows that `rows` stands for."""
    all_rows: SampledRows | None = None
    """Paired: rows of the whole log, to tell where a fault is from where it is not."""
    raw: SideMoments | None = None
    served: SideMoments | None = None
    span: tuple[float, float] | None = None
    """Epoch seconds of the first and the last of all rows that fail parity, sampled or not."""

    @property
    def complete(self) -> bool:
        """Return whether the sampled rows are all rows of the log."""
        rows = self.rows if self.all_rows is None else self.all_rows
        return len(rows) < SIZE
