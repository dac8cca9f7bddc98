"""One fault of several features is told once: a unit, a clock, a key, a call that failed.

Servers are written by hand in NumPy.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from servers import Columns, audited, of, placed, served_only

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Cause

ROWS = 4000
MONEY = ("fare", "tip", "toll", "total")
HOSTS = np.array(["a", "b", "c"])[np.random.default_rng(8).integers(0, 3, ROWS)]
Mask = NDArray[np.bool_]


def world(rows: int, seed: int) -> Columns:
    """Return four amounts in cents, an age, two hours of the day and a continuous number."""
    rng = np.random.default_rng(seed)
    log = {name: np.round(rng.gamma(2 + i, 15 + 5 * i, rows), 2) for i, name in enumerate(MONEY)}
    log["age"] = np.round(rng.normal(40, 12, rows))
    log |= {name: rng.integers(0, 24, rows).astype(float) for name in ("booked", "picked")}
    return {**log, "load": rng.exponential(3, rows)}


TRAIN, LOG = world(8000, 1), world(ROWS, 2)
SCALES = {name: (float(x.mean()), float(x.std())) for name, x in TRAIN.items()}
KNOWN = skewcheck.fit(
    pa.table(TRAIN),
    parameters=Parameters(
        tuple(Feature(name, "numeric", (ZScore(*SCALES[name]),)) for name in TRAIN), "sha256:0"
    ),
)


def right(log: Columns) -> Columns:
    return {name: (x - SCALES[name][0]) / SCALES[name][1] for name, x in log.items()}


def audits(fed: Columns, side: str) -> Audit:
    """Audit what a server made of other raw values than it logged, or with one side logged."""
    more = {"host": HOSTS, "by": ["host"]}
    if side == "paired":
        return audited(LOG, right(fed), KNOWN, **more)
    if side == "served":
        return served_only(right(fed), KNOWN, **more)
    return skewcheck.audit(KNOWN, pa.table({**fed, "host": HOSTS}), by=["host"])


def only(fed: Columns, rows: Mask) -> Columns:
    return {name: np.where(rows, fed[name], LOG[name]) for name in LOG}


def root(audit: Audit) -> Cause:
    (cause,) = audit.causes
    return cause


@pytest.mark.parametrize("host", [None, "b"])
@pytest.mark.parametrize("side", ["paired", "served", "raw"])
def test_all_amounts_in_another_unit(side: str, host: str | None) -> None:
    rows = np.ones(ROWS, bool) if host is None else host == HOSTS
    fed = only({**LOG, **{name: LOG[name] * 100 for name in MONEY}}, rows)
    cause = root(audits(fed, side))
    assert (cause.code, cause.features) == ("unit_change", MONEY)
    assert cause.parameters["factor"] == 100.0
    assert placed(cause) == (None if host is None else f"host = {host}")
    assert cause.confidence >= 0.9


def test_all_hours_in_another_time_zone() -> None:
    fed = {**LOG, **{name: (LOG[name] + 5) % 24 for name in ("booked", "picked")}}
    cause = root(audits(fed, "paired"))
    assert (cause.code, cause.features) == ("time_shift", ("booked", "picked"))
    assert cause.parameters == {"offset": 5, "modulo": 24}


def test_parameters_of_one_key_for_all_rows_of_a_host(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    stores = [f"s{i}" for i in range(5)]
    table = {name: {s: (rng.normal(50, 30), rng.uniform(1, 20)) for s in stores} for name in "xy"}
    features = {
        name: {"by": "store", "groups": {
            s: {"steps": [{"op": "zscore", "mean": m, "std": d}]} for s, (m, d) in of_store.items()
        }}
        for name, of_store in table.items()
    }  # fmt: skip
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"features": features}))
    store = rng.choice(stores, ROWS)
    log: dict[str, object] = {"store": store, "host": HOSTS}
    for name, of_store in table.items():
        mean, std = (np.array([of_store[s][k] for s in store]) for k in (0, 1))
        x = mean + std * rng.normal(size=ROWS)
        wrong = (x - of_store["s2"][0]) / of_store["s2"][1]
        log |= {name: x, f"{name}_n": np.where(HOSTS == "a", wrong, (x - mean) / std)}
    cause = root(skewcheck.audit(path, pd.DataFrame(log), served="{feature}_n"))
    assert (cause.code, cause.features, placed(cause)) == ("wrong_group", ("x", "y"), "host = a")


@pytest.mark.parametrize("host", [None, "b"])
@pytest.mark.parametrize("side", ["paired", "served", "raw"])
def test_features_that_are_null_in_the_same_rows(side: str, host: str | None) -> None:
    gone = np.random.default_rng(5).random(ROWS) < 0.2
    gone &= np.ones(ROWS, bool) if host is None else host == HOSTS
    missing = ("tip", "age", "load")
    fed = {**LOG, **{name: np.where(gone, np.nan, LOG[name]) for name in missing}}
    audit = audits(fed, side)
    cause = root(audit)
    assert (cause.code, cause.variant) == ("stuck_value", "null_together")
    assert (cause.features, placed(cause)) == (missing, None if host is None else f"host = {host}")
    assert cause.share == pytest.approx(gone.mean(), abs=1e-9)
    assert cause.side == ("raw" if side == "raw" else "served")
    # Beside raw values nulls are a fault of the server; alone, the world may have them.
    assert cause.confidence == (0.99 if side == "paired" else 0.5)
    assert "as null together" in sentence(of(audit, "age").causes[0])


@pytest.mark.parametrize("side", ["paired", "served", "raw"])
def test_as_many_nulls_in_other_rows_are_not_together(side: str) -> None:
    rng = np.random.default_rng(6)
    missing = ("tip", "age", "load")
    fed = {**LOG, **{n: np.where(rng.random(ROWS) < 0.2, np.nan, LOG[n]) for n in missing}}
    audit = audits(fed, side)
    assert {of(audit, name).verdict for name in missing} == {"skew"}
    assert not [c for f in audit.features for c in f.causes if c.variant == "null_together"]


def test_nulls_that_training_has_in_other_rows_do_not_hide_it() -> None:
    train, rng = world(8000, 1), np.random.default_rng(7)
    for name in ("tip", "load"):
        train[name][rng.random(8000) < 0.1] = np.nan
    known = skewcheck.fit(pa.table(train))
    log, gone = world(ROWS, 2), rng.random(ROWS) < 0.3
    for name in ("tip", "load"):
        log[name][(rng.random(ROWS) < 0.1) | gone] = np.nan
    cause = root(skewcheck.audit(known, pa.table(log)))
    assert (cause.variant, cause.features) == ("null_together", ("tip", "load"))


def test_nulls_that_training_has_in_the_same_rows_are_no_fault() -> None:
    """Flights that were cancelled: one night has more of them than another."""
    train, rng = world(8000, 1), np.random.default_rng(7)
    log = world(ROWS, 2)
    for columns, share in ((train, 0.05), (log, 0.12)):
        cancelled = rng.random(len(columns["tip"])) < share
        for name in ("tip", "load"):
            columns[name][cancelled] = np.nan
    audit = skewcheck.audit(skewcheck.fit(pa.table(train)), pa.table(log))
    assert {feature.verdict.value for feature in audit.features} > {"ok"}
    assert not [c for feature in audit.features for c in feature.causes if c.variant]


@pytest.mark.parametrize("seed", range(6))
def test_features_that_drift_together_have_no_common_fault(seed: int) -> None:
    rng = np.random.default_rng(seed)
    growth = rng.uniform(1.2, 3)
    digits = {"age": 0, "load": 9}
    fed = {
        name: np.round(x * growth * rng.uniform(0.97, 1.03), digits.get(name, 2))
        for name, x in LOG.items()
    }
    fed |= {name: np.floor(rng.beta(2, 3, ROWS) * 24) for name in ("booked", "picked")}
    for audit in (served_only(right(fed), KNOWN), skewcheck.audit(KNOWN, pa.table(fed))):
        assert audit.causes == ()
