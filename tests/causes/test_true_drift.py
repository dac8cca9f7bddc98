"""Worlds that moved by themselves, in shapes that mechanisms like: none is told as sure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest
from servers import MEAN, STD, Columns, audited, causes, first, right, served_only, world

import skewcheck
from skewcheck.features.steps import ZScore
from skewcheck.reports.words.causes import sentence


def shapes(rng: np.random.Generator, n: int, *, shift: float = 0, scale: float = 1) -> Columns:
    """Return heavy tails, two modes, zeros, counts, a near constant, and wide and narrow ones."""
    uniform = rng.random(n)
    return {
        "tails": scale * rng.standard_t(3, n) + shift,
        "modes": scale * np.where(uniform < 0.5, rng.normal(-4, 0.7, n), rng.normal(4, 0.7, n))
        + shift,
        "zeros": np.where(uniform < 0.6, 0, np.round(scale * rng.gamma(2, 20, n) + 20 * shift, 2)),
        "counts": np.floor(scale * rng.poisson(4, n) + 2 * shift),
        "nearly": np.where(uniform < 0.95, 1.0, np.round(scale * rng.normal(5, 1, n) + shift, 1)),
        "wide": scale * rng.uniform(0, 100, n) + 30 * shift,
        "age": np.round(scale * rng.normal(40, 12, n) + 12 * shift),
        "temp": scale * rng.normal(15, 8, n) + 8 * shift,
    }


FITTED = skewcheck.fit(pa.table(shapes(np.random.default_rng(0), 10_000)))
STEPS: Mapping[str, ZScore] = {
    f.name: step for f in FITTED.features for step in f.steps if isinstance(step, ZScore)
}


@pytest.mark.parametrize("rows", [60, 300, 2000])
@pytest.mark.parametrize("moved", [{"shift": 0.6}, {"shift": -1.2}, {"scale": 1.7}, {"scale": 0.4}])
def test_no_mechanism_is_sure(moved: dict[str, float], rows: int) -> None:
    for seed in range(4):
        log = shapes(np.random.default_rng(seed), rows, **moved)
        served = {n: (x - STEPS[n].mean) / STEPS[n].std for n, x in log.items()}
        for audit in (served_only(served, FITTED), skewcheck.audit(FITTED, pa.table(log))):
            sure = [c for f in audit.features for c in f.causes if c.confidence > 0.5]
            assert {c.code for c in sure} <= {"drift"}, [sentence(c) for c in sure]


def test_a_scale_of_two_and_a_half_is_no_centimetre() -> None:
    temp = 2.5 * np.random.default_rng(1).normal(15, 8, 6000)
    audit = served_only({"temp": (temp - STEPS["temp"].mean) / STEPS["temp"].std}, FITTED)
    cause = next(f for f in audit.features if f.name == "temp").causes[0]
    assert cause.code == "drift" or cause.confidence <= 0.5


def test_three_features_in_a_cycle_served_only() -> None:
    log = world(3000, 5)
    z = {name: (log[name] - MEAN[name]) / STD[name] for name in ("count", "fare", "temp")}
    served = {**right(log), "temp": z["count"], "count": z["fare"], "fare": z["temp"]}
    audit = served_only(served)
    root = audit.causes[0]
    assert set(root.features) == {"count", "fare", "temp"}
    assert sentence(root).endswith("are swapped in a cycle (values)")
    assert [first(audit, n).parameters["feature"] for n in ("temp", "count", "fare")] == [
        "count", "fare", "temp",
    ]  # fmt: skip


def test_values_that_went_astray_beside_a_feature_that_moved() -> None:
    log = world(2000, 6)
    moved = {**log, "fare": np.round(log["fare"] + 9, 2)}
    served = right(moved)
    audit = audited(moved, {**served, "count": (log["fare"] - MEAN["count"]) / STD["count"]})
    assert causes(audit, "fare") == ["drift"]


def test_a_part_of_a_world_of_zeros_that_moved_is_no_sure_stuck_value() -> None:
    rng = np.random.default_rng(9)
    gain = [np.where(rng.random(n) < 0.92, 0, rng.gamma(2, 900, n)) for n in (8000, 2000)]
    parameters = skewcheck.fit(pa.table({"gain": gain[0]}))
    log = gain[1] + np.where(rng.random(2000) < 0.25, 3000.0, 0)
    causes = skewcheck.audit(parameters, pa.table({"gain": log})).features[0].causes
    assert {c.code for c in causes if c.confidence > 0.5} <= {"drift"}
    assert "drift" in {c.code for c in causes}


@pytest.mark.parametrize("seed", range(5))
def test_a_count_of_few_values_that_drifts_is_no_other_count(seed: int) -> None:
    """Of fewer than five values no grid is recorded: whole numbers are those of any count."""

    def counts(rows: int, of: int, mean: float) -> Columns:
        rng = np.random.default_rng(of)
        return {
            "children": np.minimum(rng.poisson(mean, rows), 3).astype(float),
            "changes": np.minimum(rng.poisson(0.55, rows), 9).astype(float),
            "age": np.round(rng.normal(40, 12, rows)),
        }

    train = counts(4000, 1, 0.1)
    steps = {name: ZScore(float(x.mean()), float(x.std())) for name, x in train.items()}
    known = skewcheck.fit(pa.table(train))
    assert [f.reference.step for f in known.features] == [None, 1.0, 1.0]
    log = counts(3000, 50 + seed, 0.56)
    served = {name: (x - steps[name].mean) / steps[name].std for name, x in log.items()}
    audit = served_only(served, known)
    children = next(f for f in audit.features if f.name == "children")
    assert children.verdict == "skew"
    assert "drift" in {cause.code for cause in children.causes}
    assert all(c.confidence <= 0.5 for c in children.causes if c.code == "swapped_features")
    assert audit.causes == ()


def test_a_served_value_on_the_grid_of_another_feature_is_that_features() -> None:
    """A continuous number has no grid: whole numbers in its place are another feature's."""
    log = world(3000, 5)
    count = (log["count"] - MEAN["temp"]) / STD["temp"]
    cause = first(served_only({**right(log), "temp": count}), "temp")
    assert (cause.code, cause.confidence) == ("swapped_features", 0.99)
    assert cause.parameters["feature"] == "count"
