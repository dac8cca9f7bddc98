"""Select the features that get the fault; compute the numbers that depend on the log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS, STUCK_VALUE, SWAPPED_FEATURES
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.config.given import AS_FLAGS
from skewcheck.config.loading import unmatched
from skewcheck.counts.moments import Moments
from skewcheck.features.notes import Note
from skewcheck.features.steps import forward
from skewcheck.features.transform import transformed
from skewcheck.features.types import Feature, FloatArray, Parameters
from skewcheck.lock.apply import wanted
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import Batch
from skewcheck.logs.log import Log
from skewcheck.simulate.inject.arrival_faults import ArrivalFault, arrival_fault, needs_time
from skewcheck.simulate.inject.arrived_rows import ArrivedValues, NeededColumns, read_arrived
from skewcheck.simulate.inject.fault_settings import FaultSettings, check_keys, fault_error
from skewcheck.simulate.inject.faults import Fault, fault, recomputable_step, recomputed, stuck
from skewcheck.simulate.inject.row_selection import RowMask, RowSelection
from skewcheck.simulate.inject.several_columns import before_expansion, shared_steps
from skewcheck.text.errors import OptionName, UsageError, message
from skewcheck.text.patterns import matches

if TYPE_CHECKING:
    from skewcheck.simulate.inject.own_statistics import OwnFault

PlannedFaults = Mapping[str, "Fault | OwnFault | ArrivedValues"]
"""Faults of a feature by file; the file "" stands for all others."""
FaultPlan = Mapping[str, PlannedFaults]
"""Faults by feature."""

_FEATURE = OptionName("feature")


@dataclass(frozen=True, slots=True)
class InjectionTask:
    """The log, features and settings of an injection, without the output."""

    code: str
    features: tuple[Feature, ...]
    """The features whose raw column is in the log."""
    log: Log
    raw: Mapping[str, str]
    """Raw column of each feature."""
    rows: RowSelection
    settings: FaultSettings
    history: Sequence[Parameters]
    by_file: bool

    def context(self, feature: Feature) -> FeatureContext:
        """Return what a feature's faults are predicted from."""
        others = tuple(f for f in self.features if f.name != feature.name)
        history_features = tuple(
            (file.path or "history", f)
            for file in self.history
            for f in file.features
            if f.name == feature.name
        )
        return FeatureContext(feature, others, history_features)

    def column(self, batch: Batch, feature: str) -> pa.Array:
        """Return the raw column of a feature; nulls if the batch has none."""
        return batch.columns.get(self.raw[feature], pa.nulls(batch.rows))

    def batches(self) -> Iterator[tuple[Batch, RowMask]]:
        """Yield all batches, each with its mask of affected rows."""
        for batch in self.log.batches(wanted(self.features, self.log, self.raw)):
            yield batch, self.rows.affected(batch)


def plan_faults(
    task: InjectionTask, parameters: Parameters, patterns: Sequence[str]
) -> tuple[FaultPlan, tuple[Note, ...]]:
    """Return the faults of the features that match the patterns (none: of all), and notes.

    A feature that cannot have the fault is a UsageError if it was named, else a note.
    """
    for pattern in patterns:
        problem = unmatched(pattern, parameters)
        if problem:
            raise UsageError(_FEATURE, f": {problem}")
        if pattern in task.raw and pattern not in {f.name for f in task.features}:
            column = task.raw[pattern]
            raise UsageError(_FEATURE, f": {task.log.names[0]} has no raw column {column!r}")
    chosen = [f for f in task.features if not patterns or matches(f.name, patterns)]
    arrival = arrival_fault(task.code, task.settings)
    swaps = task.code == SWAPPED_FEATURES.code and arrival is None
    if swaps:
        chosen = _pair(chosen if patterns else _first_two(chosen))
    plan: dict[str, PlannedFaults] = {}
    reasons: dict[tuple[str | OptionName, ...], list[str]] = defaultdict(list)
    faults = _faults(task, chosen) if arrival is None else _of_arrivals(task, chosen, arrival)
    for name, fault_or_error in faults:
        if not isinstance(fault_or_error, UsageError):
            plan[name] = fault_or_error
        elif name in patterns or swaps:
            raise fault_or_error
        else:
            reasons[_without_name(name, fault_or_error)].append(name)
    if not plan:
        raise _impossible(list(reasons))
    # Reports name options by their flags.
    errors = {message(reason, AS_FLAGS): names for reason, names in reasons.items()}
    return plan, tuple(
        Note("fault_not_possible", {"features": tuple(names), "error": error})
        for error, names in errors.items()
    )


def _without_name(feature: str, error: UsageError) -> tuple[str | OptionName, ...]:
    """Return the parts of an error's message without the feature's name in front."""
    first, *parts = error.args
    return tuple(parts if first == f"{feature}: " else error.args)


def _impossible(reasons: Sequence[tuple[str | OptionName, ...]]) -> UsageError:
    """Return the error that no feature can have the fault: invalid settings first, if any are."""
    for reason in reasons:
        if isinstance(reason[0], OptionName) and reason[0].key == "numbers":
            return UsageError("inject: ", *reason)
    if not reasons:
        return UsageError("inject: no feature can have this fault: no feature is in the logs")
    return UsageError("inject: no feature can have this fault: ", *reasons[0])


def _pair(chosen: list[Feature]) -> list[Feature]:
    """Return the features to swap; UsageError for others than two numbers."""
    if [f.type for f in chosen] != ["numeric", "numeric"]:
        pair = OptionName("feature", ("a", "b"))
        raise UsageError(f"{SWAPPED_FEATURES.code} needs two numbers: ", pair, " swaps these two")
    return chosen


def _first_two(features: Sequence[Feature]) -> list[Feature]:
    """Return the first numeric feature, and the first with other steps."""
    numeric = [f for f in features if f.type == "numeric"]
    return numeric[:1] + [f for f in numeric if f.steps != numeric[0].steps][:1]


def _faults(
    task: InjectionTask, chosen: Sequence[Feature]
) -> Iterator[tuple[str, PlannedFaults | UsageError]]:
    """Yield each feature's faults by file, or the error why it cannot have the fault."""
    plain = [feature for feature in chosen if feature.by_itself]
    moments = _moments(task, plain) if task.code == RECOMPUTED_PARAMETERS.code else {}
    first_values = _first_values(task, plain) if task.code == STUCK_VALUE.code else {}
    for feature in chosen:
        context, name = task.context(feature), feature.name
        try:
            if not feature.by_itself:
                from skewcheck.simulate.inject.own_statistics import own_fault  # few are so

                yield name, {"": own_fault(task, feature)}
                continue
            if task.code == RECOMPUTED_PARAMETERS.code:
                check_keys(context, task.settings, [])
                yield name, _recomputed(context, moments.get(name, {}))
            elif task.code == STUCK_VALUE.code:
                value = task.settings.get("value", first_values.get(name))
                yield name, {"": before_expansion(
                    task.code, context, partial(stuck, value=value, settings=task.settings)
                )}  # fmt: skip
            elif task.code == SWAPPED_FEATURES.code:
                other_name = next(f.name for f in chosen if f is not feature)
                check_keys(context, task.settings, ["swapped"])
                settings = {"swapped": "values", **task.settings, "feature": other_name}
                yield name, {"": _predicted(task, context, settings)}
            else:
                yield name, {"": _predicted(task, context, task.settings)}
        except UsageError as error:
            yield name, error


def _of_arrivals(
    task: InjectionTask, chosen: Sequence[Feature], kind: ArrivalFault
) -> Iterator[tuple[str, PlannedFaults | UsageError]]:
    """Yield likewise for a fault of the affected rows in their order."""
    if task.by_file:
        raise UsageError(OptionName("by_file"), f": not with {kind.setting} of {task.code}")
    plain = tuple(feature for feature in chosen if feature.by_itself)
    by = task.settings.get("by")
    needed = NeededColumns(
        task.rows.time_column if needs_time(task.settings) else None,
        None if by is None else str(by),
    )
    rows = read_arrived(task.batches(), plain, task.raw, needed, task.rows.seed)
    for feature in chosen:
        context = task.context(feature)
        try:
            if not feature.by_itself:
                raise fault_error(
                    context, f"{task.code} with {kind.setting} is no fault of features whose"
                    " normalization depends on other columns or rows",
                )  # fmt: skip
            yield feature.name, {"": kind.make(context, rows, task.settings)}
        except UsageError as error:
            yield feature.name, error


def _predicted(task: InjectionTask, context: FeatureContext, settings: FaultSettings) -> Fault:
    """Return a fault with these settings, of an expanded number before its expansion."""

    def make(of: FeatureContext) -> Fault:
        return fault(task.code, of, settings)

    return before_expansion(task.code, context, make)


def _recomputed(context: FeatureContext, moments: Mapping[str, Moments]) -> Mapping[str, Fault]:
    """Return the faults by file, for files whose values vary; UsageError if there are none."""
    recomputable_step(context)
    faults: dict[str, Fault] = {}
    for file, file_moments in moments.items():
        with suppress(UsageError):
            faults[file] = recomputed(context, file_moments)
    return faults or {"": recomputed(context, Moments())}


def _moments(task: InjectionTask, chosen: Sequence[Feature]) -> Mapping[str, Mapping[str, Moments]]:
    """Return moments of affected rows by feature and file, before each feature's last scaling."""
    step_indices: dict[str, int] = {}
    for feature in chosen:
        with suppress(UsageError):
            step_indices[feature.name] = recomputable_step(task.context(feature))[0]
    moments: dict[str, dict[str, Moments]] = {name: {} for name in step_indices}
    for batch, mask in task.batches():
        file = batch.origin.file if task.by_file else ""
        for feature in chosen:
            if feature.name in step_indices:
                raw = numbers(task.column(batch, feature.name)).values.astype(np.float64)
                values = forward(feature.steps[: step_indices[feature.name]], raw)
                batch_moments = Moments.of(values[mask & np.isfinite(values)])
                file_moments = moments[feature.name].get(file, Moments())
                moments[feature.name][file] = file_moments + batch_moments
    return moments


def _first_values(task: InjectionTask, chosen: Sequence[Feature]) -> Mapping[str, float]:
    """Return the correctly served value of the first affected row that has one, by feature."""
    values_of: dict[str, float] = {}
    for batch, mask in task.batches():
        for feature in chosen:
            if feature.name not in values_of:
                values = _served_numbers(task, batch, feature)
                values = values[mask & np.isfinite(values)]
                if len(values):
                    values_of[feature.name] = float(values[0])
        if len(values_of) == len(chosen):
            break
    return values_of


def _served_numbers(task: InjectionTask, batch: Batch, feature: Feature) -> FloatArray:
    """Return the served numbers of a feature; all NaN if it is not served as one number column.

    Of an expanded one those before its expansion.
    """
    column = task.column(batch, feature.name)
    served = transformed(
        feature.name, shared_steps(feature.steps), column, numeric=feature.type == "numeric"
    )
    values = served.get(feature.name)
    if values is None or values.dtype != np.float64:
        return np.full(batch.rows, np.nan)
    return values.astype(np.float64)
