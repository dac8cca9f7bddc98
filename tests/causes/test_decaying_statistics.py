"""Servers with exponentially weighted statistics: the loops of common libraries, written here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
import pytest

from tests.causes.stateful import MEAN, SIZES, STD, Array, Served, Server, causes_of, the_cause

Update = Literal["weighted", "before", "after"]
STARTS: Mapping[str, tuple[float, float]] = {
    "standard": (0.0, 1.0),
    "training": (MEAN["fare"], STD["fare"] ** 2),
}


def decaying(
    alpha: float, start: str = "first", *, update: Update = "weighted", earlier: bool = False,
    epsilon: float = 0.0,
) -> Server:  # fmt: skip
    """Return a server whose mean is alpha times the old one and 1 - alpha times the value."""

    def serve(rows: Served) -> Array:
        made = np.zeros(len(rows.raw))
        mean, variance = STARTS.get(start, (float(rows.raw[0]), 0.0))
        for i, value in enumerate(rows.raw.tolist()):
            if earlier and variance > 0:
                made[i] = (value - mean) / (variance + epsilon) ** 0.5
            before, mean = mean, alpha * mean + (1 - alpha) * value
            if update == "weighted":  # of squares less the square of the mean
                variance = alpha * (variance + before**2) + (1 - alpha) * value**2 - mean**2
                variance = max(variance, 0.0) if i else variance
            else:
                around = before if update == "before" else mean
                variance = alpha * variance + (1 - alpha) * (value - around) ** 2
            if not earlier and variance > 1e-9:
                made[i] = (value - mean) / (variance + epsilon) ** 0.5
        return made

    return serve


SERVERS: Mapping[str, tuple[Server, Mapping[str, object]]] = {
    "0.99": (decaying(0.99), {"alpha": 0.99}),
    "0.9": (decaying(0.9, "standard"), {"alpha": 0.9}),
    "0.9995": (decaying(0.9995), {"alpha": 0.9995}),
    "normalized, then updated": (
        decaying(0.999, "training", earlier=True), {"alpha": 0.999, "earlier": True}
    ),
    "around the mean before": (
        decaying(0.97, update="before", earlier=True), {"alpha": 0.97, "earlier": True}
    ),
    "around the mean after": (decaying(0.95, "standard", update="after"), {"alpha": 0.95}),
}  # fmt: skip


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("host", [None, 3])
@pytest.mark.parametrize("server", SERVERS)
def test_a_decay_is_named_with_its_number(server: str, host: int | None, rows: int) -> None:
    serve, parameters = SERVERS[server]
    cause = the_cause(causes_of(serve, rows, host=host), host)
    assert (cause.code, cause.variant) == ("recomputed_parameters", "over")
    assert cause.parameters == {"over": "ema", **parameters}


@pytest.mark.parametrize("rows", SIZES)
def test_an_epsilon_of_such_statistics(rows: int) -> None:
    (cause,) = causes_of(decaying(0.9, "standard", epsilon=1e-3), rows, name="ratio")
    told = {"over": "ema", "alpha": 0.9, "method": "zscore"}
    assert cause.parameters == {**told, "epsilon": 1e-3, "epsilon_in": "variance"}


@pytest.mark.parametrize("rows", SIZES)
def test_pandas_weights(rows: int) -> None:
    def serve(served: Served) -> Array:
        weights = pd.Series(served.raw).ewm(span=100)
        return np.nan_to_num(((served.raw - weights.mean()) / weights.std()).to_numpy())

    cause = the_cause(causes_of(serve, rows), None)
    assert cause.parameters == {"over": "ema", "alpha": pytest.approx(99 / 101), "ddof": 1}


def test_nulls_leave_statistics_as_they_are() -> None:
    rng = np.random.default_rng(3)
    raw = np.where(rng.random(SIZES[0]) < 0.05, np.nan, rng.lognormal(2, 0.8, SIZES[0]))

    def serve(served: Served) -> Array:
        known = np.isfinite(served.raw)
        made = np.full(len(known), np.nan)
        made[known] = decaying(0.99)(Served(*(column[known] for column in served)))
        return made

    (cause,) = causes_of(serve, SIZES[0], raw=raw)
    assert cause.parameters == {"over": "ema", "alpha": 0.99}
