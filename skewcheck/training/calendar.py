"""Find the features of training data that are functions of a row's time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from skewcheck.counts.rows import TIME, SampleColumn, Sampled, code_of, coded
from skewcheck.counts.rows import feature_column as column_of
from skewcheck.counts.sample import Limit, Sample, keys_of
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.features.calendar import (
    LENGTHS,
    Calendar,
    CalendarFunction,
)
from skewcheck.features.calendar_values import (
    ROUNDING,
    is_flag,
    rounding_of,
)
from skewcheck.features.strata import Parts, Strata
from skewcheck.features.types import (
    CategoricalReference,
    Feature,
    FloatArray,
    Parameters,
)
from skewcheck.logs.arrays import levels, numbers
from skewcheck.logs.arrays.numeric import digits
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.times import seconds
from skewcheck.parameters.writer import dumps
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.text.similar import nearest
from skewcheck.training.calendar_functions import TimedRows, functions_of
from skewcheck.training.holidays import holidays_of
from skewcheck.training.strata import strata_of_training

SAMPLED_ROWS = 100_000
"""Rows that a function must give, and that are counted by part of the week: as of a first pass."""
MIN_ROWS = 100
"""Rows with a time and a value below which a function may fit by chance."""
MIN_KNOWN = 0.5
"""Share of the rows with a time and a value, below which nothing is said of a feature."""
MAX_GROWTH = 3
"""Times as large as without strata that a parameter file may be: coarser parts do for flags."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """What is measured of training data: its rows, and a sample of them."""

    rows: int = 0
    sample: Sample = field(default_factory=lambda: Sample(SAMPLED_ROWS))

    def __add__(self, other: _Measured) -> _Measured:
        """Add what follows."""
        return _Measured(self.rows + other.rows, self.sample + other.sample)


def with_calendar(
    parameters: Parameters,
    source: Source,
    column: str,
    *,
    strata: str | None = None,
    holidays: str | Path | Sequence[date | str] | None = None,
    progress: Progress | None = None,
) -> Parameters:
    """Return parameters with their features that are functions of the time in a column.

    Pairs of these are left out of the dependence, and so are those of two features with a rhythm:
    it changes with the times that a log is of. `strata` names parts of the week, None for those
    that the data are enough for; with `holidays`, dates or a file of these, functions of these are
    found. UsageError where the training data has no such column, and for what is no date.
    """
    days = None if holidays is None else holidays_of(holidays)
    if not source.has(column):
        hint = nearest(column, source.leaves())
        raise UsageError(
            OptionName("time_column"), f": no column {column!r} in the training data{hint}"
        )
    inputs = [f for f in parameters.features if f.by_itself and source.has(f.name)]
    sample = _sampled(source, column, inputs, progress)
    times = sample.get(TIME, np.empty(0))
    by_feature = {
        f.name: found
        for f in inputs
        if f.role == "feature"
        and (rows := _rows(f, times, sample)) is not None
        and (found := functions_of(replace(rows, holidays=days)))
    }
    calendar = Calendar(column, _agreed(by_feature)) if by_feature else None
    parts = Parts(column, _usual_zone(calendar), holidays=days)
    others = [f for f in inputs if f.name not in by_feature]
    by_stratum = strata_of_training(others, times, sample, parts, strata)
    while strata is None and by_stratum is not None and _grows(parameters, by_stratum):
        below = by_stratum.parts.count
        by_stratum = strata_of_training(others, times, sample, parts, strata, below)
    rhythmic = {} if by_stratum is None else by_stratum.features
    known = parameters.dependence
    if known is not None:
        names = frozenset(f.name for f in parameters.features if f.name not in by_feature)
        known = known.of(names)
    if known is not None and rhythmic:
        kept = tuple(p for p in known.pairs if not {p.first, p.second} <= rhythmic.keys())
        known = replace(known, pairs=kept).of(names)
    return replace(parameters, calendar=calendar, strata=by_stratum, dependence=known)


def _grows(parameters: Parameters, strata: Strata) -> bool:
    """Return whether strata make a parameter file larger than it may be."""
    plain = replace(parameters, strata=None)
    return len(dumps(replace(plain, strata=strata))) > MAX_GROWTH * len(dumps(plain))


def _usual_zone(calendar: Calendar | None) -> str:
    """Return the zone of most calendar features, UTC without any."""
    first = [functions[0].zone for functions in calendar.features.values()] if calendar else []
    return max(sorted(set(first)), key=first.count, default="UTC")


def _sampled(
    source: Source, column: str, features: Sequence[Feature], progress: Progress | None
) -> Mapping[SampleColumn, FloatArray]:
    kinds = {f.name: f.type for f in features}
    wanted = Wanted(
        frozenset(name for name, kind in kinds.items() if kind == "numeric" and name != column),
        frozenset(name for name, kind in kinds.items() if kind != "numeric" and name != column),
        frozenset([column]),
    )
    measured = source.fold(
        wanted, _Measured(), partial(_sample, column, wanted, Limit(SAMPLED_ROWS)),
        progress=progress,
    )  # fmt: skip
    return measured.sample.rows().columns


def _sample(column: str, wanted: Wanted, limit: Limit, batch: Batch) -> _Measured:
    if column not in batch.columns:
        return _Measured(batch.rows)
    columns: dict[SampleColumn, Sampled] = {TIME: seconds(batch.columns[column])}
    for name, array in batch.columns.items():
        if name in wanted.numbers:
            columns[column_of(name)] = numbers(array).values
        elif name in wanted.labels:
            columns[column_of(name)] = coded(levels(array))[0]
    return _Measured(batch.rows, Sample.of(keys_of(batch), columns, SAMPLED_ROWS, limit))


def _rows(
    feature: Feature, times: FloatArray, sample: Mapping[SampleColumn, FloatArray]
) -> TimedRows | None:
    """Return the rows of a feature that may be a function of time; None of another."""
    values = sample.get(column_of(feature.name))
    if values is None:
        return None
    known = np.isfinite(times) & np.isfinite(values)
    if known.sum() < max(MIN_ROWS, MIN_KNOWN * len(times)):
        return None
    at, some = times[known], values[known]
    if feature.type == "numeric":
        decimals = digits(some).decimals
        return TimedRows(at, some, rounding_of(decimals))
    if not isinstance(feature.reference, CategoricalReference) or feature.reference.other:
        return None
    names = tuple(feature.reference.counts)
    if len(names) > LENGTHS["month"]:
        return None
    places = {code_of(name): float(i) for i, name in enumerate(names)}
    return TimedRows(at, np.array([places.get(c, -1.0) for c in some.tolist()]), ROUNDING, names)


def _agreed(
    by_feature: Mapping[str, tuple[CalendarFunction, ...]],
) -> dict[str, tuple[CalendarFunction, ...]]:
    """Return the functions of features in the zones that all have in common, if there are any."""
    zones = [_zones(functions) for functions in by_feature.values() if _tells_zone(functions)]
    common = frozenset.intersection(*zones) if zones else frozenset()
    if not common:
        return dict(by_feature)
    return {
        name: tuple(f for f in functions if f.zone in common) or functions
        for name, functions in by_feature.items()
    }


def _zones(functions: Iterable[CalendarFunction]) -> frozenset[str]:
    return frozenset(function.zone for function in functions)


def _tells_zone(functions: Sequence[CalendarFunction]) -> bool:
    """Return whether a feature is the same in few zones; a wave may have any phase instead."""
    return not any(f.wave and not is_flag(f) and f.zone == "UTC" for f in functions)
