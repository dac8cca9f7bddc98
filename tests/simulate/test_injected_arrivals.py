"""Faults of columns in their order of arrival: the formulas are by hand, and audits name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

import skewcheck
from skewcheck.features.steps import Clip, MinMax, OneHot, ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports.words.notes import texts
from skewcheck.simulate.inject import Injected
from skewcheck.text.errors import UsageError

Floats = NDArray[np.float64]
ROWS = 3_000


def frame(seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    times = np.cumsum(random.integers(20, 200, ROWS))
    return pd.DataFrame({
        "age": random.normal(40, 12, ROWS),
        "fare": np.round(random.gamma(2, 5, ROWS), 2),
        "delay": random.integers(-60, 400, ROWS),
        "way": random.choice(["b", "a", "c"], ROWS, p=[0.5, 0.3, 0.2]),
        "host": random.choice(["h1", "h2", "h3"], ROWS),
        "ts": pd.Timestamp("2026-11-01", tz="UTC") + pd.to_timedelta(times, "s"),
    })  # fmt: skip


LOG = frame(2)
STEPS = (
    Feature("age", "numeric", (ZScore(40.0, 12.0),)),
    Feature("fare", "numeric", (Clip(None, 60.0), ZScore(10.0, 7.0))),
    Feature("delay", "numeric", (MinMax(-60.0, 400.0),)),
    Feature("way", "categorical", (OneHot(("b", "a", "c")),)),
)
TRAINED = skewcheck.fit(
    frame(1)[["age", "fare", "delay", "way"]], parameters=Parameters(STEPS, "", path="p.json")
)
AGE, FARE = LOG["age"], LOG["fare"].clip(upper=60)
DELAY = LOG["delay"].astype(float)
HOST, DAY = LOG["host"], LOG["ts"].dt.floor("D")
SECONDS = (LOG["ts"] - LOG["ts"].iloc[0]).dt.total_seconds().to_numpy()
RIGHT = {
    "age": (AGE - 40) / 12, "fare": (FARE - 10) / 7, "delay": (DELAY + 60) / 460,
    **{f"way_{v}": (LOG["way"] == v).astype(float) for v in "bac"},
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """A log with a fault."""

    injected: Injected
    output: pd.DataFrame
    path: Path

    def cause(self, feature: str) -> skewcheck.results.causes.Cause:
        audit = skewcheck.audit(
            TRAINED, self.path, served="{feature}_norm", time_column="ts", by="host"
        )
        return next(f for f in audit.features if f.name == feature).causes[0]


Inject = Callable[..., Written]


@pytest.fixture
def inject(tmp_path: Path) -> Inject:
    def run(fault: str, feature: object, **given: object) -> Written:
        out = tmp_path / "out.parquet"
        done = skewcheck.inject(
            fault, TRAINED, LOG, out, feature=feature, time_column="ts", **given
        )
        return Written(done, pq.read_table(out).to_pandas(), out)

    return run


def scaled(x: pd.Series, mean: pd.Series, std: pd.Series) -> Floats:
    """Return z-scores; a deviation of 0 is 1."""
    return np.asarray((x - mean) / std.where(std > 1e-9, 1.0))


def of_groups(x: pd.Series, keys: object) -> Floats:
    groups = x.groupby(keys)
    return scaled(x, groups.transform("mean"), groups.transform(lambda g: g.std(ddof=0)))


def of_window(x: pd.Series, length: int, ddof: int = 0) -> Floats:
    rolling = x.rolling(length, min_periods=1)
    return scaled(x, rolling.mean(), rolling.std(ddof=ddof).fillna(0.0))


def ema(x: pd.Series, alpha: float, mean: float, std: float) -> Floats:
    """Return m <- a m + (1 - a) x, v <- a v + (1 - a) (x - m)^2, and with them z-scores."""
    served, variance = [], std**2
    for value in x:
        mean = alpha * mean + (1 - alpha) * value
        variance = alpha * variance + (1 - alpha) * (value - mean) ** 2
        served.append((value - mean) / variance**0.5)
    return np.array(served)


def running_by(keys: pd.Series) -> Floats:
    expanding = AGE.groupby(keys).expanding()
    mean = expanding.mean().droplevel(0).sort_index()
    return scaled(AGE, mean, expanding.std(ddof=0).droplevel(0).sort_index())


def begun(first: Floats, rows: int, later: object) -> Floats:
    return np.where(np.arange(ROWS) < rows, first, np.asarray(later))


RUNNING = of_window(AGE, ROWS)
BATCH = np.arange(ROWS) // 64
RANGES = DELAY.groupby(BATCH)
FROZEN = (AGE - AGE[:300].mean()) / AGE[:300].std(ddof=0)


@pytest.mark.parametrize(
    ("feature", "settings", "expected"),
    [
        ("age", {"over": "running"}, RUNNING),
        ("age", {"over": "running", "by": "host"}, running_by(HOST)),
        ("age", {"over": "window", "length": 50}, of_window(AGE, 50)),
        ("age", {"over": "window", "length": 20, "ddof": 1}, of_window(AGE, 20, 1)),
        ("fare", {"over": "window", "length": 50}, of_window(FARE, 50)),
        ("age", {"over": "ema", "alpha": 0.99}, ema(AGE, 0.99, 40.0, 12.0)),
        ("age", {"over": "ema", "alpha": 0.9}, ema(AGE, 0.9, 40.0, 12.0)),
        ("age", {"over": "batch", "length": 64}, of_groups(AGE, BATCH)),
        ("delay", {"over": "batch", "length": 64},
         (DELAY - RANGES.transform("min"))
         / (RANGES.transform("max") - RANGES.transform("min"))),
        ("age", {"over": "day"}, of_groups(AGE, DAY)),
        ("age", {"over": "day", "by": "host"}, of_groups(AGE, [HOST, DAY])),
        ("age", {"over": "running", "until": 300}, begun(RUNNING, 300, RIGHT["age"])),
        ("age", {"over": "running", "after": 300}, begun(np.asarray(RIGHT["age"]), 300, RUNNING)),
        ("age", {"over": "running", "frozen": 300}, begun(RUNNING, 300, FROZEN)),
    ],
)  # fmt: skip
def test_statistics_of_own_rows(
    inject: Inject, feature: str, settings: dict[str, float | str], expected: Floats
) -> None:
    written = inject("recomputed_parameters", feature, numbers=settings)
    np.testing.assert_allclose(written.output[f"{feature}_norm"], expected, atol=1e-6)
    cause = written.cause(feature)
    assert cause.code == "recomputed_parameters"
    # A window that is longer than the rows until it is frozen is all rows so far.
    hidden = {"over"} if "frozen" in settings else set()
    assert {k: cause.parameters[k] for k in settings.keys() - hidden} == {
        k: v for k, v in settings.items() if k not in hidden
    }


def test_statistics_of_each_key(inject: Inject) -> None:
    written = inject("recomputed_parameters", "age", numbers={"over": "key", "by": "host"})
    np.testing.assert_allclose(written.output["age_norm"], of_groups(AGE, HOST), atol=1e-9)
    cause = written.cause("age")
    assert (cause.code, cause.parameters["per"]) == ("recomputed_parameters", "host")


def test_statistics_are_those_of_affected_rows_and_nulls_are_left_out(
    inject: Inject, tmp_path: Path
) -> None:
    written = inject("recomputed_parameters", "age", numbers={"over": "window", "length": 50},
                     where={"host": "h2"})  # fmt: skip
    own = (HOST == "h2").to_numpy()
    np.testing.assert_allclose(written.output["age_norm"][own], of_window(AGE[own], 50), atol=1e-9)
    np.testing.assert_array_equal(written.output["age_norm"][~own], RIGHT["age"][~own])
    holed = LOG.assign(age=AGE.where(np.arange(ROWS) % 7 != 3))
    out = tmp_path / "holed.parquet"
    numbers = {"over": "ema", "alpha": 0.9}
    skewcheck.inject("recomputed_parameters", TRAINED, holed, out, feature="age", numbers=numbers)
    made, known = pd.read_parquet(out)["age_norm"], holed["age"].notna()
    np.testing.assert_allclose(made[known], ema(holed["age"].dropna(), 0.9, 40.0, 12.0))
    assert made[~known].isna().all()


def late(x: pd.Series, lag: int) -> Floats:
    return np.asarray(x.shift(lag).fillna(x))


def cache(x: pd.Series, seconds: float, keys: pd.Series) -> Floats:
    read: dict[object, tuple[float, float]] = {}
    served = []
    for value, now, key in zip(x, SECONDS, keys, strict=True):
        if key not in read or now - read[key][0] >= seconds:
            read[key] = (now, value)
        served.append(read[key][1])
    return np.array(served)


EVERY = pd.Series("", index=LOG.index)


@pytest.mark.parametrize(
    ("fault", "settings", "expected"),
    [
        ("swapped_features", {"lag": 1}, late(RIGHT["fare"], 1)),
        ("swapped_features", {"lag": -3}, late(RIGHT["fare"], -3)),
        ("swapped_features", {"lag": 1, "by": "host"},
         RIGHT["fare"].groupby(HOST).shift(1).fillna(RIGHT["fare"])),
        ("stuck_value", {"seconds": 1200}, cache(RIGHT["fare"], 1200, EVERY)),
        ("stuck_value", {"seconds": 3600, "by": "host"}, cache(RIGHT["fare"], 3600, HOST)),
        ("stuck_value", {"rows": 5}, np.asarray(RIGHT["fare"])[np.arange(ROWS) // 5 * 5]),
    ],
)  # fmt: skip
def test_values_of_other_rows(
    inject: Inject, fault: str, settings: dict[str, float | str], expected: Floats
) -> None:
    written = inject(fault, "fare", numbers=settings)
    np.testing.assert_allclose(written.output["fare_norm"], expected, atol=1e-12)
    cause = written.cause("fare")
    assert cause.code == fault
    assert {k: cause.parameters[k] for k in settings} == settings


COLUMNS = [*RIGHT]


@pytest.mark.parametrize(
    ("settings", "order"),
    [
        ({"order": "alphabetical"}, sorted(COLUMNS)),
        ({"order": "reversed"}, COLUMNS[::-1]),
        ({"order": "blocks"}, COLUMNS[3:] + COLUMNS[:3]),
        ({"order": "levels_first"}, COLUMNS[3:] + COLUMNS[:3]),
        ({"shift": 1}, ["", *COLUMNS[:-1]]),
        ({"order": "shifted", "shift": -2}, [*COLUMNS[2:], "", ""]),
    ],
)
def test_columns_in_another_order(
    inject: Inject, settings: dict[str, float | str], order: list[str]
) -> None:
    written = inject("swapped_features", (), numbers=settings)
    for column, source in zip(COLUMNS, order, strict=True):
        served = written.output[f"{column}_norm"]
        if source:
            np.testing.assert_allclose(served, RIGHT[source], atol=1e-12)
        else:
            assert set(served) == {0.0, 1.0}
    moved = [n for n in ("age", "fare", "delay") if dict(zip(COLUMNS, order, strict=True))[n] != n]
    assert {written.cause(name).code for name in moved} == {"swapped_features"}


def test_a_permutation_is_that_of_the_seed_and_of_the_chosen_columns(inject: Inject) -> None:
    chosen = ["age", "fare", "delay"]
    made = [
        inject("swapped_features", chosen, numbers={"order": "permuted"}, seed=seed).output
        for seed in (1, 1, 3)
    ]
    pd.testing.assert_frame_equal(made[0], made[1])
    assert not made[0].equals(made[2])
    served = sorted(made[0][f"{name}_norm"].sum() for name in chosen)
    np.testing.assert_allclose(served, sorted(RIGHT[name].sum() for name in chosen))
    for output in made:
        assert not any(np.allclose(output[f"{name}_norm"], RIGHT[name]) for name in chosen)
    np.testing.assert_array_equal(made[0]["way_b_norm"], RIGHT["way_b"])


@pytest.mark.parametrize("side", ["served", "raw"])
def test_features_that_are_lost_together(inject: Inject, side: str) -> None:
    numbers = {"value": "null", "side": side}
    written = inject("stuck_value", ["age", "delay", "way"], numbers=numbers, share=0.08)
    gone = written.output["age_norm"].isna()
    assert gone.sum() == written.injected.affected
    for column in ("delay_norm", "way_b_norm"):
        assert (written.output[column].isna() == gone).all()
    for name in ("age", "delay", "way"):
        lost = gone if side == "raw" else pd.Series(False, index=gone.index)
        assert (written.output[name].isna() == lost).all()
    cause = written.cause("age")
    assert (cause.code, cause.variant) == ("stuck_value", "null_together")


@pytest.mark.parametrize(
    ("feature", "function", "expected"),
    [
        ("delay", "uint8", (LOG["delay"] % 256 + 60) / 460),
        ("delay", "int8", ((LOG["delay"] + 128) % 256 - 128 + 60) / 460),
        ("fare", "decimal_point_lost",
         (np.minimum([float(repr(v).removesuffix(".0").replace(".", "")) for v in LOG["fare"]], 60)
          - 10) / 7),
    ],
)  # fmt: skip
def test_numbers_that_are_misread(
    inject: Inject, feature: str, function: str, expected: Floats
) -> None:
    written = inject("value_mapped", feature, numbers={"function": function})
    np.testing.assert_allclose(written.output[f"{feature}_norm"], expected, atol=1e-12)
    cause = written.cause(feature)
    assert (cause.code, cause.parameters["function"]) == ("value_mapped", function)


@pytest.mark.parametrize(
    ("fault", "feature", "settings", "words"),
    [
        ("recomputed_parameters", "age", {"over": "rows"}, "over: must be one of running, window"),
        ("recomputed_parameters", "age", {"over": "key"}, "over=key needs by=column"),
        ("recomputed_parameters", "age", {"over": "day", "length": 3}, "no key 'length'"),
        ("recomputed_parameters", "age", {"over": "window", "length": 0}, "length: must be a whol"),
        ("recomputed_parameters", "age", {"over": "ema", "alpha": 1}, "alpha must be between"),
        ("recomputed_parameters", "age", {"over": "window", "by": "rack"}, "no column 'rack'"),
        ("recomputed_parameters", "way", {"over": "window"}, "needs a z-score or min-max step"),
        ("swapped_features", "age", {"lag": 0}, "lag: must be a whole number, and not 0"),
        ("swapped_features", "age", {"order": "sorted"}, "order: must be one of shifted"),
        ("swapped_features", "age", {"shift": 1}, "shift: must be whole, not 0 and below 1"),
        ("swapped_features", (), {"order": "numbers_first"}, "in the order numbers_first anyway"),
        ("stuck_value", "age", {"seconds": 1, "rows": 2}, "set rows or seconds, and not both"),
        ("stuck_value", "age", {"seconds": 0}, "seconds: must be above 0"),
        ("stuck_value", "age", {"value": "null", "side": "left"}, "side: must be served or raw"),
        ("value_mapped", "way", {"function": "int8"}, "value_mapped needs a number"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    inject: Inject, tmp_path: Path, fault: str, feature: object,
    settings: dict[str, float | str], words: str,
) -> None:  # fmt: skip
    with pytest.raises(UsageError, match=words) as caught:
        inject(fault, feature, numbers=settings)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.parquet").exists()


def test_times_are_needed_where_spans_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"over=day needs a time in each row \(time_column\)"):
        skewcheck.inject("recomputed_parameters", TRAINED, LOG, tmp_path / "o.csv",
                         feature="age", numbers={"over": "day"})  # fmt: skip


def test_features_that_cannot_have_it_are_noted(inject: Inject) -> None:
    written = inject("recomputed_parameters", (), numbers={"over": "window"})
    assert written.injected.features == ("age", "fare", "delay")
    (note,) = texts(written.injected.notes)
    needs = "a z-score or min-max step, and one served column"
    assert note == f"not in way: recomputed_parameters over rows needs {needs}"


@pytest.mark.parametrize(
    ("fault", "settings"),
    [
        ("swapped_features", {"lag": 1}),
        ("stuck_value", {"rows": 5}),
        ("recomputed_parameters", {"over": "window", "length": 500}),
    ],
)
def test_what_power_does_not_foretell_shows_beside_raw_values_alone(
    inject: Inject, fault: str, settings: dict[str, float | str]
) -> None:
    written = inject(fault, "age", numbers=settings, share=0.01)
    assert fails(written.output, "age", "{feature}_norm")
    whole = inject(fault, "age", numbers=settings).output
    assert fails(whole, "age", "{feature}_norm")
    assert not fails(whole.drop(columns=["age", "fare", "delay", "way"]), "age", "{feature}_norm")
    assert not fails(whole, "age", "none")


def fails(log: pd.DataFrame, feature: str, served: str) -> bool:
    audit = skewcheck.audit(TRAINED, log, served=served)
    return next(f for f in audit.features if f.name == feature).verdict.value == "skew"
