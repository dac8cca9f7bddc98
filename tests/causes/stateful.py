"""What tests of servers with a state share: a log in its order, of which some rows are one host's.

Servers are loops over rows, written in the tests: never with skewcheck's own statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

import skewcheck
from skewcheck import Parameters
from skewcheck.features.steps import MinMax, ZScore
from skewcheck.features.types import Feature
from skewcheck.results.causes import Cause

Array = NDArray[np.float64]
SIZES = (3_000, 24_000)
"""Rows of a log that the sample of causes holds completely, and of one that it does not."""
_RNG = np.random.default_rng(17)
TRAIN: Mapping[str, Array] = {
    "fare": np.round(_RNG.lognormal(2, 0.8, 20_000), 2),
    "temp": _RNG.normal(5, 8, 20_000),
    "ratio": _RNG.beta(2, 5, 20_000),
}
MEAN, STD, LOW, HIGH = (
    {name: float(f(x)) for name, x in TRAIN.items()} for f in (np.mean, np.std, np.min, np.max)
)
FEATURES = tuple(
    Feature(
        name, "numeric",
        (MinMax(LOW[name], HIGH[name]) if name == "ratio" else ZScore(MEAN[name], STD[name]),),
    )
    for name in TRAIN
)  # fmt: skip
KNOWN = skewcheck.fit(pa.table(dict(TRAIN)), parameters=Parameters(FEATURES, "sha256:0"))


class Served(NamedTuple):
    """What a server takes: raw values in their order, what training makes of them, times, keys."""

    raw: Array
    right: Array
    times: Array
    keys: Array


Server = Callable[[Served], Array]


def right(name: str, raw: Array) -> Array:
    """Return what training makes of raw values."""
    if name == "ratio":
        return (raw - LOW[name]) / (HIGH[name] - LOW[name])
    return (raw - MEAN[name]) / STD[name]


@cache
def log(rows: int, seed: int) -> Mapping[str, Array]:
    """Return raw values that drift by the day, hosts, keys and times of rows, in their order."""
    rng = np.random.default_rng(seed)
    times = 1.7e9 + np.cumsum(rng.uniform(5, 35, rows) * 3_000 / rows * 40)
    moved = 1 + 0.2 * np.sin(times / 86_400)
    return {
        "fare": np.round(rng.lognormal(2, 0.8, rows) * moved, 2),
        "temp": rng.normal(5, 8, rows) * moved + 3,
        "ratio": rng.beta(2, 5, rows),
        "host": rng.integers(0, 4, rows).astype(float),
        "key": rng.integers(0, 90, rows).astype(float),
        "times": times,
    }


def causes_of(
    server: Server, rows: int, *, name: str = "fare", host: int | None = None, seed: int = 3,
    hidden: Sequence[str] = (), raw: Array | None = None,
) -> list[Cause]:  # fmt: skip
    """Return what is said of a feature that a server serves in all rows, or in those of one host.

    Columns that are `hidden` are not logged; `raw` takes the place of the feature's raw values.
    """
    columns = log(rows, seed) if raw is None else {**log(rows, seed), name: raw}
    served = {feature: right(feature, columns[feature]) for feature in TRAIN}
    own = np.flatnonzero(columns["host"] == host) if host is not None else np.arange(rows)
    view = Served(columns[name][own], served[name][own], columns["times"][own], columns["key"][own])
    served[name][own] = server(view)
    table: dict[str, NDArray[np.generic]] = {
        **{feature: columns[feature] for feature in TRAIN},
        **{f"{feature}_n": values.astype(np.float32) for feature, values in served.items()},
        "host": np.array([f"web-{number:.0f}" for number in columns["host"]]),
        "robot": np.array([f"r{number:.0f}" for number in columns["key"]]),
        "time": (columns["times"] * 1e6).astype(np.int64).astype("datetime64[us]"),
    }
    data = pa.table({key: column for key, column in table.items() if key not in hidden})
    audit = skewcheck.audit(KNOWN, data, served="{feature}_n", time_column="time")
    wrong = {f.name: [c for c in f.causes if c.side == "served"] for f in audit.features}
    assert not any(causes for feature, causes in wrong.items() if feature != name)
    return wrong[name]


def the_cause(causes: Sequence[Cause], host: int | None) -> Cause:
    """Return the only cause, which is sure and has its place, if rows of one host are affected."""
    (cause,) = causes
    assert cause.confidence == 0.99
    if host is None:
        assert cause.place is None
    else:
        assert cause.place is not None
        assert cause.place.values == (f"web-{host}",)
    return cause
