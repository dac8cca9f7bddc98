"""Distributions by part of the week: stored by `fit`, and weighted to a log's own mix."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck import api
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.feature_profile import FeatureProfile
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.types import CategoricalReference, NumericReference, Parameters
from skewcheck.text.errors import ParameterError, UsageError
from skewcheck.verdict.strata import weighted, whole_rows

START = pd.Timestamp("2026-01-05", tz="UTC")


def table(first: float, days: float, rows: int, seed: int) -> pd.DataFrame:
    """Return rows of a world in which `load`, `kind` and nulls of `load` follow day and week."""
    rng = np.random.default_rng(seed)
    times = pd.Series(START + pd.to_timedelta(first + np.sort(rng.random(rows)) * days, unit="D"))
    hour, weekend = times.dt.hour.to_numpy(), times.dt.day_of_week.to_numpy() >= 5
    night = hour < 6
    load = rng.normal(size=rows) + np.sin(2 * np.pi * hour / 24) + weekend
    load[rng.random(rows) < 0.02 + 0.2 * night] = np.nan
    shop = rng.random(rows) < 0.3 + 0.4 * weekend
    return pd.DataFrame(
        {
            "ts": times,
            "load": load,
            "kind": np.where(shop, "shop", np.where(rng.random(rows) < 0.5, "work", "home")),
            "steady": rng.normal(size=rows),
            "pay": rng.choice(["card", "cash", "app"], rows),
        }
    )


@cache
def parameters() -> Parameters:
    return skewcheck.fit(table(0, 60, 40_000, 1), time_column="ts")


def test_features_with_a_rhythm_get_strata_and_others_none() -> None:
    strata = parameters().strata
    assert strata is not None
    assert set(strata.features) == {"load", "kind"}
    assert (strata.parts.weekdays, strata.parts.blocks) == (7, 8)


def test_counts_are_those_of_the_rows() -> None:
    strata, data = parameters().strata, table(0, 60, 40_000, 1)
    assert strata is not None
    tuesday_noon = data[(data["ts"].dt.day_of_week == 1) & (data["ts"].dt.hour // 3 == 4)]
    load, stratum = strata.features["load"], 1 * 8 + 4
    assert load.counts[stratum].sum() == tuesday_noon["load"].notna().sum()
    assert load.nulls[stratum] == tuesday_noon["load"].isna().sum()
    assert load.means[stratum] == pytest.approx(tuesday_noon["load"].mean())
    assert load.stds[stratum] == pytest.approx(tuesday_noon["load"].std(ddof=0))
    reference = parameters()["load"].reference
    assert isinstance(reference, NumericReference)
    cells = reference.histogram.interleaved
    base = np.add.reduceat(cells, [0, *load.cuts])
    assert load.counts.sum(0).tolist() == base.tolist()
    kinds = parameters()["kind"].reference
    assert isinstance(kinds, CategoricalReference)
    counted = strata.features["kind"].counts.sum(0)[:-1].tolist()
    assert counted == list(kinds.counts.values())


@pytest.mark.parametrize("day", range(60, 67))
def test_each_day_of_the_week_is_ok(day: int) -> None:
    audit = skewcheck.audit(parameters(), table(day, 1, 2500, 100 + day), by="none")
    assert {f.name: str(f.verdict) for f in audit.features if f.verdict != "ok"} == {}


def test_without_the_strata_the_same_sunday_alarms() -> None:
    plain = skewcheck.fit(table(0, 60, 40_000, 1))
    audit = skewcheck.audit(plain, table(62, 1, 2500, 162), by="none")
    assert {f.name for f in audit.features if f.verdict == "skew"} >= {"load", "kind"}


@pytest.mark.parametrize("day", [60, 62, 65])
def test_a_shift_within_the_day_is_skew(day: int) -> None:
    data = table(day, 1, 3000, 200 + day)
    data["load"] += 0.3 * table(0, 60, 40_000, 1)["load"].std()
    audit = skewcheck.audit(parameters(), data, by="none")
    assert {f.name for f in audit.features if f.verdict == "skew"} == {"load"}


def test_a_saturday_logged_as_a_monday_alarms() -> None:
    data = table(61, 1, 2500, 5)  # a Saturday's values, by the time two days later
    data["ts"] += pd.Timedelta(days=2)
    audit = skewcheck.audit(parameters(), data, by="none")
    assert {f.name for f in audit.features if f.verdict == "skew"} == {"load", "kind"}


def test_the_reference_is_the_mixture_of_the_logs_parts_and_worth_its_rows() -> None:
    training, feature = table(0, 60, 40_000, 1), parameters()["load"]
    tuesday, sunday = ((1, 4), (6, 0))
    rows = [0] * (57 + 12)  # parts, without a time, months
    rows[1 * 8 + 4], rows[6 * 8 + 0] = 900, 100
    plan = Plan(
        (plan_feature(feature, "load", None, lambda name: name == "load"),),
        strata=parameters().strata,
    )
    profile = Profile(1000, (FeatureProfile(),), strata=tuple(rows))
    after, notes = weighted(plan, profile)
    assert notes == []
    parts = [
        training[(training["ts"].dt.day_of_week == day) & (training["ts"].dt.hour // 3 == block)]
        for day, block in (tuesday, sunday)
    ]
    reference = after.features[0].feature.reference
    assert isinstance(reference, NumericReference)
    size = 1 / (0.9**2 / len(parts[0]) + 0.1**2 / len(parts[1]))
    assert reference.rows == pytest.approx(size, abs=1.5)
    loads = [part["load"] for part in parts]
    nulls = 0.9 * loads[0].isna().mean() + 0.1 * loads[1].isna().mean()
    assert reference.nulls == pytest.approx(nulls * size, abs=1)
    weights = [0.9 * loads[0].notna().mean(), 0.1 * loads[1].notna().mean()]
    mean = np.average([part.mean() for part in loads], weights=weights)
    assert reference.mean == pytest.approx(mean)
    below = np.average([(part < 0).mean() / part.notna().mean() for part in loads], weights=weights)
    counted = reference.histogram.interleaved[: 2 * np.searchsorted(reference.histogram.edges, 0)]
    assert counted.sum() / reference.finite == pytest.approx(below, abs=0.02)


def test_parts_that_training_never_saw_are_said() -> None:
    training = table(0, 60, 40_000, 1)
    weekdays = training[training["ts"].dt.day_of_week < 5].reset_index(drop=True)
    fitted = skewcheck.fit(weekdays, time_column="ts")
    audit = skewcheck.audit(fitted, table(61, 1, 2500, 5), by="none")
    (note,) = (note for note in audit.notes if note.code == "unseen_strata")
    assert note.parameters["share"] == pytest.approx(1)
    assert "never saw" in skewcheck.render(audit)


def test_options_choose_the_parts() -> None:
    data = table(0, 60, 40_000, 1)
    strata = skewcheck.fit(data, time_column="ts", strata="weekday").strata
    assert strata is not None
    assert (strata.parts.weekdays, strata.parts.blocks) == (7, 1)
    assert skewcheck.fit(data, time_column="ts", strata="none").strata is None
    with pytest.raises(UsageError):
        skewcheck.fit(data, time_column="ts", strata="lunar")


def test_few_rows_have_coarser_parts() -> None:
    strata = skewcheck.fit(table(0, 60, 1500, 1), time_column="ts").strata
    assert strata is not None
    assert strata.parts.count < 56


def test_what_is_written_is_read_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    loaded = skewcheck.load(path)
    assert loaded.strata == parameters().strata
    assert api.dumps(loaded) == path.read_text()
    plain = api.dumps(skewcheck.fit(table(0, 60, 40_000, 1)))
    assert len(path.read_text()) < 3 * len(plain)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("cuts", [5, 4], "cuts: must be ascending"),
        ("cuts", [10**6], "cuts: must be ascending"),
        ("counts", [1, 2], "counts: must be rows of 56 strata"),
        ("nulls", [1], "nulls: must be 56 numbers"),
        ("means", [1.0], "means: must be 56 numbers"),
        ("extra", [1.0], "extra"),
    ],
)
def test_wrong_strata_are_named(tmp_path: Path, key: str, value: object, said: str) -> None:
    path = tmp_path / "p.json"
    skewcheck.save(parameters(), path)
    content = json.loads(path.read_text())
    content["strata"]["features"]["load"][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"strata\.features\.load") as raised:
        skewcheck.load(path)
    assert said in str(raised.value)


def test_counts_keep_their_sum() -> None:
    counts = np.full(1000, 0.3)
    assert whole_rows(counts).sum() == 300
    assert whole_rows(counts).min() >= 0


def test_parts_of_a_log_add_up(tmp_path: Path) -> None:
    data = table(63, 2, 3000, 9)
    paths = [tmp_path / f"{i}.parquet" for i in range(3)]
    for path, rows in zip(paths, np.array_split(np.arange(len(data)), 3), strict=True):
        data.iloc[rows].to_parquet(path)
    whole = skewcheck.audit(parameters(), data, by="none")
    parts = skewcheck.audit(parameters(), paths, by="none")
    for mine, theirs in zip(whole.features, parts.features, strict=True):
        for a, b in zip(mine.tests, theirs.tests, strict=True):
            assert (a.name, a.statistic) == (b.name, pytest.approx(b.statistic))


def test_training_data_beside_the_audit_have_their_own_references() -> None:
    data = table(60, 7, 3000, 8)
    audit = skewcheck.audit(parameters(), data, reference=table(0, 58, 20_000, 3), by="none")
    assert audit.verdict == "ok"


def test_a_log_without_times_is_compared_with_all_of_training() -> None:
    week = table(60, 7, 3000, 8).drop(columns="ts")
    assert skewcheck.audit(parameters(), week, by="none").verdict == "ok"


def test_a_file_of_flags_does_not_grow_beyond_three_times() -> None:
    data = table(0, 60, 40_000, 1)
    flags = pd.DataFrame({"ts": data["ts"], "a": (data["kind"] == "shop").astype(int)})
    flags["b"] = (data["load"] > 1).astype(int)
    fitted = skewcheck.fit(flags, time_column="ts")
    assert fitted.strata is not None
    plain = skewcheck.fit(flags.drop(columns="ts"))
    assert len(api.dumps(fitted)) <= 3 * len(api.dumps(plain)) + 100
