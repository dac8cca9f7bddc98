"""Servers that are late, or answer from a cache: each is a loop over rows, written here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from skewcheck.reports.words.causes import sentence
from tests.causes.stateful import SIZES, Array, Served, Server, causes_of, right, the_cause

LIFE = 3_600.0
"""Seconds for which a value is kept."""


def late(lag: int) -> Server:
    """Return a server whose features are those of an earlier request."""

    def serve(rows: Served) -> Array:
        made = np.zeros(len(rows.raw))
        for i in range(len(made)):
            made[i] = rows.right[i - lag] if 0 <= i - lag < len(made) else 0.0
        return made

    return serve


def late_by_key(rows: Served) -> Array:
    """Serve the value of the second last request of the same robot."""
    made, before = np.zeros(len(rows.raw)), dict[float, list[float]]()
    for i, key in enumerate(rows.keys.tolist()):
        earlier = before.setdefault(key, [])
        made[i] = earlier[-2] if len(earlier) > 1 else 0.0
        earlier.append(float(rows.right[i]))
    return made


def every(count: int) -> Server:
    """Return a server that looks a value up in each `count`-th row."""

    def serve(rows: Served) -> Array:
        made = np.zeros(len(rows.raw))
        for i in range(len(made)):
            made[i] = rows.right[i] if i % count == 0 else made[i - 1]
        return made

    return serve


def cached(rows: Served, *, by_key: bool = False, life: float = LIFE) -> Array:
    """Look a value up if the last one is older than `life`."""
    made, kept = np.zeros(len(rows.raw)), dict[float, tuple[float, float]]()
    for i, (key, time) in enumerate(zip(rows.keys.tolist(), rows.times.tolist(), strict=True)):
        name = key if by_key else 0.0
        if name not in kept or time - kept[name][0] >= life:
            kept[name] = time, float(rows.right[i])
        made[i] = kept[name][1]
    return made


def expired(rows: Served) -> Array:
    """Serve the last value of each robot from the middle of the log on."""
    made, kept = np.zeros(len(rows.raw)), dict[float, float]()
    for i, key in enumerate(rows.keys.tolist()):
        if i < len(made) // 2 or key not in kept:
            kept[key] = float(rows.right[i])
        made[i] = kept[key]
    return made


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("host", [None, 2])
@pytest.mark.parametrize("lag", [1, 25, -3])
def test_a_delay_is_named_with_its_lag(rows: int, host: int | None, lag: int) -> None:
    cause = the_cause(causes_of(late(lag), rows, host=host), host)
    assert (cause.code, dict(cause.parameters)) == (
        "swapped_features", {"swapped": "rows", "lag": lag}
    )  # fmt: skip
    assert f"{abs(lag)} row" in sentence(cause)


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("name", ["fare", "ratio"])
def test_a_delay_of_each_key(rows: int, name: str) -> None:
    cause = the_cause(causes_of(late_by_key, rows, name=name), None)
    assert cause.code == "swapped_features"
    assert cause.parameters == {"swapped": "rows", "lag": 2, "by": "robot"}
    assert "2 rows before, by robot" in sentence(cause)


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("host", [None, 1])
def test_a_cache_of_so_many_rows(rows: int, host: int | None) -> None:
    cause = the_cause(causes_of(every(6), rows, host=host), host)
    assert (cause.code, cause.variant) == ("stuck_value", "repeats")
    assert cause.parameters == {"repeats": True, "rows": 6}
    assert cause.share == pytest.approx((5 / 6) * (1 if host is None else 0.25), abs=0.02)


@pytest.mark.parametrize(
    ("rows", "by_key"), [(SIZES[0], False), (SIZES[1], False), (SIZES[1], True)]
)
def test_a_cache_with_a_time_to_live(rows: int, by_key: bool) -> None:
    cause = the_cause(causes_of(lambda r: cached(r, by_key=by_key), rows), None)
    assert (cause.code, cause.variant) == ("stuck_value", "repeats")
    assert cause.parameters["seconds"] == pytest.approx(LIFE, rel=0.02)
    assert cause.parameters.get("by") == ("robot" if by_key else None)


@pytest.mark.parametrize("rows", SIZES)
def test_the_last_values_of_keys_are_served_for_good(rows: int) -> None:
    (cause,) = causes_of(expired, rows)
    assert (cause.code, cause.variant, cause.confidence) == ("stuck_value", "repeats", 0.99)
    assert cause.parameters["by"] == "robot"
    assert cause.place is not None
    assert cause.place.since is not None


def test_without_the_column_of_keys_no_lag_is_named() -> None:
    (cause,) = causes_of(late_by_key, SIZES[0], hidden=("robot",))
    assert (cause.code, dict(cause.parameters)) == ("swapped_features", {"swapped": "rows"})


RNG = np.random.default_rng(8)
OTHERS: Mapping[str, Server] = {
    "shuffled": lambda rows: RNG.permutation(rows.right),
    "in pairs": lambda rows: rows.right[np.arange(len(rows.right)) ^ 1],
    "noise": lambda rows: rows.right + RNG.normal(0, 1, len(rows.right)),
    "two constants": lambda rows: np.where(
        rows.keys < 40, rows.right * 1.1 + 0.3, rows.right * 0.8 - 0.1
    ),
    "random lags": lambda rows: rows.right[
        np.maximum(np.arange(len(rows.right)) - RNG.integers(1, 9, len(rows.right)), 0)
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("server", OTHERS)
def test_what_is_no_delay_is_not_named_so(rows: int, server: str) -> None:
    for cause in causes_of(OTHERS[server], rows):
        assert "lag" not in cause.parameters
        assert "repeats" not in cause.parameters
        assert "over" not in cause.parameters


def test_a_drifting_world_that_is_served_right_has_no_cause() -> None:
    assert causes_of(lambda rows: right("fare", rows.raw), SIZES[0]) == []


def late_by(seconds: float) -> Server:
    """Return a server with the newest value that is so many seconds old; else the row's own."""

    def serve(rows: Served) -> Array:
        made = rows.right.copy()
        for i, now in enumerate(rows.times.tolist()):
            j = i
            while j >= 0 and now - rows.times[j] < seconds:
                j -= 1
            made[i] = rows.right[j] if j >= 0 else made[i]
        return made

    return serve


@pytest.mark.parametrize("host", [None, 2])
@pytest.mark.parametrize("seconds", [5_400.0, 7_200.0])
def test_a_delay_in_seconds_is_named_with_them(host: int | None, seconds: float) -> None:
    cause = the_cause(causes_of(late_by(seconds), SIZES[0], host=host), host)
    assert (cause.code, dict(cause.parameters)) == (
        "swapped_features", {"swapped": "rows", "lag_seconds": seconds}
    )  # fmt: skip
    assert f"those of {seconds:.0f} s before" in sentence(cause)


def test_a_cache_of_each_key_of_one_host() -> None:
    day = 86_400.0
    (cause,) = causes_of(lambda rows: cached(rows, by_key=True, life=day), SIZES[1], host=1)
    assert (cause.code, cause.parameters["by"]) == ("stuck_value", "robot")
    assert cause.parameters["seconds"] == day


def test_a_cache_whose_values_are_often_equal() -> None:
    """Two values in a row that are equal are one run, and longer than a value is kept."""
    whole = np.round(np.random.default_rng(6).lognormal(1, 0.5, SIZES[0]))
    cause = the_cause(causes_of(cached, SIZES[0], raw=whole), None)
    assert (cause.code, cause.parameters["seconds"]) == ("stuck_value", LIFE)
