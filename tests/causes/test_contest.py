"""Functions of raw values in logs with one side: each fault is written here in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import skewcheck
from skewcheck.catalogue.causes import CAUSES
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause

Array = NDArray[np.float64]
Change = Callable[[Array], Array]
RNG = np.random.default_rng(17)
ROWS = 6000
HOURS = np.exp(-(((np.arange(24) - 18) % 24 - 12) ** 2) / 30) + 0.1
WORLD: Mapping[str, Array] = {
    "hour": RNG.choice(24, ROWS, p=HOURS / HOURS.sum()).astype(float),
    "weekday": RNG.choice(7, ROWS, p=[0.2, 0.17, 0.15, 0.13, 0.12, 0.13, 0.1]).astype(float),
    "seconds": RNG.gamma(2, 400, ROWS).round(),
    "fare": np.round(RNG.lognormal(2, 0.8, ROWS), 2),
    "miles": np.where(RNG.random(ROWS) < 0.2, 0, np.round(RNG.gamma(2, 3, ROWS), 1)),
    "income": RNG.lognormal(8, 0.8, ROWS),
    "temp": RNG.normal(2, 8, ROWS),
    "age": np.clip(RNG.gamma(6, 7, ROWS), 17, 90).round(),
    "delay": np.round(RNG.gamma(1.5, 20, ROWS) - 15),
}
TRAIN = {name: x[: ROWS // 2] for name, x in WORLD.items()}
LOG = {name: x[ROWS // 2 :] for name, x in WORLD.items()}
KNOWN = skewcheck.fit(pa.table(TRAIN))
STEPS = {"seconds": 1.0, "fare": 0.01, "income": 1e-9, "age": 1.0, "miles": 0.1, "temp": 1e-9}
MEAN, STD = ({name: f(x) for name, x in TRAIN.items()} for f in (np.mean, np.std))


def without_point(raw: Array) -> Array:
    return np.array([float(f"{value:.10g}".replace(".", "")) for value in raw])


def up_to_separator(raw: Array) -> Array:
    return np.array([float(f"{value:,.2f}".split(",")[0]) for value in raw])


FAULTS: Mapping[str, tuple[str, Change, str, Mapping[str, object]]] = {
    "sqrt": ("fare", np.sqrt, "value_mapped", {"function": "sqrt"}),
    "cbrt": ("income", np.cbrt, "value_mapped", {"function": "cbrt"}),
    "square": ("fare", np.square, "value_mapped", {"function": "square"}),
    "log10": ("income", np.log10, "value_mapped", {"function": "log10"}),
    "reciprocal": ("fare", np.reciprocal, "value_mapped", {"function": "reciprocal"}),
    "abs": ("temp", np.abs, "value_mapped", {"function": "abs"}),
    "int8": ("seconds", lambda x: (x + 128) % 256 - 128, "value_mapped", {"function": "int8"}),
    "minutes": ("seconds", lambda x: x // 60 * 60, "precision_loss",
                {"multiple": 60.0, "method": "cut"}),
    "quarters": ("seconds", lambda x: np.ceil(x / 900) * 900, "precision_loss",
                 {"multiple": 900.0, "method": "up"}),
    "whole": ("miles", np.trunc, "precision_loss", {"dtype": "int64", "raw": True}),
    "zone": ("hour", lambda x: (x + 5) % 24, "time_shift", {"offset": 5, "modulo": 24}),
    "clock": ("hour", lambda x: (x - 1) % 12 + 1, "time_shift", {"modulo": 12, "first": 1}),
    "week": ("weekday", lambda x: x + 1, "value_mapped", {"offset": 1}),
    "residual": ("miles", lambda x: x - 2.5, "value_mapped", {"offset": -2.5}),
    "born": ("age", lambda x: 2024 - x, "value_mapped", {"minuend": 2024}),
    "comma": ("fare", without_point, "value_mapped", {"function": "decimal_point_lost"}),
    "thousands": ("income", up_to_separator, "value_mapped",
                  {"function": "read_to_thousands_separator"}),
}  # fmt: skip
LIMITS: Mapping[str, tuple[str, Change, Mapping[str, object]]] = {
    "byte": ("seconds", lambda x: np.minimum(x, 255), {"max": 255.0}),
    "negative": ("delay", lambda x: np.maximum(x, 0), {"min": 0.0}),
}


def causes_of(name: str, values: Array, *, served: bool) -> tuple[Cause, ...]:
    """Return what is said of a column of which only one side was logged."""
    if served:
        columns = {f"{n}_n": ((x - MEAN[n]) / STD[n]).astype("f4") for n, x in LOG.items()}
        columns[f"{name}_n"] = ((values - MEAN[name]) / STD[name]).astype("f4")
    else:
        columns = dict(LOG) | {name: values}
    audit = skewcheck.audit(KNOWN, pa.table(columns), served="{feature}_n" if served else None)
    return next(feature.causes for feature in audit.features if feature.name == name)


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize("fault", FAULTS)
def test_functions_are_named(fault: str, *, served: bool) -> None:
    name, change, code, numbers = FAULTS[fault]
    first = causes_of(name, change(LOG[name]), served=served)[0]
    assert (first.code, first.confidence > 0.5) == (code, True)
    assert dict(first.parameters) == numbers
    assert sentence(first)


@pytest.mark.parametrize("fault", LIMITS)
def test_limits_are_named(fault: str) -> None:
    name, change, bound = LIMITS[fault]
    raw, served = (causes_of(name, change(LOG[name]), served=side)[0] for side in (False, True))
    assert (raw.code, dict(raw.parameters)) == ("value_mapped", bound)
    assert (served.code, dict(served.parameters)) == ("step_changed", {"op": "clip", **bound})


@pytest.mark.parametrize("served", [True, False])
@pytest.mark.parametrize("name", ["seconds", "fare", "income", "age", "miles", "temp"])
def test_worlds_that_move_are_no_functions(name: str, *, served: bool) -> None:
    """Growth, a smooth change of the shape, a shift: as worlds do as well as functions."""
    rng, x = np.random.default_rng(3), LOG[name]
    rank = x.argsort().argsort() / len(x)
    step = STEPS[name]
    for moved in (
        x * 1.37,
        x + 0.31 * x.std() * (x > 0),
        rng.choice(x, len(x), p=np.exp(2 * rank) / np.exp(2 * rank).sum()),
        rng.choice(x, len(x), p=np.exp(-3 * rank) / np.exp(-3 * rank).sum()),
        x**1 + rng.exponential(0.5 * x.std(), len(x)),
    ):
        causes = causes_of(name, np.round(moved / step) * step, served=served)
        assert not [c for c in causes if CAUSES[c.code].mechanical and c.confidence >= 0.9]
