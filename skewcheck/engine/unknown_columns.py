"""First rows of columns of a log that are of no feature, to look for those that were renamed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from skewcheck.causes.renamed_columns import UnknownColumns
from skewcheck.counts.plan import Plan
from skewcheck.engine.source import LogSource
from skewcheck.features.types import FloatArray
from skewcheck.logs.arrays import labels, numbers
from skewcheck.logs.arrays.categorical import Labels
from skewcheck.logs.arrays.cells import is_text

MAX_COLUMNS = 64
"""Columns that are read, the first: of a wide log most are of other models."""


def unknown_columns(source: LogSource, plan: Plan) -> UnknownColumns:
    """Return the columns that no feature, time or segment has; numbers are levels as well."""
    read, features = plan.feature_columns()
    window = plan.window.column if plan.window is not None else ""
    taken = read | features | {p.feature.name for p in plan.features} | {window}
    kinds = {
        name: _flat(kind) for name, kind in source.schema().items()
        if name not in taken and not name.startswith("_")
    }  # fmt: skip
    names = [name for name, kind in kinds.items() if _is_number(kind) or is_text(kind)]
    head = source.head(names[:MAX_COLUMNS]) if names else None
    of_numbers: dict[str, FloatArray] = {}
    of_levels: dict[str, Labels] = {}
    for name in [] if head is None else names[:MAX_COLUMNS]:
        array = head.columns.get(name) if head is not None else None
        if array is None:
            continue
        if _is_number(kinds[name]):
            of_numbers[name] = numbers(array).values.astype(np.float64)
        if not pa.types.is_floating(kinds[name]):
            of_levels[name] = labels(array)
    return UnknownColumns(of_numbers, of_levels)


def _flat(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )
