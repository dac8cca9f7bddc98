"""Servers that keep own statistics for a while: until enough rows, after them, frozen, restarted.

Each is a loop over rows, written here.
"""

from __future__ import annotations

import numpy as np
import pytest

from skewcheck.reports.words.causes import sentence
from tests.causes.stateful import SIZES, Array, Served, causes_of
from tests.causes.test_moving_statistics import welford, window

BOTH = pytest.mark.parametrize("host", [None, 1])
SIZED = pytest.mark.parametrize("rows", SIZES)


@SIZED
@BOTH
def test_own_statistics_until_enough_rows(rows: int, host: int | None) -> None:
    def serve(served: Served) -> Array:
        return np.where(np.arange(len(served.raw)) < 150, welford(served.raw), served.right)

    (cause,) = causes_of(serve, rows, host=host)
    assert (cause.code, cause.confidence) == ("recomputed_parameters", 0.99)
    assert cause.parameters == {"over": "running", "until": 150}
    assert cause.place is not None
    assert "in the first 150 rows" in sentence(cause)


@SIZED
@BOTH
def test_training_until_enough_rows(rows: int, host: int | None) -> None:
    def serve(served: Served) -> Array:
        return np.where(np.arange(len(served.raw)) < 300, served.right, welford(served.raw))

    (cause,) = causes_of(serve, rows, host=host)
    assert (cause.code, cause.confidence) == ("recomputed_parameters", 0.99)
    assert cause.parameters == {"over": "running", "after": 300}


@SIZED
@BOTH
@pytest.mark.parametrize("stop", [100, 250])
def test_frozen_statistics(rows: int, host: int | None, stop: int) -> None:
    def serve(served: Served) -> Array:
        return welford(served.raw, stop=stop * len(served.raw) // 750)

    (cause,) = causes_of(serve, rows, host=host)
    assert cause.confidence == 0.99
    own = rows if host is None else int(cause.share * rows)
    assert cause.code == "recomputed_parameters"
    assert cause.parameters["over"] == "running"
    assert cause.parameters["frozen"] == pytest.approx(stop * own // 750, rel=0.02)


@SIZED
@BOTH
def test_a_server_that_was_started_in_mid_log(rows: int, host: int | None) -> None:
    def serve(served: Served) -> Array:
        half = len(served.raw) // 2
        later = Served(*(column[half:] for column in served))
        return np.append(served.right[:half], window(60)(later))

    (cause,) = causes_of(serve, rows, host=host)
    assert (cause.code, cause.confidence) == ("recomputed_parameters", 0.99)
    told = {key: value for key, value in cause.parameters.items() if key != "after"}
    assert told == {"over": "window", "length": 60}
    assert cause.place is not None
    assert cause.place.since is not None


def test_numbers_that_stayed_after_few_of_many_rows() -> None:
    (cause,) = causes_of(lambda served: welford(served.raw, stop=200), SIZES[1])
    assert cause.parameters == {"over": "running", "frozen": 200}
    assert cause.confidence == 0.99


def test_a_warm_up_that_ends_with_nulls() -> None:
    """Rows without a value are no failing rows: the number that was typed is just as likely."""
    raw = np.random.default_rng(4).lognormal(2, 0.8, SIZES[0])
    raw[95:100] = np.nan

    def serve(served: Served) -> Array:
        first = welford(np.delete(served.raw[:100], np.s_[95:100]))
        return np.concatenate([first, np.full(5, np.nan), served.right[100:]])

    (cause,) = causes_of(serve, SIZES[0], raw=raw)
    assert cause.parameters == {"over": "running", "until": 100}
