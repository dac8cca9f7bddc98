"""Functions of raw values in logs with one side: each fault is written here in NumPy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

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
    # A world may move by a constant, too: people grow older.
    assert (first.code, first.confidence > 0.5) == (code, first.variant != "offset")
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


def first_of(columns: Mapping[str, object], name: str, served: str | None) -> Cause:
    audit = skewcheck.audit(KNOWN, pa.table(columns), served=served)
    return next(feature.causes[0] for feature in audit.features if feature.name == name)


def test_zeros_that_became_null() -> None:
    nulls = np.where(LOG["miles"] == 0, np.nan, LOG["miles"])
    for columns, served in (
        ({**LOG, "miles": nulls}, None),
        ({"miles_n": (nulls - MEAN["miles"]) / STD["miles"]}, "{feature}_n"),
    ):
        cause = first_of(columns, "miles", served)
        assert (cause.code, cause.variant) == ("value_mapped", "became_null")
        assert cause.parameters == {"value": 0.0}
        assert cause.share == pytest.approx(0.2, abs=0.03)
    lost = np.where(np.random.default_rng(1).random(len(nulls)) < 0.2, np.nan, LOG["miles"])
    audit = skewcheck.audit(KNOWN, pa.table({**LOG, "miles": lost}))
    assert "became_null" not in {c.variant for f in audit.features for c in f.causes}


@pytest.mark.parametrize("name", ["fare", "income", "age"])
def test_normalized_values_cast_to_whole_numbers(name: str) -> None:
    served = np.trunc((LOG[name] - MEAN[name]) / STD[name])
    cause = first_of({f"{name}_n": served}, name, "{feature}_n")
    assert (cause.code, dict(cause.parameters)) == ("precision_loss", {"dtype": "int64"})


@pytest.mark.parametrize("served", [True, False])
def test_one_host(*, served: bool) -> None:
    host = np.random.default_rng(2).integers(0, 4, len(LOG["fare"]))
    for name, change, code in (
        ("fare", np.sqrt, "value_mapped"),
        ("hour", lambda x: (x + 7) % 24, "time_shift"),
    ):
        values = np.where(host == 2, change(LOG[name]), LOG[name])
        column = (values - MEAN[name]) / STD[name] if served else values
        columns = {f"{name}_n" if served else name: column, "host": [f"web-{h}" for h in host]}
        cause = first_of(columns, name, "{feature}_n" if served else None)
        assert (cause.code, cause.place is not None) == (code, True)
        assert cause.place is not None
        assert cause.place.values == ("web-2",)


@pytest.mark.parametrize("served", [True, False])
def test_a_share_of_the_rows(*, served: bool) -> None:
    """A tenth of the rows, in no place: the values that training cannot give tell the function."""
    tenth = np.random.default_rng(4).random(len(LOG["fare"])) < 0.1
    for name, change, function in (
        ("fare", np.sqrt, "sqrt"),
        ("delay", lambda x: np.where(x < 0, x + 65_536, x), "uint16"),
    ):
        values = np.where(tenth, change(LOG[name]), LOG[name])
        column = (values - MEAN[name]) / STD[name] if served else values
        key = f"{name}_n" if served else name
        cause = first_of({key: column}, name, "{feature}_n" if served else None)
        assert (cause.code, dict(cause.parameters)) == ("value_mapped", {"function": function})
        assert cause.share == pytest.approx(0.1, abs=0.03)


def test_several_ones_in_a_row(tmp_path: Path) -> None:
    levels = np.array(["a", "b", "c"])[np.random.default_rng(5).integers(0, 3, 3000)]
    step = {"op": "onehot", "values": ["a", "b", "c"]}
    parameters = {
        "skewcheck": {"kind": "parameters", "version": 1},
        "features": {"x": {"type": "categorical", "steps": [step]}},
    }
    path = tmp_path / "onehot.json"
    path.write_text(json.dumps(parameters))
    ones = {f"x_{level}": (levels == level).astype(float) for level in "abc"}
    clean = skewcheck.audit(str(path), pa.table(ones), served="{feature}")
    assert not clean.features[0].causes
    ones["x_a"][:600] = 1
    audit = skewcheck.audit(str(path), pa.table(ones), served="{feature}")
    cause = audit.features[0].causes[0]
    assert (cause.code, cause.variant) == ("encoding_changed", "several_ones")
