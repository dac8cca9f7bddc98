"""Baselines of windows and segments: another log, or the segments of training data."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa

from skewcheck.config.options import BASELINES
from skewcheck.config.types import Settings
from skewcheck.counts.dimensions import Values
from skewcheck.counts.feature_plan import FeaturePlan
from skewcheck.counts.parts import Division, Parts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.counts.sides import NumericSide
from skewcheck.engine.checks import refuse_undecoded
from skewcheck.engine.columns import known_names
from skewcheck.engine.engines import Engine
from skewcheck.engine.fold import Progress
from skewcheck.engine.source import Source, open_source
from skewcheck.features.transform import transformed
from skewcheck.logs.arrays.arrow import from_numpy, from_texts
from skewcheck.logs.batch import Batch, Wanted
from skewcheck.logs.storage import public
from skewcheck.logs.trouble import refuse_cut
from skewcheck.text.errors import NothingToTestError, OptionName
from skewcheck.verdict.parts import Divided


def divided(
    plan: Plan, division: Division, settings: Settings, training: Source | None,
    engine: Engine, progress: Progress | None,
) -> Divided:  # fmt: skip
    """Return what the windows and segments of a plan's division are compared with, measured.

    Segments are measured in the log that `settings.baseline` names, or else in training data, if
    all of its files have a segment column. NothingToTestError where that log has no rows.
    """
    baseline = settings.baseline
    plan = replace(plan, segments=(), likely=(), cluster=None, window=None)
    if baseline is None or baseline in BASELINES:
        earlier = Divided(division, baseline or "reference")
        segments = None if training is None else _segments(division, training)
        if training is None or segments is None:
            return earlier
        profile = _measured_training(training, replace(plan, division=segments), progress)
        return replace(earlier, segments=_by_column(profile), source=training.names[0])
    source = open_source(
        baseline, null_values=settings.null_values, columns=settings.column_names,
        known=known_names([f.feature.name for f in plan.features], settings), engine=engine,
    )  # fmt: skip
    plan = replace(plan, division=_segments(division, source))
    profile = source.fold(
        plan.wanted, Profile.zero(plan), partial(Profile.of, plan), progress=progress
    )
    for name, rows in profile.intake.losses.items():
        refuse_cut(name, cut=bool(rows.cut))
    refuse_undecoded(profile, plan.max_bad)
    if not profile.rows:
        raise NothingToTestError(
            OptionName("baseline", public(baseline)), ": no rows: nothing to compare with"
        )
    name = public(baseline)
    return Divided(division, name, profile, _by_column(profile), name)


def _segments(division: Division, source: Source) -> Division | None:
    """Return the segments whose column is in every file of a source; None where there are none."""
    kept = tuple(
        dimension
        for dimension in division.dimensions
        if isinstance(dimension, Values) and not source.lacking(dimension.column)
    )
    return replace(division, dimensions=kept) if kept else None


def _by_column(profile: Profile) -> dict[str, Parts]:
    """Return the counts by segment, by the segments' column."""
    return {parts.dimension.column: parts for parts in profile.parts if parts.keys}


def _measured_training(training: Source, plan: Plan, progress: Progress | None) -> Profile:
    """Count training data, whose columns are the features', as a correctly served log."""
    features = [feature_plan.feature for feature_plan in plan.features]
    numbers = frozenset(f.name for f in features if f.type == "numeric")
    labels = frozenset(f.name for f in features if f.type == "categorical") | {*plan.keys}
    segments = frozenset(plan.division.segments if plan.division else ())
    wanted = Wanted(numbers, (labels | segments) - numbers)
    return training.fold(wanted, Profile.zero(plan), partial(_of_served, plan), progress=progress)


def _of_served(plan: Plan, batch: Batch) -> Profile:
    """Measure training rows with the columns of the log, normalized, added to them."""
    columns = dict(batch.columns)
    for feature_plan in plan.features:
        name = feature_plan.feature.name
        if name in batch.columns:
            columns |= _columns(feature_plan, batch.columns[name], batch)
    return Profile.of(plan, replace(batch, columns=columns, digits={}))


def _columns(plan: FeaturePlan, array: pa.Array, batch: Batch) -> dict[str, pa.Array]:
    """Return a feature's columns of the log, from its column of training data."""
    feature, side = plan.feature, plan.raw or plan.served
    if side is None:
        return {}
    names = (side.column,) if isinstance(side, NumericSide) else side.columns
    if plan.raw is not None:
        return {names[0]: array}
    if plan.scope is not None:
        return {}  # no distribution of it is known
    if feature.groups:
        from skewcheck.features.grouped import Partition, served_by_key  # few features have keys

        keys = batch.columns.get(feature.by or "")
        partition = Partition.of(keys, batch.rows, tuple(feature.groups))
        made = served_by_key(feature.groups, feature.steps, partition, array)
        return {names[0]: from_numpy(made)}
    served = transformed(feature.name, feature.steps, array, numeric=feature.type == "numeric")
    arrays = [
        from_numpy(np.asarray(values, np.float64))
        if values.dtype == np.float64
        else from_texts(values.tolist())
        for values in served.values()
    ]
    return dict(zip(names, arrays, strict=True))
