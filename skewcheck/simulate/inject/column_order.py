"""A matrix whose columns stand in another order than the inputs of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from skewcheck.catalogue.causes import SWAPPED_FEATURES
from skewcheck.causes.column_orders import MatrixColumn, Order, usual_orders
from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.transform import Served, column_names
from skewcheck.features.types import Feature, FloatArray
from skewcheck.simulate.inject.arrived_rows import ArrivedRows, ArrivedValues
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    fault_error,
    number,
    setting_error,
)

RULES = ("alphabetical", "reversed", "numbers_first", "levels_first", "blocks", "permuted")
LABEL_SHARE = 0.3
"""Share of ones in the label column that is left in front: rare enough for a target, and no
constant."""


def reordered(context: FeatureContext, rows: ArrivedRows, settings: FaultSettings) -> ArrivedValues:
    """Return the columns of a feature with the values of those that stand in their places.

    `order` is a rule; `shift` moves all columns on, as a label or an index left in front does.
    """
    check_keys(context, settings, ["order", "shift"])
    columns = [
        MatrixColumn(f.name, c)
        for f in rows.features if _is_number(rows, f) for c in column_names(f.steps) or ("",)
    ]  # fmt: skip
    order = _order(context, columns, settings, rows.seed)
    flat: Mapping[str, Served] = {
        name: values for of in rows.served.values() for name, values in of.items()
    }
    served: dict[str, Served] = {}
    for column, source in zip(columns, order, strict=True):
        if column.feature == context.feature.name:
            values = _label(rows) if source is None else flat[columns[source].name]
            served[column.name] = values
    if not served:
        raise fault_error(context, f"{SWAPPED_FEATURES.code} with an order needs numbers")
    return ArrivedValues(served)


def _is_number(rows: ArrivedRows, feature: Feature) -> bool:
    """Return whether a feature is served as numbers: text stands in no matrix."""
    return all(values.dtype == np.float64 for values in rows.served[feature.name].values())


def _order(
    context: FeatureContext, columns: Sequence[MatrixColumn], settings: FaultSettings, seed: int
) -> Order:
    """Return the order; UsageError for an unknown one, or one that changes nothing."""
    rule, n = settings.get("order", "shifted"), len(columns)
    order: Order | None = None
    if rule == "shifted":
        shift = number(context, settings, "shift", 1)
        if not shift.is_integer() or not 0 < abs(shift) < n:
            raise setting_error(context, f" shift: must be whole, not 0 and below {n} columns")
        by = int(shift)
        order = tuple(i - by if 0 <= i - by < n else None for i in range(n))
    elif "shift" in settings or rule not in RULES:
        raise setting_error(context, f" order: must be one of shifted, {', '.join(RULES)}")
    elif rule == "permuted":
        # One cycle through all columns: none stays in its place.
        cycle = np.random.default_rng(seed).permutation(n)
        order = tuple(cycle[(np.argsort(cycle) + 1) % n].tolist())
    elif rule == "blocks":
        order = (*range(n // 2, n), *range(n // 2))
    else:
        order = next((found for name, found in usual_orders(columns) if name == rule), None)
    if order is None or order == tuple(range(n)):
        raise setting_error(context, f": the columns stand in the order {rule} anyway")
    return order


def _label(rows: ArrivedRows) -> FloatArray:
    """Return a column of zeros and ones that is no feature's."""
    n = len(rows.keys)
    random = np.random.default_rng(rows.seed).random(n)
    return (random < LABEL_SHARE).astype(np.float64)
