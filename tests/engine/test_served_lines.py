"""Lines of raw values near that of training are taken for served ones, and other lines are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.engine.served_lines import on_line
from skewcheck.engine.served_values import Columns
from skewcheck.features.steps import Clip, Log1p, MinMax, Step, ZScore, forward
from skewcheck.features.types import FloatArray, Parameters
from skewcheck.results.gate import UnaskedServed

ROWS = 2_000
SAMPLE = 500


def riders(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    ages, fares = rng.integers(18, 90, rows), np.round(rng.gamma(2, 7, rows), 2)
    return pd.DataFrame({"age": ages, "fare": fares})


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(riders(1, 4_000))


def wrong(raw: pd.DataFrame) -> pd.DataFrame:
    """Return what a server with another scale makes of it."""
    return (raw - riders(1, 4_000).mean()) / (riders(1, 4_000).std() * 1.1)


def unasked(log: pd.DataFrame, parameters: Parameters) -> list[UnaskedServed]:
    holds = skewcheck.audit(parameters, log).holds
    return [hold.served for hold in holds if hold.served is not None]


@pytest.mark.parametrize("name", ["{}_z", "z_{}", "{}_std", "{}_input"])
def test_a_wrong_server_is_seen_whatever_its_columns_are_called(
    name: str, parameters: Parameters
) -> None:
    raw = riders(2)
    audit = skewcheck.audit(parameters, raw.join(wrong(raw).rename(columns=name.format)))
    assert audit.logs.mode == "paired"
    assert [feature.verdict.value for feature in audit.features] == ["skew", "skew"]
    # Of one feature alone it need not be a served column.
    (served,) = unasked(raw.assign(**{name.format("fare"): wrong(raw)["fare"]}), parameters)
    assert served.features == ("fare",)


def test_in_a_vector_and_in_a_struct(parameters: Parameters) -> None:
    raw = riders(2)
    for v in (wrong(raw).to_numpy().tolist(), wrong(raw).to_dict("records")):
        audit = skewcheck.audit(parameters, raw.assign(v=v))
        assert audit.logs.mode == "paired"
        assert [feature.verdict.value for feature in audit.features] == ["skew", "skew"]


NO_LINES: dict[str, Callable[[pd.DataFrame], pd.Series | FloatArray]] = {
    "a currency": lambda raw: raw["fare"] * 0.92,
    "a currency, rounded": lambda raw: (raw["fare"] * 0.92).round(2),
    "cents": lambda raw: raw["fare"] * 100,
    "without a fee": lambda raw: raw["fare"] / 1.19 - 1.5,
    "a copy": lambda raw: raw["fare"],
    "a year": lambda raw: 2026 - raw["age"],
    "months": lambda raw: raw["age"] * 12,
    "decades": lambda raw: raw["age"] // 10,
    "other degrees": lambda raw: raw["age"] * 1.8 + 32,
    "nearly constant": lambda raw: raw["age"].where(raw.index % 50 == 0, 20) / 20,
    "few kinds": lambda raw: (raw["age"] > 50) + (raw["age"] > 70) * 1.0,
    "noise": lambda raw: np.random.default_rng(9).normal(size=len(raw)),
    "about a line": lambda raw: (
        wrong(raw)["age"].to_numpy() + np.random.default_rng(9).normal(0, 0.05, len(raw))
    ),
}


@pytest.mark.parametrize("kind", NO_LINES)
def test_other_columns_are_not_held(kind: str, parameters: Parameters) -> None:
    raw = riders(2)
    audit = skewcheck.audit(parameters, raw.assign(x=NO_LINES[kind](raw)))
    assert (audit.verdict, audit.holds) == ("ok", ())


def found(steps: tuple[Step, ...], raw: FloatArray, column: FloatArray) -> bool:
    return on_line(Columns.of({"fare_x": column}), "fare", raw, forward(steps, raw)) is not None


DERIVED: dict[str, tuple[str, FloatArray, Callable[[FloatArray], FloatArray]]] = {
    "years of months": ("minmax", np.arange(3000) % 25.0, lambda x: x / 12),
    "years of days": ("minmax", np.arange(3000) % 400.0, lambda x: x / 365),
    "hours of minutes": ("minmax", np.arange(3000) % 91.0, lambda x: x / 60),
    "euros of cents": ("minmax", np.arange(3000) % 250.0, lambda x: x / 100 * 0.92),
    "gibibytes": ("maxabs", np.arange(3000) % 981.0, lambda x: x / 1024),
    "hours of seconds": ("maxabs", np.arange(3000) % 2500.0 * 2, lambda x: x / 3600),
    "shares": ("maxabs", np.arange(3000) % 97.0, lambda x: x / 100),
    "pay of fares": (
        "zscore", np.random.default_rng(5).gamma(4, 0.8, 3000), lambda x: 0.75 * (x - 2.5),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", DERIVED)
def test_columns_that_people_derive_are_not_held(kind: str) -> None:
    method, raw, derive = DERIVED[kind]
    known = skewcheck.fit(pd.DataFrame({"amount": raw}), normalize=method)
    log = pd.DataFrame({"amount": raw, "other": derive(raw)})
    assert skewcheck.audit(known, log).holds == ()
    # With the feature's name in its own, and near training's line, it is.
    served = known.transform(log[["amount"]])["amount"] * 1.1
    assert skewcheck.audit(known, log.assign(amount_x=served)).holds


def amounts(seed: int) -> FloatArray:
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(rng.uniform(-1, 3), rng.uniform(0.2, 1), SAMPLE))


@pytest.mark.parametrize("seed", range(20))
def test_a_conversion_of_a_small_quantity_is_no_normalization(seed: int) -> None:
    rng, raw = np.random.default_rng(seed), amounts(seed)
    steps = (ZScore(float(raw.mean()) * 1.01, float(raw.std())),)
    for factor in (0.62, 0.92, 1.61, 10.0, float(rng.uniform(0.2, 5))):
        assert not found(steps, raw, raw * factor)
    assert not found(steps, raw, raw + float(rng.uniform(-9, 9)))


@pytest.mark.parametrize("seed", range(20))
def test_other_parameters_are_seen(seed: int) -> None:
    rng, raw = np.random.default_rng(seed), amounts(seed)
    mean, std = float(raw.mean()), float(raw.std())
    column = (raw - mean - rng.uniform(-0.4, 0.4) * std) / (std * np.exp(rng.uniform(-0.7, 0.7)))
    odd = rng.permutation(SAMPLE)[:4]
    column[odd] = (np.nan, np.inf, 1e9, -1e9)
    top = float(np.quantile(raw, 0.8))
    for steps in (
        (ZScore(mean, std),),
        (ZScore(mean, std), Clip(-1.5, 1.5)),
        (Clip(0.0, top), ZScore(mean, std)),
    ):
        assert found(steps, raw, column.astype("float32").astype("float64"))
    logs = forward((Log1p(),), raw)
    of_logs = Log1p(), ZScore(float(logs.mean()), float(logs.std()))
    assert found(of_logs, raw, forward(of_logs, raw) * 0.8 + 0.1)
    assert not found(of_logs, raw, raw * 1.1)


def test_a_largest_value_of_another_time() -> None:
    raw = np.random.default_rng(1).uniform(0, 80, SAMPLE)
    assert found((MinMax(0.0, 80.0),), raw, raw / 95)
    assert not found((MinMax(0.0, 80.0),), raw, raw * 0.9)
    assert not found((MinMax(0.0, 80.0),), raw, raw / 100)
    share = np.random.default_rng(1).uniform(0, 0.9, SAMPLE)
    assert not found((MinMax(0.0, 0.9),), share, share * 0.92)
