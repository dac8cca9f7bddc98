"""Logs with one side of which some rows are wrong: one host of many, since a day, at random."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from servers import MEAN, STD, Array, causes, first, known, mechanical, of, placed, right, world

import skewcheck
from skewcheck import Audit

ROWS = 6000
LOG = world(ROWS, 41)
RIGHT = right(LOG)
RNG = np.random.default_rng(6)
HOST = np.array([f"web-{i}" for i in range(8)])[RNG.integers(0, 8, ROWS)]
TIMES = 1_793_000_000 + 10.0 * np.arange(ROWS)
ONE, TWO, LATE = HOST == "web-3", np.isin(HOST, ("web-3", "web-7")), np.arange(ROWS) >= 4100
RANDOM = RNG.random(ROWS) < 0.1


def audited(name: str, values: Array, *, raw: bool = False) -> Audit:
    """Audit one column, served or raw, beside a host and a time."""
    table = pa.table({name: values, "host": HOST, "ts": TIMES})
    served = None if raw else "{feature}"
    return skewcheck.audit(known(name), table, served=served, time_column="ts")


@pytest.mark.parametrize("name", ["temp", "fare", "count"])
@pytest.mark.parametrize(
    ("bad", "where"),
    [(ONE, "host = web-3"), (TWO, "host = web-3, web-7"), (LATE, "since 20")],
)
def test_a_part_served_without_normalization(name: str, bad: Array, where: str) -> None:
    cause = first(audited(name, np.where(bad, LOG[name], RIGHT[name])), name)
    assert cause.code == "not_normalized"
    assert (placed(cause) or "").startswith(where)
    assert cause.share == pytest.approx(bad.mean(), abs=0.003)
    assert cause.confidence >= 0.9


@pytest.mark.parametrize("name", ["temp", "fare", "count", "dist"])
def test_a_part_in_another_unit_raw_only(name: str) -> None:
    audit = audited(name, np.where(TWO & LATE, LOG[name] * 100, LOG[name]), raw=True)
    cause = first(audit, name)
    assert (cause.code, cause.parameters["factor"]) == ("unit_change", 100.0)
    assert (placed(cause) or "").startswith("host = web-3, web-7 since ")
    assert cause.share == pytest.approx((TWO & LATE).mean(), abs=0.003)


def test_the_moment_is_found_to_the_row() -> None:
    audit = audited("temp", np.where(LATE, LOG["temp"], RIGHT["temp"]))
    assert first(audit, "temp").share == pytest.approx(LATE.mean(), abs=2 / ROWS)
    middle = LATE & (np.arange(ROWS) < 5000)
    cause = first(audited("temp", np.where(middle, LOG["temp"], RIGHT["temp"])), "temp")
    assert cause.share == pytest.approx(middle.mean(), abs=4 / ROWS)
    assert " until " in (placed(cause) or "")


def test_two_hosts_that_went_wrong_in_two_ways() -> None:
    served = np.where(ONE, LOG["temp"], RIGHT["temp"])
    served = np.where(HOST == "web-5", (LOG["temp"] * 60 - MEAN["temp"]) / STD["temp"], served)
    places = {c.code: placed(c) for c in of(audited("temp", served), "temp").causes}
    assert places["not_normalized"] == "host = web-3"
    assert places["unit_change"] == "host = web-5"


def test_beside_a_known_fault_a_host_that_only_moved_is_told() -> None:
    served = np.where(ONE, LOG["temp"], RIGHT["temp"])
    served = np.where(HOST == "web-5", (LOG["temp"] - 22) / 5, served)
    causes_and_places = [(c.code, placed(c)) for c in of(audited("temp", served), "temp").causes]
    assert causes_and_places[0] == ("not_normalized", "host = web-3")
    assert ("wrong_parameters", "host = web-5") in causes_and_places


def test_drift_of_one_host_has_a_place() -> None:
    moved = np.where(LATE, 15 + np.abs(LOG["temp"] - 15) * 1.5, LOG["temp"])
    audit = audited("temp", (moved - MEAN["temp"]) / STD["temp"])
    assert mechanical(audit) == {}
    assert (placed(first(audit, "temp")) or "").startswith("since ")


@pytest.mark.parametrize("name", ["temp", "fare", "count"])
def test_rows_at_random_that_lie_where_training_has_none(name: str) -> None:
    wrong = (LOG[name] * 60 - MEAN[name]) / STD[name]
    cause = first(audited(name, np.where(RANDOM, wrong, RIGHT[name])), name)
    assert (cause.code, placed(cause)) == ("unit_change", None)
    assert cause.share == pytest.approx(0.1, abs=0.015)
    raw = first(audited(name, np.where(RANDOM, -LOG[name], LOG[name]), raw=True), name)
    assert raw.code in ("unit_change", "drift")
    assert raw.share == pytest.approx(0.1, abs=0.02) or raw.confidence == 0.5


def test_rows_at_random_inside_trainings_range_may_be_drift() -> None:
    wrong = np.where(RNG.random(ROWS) < 0.3, -RIGHT["dist"] * 1.7, RIGHT["dist"])
    audit = audited("dist", wrong)
    assert mechanical(audit) == {}


def test_rows_at_random_that_the_grid_betrays() -> None:
    mean, std = MEAN["fare"] + 0.9 * STD["fare"], 0.6 * STD["fare"]
    served = np.where(RANDOM | ONE, (LOG["fare"] - mean) / std, RIGHT["fare"])
    cause = first(audited("fare", served), "fare")
    assert cause.code == "wrong_parameters"
    assert cause.parameters["std"] == pytest.approx(std, rel=1e-6)
    assert cause.confidence > 0.9
    assert cause.share < 0.3


@pytest.mark.parametrize("seed", range(12))
def test_a_world_that_moves_everywhere_has_no_place(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = LOG["temp"][rng.permutation(ROWS)]
    for moved in (x + 2.5, 15 + (x - 15) * 1.3, np.where(rng.random(ROWS) < 0.3, x + 12, x)):
        for raw in (False, True):
            audit = audited("temp", moved if raw else (moved - MEAN["temp"]) / STD["temp"], raw=raw)
            assert mechanical(audit) == {}
            assert all(placed(c) is None for c in of(audit, "temp").causes)


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize("name", ["temp", "fare"])
def test_a_tenth_of_one_value(name: str, *, raw: bool) -> None:
    column = LOG[name] if raw else RIGHT[name]
    cause = first(audited(name, np.where(RANDOM, column[5], column), raw=raw), name)
    assert (cause.code, cause.parameters) == ("stuck_value", {"value": column[5]})
    assert cause.share == pytest.approx(0.1, abs=0.015)


def test_new_zeros_are_as_likely_the_world() -> None:
    audit = audited("temp", np.where(RANDOM, 0.0, LOG["temp"]), raw=True)
    assert mechanical(audit) == {}
    assert causes(audit, "temp") == ["stuck_value", "drift"]


def test_more_of_a_count_that_training_has_is_drift() -> None:
    audit = audited("count", np.where(RANDOM, 14.0, LOG["count"]), raw=True)
    assert mechanical(audit) == {}


@pytest.mark.parametrize("bad", [ONE, RANDOM, np.ones(ROWS, bool)])
def test_nulls_alone_are_no_drift_and_of_one_value_have_a_place(bad: Array) -> None:
    for raw in (True, False):
        column = LOG["temp"] if raw else RIGHT["temp"]
        audit = audited("temp", np.where(bad, np.nan, column), raw=raw)
        assert of(audit, "temp").verdict == "skew"
        assert mechanical(audit) == {}  # there are worlds in which they are
        assert causes(audit, "temp") == (["stuck_value"] if bad is ONE else [])
        assert all(placed(c) is not None for c in of(audit, "temp").causes)
