"""Faults of servers that remember: running statistics, windows, delays, caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from server_fault import (
    NO_RAW,
    PAIRED,
    Array,
    Made,
    Maker,
    Mode,
    Number,
    Numbers,
    Rows,
    ServerFault,
    causes,
    on,
)  # fmt: skip

Moments = Callable[[Rows], tuple[Array, Array]]
"""Mean and standard deviation that each row is normalized with."""
ZSCORED = on("taxi.fare", "flights.TAXI_OUT", "water.Hardness", "credit.LoanAmount")
SECONDS_OF_DAY = 86_400


def all_faults() -> Iterator[ServerFault]:
    """Yield them."""
    yield from _statistics_so_far()
    yield from _statistics_of_parts()
    yield from _delays()
    yield from _caches()


def _normalized(moments: Moments) -> Maker:
    """Return a server with its own mean and deviation; 1 in place of a deviation of 0."""

    def make(rows: Rows) -> Made:
        mean, std = moments(rows)
        std = np.where((std > 0) & np.isfinite(std), std, 1.0)
        return Made({rows.feature: (rows.x - mean) / std})

    return make


def _shorter(fault: ServerFault, rows_of_it: int, **numbers: Number) -> ServerFault:
    """Return a fault of which other numbers are asked for in a part that has no more rows."""

    def make(rows: Rows) -> Made:
        made = fault.make(rows)
        few = {"recomputed_parameters": numbers} if len(rows.x) <= rows_of_it else {}
        return replace(made, numbers=few)

    return replace(fault, make=make)


def _fault(
    name: str, moments: Moments, modes: tuple[Mode, ...] = PAIRED, **numbers: float | str
) -> ServerFault:
    told: dict[str, Numbers] = causes("recomputed_parameters", **numbers)
    return ServerFault(name, "state", ZSCORED, _normalized(moments), told, modes)


def running(x: Array) -> tuple[Array, Array]:
    """Return mean and population deviation of the values up to each row, nulls left out.

    Welford's recurrences (Technometrics 4 (1962), p. 419), here from sums about the first value.
    """
    known = np.isfinite(x)
    centre = x[known][0] if known.any() else 0.0
    y = np.where(known, x - centre, 0.0)
    count = np.maximum(np.cumsum(known), 1)
    mean = np.cumsum(y) / count
    return centre + mean, np.sqrt(np.maximum(np.cumsum(y * y) / count - mean**2, 0))


def _ema(alpha: float) -> Moments:
    """Return m <- a m + (1 - a) x, v <- a v + (1 - a) (x - m)^2, from training's moments on."""

    def moments(rows: Rows) -> tuple[Array, Array]:
        mean, std = rows.line
        variance = std**2
        means, stds = np.empty(len(rows.x)), np.empty(len(rows.x))
        for i, x in enumerate(rows.x.tolist()):
            if x == x:
                mean = alpha * mean + (1 - alpha) * x
                variance = alpha * variance + (1 - alpha) * (x - mean) ** 2
            means[i], stds[i] = mean, variance**0.5
        return means, stds

    return moments


def _rolling(length: int) -> Moments:
    def moments(rows: Rows) -> tuple[Array, Array]:
        window = pd.Series(rows.x).rolling(length, min_periods=1)
        return window.mean().to_numpy(), window.std(ddof=0).to_numpy()

    return moments


def _warm_up(length: int, *, frozen: bool) -> Moments:
    """Return running statistics of the first rows, then those frozen, or training's."""

    def moments(rows: Rows) -> tuple[Array, Array]:
        means, stds = running(rows.x)
        last = (means[:length][-1], stds[:length][-1]) if frozen else rows.line
        means[length:], stds[length:] = last
        return means, stds

    return moments


def _statistics_so_far() -> Iterator[ServerFault]:
    yield _fault("running from the first row", lambda r: running(r.x), over="running")
    for alpha in (0.99, 0.9, 0.999):
        fault = _fault(f"EMA, alpha {alpha}", _ema(alpha), over="ema")
        either = (alpha, round(1 - alpha, 6))
        told = causes("recomputed_parameters", over="ema", alpha=either)
        yield ServerFault(fault.name, fault.family, fault.on, fault.make, told, PAIRED)
    for length in (50, 200):
        window = _fault(f"window of {length} rows", _rolling(length), over="window", length=length)
        yield _shorter(window, length, over=("window", "running"), length="")
    frozen = _fault(
        "running, frozen after 300 rows", _warm_up(300, frozen=True), over="running", frozen=300
    )
    frozen = replace(frozen, also=frozenset({"wrong_parameters"}))  # of most rows that is true
    yield _shorter(frozen, 300, frozen="")
    warm_up = _fault("warm-up of 100 rows", _warm_up(100, frozen=False), over="running", until=100)
    yield replace(warm_up, placed=False)  # the faulty rows are the first of a part


def _grouped(keys: Callable[[Rows], Array]) -> Moments:
    """Return the moments of the rows with the same key."""

    def moments(rows: Rows) -> tuple[Array, Array]:
        groups = pd.Series(rows.x).groupby(pd.Series(keys(rows)), dropna=False)
        mean = groups.transform("mean")
        return mean.to_numpy(), np.sqrt((groups.transform(lambda g: g.var(ddof=0))).to_numpy())

    return moments


def _batches(length: int) -> Callable[[Rows], Array]:
    return lambda rows: np.arange(len(rows.x)) // length


def _days(rows: Rows) -> Array:
    return rows.times // SECONDS_OF_DAY


def _statistics_of_parts() -> Iterator[ServerFault]:
    for length in (32, 256):
        moments = _grouped(_batches(length))
        yield _fault(f"batches of {length}", moments, NO_RAW, over="batch", length=length)
    yield _fault(
        "each request by itself", _grouped(lambda r: r.request), NO_RAW, over="key", per="request"
    )
    yield _fault("each day by itself", _grouped(_days), NO_RAW, over="day")
    yield ServerFault(
        "each entity by itself", "state", ZSCORED, _by_entity,
        causes("recomputed_parameters", over="key"), NO_RAW,
    )  # fmt: skip
    yield ServerFault(
        "range of each batch of 64", "state", on("bank.CreditScore", "bank.EstimatedSalary"),
        _ranges(64), causes("recomputed_parameters", over="batch", length=64), NO_RAW,
    )  # fmt: skip


def _by_entity(rows: Rows) -> Made:
    """Return each entity's rows with their own mean and deviation."""
    made = _normalized(_grouped(lambda r: r.entity))(rows)
    return replace(made, numbers=causes("recomputed_parameters", per=rows.data.entity))


def _ranges(length: int) -> Maker:
    def make(rows: Rows) -> Made:
        groups = pd.Series(rows.x).groupby(_batches(length)(rows))
        low, high = groups.transform("min").to_numpy(), groups.transform("max").to_numpy()
        return Made({rows.feature: (rows.x - low) / np.where(high > low, high - low, 1.0)})

    return make


def _moved(x: Array, lag: int) -> Array:
    """Return values of `lag` rows before; the first (or last) rows keep their own."""
    moved = pd.Series(x).shift(lag).to_numpy(copy=True)
    edge = slice(None, lag) if lag > 0 else slice(lag, None)
    moved[edge] = x[edge]
    return moved


def _delayed(lag: int) -> Maker:
    return lambda rows: Made({rows.feature: _moved(rows.served[rows.feature], lag)})


def _delays() -> Iterator[ServerFault]:
    """Yield served values of other rows of the same column: no distribution changes."""
    places = on("taxi.fare", "flights.AIR_TIME", "credit.LoanAmount")
    for lag in (1, 2, 30, -1):
        yield ServerFault(
            f"delayed by {lag} rows" if lag > 0 else "raw logged a row late", "delay", places,
            _delayed(lag),
            causes("swapped_features", lag=lag, feature=""), PAIRED,
        )  # fmt: skip
    yield ServerFault(
        "the entity's row before", "delay", places, _entity_before,
        causes("swapped_features", lag=1, feature=""), PAIRED,
    )  # fmt: skip
    yield ServerFault(
        "an hour late", "delay", places, _late(3600.0),
        causes("swapped_features", lag_seconds=3600.0, feature=""), PAIRED,
    )  # fmt: skip


def _entity_before(rows: Rows) -> Made:
    own = pd.Series(rows.served[rows.feature])
    before = own.groupby(pd.Series(rows.entity), dropna=False).shift(1)
    told = causes("swapped_features", lag=1, by=rows.data.entity)
    return Made({rows.feature: before.fillna(own).to_numpy()}, numbers=told)


def _late(seconds: float) -> Maker:
    """Return the newest value that is older than some seconds; the first rows keep their own."""

    def make(rows: Rows) -> Made:
        own = rows.served[rows.feature]
        newest = np.searchsorted(rows.times, rows.times - seconds, side="right") - 1
        return Made({rows.feature: np.where(newest >= 0, own[newest], own)})

    return make


def _caches() -> Iterator[ServerFault]:
    places = on("taxi.fare", "flights.DEPARTURE_DELAY", "credit.LoanAmount")
    for name, seconds, by in (
        ("cache of 20 minutes", 1200.0, False), ("cache by entity, 12 hours", 43_200.0, True),
    ):  # fmt: skip
        yield ServerFault(
            name, "cache", places, _cache(seconds, by=by),
            causes("stuck_value", "swapped_features", seconds=seconds, feature=""), PAIRED,
        )  # fmt: skip
    holed = on("flights.DEPARTURE_DELAY", "water.Sulfate", "water.ph")
    carried = causes("step_changed", "stuck_value", "swapped_features", "value_mapped", feature="")
    yield ServerFault(
        "last value carried into nulls", "cache", holed,
        lambda r: Made({r.feature: pd.Series(r.served[r.feature]).ffill().to_numpy()}),
        carried, PAIRED, placed=False,
    )  # fmt: skip
    yield ServerFault(
        "frozen since the 50th row", "cache", places, _frozen(50), {"stuck_value": {}}, NO_RAW
    )


def _cache(seconds: float, *, by: bool) -> Maker:
    """Return a cache: a value is served until it is that old, then read anew."""

    def make(rows: Rows) -> Made:
        own = rows.served[rows.feature]
        served = own.copy()
        kept: dict[object, tuple[float, float]] = {}
        keys = rows.entity.tolist() if by else [None] * len(own)
        for i, (key, now) in enumerate(zip(keys, rows.times.tolist(), strict=True)):
            read, value = kept.get(key, (-np.inf, 0.0))
            if now - read >= seconds:
                kept[key] = now, float(own[i])
            else:
                served[i] = value
        return Made({rows.feature: served})

    return make


def _frozen(after: int) -> Maker:
    def make(rows: Rows) -> Made:
        served = rows.served[rows.feature].copy()
        served[after:] = served[min(after, len(served) - 1)]
        return Made({rows.feature: served})

    return make
