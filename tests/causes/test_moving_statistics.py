"""Servers that normalize with statistics of their own rows: each is a loop over rows, written here.

The statistics of a group or a window are NumPy's `mean`, `std`, `min` and `max` of its values, each
computed once; those of all rows so far are Welford's loop.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.reports.words.causes import sentence
from tests.causes.stateful import (
    KNOWN,
    MEAN,
    SIZES,
    STD,
    TRAIN,
    Array,
    Served,
    Server,
    causes_of,
    right,
    the_cause,
)


def scaled(value: Array, values: Array, ddof: int = 0) -> Array:
    """Standardize values (n,) by the mean and deviation of others (m,); 0 without a deviation."""
    if len(values) < 2:
        return np.zeros(len(value))
    spread = np.std(values, ddof=ddof)
    return (value - np.mean(values)) / spread if spread else np.zeros(len(value))


def welford(values: Array, *, earlier: bool = False, stop: int | None = None) -> Array:
    """Standardize each value with all so far, or all before it; with the first `stop` at most."""
    made, n, mean, square = np.zeros(len(values)), 0, 0.0, 0.0
    for i, value in enumerate(values.tolist()):
        if earlier and square > 0:
            made[i] = (value - mean) / (square / n) ** 0.5
        if stop is None or n < stop:
            n += 1
            step = value - mean
            mean += step / n
            square += step * (value - mean)
        if not earlier and square > 0:
            made[i] = (value - mean) / (square / n) ** 0.5
    return made


def last_of(windows: Array, *, minmax: bool, ddof: int) -> Array:
    """Scale the last value of each of some windows (n, length) by all of its values.

    Two values or more that are all the same, which have no deviation, give 0.
    """
    last = windows[:, -1]
    if minmax:
        centre = windows.min(axis=1)
        spread = windows.max(axis=1) - centre
    else:
        centre, spread = windows.mean(axis=1), windows.std(axis=1, ddof=ddof)
    return np.divide(last - centre, spread, out=np.zeros(len(last)), where=spread != 0)


def window(length: int, *, minmax: bool = False, ddof: int = 0) -> Server:
    """Return a server with the statistics of the last rows."""

    def serve(rows: Served) -> Array:
        made = np.zeros(len(rows.raw))
        for i in range(1, min(length - 1, len(made))):  # windows that are not full yet
            made[i] = last_of(rows.raw[None, : i + 1], minmax=minmax, ddof=ddof)[0]
        if len(made) >= length:
            full = np.lib.stride_tricks.sliding_window_view(rows.raw, length)
            made[length - 1 :] = last_of(full, minmax=minmax, ddof=ddof)
        return made

    return serve


@pytest.mark.parametrize("minmax", [False, True])
def test_windows_are_those_of_a_loop(minmax: bool) -> None:
    raw = np.round(np.random.default_rng(2).lognormal(2, 0.8, 60), 2)
    raw[20:30] = raw[20]  # windows without a deviation
    none = np.zeros(60)
    made = window(8, minmax=minmax, ddof=1)(Served(raw, none, none, none)).tolist()
    for i, value in enumerate(raw.tolist()):
        last = raw[max(i - 7, 0) : i + 1].tolist()
        low, high, mean = min(last), max(last), sum(last) / len(last)
        squares = sum((x - mean) ** 2 for x in last)
        if minmax:
            expected = (value - low) / (high - low) if high > low else 0.0
        else:
            expected = (value - mean) / (squares / (len(last) - 1)) ** 0.5 if high > low else 0.0
        assert made[i] == pytest.approx(expected, abs=1e-12)


def of_groups(codes: Array, raw: Array, *, before: bool = False) -> Array:
    """Standardize rows with the statistics of their group, or of the group before it."""
    made, order = right("fare", raw), np.unique(codes)
    for group, code in enumerate(order.tolist()):
        source = code if not before else order[group - 1] if group else None
        if source is not None:
            made[codes == code] = scaled(raw[codes == code], raw[codes == source])
    return made


def batch(length: int) -> Server:
    """Return a server with the statistics of batches of so many rows."""
    return lambda rows: of_groups(np.arange(len(rows.raw)) // length, rows.raw)


def of_days(rows: Served, *, before: bool = False) -> Array:
    return of_groups(rows.times // 86_400, rows.raw, before=before)


def by_key(server: Server) -> Server:
    """Return a server that keeps the rows of each key apart."""

    def serve(rows: Served) -> Array:
        made = np.zeros(len(rows.raw))
        for key in np.unique(rows.keys):
            own = np.flatnonzero(rows.keys == key)
            made[own] = server(Served(*(column[own] for column in rows)))
        return made

    return serve


SERVERS: Mapping[str, tuple[Server, Mapping[str, object]]] = {
    "all so far": (lambda rows: welford(rows.raw), {"over": "running"}),
    "all before": (
        lambda rows: welford(rows.raw, earlier=True), {"over": "running", "earlier": True}
    ),
    "windows": (window(50), {"over": "window", "length": 50}),
    "windows of ddof 1": (window(77, ddof=1), {"over": "window", "length": 77, "ddof": 1}),
    "windows of ends": (
        window(120, minmax=True), {"over": "window", "length": 120, "method": "minmax"}
    ),
    "batches": (batch(64), {"over": "batch", "length": 64}),
    "large batches": (batch(225), {"over": "batch", "length": 225}),
    "days": (of_days, {"over": "day"}),
    "yesterday": (lambda rows: of_days(rows, before=True), {"over": "day", "earlier": True}),
}  # fmt: skip


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("host", [None, 2])
@pytest.mark.parametrize("server", SERVERS)
def test_statistics_of_own_rows_are_named(server: str, host: int | None, rows: int) -> None:
    serve, parameters = SERVERS[server]
    cause = the_cause(causes_of(serve, rows, host=host), host)
    assert (cause.code, cause.variant) == ("recomputed_parameters", "over")
    told = {key: value for key, value in cause.parameters.items() if key != "after"}
    assert told == parameters
    assert cause.share == pytest.approx(1.0 if host is None else 0.25, abs=0.02 + 0.08)


@pytest.mark.parametrize("rows", SIZES)
def test_a_server_that_sums_in_float32(rows: int) -> None:
    def serve(served: Served) -> Array:
        made, n, mean, square = np.zeros(rows), np.float32(0), np.float32(0), np.float32(0)
        for i, value in enumerate(served.raw.astype(np.float32)):
            n += np.float32(1)
            step = value - mean
            mean += step / n
            square += step * (value - mean)
            made[i] = (value - mean) / np.sqrt(square / n) if square > 0 else 0.0
        return made

    cause = the_cause(causes_of(serve, rows), None)
    assert cause.parameters == {"over": "running"}


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("host", [None, 2])
def test_a_log_that_begins_within_a_batch(host: int | None, rows: int) -> None:
    def serve(served: Served) -> Array:
        earlier = np.random.default_rng(1).lognormal(2, 0.8, 17)  # rows of the log before
        return of_groups(
            np.arange(17 + len(served.raw)) // 64, np.append(earlier, served.raw)
        )[17:]  # fmt: skip

    (cause,) = causes_of(serve, rows, host=host)
    assert (cause.code, cause.confidence) == ("recomputed_parameters", 0.99)
    assert cause.parameters == {"over": "batch", "length": 64}


KEYED: Mapping[str, tuple[Server, Mapping[str, object]]] = {
    "all so far": (by_key(lambda rows: welford(rows.raw)), {"over": "running"}),
    "windows": (by_key(window(8)), {"over": "window", "length": 8}),
    "batches": (by_key(batch(5)), {"over": "batch", "length": 5}),
}


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("server", KEYED)
def test_statistics_of_the_rows_of_each_key(server: str, rows: int) -> None:
    serve, parameters = KEYED[server]
    cause = the_cause(causes_of(serve, rows), None)
    assert (cause.code, dict(cause.parameters)) == (
        "recomputed_parameters", {**parameters, "by": "robot"}
    )  # fmt: skip
    assert sentence(cause).endswith(", by robot")


@pytest.mark.parametrize("rows", SIZES)
def test_min_max_scaling_of_windows_where_training_scales_so(rows: int) -> None:
    cause = the_cause(causes_of(window(40, minmax=True), rows, name="ratio"), None)
    assert cause.parameters == {"over": "window", "length": 40}


@pytest.mark.parametrize("rows", SIZES)
def test_each_key_by_itself(rows: int) -> None:
    cause = the_cause(causes_of(lambda r: of_groups(r.keys, r.raw), rows), None)
    assert (cause.code, cause.variant) == ("recomputed_parameters", "each")
    assert cause.parameters == {"over": "key", "per": "robot", "count": 90}


@pytest.mark.parametrize("rows", SIZES)
def test_each_request_by_itself(rows: int) -> None:
    rng = np.random.default_rng(5)
    fare = np.round(rng.lognormal(2, 0.8, rows), 2)
    request = np.repeat(np.arange(rows), rng.integers(2, 12, rows))[:rows]
    made = np.zeros(rows)
    for first in np.flatnonzero(np.diff(request, prepend=-1)).tolist():
        own = np.arange(first, first + int((request[first : first + 12] == request[first]).sum()))
        made[own] = scaled(fare[own], fare[own])
    table = {"fare": fare, "fare_n": made.astype(np.float32), "request": request}
    audit = skewcheck.audit(KNOWN, pa.table(table), served="{feature}_n")
    (cause,) = next(f for f in audit.features if f.name == "fare").causes
    assert (cause.code, cause.variant, cause.confidence) == ("recomputed_parameters", "each", 0.99)
    assert cause.parameters["per"] == "request"


RNG = np.random.default_rng(9)
OTHERS: Mapping[str, Server] = {
    "noise": lambda rows: rows.right * (1 + RNG.normal(0, 0.01, len(rows.right))),
    "two hosts with constants": lambda rows: np.where(
        rows.keys < 30, (rows.raw - 9) / 8, np.where(rows.keys < 60, (rows.raw - 12) / 9,
                                                     rows.right)
    ),
    "other numbers each day": lambda rows: rows.right * (1 + rows.times // 86_400 % 7 / 50),
    "a drifting mean": lambda rows: rows.right + np.linspace(0, 2, len(rows.right)),
    "windows with noise": lambda rows: window(30)(rows) + RNG.normal(0, 0.05, len(rows.right)),
    "shuffled": lambda rows: RNG.permutation(welford(rows.raw)),
}  # fmt: skip


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("server", OTHERS)
def test_what_is_no_statistic_of_own_rows_is_not_named_so(server: str, rows: int) -> None:
    for cause in causes_of(OTHERS[server], rows):
        assert "over" not in cause.parameters
        assert "lag" not in cause.parameters


def test_constants_near_the_log_are_no_running_statistics() -> None:
    columns = TRAIN["fare"][:3_000]
    constant = (columns - MEAN["fare"] * 1.001) / STD["fare"]
    table = {"fare": columns, "fare_n": constant.astype(np.float32)}
    audit = skewcheck.audit(KNOWN, pa.table(table), served="{feature}_n")
    (cause,) = next(f for f in audit.features if f.name == "fare").causes
    assert cause.code == "wrong_parameters"
