"""Parameters by a key column: their steps from training data, and the reference of the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.reading import reads_of
from skewcheck.counts.rows import code_of, coded, feature_column, segment_column
from skewcheck.counts.sample import Sample, keys
from skewcheck.counts.sides import NumericSide
from skewcheck.counts.windows import Windows
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source
from skewcheck.features.grouped import Partition
from skewcheck.features.notes import Note
from skewcheck.features.steps import Affine, Step
from skewcheck.features.types import Feature, FloatArray, NumericReference, Parameters
from skewcheck.logs.arrays import Numbers, labels, numbers
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.trouble import refuse_cut
from skewcheck.parameters.fingerprint import fingerprint
from skewcheck.text.errors import OptionName, UsageError
from skewcheck.training import binning
from skewcheck.training.first_pass import LARGEST_SQUARED, SAMPLED_ROWS
from skewcheck.training.methods import Methods, normalized


class WithReference(Protocol):
    """Gives features the references of training data."""

    def __call__(
        self, parameters: Parameters, source: Source, *, progress: Progress | None = None
    ) -> Parameters: ...


MAX_GROUPS = 10_000
"""Keys that are learned: a column of more values is an identifier."""
BESIDE_EDGE = 1e-6
"""Of 1 and of a value: how far ends of the range lie beyond it, and how near to each other values
are one. Results in float32 differ from those in float64 by less."""
MAX_DISTINCT = 1_000
"""Distinct results up to which each is told from the next."""


@dataclass(frozen=True, slots=True)
class _KeyMoments:
    """Moments of each feature by key, and a sample of rows; a monoid."""

    rows: int
    moments: Mapping[tuple[str, str], Moments]
    sample: Sample
    null_keys: int = 0

    @classmethod
    def of(cls, batch: Batch, names: Sequence[str], by: str) -> _KeyMoments:
        refuse_cut(batch.origin.file, cut=batch.cut, undecoded=batch.first_undecoded)
        partition = Partition.of(batch.columns.get(by), batch.rows, ())
        columns = {
            name: numbers(batch.columns[name]).values.astype(np.float64)
            for name in names
            if name in batch.columns
        }
        moments = {}
        for key, rows in partition.parts():
            for name, values in columns.items():
                part = values[rows]
                moments[name, key] = Moments.of(part[np.isfinite(part)])
        sampled = {feature_column(name): values for name, values in columns.items()}
        if by in batch.columns:
            sampled[segment_column(by)] = coded(labels(batch.columns[by]))[0].take(
                np.arange(batch.rows)
            )
        sample = Sample.of(keys(batch.origin, batch.rows), sampled, SAMPLED_ROWS)
        return cls(batch.rows, moments, sample, int((partition.codes < 0).sum()))

    def __add__(self, other: _KeyMoments) -> _KeyMoments:
        moments = dict(self.moments)
        for place, values in other.moments.items():
            moments[place] = moments.get(place, Moments()) + values
        return _KeyMoments(
            self.rows + other.rows, moments, self.sample + other.sample,
            self.null_keys + other.null_keys,
        )  # fmt: skip


def fit_by_key(
    parameters: Parameters, source: Source, by: str, methods: Methods, *,
    progress: Progress | None = None,
) -> Parameters:  # fmt: skip
    """Return parameters whose numeric inputs are normalized by the values of a column.

    A key whose values are all the same has a spread of 1. UsageError where the data lacks the
    column, or it has too many values.
    """
    if not source.has(by):
        raise UsageError(OptionName("by"), f": no column {by!r} in {source.names[0]}")
    chosen = [f for f in parameters.features if f.type == "numeric" and f.steps and f.name != by]
    if not chosen:
        raise UsageError(OptionName("by"), ": no number is normalized, so that none is by a key")
    names = [feature.name for feature in chosen]
    first = source.fold(
        Wanted(frozenset(names), frozenset({by}) - {*names}),
        _KeyMoments(0, {}, Sample(size=SAMPLED_ROWS)),
        partial(_KeyMoments.of, names=names, by=by), progress=progress,
    )  # fmt: skip
    every_key = dict.fromkeys(key for _, key in first.moments)
    if len(every_key) > MAX_GROUPS:
        raise UsageError(
            OptionName("by"), f": {by!r} has {len(every_key):,} values, more than {MAX_GROUPS:,}:"
            " it is no key of parameters",
        )  # fmt: skip
    if not every_key:
        raise UsageError(OptionName("by"), f": {by!r} has no value in {source.names[0]}")
    notes: list[Note] = []
    if first.null_keys:
        notes.append(Note("rows_without_key", {"rows": first.null_keys, "column": by}))
    grouped = {f.name: _with_steps(f, by, sorted(every_key), first, methods, notes)
               for f in chosen}  # fmt: skip
    counted = with_references([*grouped.values()], source, progress)
    by_name = {feature.name: feature for feature in counted}
    features = tuple(by_name.get(f.name, f) for f in parameters.features)
    return replace(
        parameters, features=features, fingerprint=fingerprint(features),
        notes=(*parameters.notes, *notes),
    )  # fmt: skip


def _with_steps(
    feature: Feature, by: str, every_key: Sequence[str], first: _KeyMoments, methods: Methods,
    notes: list[Note],
) -> Feature:  # fmt: skip
    """Return a feature with the steps of each key, of the method that it has without keys."""
    sample = first.sample.rows().columns
    values = sample.get(feature_column(feature.name), np.empty(0))
    codes = sample.get(segment_column(by), np.full(len(values), np.nan))
    groups: dict[str, tuple[Step, ...]] = {}
    constant = []
    for key in every_key:
        moments = first.moments.get((feature.name, key), Moments())
        if not moments.n or max(abs(moments.min), abs(moments.max)) > LARGEST_SQUARED:
            continue
        part = values[codes == code_of(key)]
        part = part[np.isfinite(part)]
        std = moments.std if moments.min < moments.max else 0.0
        reference = NumericReference(
            moments.n, mean=moments.mean, std=std, min=moments.min, max=moments.max
        )
        if not len(part):
            part = np.array([moments.min, moments.mean, moments.max])
        fitted = normalized(
            Feature(feature.name, "numeric", reference=reference), part, methods, []
        )
        if not fitted.steps:
            constant.append(key)
        centre = 0.0 if feature.steps[0].op == "maxabs" else moments.mean
        groups[key] = fitted.steps or (Affine(centre, 1.0),)
    if constant:
        notes.append(
            Note("constant_keys", {"feature": feature.name, "names": tuple(constant), "column": by})
        )
    return replace(feature, by=by, groups=groups, steps=(), reference=None)


def with_results(
    parameters: Parameters, source: Source, with_reference: WithReference,
    progress: Progress | None,
) -> Parameters:  # fmt: skip
    """Return parameters with the references of features by a key, and by a function of the others.

    UsageError where the data lacks the key column of one.
    """
    by_key = [f for f in parameters.features if f.groups and source.has(f.name)]
    names = {feature.name for feature in by_key}
    rest = tuple(f for f in parameters.features if f.name not in names)
    made = parameters
    if any(source.has(feature.name) for feature in rest):
        made = with_reference(replace(parameters, features=rest), source, progress=progress)
    known = {f.name: f for f in (*made.features, *with_references(by_key, source, progress))}
    return replace(made, features=tuple(known[f.name] for f in parameters.features))


def with_references(
    features: Sequence[Feature], source: Source, progress: Progress | None = None
) -> tuple[Feature, ...]:
    """Return features by a key with the reference of what the steps of their keys give.

    UsageError where the data lacks the key column of one.
    """
    for feature in features:
        if not feature.by or not source.has(feature.by):
            raise UsageError(
                f"{source.names[0]}: no column {feature.by!r}, by which the parameters of"
                f" {feature.name} are"
            )
    bare = [replace(feature, steps=(), reference=None) for feature in features]
    plan = _plan(bare, [np.empty(0)] * len(bare))
    zero = _Results(0, Sample(size=SAMPLED_ROWS))
    results = source.fold(plan.wanted, zero, partial(_results, plan), progress=progress)
    sample = results.sample.rows().columns
    samples = [sample.get(feature_column(f.name), np.empty(0)) for f in bare]
    plan = _plan(bare, [_edges(values[np.isfinite(values)]) for values in samples])
    profile = source.fold(
        plan.wanted, Profile.zero(plan), partial(Profile.of, plan), progress=progress
    )
    pairs = zip(features, profile.features, strict=True)
    return tuple(
        replace(f, reference=_reference(counts.raw)) if isinstance(counts.raw, NumericCounts) else f
        for f, counts in pairs
    )


@dataclass(frozen=True, slots=True)
class _Results:
    """A sample of results; a monoid."""

    rows: int
    sample: Sample

    def __add__(self, other: _Results) -> _Results:
        return _Results(self.rows + other.rows, self.sample + other.sample)


def _results(plan: Plan, batch: Batch) -> _Results:
    columns = {
        feature_column(planned.feature.name): raw.values
        for planned, (raw, _) in zip(plan.features, reads_of(plan, batch), strict=True)
        if isinstance(raw, Numbers)
    }
    return _Results(batch.rows, Sample.of(keys(batch.origin, batch.rows), columns, SAMPLED_ROWS))


def _plan(features: Sequence[Feature], edges: Sequence[FloatArray]) -> Plan:
    return Plan(
        tuple(
            FeaturePlan(f, NumericSide(f.name, Windows.exact(of_feature), None))
            for f, of_feature in zip(features, edges, strict=True)
        )
    )


def _edges(sample: FloatArray) -> FloatArray:
    """Return edges between the results, where no value lies: they are told apart by any rounding.

    With few distinct values one between each two; else about as many as quantiles, and one on
    either side of values that many rows have.
    """
    if not len(sample):
        return np.empty(0)
    distinct, counts = np.unique(sample, return_counts=True)
    apart = np.append(True, np.diff(distinct) > BESIDE_EDGE * (1 + np.abs(distinct[1:])))
    places = np.flatnonzero(apart)
    rows = np.add.reduceat(counts, places)
    distinct = distinct[places]
    between = distinct[:-1] + np.diff(distinct) / 2
    if len(distinct) > MAX_DISTINCT:
        chosen = binning.choose_edges(None, sample, (distinct[0], distinct[-1]), ())
        after = np.searchsorted(distinct, chosen, side="right") - 1
        heavy = np.flatnonzero(rows >= max(binning.MIN_ATOM_SHARE * len(sample), 2))
        kept = np.unique(np.concatenate((after, heavy, heavy - 1)))
        between = between[kept[(kept >= 0) & (kept < len(between))]]
    ends = np.array([distinct[0], sample.max()])
    beyond = ends + np.array([-1.0, 1.0]) * BESIDE_EDGE * (1 + np.abs(ends))
    return np.unique(np.concatenate((beyond, between)))


def _reference(counts: NumericCounts) -> NumericReference:
    """Return the reference of results; the ends of its range lie a little beyond them."""
    rows = counts.rows - counts.mistyped
    moments, histogram = counts.moments, counts.histogram
    if not moments.n:
        return NumericReference(rows, counts.nulls, counts.nonfinite, mistyped=counts.mistyped)
    edges = histogram.edges
    inside = len(edges) > 0 and histogram.between[0] == histogram.between[-1] == 0
    low, high = (float(edges[0]), float(edges[-1])) if inside else (moments.min, moments.max)
    return NumericReference(
        rows=rows, nulls=counts.nulls, nonfinite=counts.nonfinite,
        negative_infinite=counts.negative_infinite, mean=moments.mean,
        std=moments.std if moments.min < moments.max else 0.0, min=low, max=high,
        histogram=histogram, mistyped=counts.mistyped,
    )  # fmt: skip
