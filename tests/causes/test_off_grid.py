"""Some rows off the raw grid: other parameters are proven, a finer world is not taken for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from servers import (
    GRIDDED,
    MEAN,
    STD,
    TRAIN,
    Array,
    F,
    causes,
    first,
    known,
    mechanical,
    of,
    placed,
    right,
    world,
)

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports.words.causes import sentence

ROWS = 3000
LOG = world(ROWS, 77)
RIGHT = right(LOG)
RNG = np.random.default_rng(8)
HOST = np.array([f"web-{i}" for i in range(8)])[RNG.integers(0, 8, ROWS)]
AT_RANDOM = RNG.random(ROWS)
OLDER = {"fare": (0.98, 1.01), "count": (1.013, 0.97)}


def audited(name: str, served: Array, parameters: Parameters | None = None) -> Audit:
    table = pa.table({name: served, "host": HOST})
    return skewcheck.audit(parameters or known(name), table, served="{feature}")


def off(name: str, factor: float = 1e-4) -> Array:
    """Return values served with a mean that is off by that factor."""
    wrong: Array = (LOG[name] - MEAN[name] * (1 + factor)) / STD[name]
    return wrong


def grid(audit: Audit, name: str) -> tuple[str, bool]:
    """Return the verdict of the grid test, and whether it names a reason."""
    test = next(t for t in of(audit, name).tests if t.name == "grid")
    return test.verdict, test.reason is not None


@pytest.mark.parametrize("name", GRIDDED)
@pytest.mark.parametrize("share", [0.9, 0.5, 0.1, 0.03])
@pytest.mark.parametrize("dtype", [np.float64, F])
def test_a_hundredth_of_a_percent_in_a_share_of_the_rows(
    name: str, share: float, dtype: type
) -> None:
    served = np.where(share > AT_RANDOM, off(name), RIGHT[name]).astype(dtype)
    audit = audited(name, served)
    assert (of(audit, name).verdict, grid(audit, name)) == ("skew", ("skew", False))
    cause = first(audit, name)
    assert (cause.code, placed(cause)) == ("wrong_parameters", None)
    assert cause.share == pytest.approx(share, abs=0.03)
    assert cause.parameters["std"] == pytest.approx(STD[name], rel=2e-5)


def test_each_of_two_hosts_has_its_own() -> None:
    served = np.where(HOST == "web-1", off("fare"), RIGHT["fare"])
    served = np.where(HOST == "web-2", off("fare", -3.3e-4) * 1.0007, served)
    audit = audited("fare", served)
    assert of(audit, "fare").verdict == "skew"
    codes = {placed(c): c.code for c in of(audit, "fare").causes}
    assert codes == {"host = web-1": "wrong_parameters", "host = web-2": "wrong_parameters"}


@pytest.mark.parametrize("name", OLDER)
def test_an_older_file_on_one_host(name: str, tmp_path: Path) -> None:
    mean, std = MEAN[name] * OLDER[name][0], STD[name] * OLDER[name][1]
    file = tmp_path / "older.json"
    steps = [{"op": "zscore", "mean": mean, "std": std}]
    head = {"kind": "parameters", "version": 1}
    file.write_text(json.dumps({"skewcheck": head, "features": {name: {"steps": steps}}}))
    table = pa.table(
        {name: np.where(HOST == "web-3", (LOG[name] - mean) / std, RIGHT[name]), "host": HOST}
    )
    audit = skewcheck.audit(known(name), table, served="{feature}", history=[str(file)])
    cause = first(audit, name)
    assert (cause.code, placed(cause)) == ("stale_parameters", "host = web-3")


@pytest.mark.parametrize("some", [HOST == "web-3", AT_RANDOM < 0.15, AT_RANDOM < 2])
@pytest.mark.parametrize("finer", [0.1, 0.25, 0.5])
def test_a_finer_world_warns_and_is_no_cause(some: Array, finer: float) -> None:
    rng = np.random.default_rng(3)
    raw = LOG["count"] + np.where(some, finer * rng.integers(0, round(1 / finer), ROWS), 0)
    audit = audited("count", (raw - MEAN["count"]) / STD["count"])
    assert grid(audit, "count") == ("warn", True)
    assert mechanical(audit) == {}
    assert audit.exit_code == 0


def test_prices_that_end_in_99_are_the_worlds() -> None:
    raw = np.where(AT_RANDOM < 0.3, LOG["count"] - 0.01, LOG["count"])
    audit = audited("count", (raw - MEAN["count"]) / STD["count"])
    assert grid(audit, "count") == ("warn", True)
    assert (causes(audit, "count"), audit.exit_code) == ([], 0)


def test_what_training_has_off_the_grid_is_no_news() -> None:
    # Means in place of nulls, of which this log has thrice as many as training.
    mean = float(TRAIN["count"].mean())
    train = TRAIN["count"].copy()
    train[::25] = mean
    step = Feature("count", "numeric", (ZScore(MEAN["count"], STD["count"]),))
    parameters = skewcheck.fit(
        pa.table({"count": train}), parameters=Parameters((step,), "sha256:0")
    )
    reference = replace(parameters.features[0].reference, step=1.0, step_share=0.96)
    parameters = replace(parameters, features=(replace(step, reference=reference),))
    raw = np.where(AT_RANDOM < 0.12, mean, LOG["count"])
    served = (raw - MEAN["count"]) / STD["count"]
    for dtype in (np.float64, F):
        audit = audited("count", served.astype(dtype), parameters)
        assert grid(audit, "count") == ("ok", False)


def test_other_ddof_for_all_rows_is_harmless() -> None:
    n = len(TRAIN["quarter"])
    served = RIGHT["quarter"] * np.sqrt((n - 1) / n)
    audit = audited("quarter", served)
    assert first(audit, "quarter").code == "wrong_ddof"
    harmless = np.sqrt(n / (n - 1)) - 1 < 5e-5
    assert of(audit, "quarter").verdict == ("warn" if harmless else "skew")


def test_another_method_on_the_log_matters() -> None:
    x = LOG["temp"]
    audit = audited("temp", (x - x.min()) / (x.max() - x.min()))
    cause = first(audit, "temp")
    assert (cause.code, cause.parameters["op"]) == ("wrong_method", "minmax")
    assert "less than matters" not in sentence(cause)


def test_a_value_of_a_column_is_no_place_where_others_have_as_many_rows_off() -> None:
    rng = np.random.default_rng(12)
    train = np.round(rng.lognormal(1, 0.8, 8_000), 2)
    raw = np.round(rng.lognormal(1, 0.8, 6_000), 2)
    mean, std = train.mean(), train.std()
    served, bad = (raw - mean) / std, rng.random(6_000) < 0.1
    served[bad] = (raw[bad] * 1.609344 - mean) / std
    known = skewcheck.fit(pa.table({"x": train}))
    log = pa.table({"x": served, "host": rng.choice(["a", "b", "c", "d"], 6_000)})
    causes = skewcheck.audit(known, log, served="{feature}").features[0].causes
    assert all(cause.place is None for cause in causes)
