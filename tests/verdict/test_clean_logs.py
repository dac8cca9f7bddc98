"""Design, point 2: a right server's log is `ok`, however it computes, rounds and prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats
from strategies import scaled_orders

from skewcheck import api
from skewcheck.features.steps import (
    Buckets,
    Clip,
    Impute,
    Log1p,
    MinMax,
    Quantize,
    Robust,
    Round,
    Step,
    ZScore,
    forward,
)
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.features import message
from skewcheck.results.audit import Audit

NORM = "{feature}_norm"


def world(rows: int, seed: int) -> pd.DataFrame:
    """Return integers, cents, tenths, nulls and floats; of an offset too."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "count": rng.poisson(20, rows),
            "fare": np.round(rng.gamma(2, 15, rows), 2),
            "dist": np.round(rng.normal(50, 10, rows), 1),
            "temp": rng.normal(1000, 1, rows),
            "large": np.round(rng.normal(9000, 1000, rows), 2),
            "few": rng.choice([0.1, 0.2, 0.3, 0.7], rows),
        }
    )
    frame["gaps"] = np.where(rng.random(rows) < 0.1, np.nan, frame["dist"])
    return frame


TRAIN = world(6000, 1)
LOG = world(3000, 2)
PIPELINES: dict[str, Callable[[pd.Series], tuple[Step, ...]]] = {
    "zscore": lambda x: (ZScore(x.mean(), x.std(ddof=0)),),
    "minmax": lambda x: (MinMax(float(x.min()), float(x.max())),),
    "robust": lambda x: (Robust(x.median(), x.quantile(0.75) - x.quantile(0.25)),),
    "log1p, zscore": lambda x: (Log1p(), ZScore(np.log1p(x).mean(), np.log1p(x).std(ddof=0))),
    "clip, zscore": lambda x: (
        Clip(x.quantile(0.05), x.quantile(0.9)),
        ZScore(x.mean(), x.std(ddof=0)),
    ),
    "impute, zscore": lambda x: (Impute(x.mean()), ZScore(x.mean(), x.std(ddof=0))),
    "buckets": lambda x: (Buckets(tuple(np.unique(x.quantile([0.2, 0.5, 0.8])))),),
    "zscore, round": lambda x: (ZScore(x.mean(), x.std(ddof=0)), Round(2)),
    "zscore, quantize": lambda x: (ZScore(x.mean(), x.std(ddof=0)), Quantize(0.05)),
}
pipelines = pytest.mark.parametrize("pipeline", PIPELINES)


def fitted(pipeline: str, train: pd.DataFrame = TRAIN) -> Parameters:
    """Return parameters with that pipeline for each feature, and their distributions."""
    features = tuple(
        Feature(name, "numeric", PIPELINES[pipeline](train[name].astype(float)))
        for name in train.columns
    )
    return api.fit(train, parameters=Parameters(features, "sha256:0"))


def served(known: Parameters, order: int, frame: pd.DataFrame = LOG) -> pd.DataFrame:
    """Return what a server makes of the log: its first z-score in that order of operations."""
    columns = {}
    for feature in known.features:
        x, done = frame[feature.name].to_numpy(np.float64), False
        for step in feature.steps:
            if isinstance(step, ZScore | Robust) and not done:
                a = step.mean if isinstance(step, ZScore) else step.center
                b = step.std if isinstance(step, ZScore) else step.scale
                x, done = list(scaled_orders(x, a, b))[order].astype(np.float64), True
            else:
                x = forward((step,), x)
        columns[feature.name + "_norm"] = x
    return pd.DataFrame(columns)


def assert_clean(audit: Audit, raw_d: dict[str, float] | None = None) -> None:
    """Assert `ok`, parity 0, and a D as on the raw values."""
    assert audit.verdict == "ok", [(f.name, message(f)) for f in audit.features]
    for feature in audit.features:
        if feature.parity is not None:
            assert feature.parity.mismatched == 0, (feature.name, feature.parity)
        if raw_d is not None:
            d = next(t.statistic for t in feature.tests if t.name == "ks")
            assert d == pytest.approx(raw_d[feature.name], abs=0.003), feature.name


def true_d(known: Parameters) -> dict[str, float]:
    """Return scipy.stats.ks_2samp's D of exact served values, as float64."""
    found = {}
    for feature in known.features:
        a, b = (
            forward(feature.steps, frame[feature.name].to_numpy(np.float64))
            for frame in (TRAIN, LOG)
        )
        a, b = a[~np.isnan(a)].round(12), b[~np.isnan(b)].round(12)
        found[feature.name] = float(scipy_stats.ks_2samp(a, b, method="asymp").statistic)
    return found


@pipelines
@pytest.mark.parametrize("order", [1, 5, 7])
def test_float_logs(pipeline: str, order: int) -> None:
    known = fitted(pipeline)
    made = served(known, order)
    for logged in (made, made.astype(np.float32)):
        assert_clean(api.audit(known, logged, served=NORM), true_d(known))
        assert_clean(api.audit(known, pd.concat([LOG, logged], axis=1), served=NORM))


@pipelines
def test_six_digit_csv(pipeline: str, tmp_path: Path) -> None:
    known = fitted(pipeline)
    made = served(known, 5)
    for name, frame in {
        "raw": LOG, "served": made, "paired": pd.concat([LOG, made], axis=1),
    }.items():  # fmt: skip
        path = tmp_path / f"{name}.csv"
        frame.to_csv(path, index=False, float_format="%.6g")
        audit = api.audit(known, path, served=None if name == "raw" else NORM)
        assert_clean(audit, true_d(known) if name == "served" else None)


@pytest.mark.parametrize("training", [np.float32, np.float64])
@pytest.mark.parametrize("serving", [np.float32, np.float64])
def test_raw_logs_of_either_width(training: type, serving: type) -> None:
    train, log = TRAIN.astype(training), LOG.astype(serving)
    audit = api.audit(fitted("zscore", train), log)
    truth = {
        name: float(
            scipy_stats.ks_2samp(
                TRAIN[name].dropna().astype(np.float32), LOG[name].dropna().astype(np.float32)
            ).statistic
        )
        for name in LOG.columns
    }
    assert_clean(audit, truth)


@pytest.mark.parametrize("order", range(10))
def test_every_order_of_operations_keeps_the_atoms_of_a_grid(order: int) -> None:
    known = fitted("zscore")
    assert_clean(api.audit(known, served(known, order), served=NORM), true_d(known))


def atoms(moved: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return training with 60 % of the rows on one value, and a log where it has moved."""
    rng = np.random.default_rng(5)
    noise = rng.permutation(np.linspace(0, 100, 10_000))
    train = pd.DataFrame({"x": np.where(np.arange(10_000) < 6000, 37.5, noise)})
    return train, pd.DataFrame({"x": np.where(np.arange(10_000) < 6000, 37.5 + moved, noise)})


@pytest.mark.parametrize("mode", ["raw", "served"])
def test_an_atom_that_moves_by_a_hair_is_seen(mode: str) -> None:
    for moved, expected in ((0.0, 0.0), (0.001, 0.6), (-0.001, 0.6)):
        train, log = atoms(moved)
        known = fitted("zscore", train)
        if mode == "served":
            log = served(known, 5, log).astype(np.float32)
        audit = api.audit(known, log, served=NORM if mode == "served" else None)
        d = next(t.statistic for t in audit.features[0].tests if t.name == "ks")
        assert d == pytest.approx(expected, abs=0.002)
        assert (audit.verdict == "skew") == (moved != 0)


def test_a_hair_of_1e_9_is_seen_in_raw_values() -> None:
    train, log = atoms(1e-9)
    audit = api.audit(fitted("zscore", train), log)
    assert audit.verdict == "skew"


def test_zero_clipped_after_a_logarithm_is_no_mismatch() -> None:
    train = pd.DataFrame({"x": np.random.default_rng(1).poisson(2, 3000).astype(float)})
    from skewcheck.features.steps import Logarithm

    steps = (Logarithm(), Clip(-5.0, 5.0), ZScore(0.5, 2.0))
    known = api.fit(train, parameters=Parameters((Feature("x", "numeric", steps),), "sha256:0"))
    made = pd.DataFrame({"x": train["x"], "x_norm": forward(steps, train["x"].to_numpy())})
    assert_clean(api.audit(known, made, served=NORM))
    assert_clean(api.audit(known, made[["x_norm"]], served=NORM))
