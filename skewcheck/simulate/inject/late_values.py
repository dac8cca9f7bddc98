"""Right values of other rows: late ones, cached ones; and values that are lost."""

from __future__ import annotations

import numpy as np

from skewcheck.causes.mechanism import FeatureContext
from skewcheck.features.transform import Served
from skewcheck.features.types import IntArray
from skewcheck.simulate.inject.arrived_rows import ArrivedRows, ArrivedValues
from skewcheck.simulate.inject.fault_settings import (
    FaultSettings,
    check_keys,
    fault_error,
    number,
    setting_error,
    whole,
)


def lagged(context: FeatureContext, rows: ArrivedRows, settings: FaultSettings) -> ArrivedValues:
    """Return the values of `lag` rows before (negative: behind); rows without any keep theirs."""
    check_keys(context, settings, ["lag", "by", "swapped"])
    lag = number(context, settings, "lag", 1)
    if not lag.is_integer() or not lag or settings.get("swapped", "rows") != "rows":
        raise setting_error(context, " lag: must be a whole number, and not 0")
    series = rows.series
    at = np.arange(len(series.order)) - int(lag)
    inside = (at >= series.start) & (at < series.end)
    return _of_rows(context, rows, np.where(inside, at, np.arange(len(at))))


def cached(context: FeatureContext, rows: ArrivedRows, settings: FaultSettings) -> ArrivedValues:
    """Return values that are served again for so many `rows` or `seconds` after they were read."""
    check_keys(context, settings, ["repeats", "rows", "seconds", "by"])
    series = rows.series
    if "rows" in settings:
        if "seconds" in settings:
            raise setting_error(context, ": set rows or seconds, and not both")
        length = whole(context, settings, "rows", 1)
        at = np.arange(len(series.order))
        return _of_rows(context, rows, at - series.place % length)
    life = number(context, settings, "seconds", 0.0)
    if rows.times is None or not np.isfinite(rows.times).all():
        raise fault_error(context, "seconds of a cache need a time in each row (time_column)")
    if not life > 0:
        raise setting_error(context, " seconds: must be above 0")
    times = rows.times[series.order].tolist()
    read: IntArray = np.arange(len(times))
    for i, first in enumerate(series.start.tolist()):
        if i > first and times[i] - times[int(read[i - 1])] < life:
            read[i] = read[i - 1]
    return _of_rows(context, rows, read)


def _of_rows(context: FeatureContext, rows: ArrivedRows, at: IntArray) -> ArrivedValues:
    """Return a feature's right values at other places of their series."""
    order = rows.series.order
    source: IntArray = np.empty(len(order), np.int64)
    source[order] = order[at]
    columns = rows.served[context.feature.name]
    return ArrivedValues({name: values[source] for name, values in columns.items()})


def lost(context: FeatureContext, rows: ArrivedRows, settings: FaultSettings) -> ArrivedValues:
    """Return nulls, as after a timeout or a failed join; with side=raw they are logged as well."""
    check_keys(context, settings, ["value", "side"])
    side = settings.get("side", "served")
    if side not in ("served", "raw"):
        raise setting_error(context, " side: must be served or raw")
    columns = rows.served[context.feature.name]
    return ArrivedValues({name: _nulls(v) for name, v in columns.items()}, lost=side == "raw")


def _nulls(values: Served) -> Served:
    if values.dtype == np.float64:
        return np.full(len(values), np.nan)
    return np.empty(len(values), np.object_)
