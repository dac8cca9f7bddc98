"""What windows and segments are compared with: another log, or the segments of training data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from skewcheck.config.options import BASELINES
from skewcheck.config.settings import Settings
from skewcheck.counts import Profile
from skewcheck.counts.batch import Batch
from skewcheck.counts.dimensions import Values
from skewcheck.counts.parts import Division, Parts
from skewcheck.counts.plan import FeaturePlan, NumericSide, Plan
from skewcheck.engine.scan import Progress, scan
from skewcheck.features.transform import transformed
from skewcheck.logs import Log, Wanted, open_logs
from skewcheck.logs.arrays.arrow import from_numpy, from_texts
from skewcheck.text.errors import NothingToTestError
from skewcheck.verdict.parts import Divided


def divided(
    division: Division, plan: Plan, settings: Settings, training: Log | None,
    progress: Progress | None,
) -> Divided:  # fmt: skip
    """Return how a log is divided, with what its parts are compared with, measured.

    Segments are measured in the baseline's file, or else in `training`, where a column of them
    is in every file. NothingToTestError where a baseline has no rows.
    """
    plan = replace(plan, segments=(), likely=(), cluster=None)
    baseline = settings.baseline
    if baseline is None or baseline in BASELINES:
        found = Divided(division, baseline or "reference")
        some = None if training is None else _only(division, training)
        if training is None or some is None:
            return found
        profile = _measured(training, plan, some, _trained(plan), progress)
        return replace(found, segments=_by_column(profile), source=training.files[0].name)
    log = open_logs(baseline, null_values=settings.null_values)
    profile = _measured(log, plan, _only(division, log), None, progress)
    if not profile.rows:
        raise NothingToTestError(f"--baseline {baseline}: no rows: nothing to compare with")
    return Divided(division, baseline, profile, _by_column(profile), baseline)


def _only(division: Division, log: Log) -> Division | None:
    """Return the segments whose column is in every file of a log; None where there are none."""
    kept = tuple(
        one
        for one in division.dimensions
        if isinstance(one, Values) and all(file.has(one.column) for file in log.files)
    )
    return replace(division, dimensions=kept) if kept else None


def _by_column(profile: Profile) -> dict[str, Parts]:
    return {parts.dimension.column: parts for parts in profile.parts if parts.keys}


def _measured(
    log: Log, plan: Plan, division: Division | None,
    made: Callable[[Batch], Batch] | None, progress: Progress | None,
) -> Profile:  # fmt: skip
    numbers, labels = plan.wanted()
    if made is not None:
        inputs = [one.feature for one in plan.features]
        numbers = frozenset(f.name for f in inputs if f.type == "numeric")
        labels = frozenset(f.name for f in inputs if f.type == "categorical")
    columns = division.dimensions if division else ()
    labels |= frozenset(one.column for one in columns) - numbers
    return scan(
        log, Wanted(numbers, labels), Profile.zero(plan),
        lambda batch: Profile.of(plan, made(batch) if made else batch, division),
        progress=progress,
    )  # fmt: skip


def _trained(plan: Plan) -> Callable[[Batch], Batch]:
    """Return what gives training rows the columns of the log, served as they should have been."""

    def made(batch: Batch) -> Batch:
        columns = dict(batch.columns)
        for one in plan.features:
            if one.feature.name in batch.columns:
                columns |= _columns(one, batch.columns[one.feature.name])
        return replace(batch, columns=columns, digits={})

    return made


def _columns(one: FeaturePlan, array: pa.Array) -> dict[str, pa.Array]:
    feature, side = one.feature, one.raw or one.served
    if side is None:
        return {}
    names = (side.column,) if isinstance(side, NumericSide) else side.columns
    if one.raw is not None:
        return {names[0]: array}
    served = transformed(feature.name, feature.steps, array, numeric=feature.type == "numeric")
    arrays = [
        from_numpy(np.asarray(values, np.float64))
        if values.dtype == np.float64
        else from_texts(values.tolist())
        for values in served.values()
    ]
    return dict(zip(names, arrays, strict=True))
