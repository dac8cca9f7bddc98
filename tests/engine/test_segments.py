"""Segments, from a log to the report."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.types import Parameters
from skewcheck.reports.json import schema
from skewcheck.reports.words.notes import texts
from skewcheck.results.audit import Audit, FeatureAudit

ROWS = 9600
UNKNOWN = "training is not known by segment"


def frame(seed: int, rows: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "a": rng.normal(10, 2, rows),
            "b": np.round(rng.gamma(2, 3, rows), 2),
            "pay": rng.choice(["Cash", "Card", "App"], rows, p=[0.5, 0.3, 0.2]),
            "country": rng.choice(["DE", "FR", "IT", "BR"], rows, p=[0.4, 0.3, 0.24, 0.06]),
        }
    )


def natural(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """Countries that differ: in place, in which levels they know, in what they do not fill in."""
    log = frame(seed, rows)
    log["a"] += log["country"].map({"DE": 0, "FR": 3, "IT": -4, "BR": 9})
    log.loc[log.country == "FR", "pay"] = "Card"
    log.loc[log.country == "BR", "b"] = np.nan
    return log


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(frame(0, 20_000), exclude=["country"])


@pytest.fixture(scope="module")
def of_countries() -> Parameters:
    return skewcheck.fit(natural(0, 20_000), exclude=["country"])


def feature(audit: Audit, name: str) -> FeatureAudit:
    return next(one for one in audit.features if one.name == name)


def worst(audit: Audit, name: str) -> list[str | None]:
    return [segment.value for segment in feature(audit, name).worst]


def audited(parameters: Parameters, log: object, **options: object) -> Audit:
    audit = skewcheck.audit(parameters, log, **{"by": "country", **options})
    jsonschema.validate(json.loads(skewcheck.render(audit, "json")), schema())
    return audit


def test_segments_that_differ_by_nature_are_no_skew(of_countries: Parameters) -> None:
    for seed in range(1, 6):
        for rows in (1_000, ROWS):
            audit = audited(of_countries, natural(seed, rows), inconclusive="pass")
            assert audit.exit_code == 0
            found = {s.verdict.value for f in audit.features for s in f.segments}
            assert found == {"ok"}
            assert [note for note in texts(audit.notes) if UNKNOWN in note]


def test_what_training_cannot_have_held_is_named(of_countries: Parameters) -> None:
    # A fault in 6 % of the rows, which the whole log hides.
    log = natural(6)
    log.loc[log.country == "BR", "a"] -= 20
    assert skewcheck.audit(of_countries, log).verdict != "skew"
    audit = audited(of_countries, log)
    assert (audit.exit_code, worst(audit, "a")) == (1, ["BR"])
    log = natural(7)
    log.loc[log.country == "BR", "pay"] = "Voucher"
    assert worst(audited(of_countries, log), "pay") == ["BR"]
    log = natural(8)
    log.loc[log.country == "FR", "b"] *= 1000
    assert worst(audited(of_countries, log), "b") == ["FR"]


@pytest.mark.parametrize("served", [False, True])
@pytest.mark.parametrize("given", ["reference", "baseline"])
def test_a_segment_is_compared_with_its_own_past(
    of_countries: Parameters, tmp_path: Path, served: bool, given: str
) -> None:
    """A shift of half a standard deviation in one country, which its nature could have been."""
    past, log = natural(0, 20_000), natural(9)
    wrong = log.copy()
    wrong.loc[wrong.country == "FR", "a"] += 2
    logs = {"past": past, "log": log, "wrong": wrong}
    options: dict[str, object] = {}
    if served:
        options["served"] = "{feature}"
        for name, rows in logs.items():
            if name != "past" or given == "baseline":
                columns = of_countries.transform(rows)
                logs[name] = columns.assign(country=rows["country"].to_numpy())
    logs["past"].to_parquet(tmp_path / "past.parquet")
    options[given] = str(tmp_path / "past.parquet")
    clean = audited(of_countries, logs["log"], **options)
    assert clean.verdict == "ok"
    assert not [note for note in texts(clean.notes) if UNKNOWN in note]
    assert {s.has_counterpart for s in feature(clean, "a").segments} == {True}
    found = audited(of_countries, logs["wrong"], **options)
    assert worst(found, "a") == ["FR"]
    assert {s.value: s.verdict.value for s in feature(found, "a").segments} == {
        "BR": "ok", "DE": "ok", "FR": "skew", "IT": "ok",
    }  # fmt: skip


def test_a_segment_without_a_past_is_said(of_countries: Parameters) -> None:
    past, log = natural(0, 20_000), natural(10)
    past = past[past.country != "IT"]
    audit = audited(of_countries, log, reference=past)
    matched = {s.value: s.has_counterpart for s in feature(audit, "a").segments}
    assert matched == {"BR": True, "DE": True, "FR": True, "IT": False}
    assert [n for n in texts(audit.notes) if "too few rows of 1 value of country" in n]


def test_all_segments_that_are_skew_are_named(parameters: Parameters) -> None:
    log = frame(11)
    log.loc[log.country.isin(["BR", "IT"]), "a"] += 6
    audit = audited(parameters, log)
    assert worst(audit, "a") == ["BR", "IT"]
    assert "worst in country = BR and IT" in " ".join(skewcheck.render(audit).split())


def test_a_skew_of_the_whole_is_located(parameters: Parameters) -> None:
    """Half a standard deviation may be a country's nature, but without it nothing is wrong."""
    log = frame(12)
    log.loc[log.country == "DE", "a"] += 1.5
    audit = audited(parameters, log)
    assert {s.verdict.value for s in feature(audit, "a").segments} == {"ok"}
    assert (audit.verdict, worst(audit, "a")) == ("skew", ["DE"])


def test_values_that_look_like_none_are_told_apart(parameters: Parameters) -> None:
    log = frame(13)
    names = ["(null)", "(other)", None, ""]
    log["country"] = np.random.default_rng(1).choice(np.array(names, object), ROWS)
    counts = log["country"].value_counts(dropna=False)
    found = {s.value: s.rows for s in feature(audited(parameters, log), "a").segments}
    assert found == {
        "(null)": log["country"].isna().sum(), '"(null)"': counts["(null)"],
        '"(other)"': counts["(other)"], '""': counts[""],
    }  # fmt: skip


def test_values_that_share_a_segment_are_counted(parameters: Parameters) -> None:
    log = frame(14)
    log["country"] = np.arange(ROWS) % 480
    log.loc[: ROWS // 2, "country"] = 0
    audit = audited(parameters, log)
    (rest,) = (s for s in feature(audit, "a").segments if s.value == "(other)")
    rows = log.groupby("country").size().sort_values(ascending=False, kind="stable")
    told = (
        "country has many values: the 100 with most rows are a segment each, the 380 others"
        f" share one ({rest.rows:,} rows)"
    )
    assert told in texts(audit.notes)
    assert rest.rows == rows.iloc[100:].sum()
    log["country"] = np.arange(ROWS)
    assert any("more than 1,000 others" in note for note in texts(audited(parameters, log).notes))


def test_a_column_that_a_file_lacks_is_said_once(parameters: Parameters, tmp_path: Path) -> None:
    for i in range(3):
        log = frame(20 + i, 3000)
        log.drop(columns=["country"] if i else []).to_parquet(tmp_path / f"{i}.parquet")
    audit = audited(parameters, str(tmp_path), by=["country", "pay"])
    told = [note for note in texts(audit.notes) if "absent" in note]
    (note,) = told
    assert note.startswith("country is absent from ")
    assert note.endswith("1.parquet and 1 more: 6,000 rows count as nulls")


def test_the_smallest_segment_that_holds_the_skew_is_named(parameters: Parameters) -> None:
    log = frame(14)
    log.loc[log.country == "BR", "a"] += 6
    audit = audited(parameters, log)
    one = feature(audit, "a")
    assert {s.value: s.verdict.value for s in one.segments} == {
        "BR": "skew", "DE": "ok", "FR": "ok", "IT": "ok",
    }  # fmt: skip
    assert [segment.value for segment in one.worst] == ["BR"]
    assert audit.exit_code == 1
    assert "worst in country = BR" in " ".join(skewcheck.render(audit).split())
    hidden = audited(parameters, log, no_values=True)
    assert "BR" not in skewcheck.render(hidden) + skewcheck.render(hidden, "json")


def test_skew_everywhere_is_in_no_segment(parameters: Parameters) -> None:
    log = frame(15)
    log["a"] += 6
    one = feature(audited(parameters, log), "a")
    assert {s.verdict.value for s in one.segments} == {"skew"}
    assert one.worst == ()


def test_small_values_are_pooled_and_named(parameters: Parameters) -> None:
    log = frame(16)
    log.loc[:4, "country"] = "LU"
    log.loc[5:11, "country"] = "MT"
    one = feature(audited(parameters, log), "a")
    assert [s.value for s in one.segments][-1] == "2 small values pooled: LU, MT"
    assert one.segments[-1].rows == 12
