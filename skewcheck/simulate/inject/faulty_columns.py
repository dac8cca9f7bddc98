"""The columns of a batch as a server with faults writes them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from skewcheck.causes.mechanism import Mechanism
from skewcheck.features.steps import forward
from skewcheck.features.transform import Served, transformed
from skewcheck.features.types import Feature
from skewcheck.lock.apply import named
from skewcheck.logs.arrays import labels, numbers
from skewcheck.logs.batch import Batch
from skewcheck.simulate.inject.arrived_rows import ArrivedValues
from skewcheck.simulate.inject.categorical_faults import Renamed
from skewcheck.simulate.inject.fault_plan import FaultPlan, InjectionTask
from skewcheck.simulate.inject.faults import ChangedRawValues
from skewcheck.simulate.inject.row_selection import RowMask


class FaultyColumns:
    """Writes the batches of a log in their order, and remembers what changed."""

    def __init__(self, task: InjectionTask, plan: FaultPlan, served: str) -> None:
        """Take what to inject, and the template of served columns."""
        self.task, self.plan, self.template = task, plan, served
        self.affected = 0
        """Affected rows of the batches so far."""
        self.changed: set[str] = set()
        """Features with any value that differs from the one without the fault."""

    def of(self, batch: Batch, mask: RowMask) -> dict[str, pa.Array]:
        """Return the columns to write in addition to the next batch's, or instead of them."""
        arrays: dict[str, pa.Array] = {}
        for feature in self.task.features:
            if not feature.by_itself:
                continue
            column = self.task.column(batch, feature.name)
            faults = self.plan.get(feature.name, {})
            fault = faults.get(batch.origin.file, faults.get(""))
            if isinstance(fault, ChangedRawValues | Renamed):
                self.changed.add(feature.name)
                column = _changed_raw_column(column, fault, mask)
                arrays[self.task.raw[feature.name]] = column
            right = _transformed(feature, column)
            faulty = right
            if isinstance(fault, Mechanism):
                source = self.task.column(batch, fault.source or feature.name)
                # By index: a server with other codes still writes onehot columns with these names.
                made = _transformed(feature, source, fault).values()
                faulty = dict(zip(right, made, strict=True))
            elif isinstance(fault, ArrivedValues):
                faulty = fault.of_batch(mask, self.affected)
                if fault.lost:
                    arrays[self.task.raw[feature.name]] = _without(column, mask)
            mixed = {name: np.where(mask, faulty[name], good) for name, good in right.items()}
            if any(not _equal(mixed[name], good) for name, good in right.items()):
                self.changed.add(feature.name)
            arrays |= named(mixed, self.template)
        self.affected += int(mask.sum())
        return arrays


def _equal(first: Served, second: Served) -> bool:
    """Return whether all values are equal; nulls are equal to each other."""
    same = (first == second) | ((first != first) & (second != second))  # NaN
    return bool(np.all(same))


def _transformed(
    feature: Feature, column: pa.Array, fault: Mechanism | None = None
) -> Mapping[str, Served]:
    steps = feature.steps if fault is None else fault.steps
    return transformed(feature.name, steps, column, numeric=feature.type == "numeric")


def _without(column: pa.Array, mask: RowMask) -> pa.Array:
    """Return a raw column that is null in its affected rows."""
    import pyarrow.compute as pc  # takes longer than a small log

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


def _changed_raw_column(
    column: pa.Array, fault: ChangedRawValues | Renamed, mask: RowMask
) -> pa.Array:
    """Return a raw column with its affected rows shifted or renamed."""
    if isinstance(fault, ChangedRawValues):
        values = numbers(column).values.astype(np.float64)
        values = np.where(mask, forward(fault.steps, values), values)
        return pa.array(values, pa.float64(), mask=np.isnan(values))
    level_column = labels(column)
    old_levels = np.array([*level_column.levels, None], object)
    new_levels = np.array([*map(fault.name, level_column.levels), None], object)
    return pa.array(
        np.where(mask, new_levels[level_column.codes], old_levels[level_column.codes]), pa.string()
    )
