"""Rows that were read and not audited are told in every report, and gate."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skewcheck
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
