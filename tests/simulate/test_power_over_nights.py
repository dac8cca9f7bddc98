"""Shifts that are said to be seen over nights are, in nights that are drawn row by row."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.results.policy import Policy
from skewcheck.simulate.power.false_alarms import simulated_feature
from skewcheck.simulate.power.search import Detectable
from skewcheck.simulate.power.standing import Ahead, Followed, followed, standing
from skewcheck.statistics.nights import evidence

ROWS, TRAINING = 1_000, 20_000
GATES = {"normal": 100, "pay": 500}
AHEAD = Ahead(nights=20, learn=14)


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    random = np.random.default_rng(1)
    return skewcheck.fit(pd.DataFrame({
        "normal": random.normal(10, 3, TRAINING),
        "pay": random.choice(["card", "cash"], TRAINING, p=[0.7, 0.3]),
    }))  # fmt: skip


def of(parameters: Parameters, name: str, rows: int = ROWS) -> Followed:
    feature = next(f for f in parameters.features if f.name == name)
    logs = simulated_feature(feature)
    assert logs is not None
    found = followed(logs, rows)
    assert found is not None
    return found


def change(parameters: Parameters, name: str, ahead: Ahead = AHEAD, **policy: object) -> Detectable:
    chosen = replace(Policy(), **policy)  # type: ignore[arg-type]
    return standing(of(parameters, name), name, chosen, ahead, len(parameters.features))


def rank_shifts(known: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return shifts of nights by the mean rank of their rows among training's; none are equal."""
    below = np.searchsorted(np.sort(known), rows).mean(axis=-1) / len(known)
    shifts: np.ndarray = 2 * math.sqrt(math.pi) * (below - 0.5)
    return shifts


def drawn(name: str, size: float) -> float:
    """Return the share of gates of two features that alarm when one has moved so far.

    Of each gate training is drawn anew. The other feature, and the share of nulls, say nothing.
    """
    random, gates = np.random.default_rng(2), GATES[name]
    nights = AHEAD.learn + AHEAD.nights
    by = size * (np.arange(nights) >= AHEAD.learn)
    if name == "normal":
        rows = (random.normal(size=(nights, ROWS)) + by[:, None] for _ in range(gates))
        numbers = [np.array([rank_shifts(random.normal(size=TRAINING), r) for r in rows])]
        variance = math.pi / 3  # of a row's rank, in these units
    else:
        known = random.binomial(TRAINING, 0.7, (gates, 1)) / TRAINING
        seen = random.binomial(ROWS, 0.7 - by, (gates, nights)) / ROWS
        shares = (seen - known) / np.sqrt(known * (1 - known))
        numbers, variance = [shares, -shares], 1.0
    numbers.append(np.zeros((gates, nights)))  # nulls, as many as in training
    alarms = np.zeros(gates, bool)
    for n in range(nights, AHEAD.learn, -2):
        variances, of_training = np.full(n, variance / ROWS), variance / TRAINING
        each = [evidence(x[:, :n], variances, of_training, AHEAD.learn).log_e for x in numbers]
        alarms |= np.exp(each).mean(axis=0) / 2 >= 100
    return float(alarms.mean())


@pytest.mark.parametrize("name", ["normal", "pay"])
def test_what_is_said_to_be_seen_within_so_many_nights_is(
    parameters: Parameters, name: str
) -> None:
    found = change(parameters, name)
    assert found.likely is not None
    assert found.sure is not None
    error = 3 * math.sqrt(0.8 * 0.2 / GATES[name])
    assert drawn(name, found.likely) == pytest.approx(0.8, abs=error)
    assert drawn(name, found.sure) >= 0.96
    assert drawn(name, 0.6 * found.likely) < 0.5


def test_more_nights_and_rows_show_less(parameters: Parameters) -> None:
    sizes = [change(parameters, "normal", Ahead(n)).likely for n in (5, 10, 20)]
    assert None not in sizes
    assert sizes == sorted(sizes, reverse=True)  # type: ignore[type-var]
    assert all(
        of(parameters, "normal", rows).measured.shift.variance == pytest.approx(
            math.pi / 3 / rows, rel=1e-3
        )
        for rows in (100, 1_000, 1_000_000)
    )  # fmt: skip


def test_a_threshold_that_is_larger_than_what_is_seen_decides(parameters: Parameters) -> None:
    usual = change(parameters, "normal")
    higher = change(parameters, "normal", thresholds={"nights": 0.2})
    assert usual.likely is not None
    assert higher.likely is not None
    assert usual.likely < 0.06
    assert 0.19 < higher.likely < 0.23


def test_too_few_rows_are_not_followed(parameters: Parameters) -> None:
    logs = simulated_feature(parameters.features[0])
    assert logs is not None
    assert followed(logs, 10) is None
