"""Which features get the fault, and with which numbers: some are read off the log first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from skewcheck.catalogue.causes import RECOMPUTED_PARAMETERS, STUCK_VALUE, SWAPPED_FEATURES
from skewcheck.causes.mechanism import Known
from skewcheck.counts.moments import Moments
from skewcheck.features.notes import Note
from skewcheck.features.steps import forward
from skewcheck.features.transform import transformed
from skewcheck.features.types import Feature, FloatArray, Parameters
from skewcheck.lock.apply import wanted
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import Batch
from skewcheck.logs.log import Log
from skewcheck.simulate.inject.asked import Numbers, checked
from skewcheck.simulate.inject.faults import Fault, fault, recomputed, scaling, stuck
from skewcheck.simulate.inject.rows import Mask, Rows
from skewcheck.text.errors import UsageError
from skewcheck.text.patterns import matches

Plan = Mapping[str, Mapping[str, Fault]]
"""Faults by feature, then by file; those of the file "" hold for all others."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be written, but for the place."""

    code: str
    features: tuple[Feature, ...]
    """Those that are in the log."""
    log: Log
    raw: Mapping[str, str]
    """The raw column of each feature."""
    rows: Rows
    numbers: Numbers
    history: Sequence[Parameters]
    by_file: bool

    def known(self, feature: Feature) -> Known:
        """Return what a feature's faults are guessed from."""
        others = tuple(f for f in self.features if f.name != feature.name)
        older = tuple(
            (file.path or "history", f)
            for file in self.history
            for f in file.features
            if f.name == feature.name
        )
        return Known(feature, others, older)

    def column(self, batch: Batch, feature: str) -> pa.Array:
        """Return the raw column of a feature; nulls where the file has none."""
        return batch.columns.get(self.raw[feature], pa.nulls(batch.rows))

    def batches(self) -> Iterator[tuple[Batch, Mask]]:
        """Yield all batches, each with the rows that are affected."""
        for batch in self.log.batches(wanted(self.features, self.log, self.raw)):
            yield batch, self.rows.affected(batch)


def planned(
    task: Task, parameters: Parameters, patterns: Sequence[str]
) -> tuple[Plan, tuple[Note, ...]]:
    """Return the faults of the features that patterns name (none: of all), and notes.

    A feature that cannot have the fault is a UsageError if it was named, else a note.
    """
    for pattern in patterns:
        if not any(matches(f.name, [pattern]) for f in parameters.features):
            raise UsageError(f"--feature: no feature {pattern!r} in {parameters.path}")
        if pattern in task.raw and pattern not in {f.name for f in task.features}:
            column = task.raw[pattern]
            raise UsageError(f"--feature: {task.log.names[0]} has no raw column {column!r}")
    chosen = [f for f in task.features if not patterns or matches(f.name, patterns)]
    if task.code == SWAPPED_FEATURES.code and not patterns:
        chosen = _first_two(chosen)
    if task.code == SWAPPED_FEATURES.code and [f.type for f in chosen] != ["numeric", "numeric"]:
        raise UsageError(
            f"{SWAPPED_FEATURES.code} needs two numbers: --feature a,b swaps these two"
        )
    plan: dict[str, Mapping[str, Fault]] = {}
    left: dict[str, list[str]] = defaultdict(list)
    for name, found in _faults(task, chosen):
        if not isinstance(found, UsageError):
            plan[name] = found
        elif name in patterns or task.code == SWAPPED_FEATURES.code:
            raise found
        else:
            left[str(found).removeprefix(f"{name}: ")].append(name)
    if not plan:
        asked = next((why for why in left if why.startswith("--set")), None)
        if asked is not None:
            raise UsageError(f"inject: {asked}")
        if not left:
            raise UsageError("inject: no feature can have this fault: no feature is in the logs")
        raise UsageError(f"inject: no feature can have this fault: {next(iter(left))}")
    return plan, tuple(
        Note("fault_not_possible", {"features": tuple(names), "error": error})
        for error, names in left.items()
    )


def _first_two(features: Sequence[Feature]) -> list[Feature]:
    """Return the first number, and the first that is normalized otherwise."""
    numeric = [f for f in features if f.type == "numeric"]
    return numeric[:1] + [f for f in numeric if f.steps != numeric[0].steps][:1]


def _faults(
    task: Task, chosen: Sequence[Feature]
) -> Iterator[tuple[str, Mapping[str, Fault] | UsageError]]:
    """Yield each feature with its faults by file, or with what is against them."""
    moments = _moments(task, chosen) if task.code == RECOMPUTED_PARAMETERS.code else {}
    firsts = _firsts(task, chosen) if task.code == STUCK_VALUE.code else {}
    for feature in chosen:
        known, name = task.known(feature), feature.name
        try:
            if task.code == RECOMPUTED_PARAMETERS.code:
                checked(known, task.numbers, [])
                yield name, _recomputed(known, moments.get(name, {}))
            elif task.code == STUCK_VALUE.code:
                value = task.numbers.get("value", firsts.get(name))
                yield name, {"": stuck(known, value, task.numbers)}
            elif task.code == SWAPPED_FEATURES.code:
                other = next(f.name for f in chosen if f is not feature)
                checked(known, task.numbers, ["swapped"])
                asked = {"swapped": "values", **task.numbers, "feature": other}
                yield name, {"": fault(task.code, known, asked)}
            else:
                yield name, {"": fault(task.code, known, task.numbers)}
        except UsageError as error:
            yield name, error


def _recomputed(known: Known, moments: Mapping[str, Moments]) -> Mapping[str, Fault]:
    """Return the faults of the files whose values differ; UsageError where there are none."""
    scaling(known)
    found: dict[str, Fault] = {}
    for file, some in moments.items():
        with suppress(UsageError):
            found[file] = recomputed(known, some)
    return found or {"": recomputed(known, Moments())}


def _moments(task: Task, chosen: Sequence[Feature]) -> Mapping[str, Mapping[str, Moments]]:
    """Return the moments of the affected rows where each feature's last scaling sees them."""
    places: dict[str, int] = {}
    for feature in chosen:
        with suppress(UsageError):
            places[feature.name] = scaling(task.known(feature))[0]
    found: dict[str, dict[str, Moments]] = {name: {} for name in places}
    for batch, mask in task.batches():
        file = batch.origin.file if task.by_file else ""
        for feature in chosen:
            if feature.name in places:
                raw = numbers(task.column(batch, feature.name)).values.astype(np.float64)
                values = forward(feature.steps[: places[feature.name]], raw)
                some = Moments.of(np.sort(values[mask & np.isfinite(values)]))
                so_far = found[feature.name].get(file, Moments())
                found[feature.name][file] = so_far + some
    return found


def _firsts(task: Task, chosen: Sequence[Feature]) -> Mapping[str, float]:
    """Return what a right server serves for the first affected row that has a value."""
    found: dict[str, float] = {}
    for batch, mask in task.batches():
        for feature in chosen:
            if feature.name not in found:
                values = _numbers(task, batch, feature)
                values = values[mask & np.isfinite(values)]
                if len(values):
                    found[feature.name] = float(values[0])
        if len(found) == len(chosen):
            break
    return found


def _numbers(task: Task, batch: Batch, feature: Feature) -> FloatArray:
    """Return the one served column that holds numbers; NaN where there is none such."""
    column = task.column(batch, feature.name)
    made = transformed(feature.name, feature.steps, column, numeric=feature.type == "numeric")
    values = made.get(feature.name)
    if values is None or values.dtype != np.float64:
        return np.full(batch.rows, np.nan)
    return values.astype(np.float64)
