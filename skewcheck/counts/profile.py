"""What is measured of a log. A profile can be added: zero, of(batch), +."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import TYPE_CHECKING

import numpy as np

from skewcheck.counts.clusters import Clusters
from skewcheck.counts.feature_profile import FeatureProfile, Sides, count_feature, moments_of
from skewcheck.counts.intake import Intake, RowCounts
from skewcheck.counts.losses import Losses
from skewcheck.counts.plan import Plan
from skewcheck.counts.reading import Read, reads_of, table_of, valueless
from skewcheck.counts.rows import SampleColumn, bounded
from skewcheck.counts.runs import BLOCK, RUNS, runs
from skewcheck.counts.sample import SIZE, Limit, Sample, keys_of
from skewcheck.logs.arrays import IntArray
from skewcheck.logs.batch import Batch
from skewcheck.logs.reach import Reach

if TYPE_CHECKING:
    from skewcheck.counts.calendar import CalendarCounts
    from skewcheck.counts.clusters_of_rows import BatchClusters
    from skewcheck.counts.parts import Parts

FILES = 200
"""Files whose moments are kept, the first in path order: a profile must not grow with a log."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is known of a whole log's samples while it is being read."""

    sample: Limit = field(default_factory=lambda: Limit(SIZE))
    runs: Limit = field(default_factory=lambda: Limit(RUNS * BLOCK))

    def learn(self, measured: Profile) -> None:
        """Take note of the rows that another process kept."""
        for limit, sample in ((self.sample, measured.sample), (self.runs, measured.runs)):
            for chunk in sample.chunks:
                limit.lower(chunk.keys)


@dataclass(frozen=True, slots=True)
class Profile:
    """A log, or a part of it, measured by a plan."""

    rows: int
    features: tuple[FeatureProfile, ...]
    sample: Sample = field(default_factory=Sample)
    """Whole rows: raw and served numbers, segments, files, times."""
    names: Mapping[SampleColumn, Mapping[float, str]] = field(default_factory=dict)
    """What the codes of segment columns stand for."""
    files: Mapping[str, tuple[Sides, ...]] = field(default_factory=dict)
    """Moments per file and feature: of at most `FILES` files, the first in path order."""
    absent: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Columns that some files lack: rows per file."""
    digits: Mapping[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    """Columns of text logs: the significant digits and decimals that each file printed."""
    losses: Losses = field(default_factory=Losses)
    clusters: Clusters = field(default_factory=Clusters)
    """Counts per cluster, where the plan has a column of them."""
    runs: Sample = field(default_factory=lambda: Sample(RUNS * BLOCK))
    """Else a sample of consecutive rows, as `counts.runs` names its columns."""
    parts: tuple[Parts, ...] = ()
    """Windows of time and segments, a dimension each."""
    calendar: Mapping[str, CalendarCounts] = field(default_factory=dict)
    """By feature, of those that are functions of a row's time."""
    strata: tuple[int, ...] = ()
    """Rows by part of the week, and last those without a time, where the plan has strata."""
    reach: Reach = field(default_factory=Reach)
    intake: Intake = field(default_factory=Intake)
    """What became of the rows that were read; `rows` are those that were audited."""

    @property
    def newest(self) -> float | None:
        """Time of the newest row, in epoch seconds; None where no time is known."""
        return self.reach.last if np.isfinite(self.reach.last) else None

    @classmethod
    def zero(cls, plan: Plan) -> Profile:
        """Return the profile of no rows."""
        return cls(0, (FeatureProfile(),) * len(plan.features))

    @classmethod
    def of(cls, plan: Plan, batch: Batch, limits: Limits | None = None) -> Profile:
        """Measure a batch; whatever stands in a column, it costs no other column its counts.

        Batches of one log that share their limits keep only rows that its samples may need.
        """
        limits, printed = limits or Limits(), batch.digits
        pooled = batch.pooled
        batch, reads, featureless = _with_features(plan, batch)
        if pooled and featureless:
            return total([cls.of(plan, one, limits) for one in pooled])
        table = table_of(plan, reads, batch)
        row_keys = keys_of(batch)
        measured = [
            count_feature(feature, *sides, batch, table, row_keys)
            for feature, sides in zip(plan.features, reads, strict=True)
        ]
        features = tuple(counts for counts, _ in measured)
        counted = frozenset().union(*plan.feature_columns())
        if plan.division is not None:
            counted |= frozenset(plan.division.segments)
        absent = {
            column: {one.origin.file: one.rows for one in batch.each}
            for column in sorted(counted)
            if column not in batch.columns
        }
        sample = Sample.of(row_keys, table.columns, limit=limits.sample)
        digits = {name: frozenset([(d.significant, d.decimals)]) for name, d in printed.items()}
        files = {}
        if not pooled:  # those come behind the files whose moments are kept
            files[batch.origin.file] = tuple(moments_of(counts) for counts in features)
        clusters, some, together = Clusters(), Sample(RUNS * BLOCK), None
        if plan.cluster is None:
            some = runs(plan, reads, batch, limits.runs)
        elif batch.rows:
            from skewcheck.counts.clusters_of_rows import (  # few are named
                BatchClusters,
                clusters_of,
            )

            together = BatchClusters.of(batch.columns.get(plan.cluster), row_keys)
            clusters = clusters_of(plan, reads, together)
        losses = _losses(plan, reads, batch.rows, together)
        return cls(
            batch.rows, features, sample, table.names, files, absent, digits, losses, clusters,
            some, _parts(plan, batch, reads, measured), _calendar(plan, batch, reads),
            _strata(plan, batch), batch.reach,
            sum((_intake(one, featureless) for one in batch.each), Intake()),
        )  # fmt: skip

    def __add__(self, other: Profile) -> Profile:
        """Add profiles of the same plan; `self` holds the rows that come first."""
        absent = {column: dict(files) for column, files in self.absent.items()}
        for column, files in other.absent.items():
            mine = absent.setdefault(column, {})
            for file, rows in files.items():
                mine[file] = mine.get(file, 0) + rows
        digits = {
            name: self.digits.get(name, frozenset()) | other.digits.get(name, frozenset())
            for name in {**self.digits, **other.digits}
        }
        return Profile(
            self.rows + other.rows,
            tuple(map(add, self.features, other.features)),
            self.sample + other.sample,
            {
                name: bounded({**self.names.get(name, {}), **other.names.get(name, {})})
                for name in {**self.names, **other.names}
            },
            _files(self.files, other.files),
            absent,
            digits,
            self.losses + other.losses,
            self.clusters + other.clusters,
            self.runs + other.runs,
            tuple(map(add, self.parts, other.parts)) or self.parts or other.parts,
            {
                name: reduce(add, (c[name] for c in (self.calendar, other.calendar) if name in c))
                for name in {**self.calendar, **other.calendar}
            },
            tuple(map(add, self.strata, other.strata)) or self.strata or other.strata,
            self.reach + other.reach,
            self.intake + other.intake,
        )


def _with_features(plan: Plan, batch: Batch) -> tuple[Batch, list[tuple[Read, Read]], int]:
    """Return a batch and its columns without the rows that hold no feature, and their number."""
    batch, reads, featureless = _filled_rows(plan, batch)
    made = {f.raw.columns[0] for f in plan.features if f.feature.groups and f.raw is not None}
    if made:
        # Digits are of what is logged, and say nothing of what the steps of a key make of it.
        digits = {name: kept for name, kept in batch.digits.items() if name not in made}
        batch = replace(batch, digits=digits)
    return batch, reads, featureless


def _filled_rows(plan: Plan, batch: Batch) -> tuple[Batch, list[tuple[Read, Read]], int]:
    reads = reads_of(plan, batch)
    apart = plan.sets_apart or (plan.sets_files_apart and all(r == (None, None) for r in reads))
    nothing = valueless(reads, batch.rows) if apart else None
    if nothing is None or not nothing.any():
        return batch, reads, 0
    kept = batch.only(~nothing)
    return kept, reads_of(plan, kept), int(nothing.sum())


def _intake(batch: Batch, featureless: int) -> Intake:
    reach = batch.reach
    featureless += batch.empty
    intake = Intake.of(
        batch.origin.file,
        RowCounts(
            batch.rows,
            reach.earlier,
            reach.later,
            reach.untimed,
            featureless,
            int(batch.cut),
            batch.undecoded,
            batch.other,
            batch.gained,
        ),
        batch.first_undecoded,
    )
    if batch.joined:
        from skewcheck.counts.joined import intake_of  # few logs are

        intake += intake_of(batch.joined)
    return intake


def _parts(
    plan: Plan, batch: Batch, reads: Sequence[tuple[Read, Read]],
    measured: Sequence[tuple[FeatureProfile, IntArray]],
) -> tuple[Parts, ...]:  # fmt: skip
    """Count a batch by window and segment; `measured` has each feature's parity, and its fails."""
    if plan.division is None:
        return ()
    from skewcheck.counts.parts import Column, parts_of  # most audits have no parts

    columns = [
        Column(coarse, raw if feature.raw else served, counts.parity is not None, fails)
        for coarse, feature, (raw, served), (counts, fails) in zip(
            plan.division.coarse, plan.features, reads, measured, strict=True
        )
    ]
    strata = None if plan.strata is None else plan.strata.parts
    return tuple(
        parts_of(dimension, columns, batch, strata) for dimension in plan.division.dimensions
    )


def _calendar(
    plan: Plan, batch: Batch, reads: Sequence[tuple[Read, Read]]
) -> dict[str, CalendarCounts]:
    if plan.calendar is None or not plan.calendar.timed:
        return {}
    from skewcheck.counts.calendar import calendar_counts  # few features are functions of time

    return calendar_counts(plan.calendar, plan.features, [raw for raw, _ in reads], batch)


def _strata(plan: Plan, batch: Batch) -> tuple[int, ...]:
    if plan.strata is None:
        return ()
    from skewcheck.counts.strata import stratum_rows  # few features have a rhythm

    return stratum_rows(plan.strata.parts, batch.times, batch.rows)


def _losses(
    plan: Plan, reads: list[tuple[Read, Read]], rows: int, together: BatchClusters | None
) -> Losses:
    asked = plan.losses
    if asked is None or asked.reason is not None:
        return Losses()
    from skewcheck.counts.losses_of_rows import losses_of  # few models have a known error

    groups = None if together is None else together.groups
    return losses_of(asked, reads[asked.prediction][0], reads[asked.label][0], rows, groups)


def _files(
    a: Mapping[str, tuple[Sides, ...]], b: Mapping[str, tuple[Sides, ...]]
) -> Mapping[str, tuple[Sides, ...]]:
    merged = dict(a)
    for file, sides in b.items():
        if file in merged:
            pairs = zip(merged[file], sides, strict=True)
            merged[file] = tuple((x[0] + y[0], x[1] + y[1]) for x, y in pairs)
        elif len(merged) < FILES:
            merged[file] = sides
    return merged


def total(profiles: list[Profile]) -> Profile:
    """Add profiles, one at least, from left to right."""
    return reduce(add, profiles)


def settled(profile: Profile) -> Profile:
    """Return the same profile, whose samples have no row that they will not keep."""
    return replace(profile, sample=profile.sample.settled(), runs=profile.runs.settled())


def parsed(profile: Profile) -> int:
    """Return how many rows were read, whatever became of them."""
    return profile.intake.total.parsed
