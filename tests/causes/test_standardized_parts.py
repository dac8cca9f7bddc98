"""Served-only logs of which a part was standardized by groups of its own rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

import skewcheck
from skewcheck.results.causes import Cause
from tests.causes.stateful import KNOWN, Array, log, right

ROWS = 3_000


def by_groups(x: Array, codes: Array) -> Array:
    """Standardize each group by itself; 0 where its values are equal."""
    made = np.zeros(len(x))
    for code in np.unique(codes).tolist():
        own = codes == code
        spread = x[own].std()
        made[own] = (x[own] - x[own].mean()) / (spread if spread > 0 else 1.0)
    return made


def named(served: Array) -> tuple[Cause, ...]:
    """Return what is said of served fares alone."""
    columns = log(ROWS, 3)
    table = pa.table({
        "fare": served.astype(np.float32),
        "host": np.array([f"web-{number:.0f}" for number in columns["host"]]),
        "time": (columns["times"] * 1e6).astype(np.int64).astype("datetime64[us]"),
    })  # fmt: skip
    audit = skewcheck.audit(KNOWN, table, served="{feature}", time_column="time", features=["fare"])
    return audit.features[0].causes


def even(seed: int = 1) -> Array:
    """Return raw values that are distributed as training's."""
    return np.round(np.random.default_rng(seed).lognormal(2, 0.8, ROWS), 2)


@pytest.mark.parametrize("groups", [3, 40, 300])
def test_groups_of_the_rows_since_a_time(groups: int) -> None:
    raw, half = even(), ROWS // 2
    codes = np.random.default_rng(2).integers(0, groups, ROWS - half)
    served = np.append(right("fare", raw[:half]), by_groups(raw[half:], codes))
    (cause,) = named(served)
    assert (cause.code, cause.confidence, dict(cause.parameters)) == (
        "recomputed_parameters", 0.99, {}
    )  # fmt: skip
    assert cause.place is not None
    assert cause.place.since == pytest.approx(log(ROWS, 3)["times"][half], abs=60)
    assert cause.share == pytest.approx(0.5)


def test_groups_of_one_host_some_of_one_row() -> None:
    raw, host = even(), log(ROWS, 3)["host"] == 1
    served, codes = right("fare", raw), np.random.default_rng(3).integers(0, 200, ROWS)
    served[host] = by_groups(raw[host], codes[host])
    assert len(np.unique(codes[host])) < host.sum()
    (cause,) = named(served)
    assert (cause.code, cause.confidence) == ("recomputed_parameters", 0.99)
    assert cause.place is not None
    assert cause.place.values == ("web-1",)


def test_a_part_with_a_mean_of_nearly_0_is_none() -> None:
    raw, half = even(), ROWS // 2
    served = right("fare", raw)
    later = by_groups(raw[half:], np.zeros(half)) + 1e-4
    assert all(c.code != "recomputed_parameters" for c in named(np.append(served[:half], later)))


@pytest.mark.parametrize("seed", range(5))
def test_right_values_have_no_such_part(seed: int) -> None:
    assert named(right("fare", even(seed + 10))) == ()


@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_rounded_values_have_whole_sums_by_chance(decimals: int) -> None:
    """Their sum since some time is 0 in most logs."""
    for seed in range(6):
        served = np.round(right("fare", even(seed + 20)), decimals)
        later = np.arange(ROWS) >= 2 * ROWS // 3
        served = np.where(later | (seed % 2 == 0), served, right("fare", even(seed + 20)))
        assert all(c.code != "recomputed_parameters" for c in named(served))
