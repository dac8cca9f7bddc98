"""Serve features whose normalization depends on a key, or on a scope of rows, with faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from skewcheck.causes.mechanism import Mechanism
from skewcheck.counts.scoped import rows_of
from skewcheck.features.grouped import Partition, served_by_key
from skewcheck.features.scope_reader import ScopeReader
from skewcheck.features.steps import Step, forward, scope_of
from skewcheck.features.types import Feature, FloatArray
from skewcheck.lock.scopes import reader_of
from skewcheck.logs.arrays import numbers
from skewcheck.logs.batch import Batch
from skewcheck.logs.log import Log
from skewcheck.simulate.inject.faults import ChangedRawValues
from skewcheck.simulate.inject.own_statistics import KeyFaults, OwnFault, ScopeFault
from skewcheck.simulate.inject.row_selection import RowMask


@dataclass(frozen=True, slots=True)
class Served:
    """The columns of one feature in a batch."""

    values: FloatArray
    changed: bool
    """Whether any value differs from what is right."""
    raw: pa.Array | None = None
    """The raw column, where the fault changes it."""


class OwnServer:
    """Serves the batches of a log in their order."""

    def __init__(
        self, features: Sequence[Feature], every: Sequence[Feature], log: Log,
        raw: Mapping[str, str], faults: Mapping[str, OwnFault],
    ) -> None:  # fmt: skip
        """Take the features to serve, all of the file, their raw columns, and faults by feature."""
        self.raw, self.faults = raw, faults
        scoped = [f for f in features if scope_of(f.steps) is not None]
        self.names = [f.name for f in scoped]
        self.right: ScopeReader | None = None
        self.other: ScopeReader | None = None
        if not scoped:
            return
        self.right = reader_of(scoped, every, log, raw)
        changed = {
            name: fault.scope
            for name, fault in faults.items()
            if isinstance(fault, ScopeFault) and fault.scope is not None
        }
        if changed:
            others = [changed.get(f.name, f) for f in every]
            self.other = reader_of([changed.get(f.name, f) for f in scoped], others, log, raw)

    def served(self, features: Sequence[Feature], batch: Batch, mask: RowMask) -> dict[str, Served]:
        """Return the columns of the features; rows of the mask have the faults."""
        columns = dict(batch.columns)
        changed: dict[str, pa.Array] = {}
        for feature in features:
            name = self.raw[feature.name]
            array = self._changed_raw(feature, batch, mask)
            if array is not None:
                columns[name] = changed[feature.name] = array
        rows = rows_of(replace(batch, columns=columns))
        right = {} if self.right is None else self.right.read(rows, self.names)
        other = {} if self.other is None else self.other.read(rows, self.names)
        made: dict[str, Served] = {}
        for feature in features:
            column = columns.get(self.raw[feature.name], pa.nulls(batch.rows))
            if feature.groups:
                partition = _partition(feature, batch)
                values = served_by_key(feature.groups, feature.steps, partition, column)
                faulty = self._by_key(feature, partition, column, values)
            else:
                behind = _behind(feature)
                values = forward(behind, right[feature.name].values)
                of_other = other.get(feature.name)
                faulty = self._over_scope(
                    feature, column, right[feature.name].values,
                    None if of_other is None else of_other.values,
                )  # fmt: skip
            served = values if faulty is None else np.where(mask, faulty, values)
            moved = feature.name in changed or not np.array_equal(served, values, equal_nan=True)
            made[feature.name] = Served(served, moved, changed.get(feature.name))
        return made

    def _changed_raw(self, feature: Feature, batch: Batch, mask: RowMask) -> pa.Array | None:
        fault = self.faults.get(feature.name)
        column = batch.columns.get(self.raw[feature.name])
        if column is None:
            return None
        x = numbers(column).values.astype(np.float64)
        changed = x.copy()
        if isinstance(fault, ScopeFault) and fault.raw is not None:
            changed = forward(fault.raw.steps, x)
        elif isinstance(fault, KeyFaults):
            for key, rows in _partition(feature, batch).parts():
                of_key = fault.by_key.get(key)
                if isinstance(of_key, ChangedRawValues):
                    changed[rows] = forward(of_key.steps, x[rows])
        if np.array_equal(changed, x, equal_nan=True):
            return None
        values = np.where(mask, changed, x)
        return pa.array(values, pa.float64(), mask=np.isnan(values))

    def _by_key(
        self, feature: Feature, partition: Partition, column: pa.Array, right: FloatArray
    ) -> FloatArray | None:
        fault = self.faults.get(feature.name)
        if not isinstance(fault, KeyFaults):
            return None
        x = numbers(column).values.astype(np.float64)
        served = right.copy()
        for key, rows in partition.parts():
            mechanism = fault.by_key.get(key)
            if isinstance(mechanism, Mechanism):
                served[rows] = forward(mechanism.steps, x[rows])
        return served

    def _over_scope(
        self, feature: Feature, column: pa.Array, right: FloatArray, other: FloatArray | None
    ) -> FloatArray | None:
        fault = self.faults.get(feature.name)
        if not isinstance(fault, ScopeFault) or fault.raw is not None:
            return None
        if fault.scope is not None:
            return None if other is None else forward(_behind(feature), other)
        if fault.of == "result":
            return forward(fault.steps, right)
        return forward(fault.steps, numbers(column).values.astype(np.float64))


def _partition(feature: Feature, batch: Batch) -> Partition:
    keys = batch.columns.get(feature.by or "")
    return Partition.of(keys, batch.rows, tuple(feature.groups))


def _behind(feature: Feature) -> tuple[Step, ...]:
    scope = scope_of(feature.steps)
    return feature.steps if scope is None else feature.steps[scope[0] + 1 :]
