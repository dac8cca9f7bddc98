"""Servers with a state that answer some of the rows: those of no column, or of a host by key.

Servers are the loops of test_moving_statistics.py and test_delays.py, on rows chosen here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause
from tests.causes.stateful import KNOWN, TRAIN, Array, Served, Server, log, right
from tests.causes.test_delays import late
from tests.causes.test_moving_statistics import batch, by_key, of_groups, welford, window

ROWS = 3_000


def caught(
    served: Mapping[str, Array], raw: Mapping[str, Array], *, seed: int = 3
) -> dict[str, tuple[Cause, ...]]:
    """Return the causes of each feature of a log with hosts, robots and times."""
    columns = log(len(next(iter(raw.values()))), seed)
    table = {
        **raw,
        **{f"{name}_n": values.astype(np.float32) for name, values in served.items()},
        "host": np.array([f"web-{number:.0f}" for number in columns["host"]]),
        "robot": np.array([f"r{number:.0f}" for number in columns["key"]]),
        "time": (columns["times"] * 1e6).astype(np.int64).astype("datetime64[us]"),
    }
    audit = skewcheck.audit(KNOWN, pa.table(table), served="{feature}_n", time_column="time")
    return {f.name: tuple(c for c in f.causes if c.side == "served") for f in audit.features}


def answered(server: Server, name: str, bad: Array) -> tuple[Cause, ...]:
    """Return what is said of a feature that a server serves in these rows of a log."""
    columns = log(ROWS, 3)
    raw = {feature: columns[feature] for feature in TRAIN}
    served = {feature: right(feature, x) for feature, x in raw.items()}
    view = (columns[name], served[name], columns["times"], columns["key"])
    served[name][bad] = server(Served(*(column[bad] for column in view)))
    return caught(served, raw)[name]


def some(share: float) -> Array:
    """Return rows at random: nothing in the log tells which ones they are."""
    return np.flatnonzero(np.random.default_rng(11).random(ROWS) < share)


SERVERS: Mapping[str, tuple[Server, Mapping[str, object]]] = {
    "all so far": (lambda rows: welford(rows.raw), {"over": "running"}),
    "windows": (window(40), {"over": "window", "length": 40}),
    "batches": (batch(32), {"over": "batch", "length": 32}),
    "a delay": (late(2), {"swapped": "rows", "lag": 2}),
}


@pytest.mark.parametrize("server", SERVERS)
def test_a_share_of_the_rows_goes_to_a_server_with_a_state(server: str) -> None:
    serve, parameters = SERVERS[server]
    (cause,) = answered(serve, "temp", some(0.1))
    assert cause.confidence == 0.99
    assert dict(cause.parameters) == {**parameters, "among": "failing"}
    assert cause.place is None
    assert "among these rows alone" in sentence(cause)


def test_a_warm_up_of_a_server_that_answers_a_share_of_the_rows() -> None:
    bad = some(0.15)[:100]
    (cause,) = answered(lambda rows: welford(rows.raw), "temp", bad)
    assert cause.parameters == {"over": "running", "until": 100, "among": "failing"}


@pytest.mark.parametrize("server", [by_key(lambda rows: welford(rows.raw)), late(1)])
def test_rows_of_one_host_by_key(server: Server) -> None:
    host = np.flatnonzero(log(ROWS, 3)["host"] == 2)
    (cause,) = answered(by_key(server), "temp", host)
    assert (cause.parameters["by"], cause.confidence) == ("robot", 0.99)
    assert cause.place is not None
    assert cause.place.values == ("web-2",)


def test_each_key_of_one_host_by_itself() -> None:
    host = np.flatnonzero(log(ROWS, 3)["host"] == 2)
    (cause,) = answered(lambda rows: of_groups(rows.keys, rows.raw), "temp", host)
    assert (cause.parameters["over"], cause.parameters["per"]) == ("key", "robot")


def test_rows_with_nulls_are_known_by_other_features() -> None:
    columns, rng = log(ROWS, 3), np.random.default_rng(2)
    raw = {name: columns[name].copy() for name in TRAIN}
    raw["fare"][rng.random(ROWS) < 0.1] = np.nan
    served, bad = {name: right(name, x) for name, x in raw.items()}, some(0.2)
    for name in ("fare", "temp"):
        for first in range(0, len(bad), 50):
            own = bad[first : first + 50]
            part = raw[name][own]
            served[name][own] = (part - np.nanmean(part)) / np.nanstd(part)
    causes = caught(served, raw)
    for name in ("fare", "temp"):
        (cause,) = causes[name]
        told = dict(cause.parameters)
        assert told == {"over": "batch", "length": 50, "among": "failing"}


OTHERS: Mapping[str, Callable[[Served], Array]] = {
    "noise": lambda rows: rows.right + np.random.default_rng(3).normal(0, 0.3, len(rows.right)),
    "shuffled": lambda rows: np.random.default_rng(3).permutation(rows.right),
    "a drifting mean": lambda rows: rows.right + np.linspace(0.5, 2, len(rows.right)),
}


@pytest.mark.parametrize("server", OTHERS)
def test_what_is_no_state_of_some_rows_is_not_named_so(server: str) -> None:
    for cause in answered(OTHERS[server], "temp", some(0.1)):
        assert "over" not in cause.parameters
        assert "lag" not in cause.parameters
        assert "lag_seconds" not in cause.parameters


def test_lines_of_batches_are_open_where_nothing_tells_the_batches() -> None:
    """Each row has a chance not to be logged: no count of rows finds the batches."""
    columns = log(ROWS, 3)
    raw = {name: columns[name] for name in TRAIN}
    served = {name: right(name, x) for name, x in raw.items()}
    rng, first = np.random.default_rng(4), 0
    while first < ROWS:
        own = slice(first, first + int(rng.integers(200, 700)))
        served["temp"][own] = (raw["temp"][own] - rng.normal(9, 2)) / rng.uniform(7, 9)
        first = own.stop
    causes = caught(served, raw)["temp"]
    assert len(causes) >= 3
    assert all(cause.confidence < 0.9 for cause in causes)
