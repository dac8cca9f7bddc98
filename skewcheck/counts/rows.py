"""A batch as columns of numbers: what samples of whole rows are taken from."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from skewcheck.features.types import FloatArray, IntArray
from skewcheck.logs.arrays import Labels

if TYPE_CHECKING:
    from skewcheck.counts.vectors import Unread

NAMED = 2_000
"""Names kept of a segment column: those of least code, so that they can be merged."""
GROUPS = 1024
"""Random groups into which clusters are put by hash."""


@dataclass(frozen=True, slots=True, order=True)
class SampleColumn:
    """A column of a sample: of one kind each, so that the names of the data never meet ours."""

    kind: Literal[
        "raw", "logged", "result", "served", "part", "feature", "segment", "file", "row", "time"
    ]
    """A side of a feature; its raw values as logged, where the raw side has what the steps of a key
    make of them; what the scope of the row makes of it; one of several columns of a served side;
    the side of it that is measured; a column of the log that divides it; the file; the row's number
    in it; or epoch seconds."""
    name: str = ""
    """Of the feature, of the served column or of the segment column."""


FILE, ROW, TIME = SampleColumn("file"), SampleColumn("row"), SampleColumn("time")


def raw_column(feature: str) -> SampleColumn:
    """Return the column in which a feature's raw values are sampled."""
    return SampleColumn("raw", feature)


def logged_column(feature: str) -> SampleColumn:
    """Return the column in which raw values are sampled as logged, of a feature with groups."""
    return SampleColumn("logged", feature)


def result_column(feature: str) -> SampleColumn:
    """Return the column in which the results of a feature over scopes are sampled."""
    return SampleColumn("result", feature)


def served_column(feature: str) -> SampleColumn:
    """Return the column in which a feature's served values are sampled."""
    return SampleColumn("served", feature)


def part_column(column: str) -> SampleColumn:
    """Return the column in which one of several columns of a served side is sampled."""
    return SampleColumn("part", column)


def feature_column(feature: str) -> SampleColumn:
    """Return the column in which blocks of consecutive rows have a feature's measured side."""
    return SampleColumn("feature", feature)


def segment_column(column: str) -> SampleColumn:
    """Return the column in which a segment column is sampled, as `code_of` its values."""
    return SampleColumn("segment", column)


def code_of(value: str) -> float:
    """Return a number that stands for a segment's value, the same in every batch."""
    return float(zlib.crc32(value.encode("utf-8", "surrogatepass")))


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of codes into numbers, looked up for the rows that are sampled."""

    numbers: FloatArray
    """The last one is that of code -1."""
    codes: NDArray[np.int32]

    def take(self, rows: IntArray) -> FloatArray:
        """Return the numbers of these rows."""
        return self.numbers[self.codes.take(rows)]


Sampled: TypeAlias = "NDArray[np.generic] | Coded | Unread"
"""A column of which rows can be taken."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of one length; segments are codes, whose names stand beside them."""

    columns: Mapping[SampleColumn, Sampled]
    names: Mapping[SampleColumn, Mapping[float, str]]
    """Per segment column, and for the files, what the codes stand for."""
    times: FloatArray | None = None


def coded(labels: Labels) -> tuple[Coded, dict[float, str]]:
    """Return a segment column as codes (NaN for nulls), and the names of those that occur."""
    codes = np.array([code_of(level) for level in labels.levels] + [np.nan])
    present = np.bincount(labels.codes + 1, minlength=len(codes))[1:]
    occurring = np.flatnonzero(present)
    if len(occurring) > NAMED:  # of many, those of least code, as `bounded` keeps them
        last = np.unique(codes[occurring])[:NAMED][-1]
        occurring = occurring[codes[occurring] <= last]
    names = {float(codes[i]): labels.levels[i] for i in occurring.tolist()}
    return Coded(codes, labels.codes), dict(bounded(names))


def bounded(names: Mapping[float, str]) -> Mapping[float, str]:
    """Return the names of least code, at most `NAMED` of them."""
    return names if len(names) <= NAMED else dict(sorted(names.items())[:NAMED])
