"""Find the features of training data that are functions of a row's time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from skewcheck.counts.rows import TIME, SampleColumn, Sampled, code_of, coded
from skewcheck.counts.rows import feature_column as column_of
from skewcheck.counts.sample import Limit, Sample, keys_of
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.features.calendar import (
    FLAGS,
    LENGTHS,
    UNITS,
    Calendar,
    CalendarFunction,
    Unit,
    Wave,
)
from skewcheck.features.calendar_values import (
    ROUNDING,
    differs,
    is_flag,
    local,
    numbers_of,
    rounding_of,
    values_of,
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
from skewcheck.training.strata import strata_of_training
from skewcheck.training.zones import USUAL, candidate_zones

SAMPLED_ROWS = 100_000
"""Rows that a function must give, and that are counted by part of the week: as of a first pass."""
FIRST_ROWS = 200
"""Rows by which most functions are ruled out."""
MIN_ROWS = 100
"""Rows with a time and a value below which a function may fit by chance."""
MIN_KNOWN = 0.5
"""Share of the rows with a time and a value, below which nothing is said of a feature."""
MIN_VALUES = 3
"""Values of a feature below which a number or wave may fit by chance; of a flag 2."""
MIN_ROWS_OF_LEVEL = 10
"""Rows of the rarest level of a categorical feature: a rarer one may fit by chance."""
MAX_GROWTH = 3
"""Times as large as without strata that a parameter file may be: coarser parts do for flags."""
MAX_FUNCTIONS = 64
"""Functions that give the same values in training: of more, training tells too little."""
PROBES = 3_000
"""Moments at which functions are compared: those that are the same there are one."""
PROBED_YEARS = 3
"""Years behind training in which these lie; an audit may be as late."""
_YEAR = 365.25 * 86_400
_WAVES: Mapping[Unit, tuple[float, ...]] = {
    "hour": (24, 23), "weekday": (7, 6), "month": (12, 11), "day": (31, 30),
    "quarter": (4,), "day_of_year": (365, 366, 365.25), "week": (52, 53), "minute": (60, 59),
    "hour_of_week": (168,), "hour_and_minute": (24,), "hour_and_second": (24,),
}  # fmt: skip
"""Periods of the waves that people make of a unit, that of its largest number among them."""
_MOST: Mapping[Unit, int] = {**LENGTHS, "hour_and_minute": 1440, "hour_and_second": 86_400}
"""Different values of a unit, at most."""
_HOURS: tuple[Unit, ...] = ("hour_and_minute", "hour_and_second")
"""Units whose numbers are no whole ones."""
_ALL = 10_000
"""Years that a time can be in."""
_LEVELS: tuple[Unit, ...] = ("weekend", "weekday", "month", "quarter", "hour")
"""Units whose numbers have names."""
_WEEKLY: tuple[Unit, ...] = ("weekday", "hour_of_week")
_ONES: tuple[Unit, ...] = ("hour", "weekday", "month", "day", "quarter", "day_of_year", "week")
"""Units that are counted from 0 or from 1; others begin at 0."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sampled rows: their times and a feature's values, of a categorical one places of `names`."""

    times: FloatArray
    values: FloatArray
    rounding: float
    names: tuple[str, ...] = ()


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
    progress: Progress | None = None,
) -> Parameters:
    """Return parameters with their features that are functions of the time in a column.

    Pairs of these are left out of the dependence, and so are those of two features with a rhythm:
    it changes with the times that a log is of. `strata` names parts of the week, None for those
    that the data are enough for.
    UsageError where the training data has no such column.
    """
    if not source.has(column):
        raise UsageError(OptionName("time_column"), f": no column {column!r} in the training data")
    inputs = [f for f in parameters.features if f.by_itself and source.has(f.name)]
    sample = _sampled(source, column, inputs, progress)
    times = sample.get(TIME, np.empty(0))
    by_feature = {
        f.name: found
        for f in inputs
        if f.role == "feature"
        and (rows := _rows(f, times, sample)) is not None
        and (found := _functions(rows))
    }
    calendar = Calendar(column, _agreed(by_feature)) if by_feature else None
    parts = Parts(column, _usual_zone(calendar))
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
) -> _Rows | None:
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
        return _Rows(at, some, rounding_of(decimals))
    if not isinstance(feature.reference, CategoricalReference) or feature.reference.other:
        return None
    names = tuple(feature.reference.counts)
    if len(names) > LENGTHS["month"]:
        return None
    places = {code_of(name): float(i) for i, name in enumerate(names)}
    return _Rows(at, np.array([places.get(c, -1.0) for c in some.tolist()]), ROUNDING, names)


def _functions(rows: _Rows) -> tuple[CalendarFunction, ...]:
    """Return the functions that give all values of rows, different ones, the likeliest first."""
    distinct, counts = np.unique(rows.values, return_counts=True)
    if len(distinct) < 2 or (rows.names and counts.min() < MIN_ROWS_OF_LEVEL):
        return ()
    first = replace(rows, times=rows.times[:FIRST_ROWS], values=rows.values[:FIRST_ROWS])
    end = float(rows.times.max())
    probes = np.random.default_rng(0).uniform(
        float(rows.times.min()), end + PROBED_YEARS * _YEAR, PROBES
    )
    kept: dict[bytes, CalendarFunction] = {}
    for function in _candidates(first, len(distinct)):
        if function.levels:
            function = _of_levels(function.unit, function.zone, rows) or function
        if differs(function, rows.times, rows.values, rows.rounding, rows.names).any():
            continue
        key = np.nan_to_num(np.round(values_of(function, probes, rows.names), 3), nan=-2) + 0.0
        other = kept.get(key.tobytes())
        if other is None or (function.wave and abs(function.first) < abs(other.first)):
            kept[key.tobytes()] = function
    return tuple(kept.values()) if len(kept) <= MAX_FUNCTIONS else ()


def _candidates(first: _Rows, distinct: int) -> Iterator[CalendarFunction]:
    """Yield the functions that give the first rows, the likeliest before others."""
    values = first.values
    waves = not first.names and bool((np.abs(values) <= 1 + first.rounding).all())
    whole = bool((values == np.round(values)).all())
    for zone in candidate_zones(float(first.times.min()), float(first.times.max())):
        at = local(first.times, zone)
        if first.names:
            made = (_of_levels(unit, zone, first) for unit in _LEVELS)
            yield from (function for function in made if function is not None)
            continue
        for unit in UNITS:
            if not (2 if unit in FLAGS else MIN_VALUES) <= distinct <= _MOST.get(unit, _ALL):
                continue
            if unit == "hour_and_second" and zone not in ("UTC", *USUAL):
                continue  # of measurements all others are ruled out by the number of their values
            if unit in _HOURS or whole:
                yield from (f for f in _counts(unit, zone, values) if _gives(f, at, first))
            if waves and not whole and unit in _WAVES:
                yield from _waves(unit, zone, at, first)


def _counts(unit: Unit, zone: str, values: FloatArray) -> Iterator[CalendarFunction]:
    """Yield functions that may have all values, by their range."""
    low, high = float(values.min()), float(values.max())
    for start in (0, 6, 5, 1, 2, 3, 4) if unit in _WEEKLY else (0,):
        for base in (0.0, 1.0) if unit in _ONES else (0.0,):
            last = base + LENGTHS.get(unit, _ALL) - (unit not in _HOURS)
            if base <= low and high <= last:
                yield CalendarFunction(unit, zone, base, start)


def _gives(function: CalendarFunction, at: FloatArray, rows: _Rows) -> bool:
    made = numbers_of(function.unit, at, function.start) + function.first
    return bool((np.abs(made - rows.values) <= rows.rounding * np.maximum(1, made / 10)).all())


def _waves(unit: Unit, zone: str, at: FloatArray, rows: _Rows) -> Iterator[CalendarFunction]:
    """Yield waves that have the values of rows: a sin(x) + b cos(x) with a**2 + b**2 = 1."""
    for period in _WAVES[unit]:
        for start in (0, 6) if unit == "weekday" and period != LENGTHS[unit] else (0,):
            angle = 2 * np.pi * numbers_of(unit, at, start) / period
            table = np.column_stack((np.sin(angle), np.cos(angle)))
            (a, b), *_ = np.linalg.lstsq(table, rows.values, rcond=None)
            if abs(np.hypot(a, b) - 1) > 10 * rows.rounding:
                continue
            if np.abs(table @ (a, b) - rows.values).max() > 2 * rows.rounding:
                continue
            yield _wave(unit, zone, start, period, float(np.arctan2(b, a)))


def _wave(unit: Unit, zone: str, start: int, period: float, phase: float) -> CalendarFunction:
    """Return sin(x + phase) as the sine or cosine whose numbers begin nearest to 0."""
    choices: list[tuple[Wave, float]] = [("sin", phase), ("cos", phase - np.pi / 2)]
    shifts = []
    for wave, angle in choices:
        shift = (angle / (2 * np.pi) * period + period / 2) % period - period / 2
        near = round(4 * shift) / 4  # quarters, as people write them
        shifts.append((wave, near + 0.0 if abs(near - shift) < 1e-3 else shift))
    name, first = min(shifts, key=lambda pair: round(abs(pair[1]), 6))
    return CalendarFunction(unit, zone, first, start, name, period)


def _of_levels(unit: Unit, zone: str, rows: _Rows) -> CalendarFunction | None:
    """Return the function with the one level of each number in rows; None where one has more."""
    places = numbers_of(unit, local(rows.times, zone)).astype(np.intp)
    if len(rows.names) < (2 if unit in FLAGS else MIN_VALUES):
        return None
    length = LENGTHS[unit]
    least, most = np.full(length, np.inf), np.full(length, -np.inf)
    np.minimum.at(least, places, rows.values)
    np.maximum.at(most, places, rows.values)
    seen = np.isfinite(least)
    if (least[seen] != most[seen]).any() or (least[seen] < 0).any():
        return None
    named = [rows.names[int(i)] if np.isfinite(i) else None for i in least.tolist()]
    return CalendarFunction(unit, zone, levels=tuple(named))


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
