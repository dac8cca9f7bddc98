"""The audit as a function: whatever the log looks like, the same finding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest
from audits import LOG, OK, ROWS, TRAIN, figures, frame, verdicts

import skewcheck
from skewcheck.counts.profile import Profile
from skewcheck.counts.sample import SIZE, Sample
from skewcheck.engine import fold
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature, Parameters
from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit
from skewcheck.text.errors import NothingToTestError, UsageError


@pytest.fixture(scope="module")
def known() -> Parameters:
    return skewcheck.fit(TRAIN)


def test_tables_in_memory(known: Parameters, tmp_path: Path) -> None:
    LOG.to_parquet(tmp_path / "log.parquet")
    table = pa.Table.from_pandas(LOG)
    batches = [skewcheck.audit(known, some) for some in (LOG, table, tmp_path / "log.parquet")]
    batches.append(skewcheck.audit(known, [LOG[:1000], table.slice(1000)]))
    for audit in batches:
        assert verdicts(audit) == OK
        assert (audit.exit_code, audit.logs.rows, audit.logs.mode) == (0, ROWS, "raw")
        assert figures(audit) == pytest.approx(figures(batches[0]), rel=1e-9)


def test_a_path_a_string_and_parameters_are_all_the_same(known: Parameters, tmp_path: Path) -> None:
    skewcheck.save(known, tmp_path / "p.json")
    for one in (known, tmp_path / "p.json", str(tmp_path / "p.json")):
        assert figures(skewcheck.audit(one, LOG)) == figures(skewcheck.audit(known, LOG))


def report(audit: Audit) -> str:
    tree = json.loads(FORMATS["json"](audit))
    tree.pop("run")
    return json.dumps(tree)


def test_the_same_bytes_on_any_number_of_threads(
    known: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(3):
        part = frame(i + 5, 1000)
        part.to_parquet(tmp_path / f"{i}.parquet", row_group_size=170)
        part.to_csv(tmp_path / f"{i}.csv", index=False)
    texts = set()
    for threads in (1, 2, 6):
        monkeypatch.setattr(fold, "cores", lambda threads=threads: threads)
        texts.add(report(skewcheck.audit(known, tmp_path)))
    assert len(texts) == 1


def test_what_differs_between_runs_stands_under_run(known: Parameters) -> None:
    one, two = (FORMATS["json"](skewcheck.audit(known, LOG)) for _ in range(2))
    assert "started" in json.loads(one)["run"]
    assert report(skewcheck.audit(known, LOG)) in {
        json.dumps({k: v for k, v in json.loads(text).items() if k != "run"}) for text in (one, two)
    }


def test_row_groups_of_any_size_give_the_same_counts(known: Parameters, tmp_path: Path) -> None:
    found = []
    for rows in (70, 1000, ROWS):
        LOG.to_parquet(tmp_path / "log.parquet", row_group_size=rows)
        found.append(skewcheck.audit(known, tmp_path / "log.parquet"))
    counted = [
        {k: v for k, v in figures(a).items() if not k.endswith((".mean", ".std", ".wasserstein"))}
        for a in found
    ]
    assert counted[0] == counted[1] == counted[2]
    assert figures(found[0]) == pytest.approx(figures(found[2]), rel=1e-9)


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"since": "2026-11-01T01:00"}, 2400),
        ({"until": "2026-11-01T01:00:00+00:00"}, 600),
        ({"since": "2026-11-01T02:00:00+01:00", "until": "2026-11-01T03:00"}, 1200),
        ({"since": "2026-11-01"}, 3000),
    ],
)
@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_a_window_of_time(
    known: Parameters, tmp_path: Path, ending: str, options: dict[str, str], rows: int
) -> None:
    start = pd.Timestamp("2026-11-01")
    log = LOG.assign(ts=start + pd.to_timedelta(np.arange(ROWS) * 6, unit="s"))
    path = tmp_path / f"log.{ending}"
    if ending == "jsonl":
        log["ts"] = log["ts"].astype(str)
        log.to_json(path, orient="records", lines=True)
    elif ending == "csv":
        log.to_csv(path, index=False)
    else:
        log.to_parquet(path, index=False)
    found = skewcheck.audit(known, tmp_path, time_column="ts", **options)
    assert found.logs.rows == rows
    # Ten minutes are too few rows for all but the flag: said, not passed over.
    few = dict.fromkeys(("fare", "count", "pay"), "inconclusive") if rows == 600 else {}
    assert verdicts(found) == {**OK, **few}


def test_the_last_hour(known: Parameters) -> None:
    now = pd.Timestamp.now("UTC")
    log = LOG.assign(ts=[now - pd.Timedelta(minutes=50 if i < 2000 else 70) for i in range(ROWS)])
    found = skewcheck.audit(known, log, last="1h", time_column="ts")
    assert found.logs.rows == 2000
    with pytest.raises(NothingToTestError) as caught:
        skewcheck.audit(known, log, last="5m", time_column="ts")
    newest = (now - pd.Timedelta(minutes=50)).strftime("%Y-%m-%d %H:%M")
    assert str(caught.value) == (
        f"<table>: no rows in the time asked for, by 'ts' (the newest row is of {newest} UTC):"
        " nothing to test"
    )


def test_the_rows_nearest_to_a_time_without_any(known: Parameters) -> None:
    days = ["2026-11-01", "2026-11-05"]
    log = LOG.assign(ts=[days[i % 2] for i in range(ROWS)])
    for options, told in (
        ({"until": "2026-10-01"}, "(the first row after it is of 2026-11-01 00:00 UTC)"),
        (
            {"since": "2026-11-02", "until": "2026-11-03"},
            "(the last row before it is of 2026-11-01 00:00 and the first row after it is of 2026",
        ),
    ):
        with pytest.raises(NothingToTestError) as caught:
            skewcheck.audit(known, log, time_column="ts", **options)
        assert told in str(caught.value)
    with pytest.raises(UsageError, match=r"<table>: no column 'TS' .* by \(did you mean ts\?\)"):
        skewcheck.audit(known, log, since="2026-11-01", time_column="TS")


def test_a_window_needs_its_column(known: Parameters) -> None:
    with pytest.raises(UsageError, match="<table>: no column 'ts' to tell the time"):
        skewcheck.audit(known, LOG, since="2026-11-01", time_column="ts")


def test_a_reference_replaces_the_stored_one(known: Parameters, tmp_path: Path) -> None:
    drifted = LOG.assign(fare=LOG["fare"] + 5)
    drifted.to_parquet(tmp_path / "train.parquet")
    assert verdicts(skewcheck.audit(known, drifted)) == {**OK, "fare": "skew"}
    replaced = skewcheck.audit(known, drifted, reference=str(tmp_path / "train.parquet"))
    assert verdicts(replaced) == OK
    assert figures(replaced)["fare.ks"] == 0.0


def test_a_reference_for_steps_written_by_hand(tmp_path: Path) -> None:
    TRAIN.to_csv(tmp_path / "train.csv", index=False)
    hand = Parameters((Feature("fare", "numeric", (ZScore(10.0, 7.0),)),), "")
    # Without a reference a z-score still tells the mean and the spread that it should meet.
    without = skewcheck.audit(hand, LOG)
    assert {k for k, v in figures(without).items() if v is not None} == {
        "fare.type", "fare.mean", "fare.std",
    }  # fmt: skip
    found = skewcheck.audit(hand, LOG, reference=str(tmp_path / "train.csv"))
    assert verdicts(found) == {"fare": "ok"}
    assert figures(found)["fare.ks"] is not None


def test_features_and_exclude(known: Parameters) -> None:
    assert list(verdicts(skewcheck.audit(known, LOG, features="f*"))) == ["fare", "flag"]
    assert list(verdicts(skewcheck.audit(known, LOG, exclude=["f*", "pay"]))) == ["count"]
    with pytest.raises(NothingToTestError, match=r"^audit\(features=...\): no feature 'fair'"):
        skewcheck.audit(known, LOG, features="fair")
    with pytest.raises(NothingToTestError, match=r"^audit\(exclude=...\) leaves no feature"):
        skewcheck.audit(known, LOG, exclude="*")


def test_too_few_rows(known: Parameters) -> None:
    with pytest.raises(NothingToTestError, match=r"<table>: 3,000 rows, fewer than min_rows=3001$"):
        skewcheck.audit(known, LOG, min_rows=3001)
    assert skewcheck.audit(known, LOG, min_rows=3000).exit_code == 0
    with pytest.raises(NothingToTestError, match="<table>: no rows: nothing to test"):
        skewcheck.audit(known, LOG[:0])


def test_nothing_matched(known: Parameters) -> None:
    with pytest.raises(NothingToTestError) as caught:
        skewcheck.audit(known, LOG.set_axis(["W", "X", "Y", "Z"], axis=1))
    assert str(caught.value).startswith("<table>: no column of any feature: looked for 'fare'")
    assert "found W, X, Y, Z" in str(caught.value)
    # In other letters, or with something behind each, they are the features' names.
    for renamed in (LOG.rename(columns=str.upper), LOG.add_suffix("_x")):
        audit = skewcheck.audit(known, renamed)
        assert (audit.logs.mode, audit.notes[0].code) == ("raw", "connected_raw")


def test_parameters_that_overflow_warn_nobody() -> None:
    known = Parameters((Feature("fare", "numeric", (ZScore(0.0, 1e-320),)),), "")
    known = skewcheck.fit(TRAIN, parameters=known)
    assert skewcheck.audit(known, LOG).features[0].rows == ROWS
    # Training gives infinities alone: with its moments nothing can be compared.
    assert verdicts(skewcheck.audit(known, LOG, served="{feature}")) == {"fare": "inconclusive"}


def test_no_values_leaves_no_value() -> None:
    known = skewcheck.fit(TRAIN)
    log = LOG.assign(pay="Krypto", fare=98765.25)
    text = FORMATS["json"](skewcheck.audit(known, log, no_values=True))
    assert "Krypto" not in text
    assert "98765" not in text


def test_options_are_checked(known: Parameters) -> None:
    with pytest.raises(UsageError, match=r"^audit\(\): no option 'treshold' .*thresholds\?\)$"):
        skewcheck.audit(known, LOG, treshold={"ks": 1})


def test_progress_is_told(known: Parameters) -> None:
    told: list[int] = []
    skewcheck.audit(known, LOG, progress=lambda rows, *_: told.append(rows))
    assert told[-1] == ROWS


def size(thing: object, seen: set[int] | None = None) -> int:
    """Return the bytes of all numbers and texts that an object holds."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return 0
    seen.add(id(thing))
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    if isinstance(thing, str):
        return len(thing)
    if isinstance(thing, dict):
        return sum(size(k, seen) + size(v, seen) for k, v in thing.items())
    if isinstance(thing, list | tuple):
        return sum(size(item, seen) for item in thing)
    slots = getattr(thing, "__slots__", ())
    return 8 + sum(size(getattr(thing, name), seen) for name in slots)


def test_a_profile_holds_a_bounded_sample_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    known = skewcheck.fit(frame(1, 20_000), categorical=["count"])
    kept: list[Profile] = []
    judge = skewcheck.auditing.judge
    monkeypatch.setattr(
        skewcheck.auditing, "judge", lambda k, p, profile, *rest: (
            kept.append(profile), judge(k, p, profile, *rest))[1],
    )  # fmt: skip
    for rows in (20_000, 200_000):
        log = frame(2, rows)
        log["pay"] = [f"new {i}" for i in range(rows)]  # an identifier where a level was
        skewcheck.audit(known, log)
        skewcheck.audit(known, known.transform(log), served="{feature}")
    for profile in kept:
        chunks = profile.sample.chunks
        assert sum(len(chunk.keys) for chunk in chunks) <= 5 * SIZE
        assert len(profile.sample.rows().keys) == SIZE
    settled = [
        size(
            replace(
                p, sample=Sample(SIZE, (p.sample.rows(),)),
                runs=Sample(p.runs.size, (p.runs.rows(),)),
            )
        )
        for p in kept
    ]  # fmt: skip
    small, small_served, large, large_served = settled
    assert large <= small * 1.05
    assert large_served <= small_served * 1.05
    assert small > SIZE * 8 * 3  # the sample is there, and was counted: keys, fare and count


def test_fit_takes_a_text_as_a_list_of_names(folder: Path) -> None:
    assert folder.is_dir()
    names = [f.name for f in skewcheck.fit("good.csv", features="fare").features]
    assert (
        names == [f.name for f in skewcheck.fit("good.csv", features=["fare"]).features] == ["fare"]
    )
    both = skewcheck.fit("good.csv", features="fare,count", exclude="count")
    assert [f.name for f in both.features] == ["fare"]
