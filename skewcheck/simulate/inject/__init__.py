"""Logs as a faulty server would have written them, to see what a gate would catch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from skewcheck.catalogue.causes import CAUSES, RECOMPUTED_PARAMETERS
from skewcheck.causes.mechanism import Mechanism
from skewcheck.config.given import nearest
from skewcheck.features.notes import Note
from skewcheck.features.steps import Affine, forward
from skewcheck.features.transform import Served, transformed
from skewcheck.features.types import Feature, Parameters, refuse_untested
from skewcheck.lock.apply import Made, named, present, write_log
from skewcheck.logs.arrays import labels, numbers
from skewcheck.logs.arrays.numeric import EXACT
from skewcheck.logs.batch import Batch
from skewcheck.logs.log import Log
from skewcheck.simulate.inject.asked import Numbers
from skewcheck.simulate.inject.categories import Renamed
from skewcheck.simulate.inject.faults import Fault, Moved
from skewcheck.simulate.inject.planning import Plan, Task, planned
from skewcheck.simulate.inject.rows import Mask, Rows
from skewcheck.text.errors import UsageError

__all__ = ["Injected", "Numbers", "Rows", "write_injected"]


@dataclass(frozen=True, slots=True)
class Injected:
    """What was written."""

    rows: int
    affected: int
    features: tuple[str, ...]
    """Those that have the fault, in the order of the parameter file."""
    notes: tuple[Note, ...] = ()
    """Which features were left right, and why."""


def write_injected(
    code: str,
    parameters: Parameters,
    log: Log,
    output: str | Path,
    *,
    raw: Mapping[str, str],
    served: str = "{feature}_norm",
    features: Sequence[str] = (),
    rows: Rows | None = None,
    numbers: Numbers | None = None,
    history: Sequence[Parameters] = (),
    by_file: bool = False,
) -> Injected:
    """Write all rows with served columns beside: the fault's in affected rows, else training's.

    `code` is a cause code; `features` are patterns of those with the fault (none: all that can
    have it), `numbers` its figures, `raw` and `served` are as in `write_applied`. Drift and
    renamed categories change the raw column, and are served rightly. Raises UsageError where the
    fault cannot be had, or no row is affected; nothing is written then.
    """
    if code not in CAUSES:
        hint = nearest(code, tuple(CAUSES)) or f"; known are {', '.join(CAUSES)}"
        raise UsageError(f"inject: no fault {code[:60]!r}{hint}")
    if by_file and code != RECOMPUTED_PARAMETERS.code:
        raise UsageError(f"--by: is for {RECOMPUTED_PARAMETERS.code}, not for {code}")
    chosen = rows or Rows()
    chosen.check(log)
    there = present(parameters.features, log, raw)
    there, untold = _servable(there, features)
    task = Task(code, there, log, raw, chosen, numbers or {}, history, by_file)
    plan, notes = planned(task, parameters, features)
    notes = (*untold, *notes)
    affected = 0
    differ: set[str] = set()

    def made(batches: Iterable[Batch]) -> Iterator[Made]:
        nonlocal affected
        for batch in batches:
            mask = chosen.affected(batch)
            affected += int(mask.sum())
            yield batch, _columns(task, plan, batch, mask, served, differ)
        if not affected:
            raise UsageError(f"inject: no row is affected by {chosen}: nothing is written")

    changed = {raw[name]: _type(log, raw[name], found.get("")) for name, found in plan.items()}
    types = {column: kind for column, kind in changed.items() if kind is not None}
    total = write_log(there, log, output, made, raw=raw, served=served, types=types)
    same = [name for name in plan if name not in differ]
    if same:
        notes = (*notes, Note("fault_without_effect", {"features": tuple(same)}))
    return Injected(total, affected, tuple(plan), notes)


def _servable(
    there: Sequence[Feature], asked: Sequence[str]
) -> tuple[tuple[Feature, ...], tuple[Note, ...]]:
    """Return the features that can be served, and a note on each that cannot."""
    refuse_untested(f for f in there if asked and f.name in asked)
    known = tuple(f for f in there if f.untested is None)
    if not known:
        refuse_untested(there)
    notes = tuple(
        Note("feature_not_served", {"feature": f.name, "reason": f.untested})
        for f in there
        if f.untested is not None
    )
    return known, notes


def _type(log: Log, column: str, fault: Fault | None) -> pa.DataType | None:
    """Return the type of a raw column that a fault changes; None where it leaves it alone."""
    if isinstance(fault, Renamed):
        return pa.string()
    if not isinstance(fault, Moved):
        return None
    kinds = [file.schema()[column] for file in log.files if column in file.schema()]
    whole = all(pa.types.is_integer(k) for k in kinds) and all(
        step.offset.is_integer() and abs(step.offset) < EXACT
        for step in fault.steps
        if isinstance(step, Affine)
    )
    return pa.int64() if kinds and whole else pa.float64()


def _columns(
    task: Task, plan: Plan, batch: Batch, mask: Mask, served: str, differ: set[str]
) -> dict[str, pa.Array]:
    """Return the columns to write beside or instead of the batch's own.

    Features of which a value is another than without the fault are added to `differ`.
    """
    arrays: dict[str, pa.Array] = {}
    for feature in task.features:
        column = task.column(batch, feature.name)
        faults = plan.get(feature.name, {})
        fault = faults.get(batch.origin.file, faults.get(""))
        if isinstance(fault, Moved | Renamed):
            differ.add(feature.name)
            column = _changed(column, fault, mask)
            arrays[task.raw[feature.name]] = column
        made = _made(feature, column)
        if isinstance(fault, Mechanism):
            source = task.column(batch, fault.source or feature.name)
            # By place: a server with other codes still writes onehot columns of the right names.
            wrong = _made(feature, source, fault).values()
            pairs = zip(made.items(), wrong, strict=True)
            right, made = made, {n: np.where(mask, bad, good) for (n, good), bad in pairs}
            if any(not _equal(right[name], made[name]) for name in made):
                differ.add(feature.name)
        arrays |= named(made, served)
    return arrays


def _equal(one: Served, other: Served) -> bool:
    """Return whether all values are the same; nulls are equal."""
    same = (one == other) | ((one != one) & (other != other))  # NaN
    return bool(np.all(same))


def _made(feature: Feature, column: pa.Array, fault: Mechanism | None = None) -> dict[str, Served]:
    steps = feature.steps if fault is None else fault.steps
    return transformed(feature.name, steps, column, numeric=feature.type == "numeric")


def _changed(column: pa.Array, fault: Moved | Renamed, mask: Mask) -> pa.Array:
    """Return a raw column, its affected rows moved or renamed."""
    if isinstance(fault, Moved):
        values = numbers(column).values.astype(np.float64)
        values = np.where(mask, forward(fault.steps, values), values)
        return pa.array(values, pa.float64(), mask=np.isnan(values))
    read = labels(column)
    own = np.array([*read.levels, None], object)
    other = np.array([*map(fault.name, read.levels), None], object)
    return pa.array(np.where(mask, other[read.codes], own[read.codes]), pa.string())
