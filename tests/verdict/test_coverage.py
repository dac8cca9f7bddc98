"""Rows that were read and not audited are told in every report, and gate."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
from skewcheck.features.steps import Impute
from skewcheck.features.types import Parameters
from skewcheck.reports import FORMATS
from skewcheck.results.audit import Audit
from skewcheck.text.errors import NothingToTestError

ROWS = 3000
RNG = np.random.default_rng(0)


def frame(rows: int = ROWS) -> pd.DataFrame:
    return pd.DataFrame({
        "age": RNG.integers(18, 90, rows), "fare": np.round(RNG.lognormal(2, 1, rows), 2),
        "dist": RNG.normal(size=rows),
    })  # fmt: skip


KNOWN = skewcheck.fit(frame())
LOG = frame()


def losses(audit: Audit) -> dict[str, int]:
    assert audit.coverage is not None
    return {loss.code: loss.rows for loss in audit.coverage.losses}


@pytest.mark.parametrize(
    ("others", "verdict", "code"), [(600, "skew", 1), (60, "warn", 0), (6, "ok", 0), (0, "ok", 0)]
)
def test_records_of_another_kind_are_counted_apart(
    tmp_path: Path, others: int, verdict: str, code: int
) -> None:
    lines = [json.dumps(row) for row in LOG.to_dict("records")]
    for i in range(others):
        lines.insert(5 * i, '{"health": "ok"}')
    (tmp_path / "log.jsonl").write_text("\n".join(lines) + "\n")
    audit = skewcheck.audit(KNOWN, tmp_path / "log.jsonl")
    assert (audit.verdict.value, audit.exit_code) == (verdict, code)
    assert {feature.verdict.value for feature in audit.features} == {"ok"}
    assert audit.logs.rows == ROWS
    assert losses(audit) == ({"featureless": others} if others else {})
    text = f"{others} without a value of any feature, in log.jsonl"
    for name, render in FORMATS.items():
        told = " ".join(render(audit).split())
        if name in ("prometheus", "sarif") or (
            verdict == "ok" and name in ("junit", "annotations")
        ):
            continue
        assert (text in told) == bool(others), name


def test_nulls_are_nulls_where_training_had_such_rows_or_one_feature_is_logged() -> None:
    holed = frame()
    holed.loc[::10] = np.nan
    audit = skewcheck.audit(skewcheck.fit(holed), holed)
    assert (audit.verdict.value, losses(audit)) == ("ok", {})
    single = LOG[["fare"]].where(RNG.random((ROWS, 1)) > 0.2)
    audit = skewcheck.audit(skewcheck.fit(LOG[["fare"]]), single)
    assert (audit.verdict.value, losses(audit)) == ("skew", {})


def test_a_log_without_any_value_is_no_audit() -> None:
    with pytest.raises(NothingToTestError, match="no row has a value of any feature"):
        skewcheck.audit(KNOWN, LOG * np.nan)


def times(shift: timedelta = timedelta()) -> list[str]:
    now = datetime.now(UTC) + shift
    return [(now - timedelta(seconds=10 * (i + 1))).isoformat() for i in range(ROWS)]


def test_times_that_cannot_be_read_are_lost_rows() -> None:
    moments = [t.replace("+00:00", " UTC") if i % 2 else t for i, t in enumerate(times())]
    audit = skewcheck.audit(KNOWN, LOG.assign(ts=moments), time_column="ts", last="24h")
    assert (audit.verdict.value, losses(audit)) == ("skew", {"untimed": ROWS // 2})


def test_times_after_the_run_are_lost_rows_and_those_before_are_not() -> None:
    local = [t if i % 2 else u for i, (t, u) in enumerate(zip(times(), times(timedelta(hours=9)),
                                                              strict=True))]  # fmt: skip
    audit = skewcheck.audit(KNOWN, LOG.assign(ts=local), time_column="ts", last="24h")
    assert (audit.verdict.value, losses(audit)) == ("skew", {"later": ROWS // 2})
    past = LOG.assign(ts=times(-timedelta(hours=20)))
    audit = skewcheck.audit(KNOWN, past, time_column="ts", last="24h")
    assert audit.coverage is not None
    assert (audit.coverage.losses, audit.coverage.outside > 0) == ((), True)
    until = datetime.now(UTC) - timedelta(hours=24)
    asked = skewcheck.audit(KNOWN, past, time_column="ts", until=until.isoformat())
    assert losses(asked) == {}


def test_the_threshold_is_the_users() -> None:
    lines = pd.concat([LOG, pd.DataFrame({"age": [np.nan] * 600})])
    strict = skewcheck.audit(KNOWN, lines, thresholds={"coverage": 0.2})
    assert strict.verdict.value == "warn"
    assert skewcheck.audit(KNOWN, lines, thresholds={"coverage": 0.5}).verdict.value == "warn"


def test_a_fill_that_is_due_is_no_record_of_another_kind() -> None:
    filled = Parameters(
        tuple(replace(f, steps=(Impute(30.0), *f.steps)) for f in KNOWN.features), KNOWN.fingerprint
    )
    log = LOG.astype(float)
    log.loc[RNG.random(ROWS) < 0.04] = np.nan
    served = filled.transform(log).where(log.notna())
    paired = pd.concat([log, served.add_suffix("_n")], axis=1)
    audit = skewcheck.audit(filled, paired, served="{feature}_n")
    assert {f.name: f.parity and f.parity.mismatched for f in audit.features} == dict.fromkeys(
        LOG, int(log["age"].isna().sum())
    )


def test_nulls_that_are_split_count_together() -> None:
    u = RNG.random(ROWS)
    log = LOG.astype(float)
    log.loc[u < 0.04] = np.nan
    log.loc[(u >= 0.04) & (u < 0.08), "age"] = np.nan
    audit = skewcheck.audit(KNOWN, log)
    assert {f.name: f.verdict.value for f in audit.features} == {
        "age": "skew", "fare": "ok", "dist": "ok",
    }  # fmt: skip
    assert audit.features[0].nulls == (u < 0.08).sum()


def test_a_served_column_that_some_files_lack_is_missing(tmp_path: Path) -> None:
    both = pd.concat([LOG, KNOWN.transform(LOG).add_suffix("_norm")], axis=1)
    both[:1500].to_parquet(tmp_path / "a.parquet")
    both[1500:].rename(columns={"fare_norm": "fareNorm"}).to_parquet(tmp_path / "b.parquet")
    audit = skewcheck.audit(KNOWN, tmp_path, served="{feature}_norm")
    assert (audit.verdict.value, audit.exit_code) == ("skew", 1)
    text = " ".join(skewcheck.render(audit).split())
    assert "no served column in b.parquet, which other files have" in text
    assert "absent from b.parquet: fare_norm; instead fareNorm, which no other file has" in text


@pytest.mark.parametrize("sides", ["served", "both"])
def test_so_it_is_where_no_raw_value_stands_beside_it(tmp_path: Path, sides: str) -> None:
    """Of nine files the last, a short one, calls the served column otherwise, or has neither."""
    served = KNOWN.transform(LOG).add_suffix("_norm")
    log = served if sides == "served" else pd.concat([LOG, served], axis=1)
    for i in range(8):
        log[i * 370 : (i + 1) * 370].to_parquet(tmp_path / f"{i}.parquet")
    last = log[-40:].rename(columns={"fare_norm": "fare_z"})
    last.drop(columns="fare", errors="ignore").to_parquet(tmp_path / "8.parquet")
    options = {"raw": "no_{feature}"} if sides == "served" else {}
    audit = skewcheck.audit(KNOWN, tmp_path, served="{feature}_norm", **options)
    assert (audit.verdict.value, audit.exit_code) == ("skew", 1)
    text = " ".join(skewcheck.render(audit).split())
    assert "no served column in 8.parquet, which other files have" in text


def test_a_file_of_records_of_another_kind_lacks_nothing(tmp_path: Path) -> None:
    served = KNOWN.transform(LOG).add_suffix("_norm")
    pd.concat([LOG, served], axis=1).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"status": ["healthy"] * 20}).to_parquet(tmp_path / "b.parquet")
    audit = skewcheck.audit(KNOWN, tmp_path, served="{feature}_norm")
    assert audit.exit_code == 0
    assert audit.coverage is not None
    assert [(loss.code, loss.rows) for loss in audit.coverage.losses] == [("featureless", 20)]
