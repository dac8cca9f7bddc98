"""Servers that apply a function of the raw value: each is written here in NumPy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

import skewcheck
from skewcheck.results.causes import Cause

Array = NDArray[np.float64]
RNG = np.random.default_rng(5)
ROWS, LOGGED = 4000, 2000
TRAIN: Mapping[str, Array] = {
    "hour": RNG.integers(0, 24, ROWS).astype(float),
    "weekday": RNG.integers(0, 7, ROWS).astype(float),
    "month": RNG.integers(1, 13, ROWS).astype(float),
    "seconds": RNG.integers(30, 7200, ROWS).astype(float),
    "fare": np.round(RNG.lognormal(2, 0.8, ROWS), 2),
    "temp": RNG.normal(2, 8, ROWS),
    "kids": RNG.poisson(1.2, ROWS).astype(float),
}
LOG = {name: RNG.permutation(x)[:LOGGED] for name, x in TRAIN.items()}
MEAN, STD = ({name: f(x) for name, x in TRAIN.items()} for f in (np.mean, np.std))
KNOWN = skewcheck.fit(pa.table(dict(TRAIN)))
TABLE = np.array([3, 1, 7, 2, 9, 4, 11, 5, 6, 8, 10, 12.0])


def scaled(name: str, raw: Array) -> Array:
    return (raw - MEAN[name]) / STD[name]


def without_point(raw: Array) -> Array:
    return np.array([float(f"{value:g}".replace(".", "")) for value in raw])


FUNCTIONS: Mapping[str, tuple[str, Callable[[Array], Array], str, Mapping[str, object]]] = {
    "five hours later": ("hour", lambda x: (x + 5) % 24, "time_shift", {"offset": 5, "modulo": 24}),
    "winter time": ("hour", lambda x: (x - 1) % 24, "time_shift", {"offset": -1, "modulo": 24}),
    "clock from 1": ("hour", lambda x: (x - 1) % 12 + 1, "time_shift", {"modulo": 12, "first": 1}),
    "clock from 0": ("hour", lambda x: x % 12, "time_shift", {"modulo": 12, "first": 0}),
    "week from Sunday": ("weekday", lambda x: (x + 1) % 7, "time_shift",
                         {"offset": 1, "modulo": 7}),
    "Sunday is 1": ("weekday", lambda x: (x + 1) % 7 + 1, "time_shift",
                    {"offset": 1, "modulo": 7, "first": 1}),
    "next month": ("month", lambda x: x % 12 + 1, "time_shift", {"offset": 1, "modulo": 12}),
    "from 1": ("weekday", lambda x: x + 1, "value_mapped", {"offset": 1}),
    "from 0": ("month", lambda x: x - 1, "value_mapped", {"offset": -1}),
    "minutes": ("seconds", lambda x: x // 60 * 60, "precision_loss",
                {"multiple": 60.0, "method": "cut"}),
    "five minutes": ("seconds", lambda x: np.round(x / 300) * 300, "precision_loss",
                     {"multiple": 300.0, "method": "rounded"}),
    "root": ("fare", np.sqrt, "value_mapped", {"function": "sqrt"}),
    "cbrt": ("fare", np.cbrt, "value_mapped", {"function": "cbrt"}),
    "square": ("fare", lambda x: x**2, "value_mapped", {"function": "square"}),
    "reciprocal": ("fare", lambda x: 1 / x, "value_mapped", {"function": "reciprocal"}),
    "log10": ("fare", np.log10, "value_mapped", {"function": "log10"}),
    "exp": ("temp", lambda x: np.exp(x / 1), "value_mapped", {"function": "exp"}),
    "rounded up": ("fare", np.ceil, "precision_loss", {"multiple": 1.0, "method": "up"}),
    "cube": ("temp", lambda x: x**3, "value_mapped", {"function": "cube"}),
    "eight bits": ("seconds", lambda x: (x + 128) % 256 - 128, "value_mapped",
                   {"function": "int8"}),
    "absolute": ("temp", np.abs, "value_mapped", {"function": "abs"}),
    "point lost": ("fare", without_point, "value_mapped", {"function": "decimal_point_lost"}),
    "table": ("kids", lambda x: TABLE[x.astype(int)], "value_mapped",
              {"map": {str(k): TABLE[k] for k in range(8)}}),
}  # fmt: skip
RELATIONS: Mapping[str, tuple[str, Callable[[Array], Array], str]] = {
    "variance": ("fare", lambda x: (x - MEAN["fare"]) / STD["fare"] ** 2, "by_variance"),
    "root of std": ("fare", lambda x: (x - MEAN["fare"]) / STD["fare"] ** 0.5, "by_root"),
    "exchanged": ("fare", lambda x: (x - STD["fare"]) / MEAN["fare"], "exchanged"),
    "not centred": ("fare", lambda x: x / STD["fare"], "only_divided"),
    "not divided": ("fare", lambda x: x - MEAN["fare"], "only_centred"),
}


def causes_of(name: str, wrong: Array, share: float, dtype: str = "float32") -> tuple[Cause, ...]:
    """Return what is said of a column of which a share of the rows was served wrongly."""
    columns: dict[str, Array] = dict(LOG)
    for feature, raw in LOG.items():
        columns[f"{feature}_n"] = scaled(feature, raw).astype(dtype)
    bad = np.arange(LOGGED) % 10 < 10 * share
    columns[f"{name}_n"] = np.where(bad, wrong, scaled(name, LOG[name])).astype(dtype)
    audit = skewcheck.audit(KNOWN, pa.table(columns), served="{feature}_n")
    assert audit.exit_code == 1
    assert {f.name for f in audit.features if f.causes} <= {name}
    return next(f.causes for f in audit.features if f.name == name)


@pytest.mark.parametrize("fault", FUNCTIONS)
@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_a_function_is_named_with_its_numbers(fault: str, share: float) -> None:
    name, function, code, parameters = FUNCTIONS[fault]
    (cause,) = causes_of(name, scaled(name, function(LOG[name])), share)
    expected = dict(parameters)
    if "map" in expected:  # raw values that are served rightly fail nowhere, rare ones may lack
        told, table = cause.parameters["map"], expected.pop("map")
        assert isinstance(told, Mapping)
        assert isinstance(table, Mapping)
        assert len(told) >= 4
        assert {key: table[key] for key in told} == told
        assert cause.code == code
        return
    assert (cause.code, dict(cause.parameters)) == (code, expected)
    assert cause.confidence >= 0.9


@pytest.mark.parametrize("fault", RELATIONS)
@pytest.mark.parametrize("share", [1.0, 0.3])
def test_training_numbers_in_the_wrong_place(fault: str, share: float) -> None:
    name, serve, relation = RELATIONS[fault]
    (cause,) = causes_of(name, serve(LOG[name]), share)
    assert (cause.code, cause.parameters["relation"]) == ("wrong_parameters", relation)


def test_a_curve_is_told_by_its_points() -> None:
    raw = LOG["seconds"]
    (cause,) = causes_of("seconds", scaled("seconds", raw * np.log(raw)), 1.0, "float64")
    assert (cause.code, cause.variant) == ("value_mapped", "rising")
    points = np.array(json.loads(json.dumps(cause.parameters["points"])))
    assert points[:, 1] == pytest.approx(points[:, 0] * np.log(points[:, 0]), rel=1e-5)


def test_a_function_without_a_name_is_told_by_its_points() -> None:
    raw = np.round(LOG["seconds"] / 10)  # so that values come again
    train = pa.table({"seconds": np.round(TRAIN["seconds"] / 10)})
    known = skewcheck.fit(train)
    mean, std = (f(np.round(TRAIN["seconds"] / 10)) for f in (np.mean, np.std))
    served = (400 * np.sin(raw / 100) - mean) / std
    log = pa.table({"seconds": raw, "seconds_n": served.astype(np.float32)})
    (cause,) = skewcheck.audit(known, log, served="{feature}_n").features[0].causes
    assert (cause.code, cause.variant) == ("value_mapped", "unnamed")


def test_values_that_are_no_function_are_none() -> None:
    """A server that adds noise, or a state, serves one raw value in many ways."""
    raw = LOG["kids"]
    noise = np.random.default_rng(1).normal(0, 0.3, LOGGED)
    for wrong in (scaled("kids", raw) + noise, scaled("kids", raw) + np.cumsum(noise) / 20):
        codes = {cause.code for cause in causes_of("kids", wrong, 1.0)}
        assert "value_mapped" not in codes
        assert "time_shift" not in codes
