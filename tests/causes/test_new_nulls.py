"""New nulls: where they are, the keys that a join lost, and columns under another name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.results.causes import LIKELY, OPEN, Cause

ROWS = 6_000
START = pd.Timestamp("2026-11-01", tz="UTC")


def frame(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(20, 200, ROWS))
    return pd.DataFrame({
        "age": random.normal(40, 12, ROWS),
        "fare": np.round(random.gamma(2, 5, ROWS), 2),
        "pay": random.choice(["Cash", "Card", "App"], ROWS, p=[0.6, 0.3, 0.1]),
        "host": random.choice(["h1", "h2", "h3"], ROWS),
        "user": [f"u{n}" for n in random.integers(0, 400, ROWS)],
        "ts": START + pd.to_timedelta(times, "s"),
    })  # fmt: skip


TRAINED = skewcheck.fit(frame(1)[["age", "fare", "pay"]])
LOG = frame(2)
JOINED = LOG["user"].str[1:].astype(int) % 4 != 0
SERVED = TRAINED.transform(LOG, served="{feature}_norm").drop(columns=["age", "fare", "pay"])


def causes(log: pd.DataFrame, served: str = "none") -> dict[str, Cause]:
    audit = skewcheck.audit(TRAINED, log, served=served, time_column="ts")
    return {f.name: f.causes[0] for f in audit.features if f.causes}


def test_nulls_of_one_host_have_a_place() -> None:
    found = causes(LOG.assign(fare=LOG["fare"].where(LOG["host"] != "h2")))
    assert [*found] == ["fare"]
    cause = found["fare"]
    assert (cause.code, cause.variant, cause.side) == ("stuck_value", "null", "raw")
    assert cause.confidence == OPEN
    assert cause.place is not None
    assert (cause.place.column, cause.place.values) == ("host", ("h2",))


def test_nulls_since_a_moment_have_a_place_also_served() -> None:
    later = np.arange(ROWS) >= 4_000
    for log, served in (
        (LOG.assign(fare=LOG["fare"].where(~later)), "none"),
        (SERVED.assign(fare_norm=SERVED["fare_norm"].where(~later)), "{feature}_norm"),
    ):
        cause = causes(log, served)["fare"]
        assert cause.place is not None
        first = LOG["ts"][4_000].timestamp()
        assert cause.place.since == pytest.approx(first, abs=600)
        assert cause.confidence == OPEN


@pytest.mark.parametrize("lost", [["fare"], ["fare", "pay"]])
def test_a_join_that_failed_has_its_key(lost: list[str]) -> None:
    found = causes(LOG.assign(**{name: LOG[name].where(JOINED) for name in lost}))
    assert set(found) == set(lost)
    for cause in found.values():
        assert (cause.code, cause.variant) == ("stuck_value", "null_keys")
        assert cause.parameters == {"by": "user"}
        assert cause.confidence == OPEN


def test_a_join_that_failed_beside_raw_values_is_sure() -> None:
    served = SERVED["fare_norm"].where(JOINED)
    found = causes(pd.concat([LOG, SERVED["age_norm"], served], axis=1), "{feature}_norm")
    cause = found["fare"]
    assert (cause.code, cause.variant) == ("stuck_value", "null_keys")
    assert cause.parameters == {"by": "user"}
    assert cause.confidence > LIKELY


def test_nulls_of_random_rows_have_neither() -> None:
    random = np.random.default_rng(3)
    for share in (0.03, 0.1, 0.5, 0.9):
        lost = LOG["fare"].where(random.random(ROWS) >= share)
        assert not causes(LOG.assign(fare=lost))


@pytest.mark.parametrize(
    ("column", "confidence"), [("fare_amount", LIKELY), ("Fare", LIKELY), ("x17", OPEN)]
)
def test_a_column_of_another_name_has_the_distribution(column: str, confidence: float) -> None:
    for log in (
        LOG.rename(columns={"fare": column}),
        LOG.assign(**{column: LOG["fare"]}, fare=np.nan),
    ):
        found = causes(log)
        assert [*found] == ["fare"]
        cause = found["fare"]
        assert (cause.code, cause.variant) == ("stuck_value", "renamed")
        assert (cause.parameters, cause.confidence) == ({"column": column}, confidence)


def test_a_column_of_levels_and_a_served_one_under_another_name() -> None:
    cause = causes(LOG.rename(columns={"pay": "payment"}))["pay"]
    assert (cause.variant, cause.parameters) == ("renamed", {"column": "payment"})
    log = SERVED.rename(columns={"fare_norm": "fare_scaled"})
    cause = causes(log, "{feature}_norm")["fare"]
    assert (cause.parameters, cause.side) == ({"column": "fare_scaled"}, "served")


def test_a_column_that_one_host_names_otherwise() -> None:
    new = LOG["host"] == "h2"
    log = LOG.assign(fare_amount=LOG["fare"].where(new), fare=LOG["fare"].where(~new))
    cause = causes(log)["fare"]
    assert (cause.variant, cause.parameters) == ("renamed", {"column": "fare_amount"})
    assert cause.place is not None
    assert cause.place.values == ("h2",)
    assert cause.share == pytest.approx(new.mean(), abs=0.02)


def test_columns_that_are_others_are_not_it() -> None:
    random = np.random.default_rng(4)
    others = {
        "fare_usd": LOG["fare"] * 1.1,  # another distribution
        "fare_code": random.integers(0, 3, ROWS),
        "fare_short": LOG["fare"].where(np.arange(ROWS) < 50),  # too few rows
    }
    assert not causes(LOG.drop(columns="fare").assign(**others))
    twice = LOG.drop(columns="fare").assign(fare_a=LOG["fare"], fare_b=LOG["fare"][::-1].to_numpy())
    assert not causes(twice)


def test_without_values_no_key_and_no_place_is_told() -> None:
    log = LOG.assign(fare=LOG["fare"].where(LOG["host"] != "h2"))
    audit = skewcheck.audit(TRAINED, log, served="none", no_values=True)
    text = skewcheck.render(audit, "json")
    assert "h2" not in text
