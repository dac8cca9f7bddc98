"""The plan: made by one function, enough for the pass, and the same in another process."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rides import frame

import skewcheck
from skewcheck.config.settings import settings
from skewcheck.counts.codec import to_bytes
from skewcheck.counts.dimensions import Spans, Stretches, Values
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.engine.plan import make_plan
from skewcheck.engine.source import LogSource, open_source
from skewcheck.features.types import Parameters
from skewcheck.logs.batch import Wanted
from skewcheck.logs.times import Window
from skewcheck.text.errors import NothingToTestError, UsageError


@pytest.fixture(scope="module")
def parameters() -> Parameters:
    return skewcheck.fit(frame(1, 5000))


@pytest.fixture(scope="module")
def source(parameters: Parameters) -> LogSource:
    log = frame(2, 3000)
    log["fare_norm"] = parameters.transform(log)["fare"]
    log["t"] = pd.Timestamp("2026-11-01") + pd.to_timedelta(np.arange(len(log)) * 60, unit="s")
    log["host"] = [f"h{i % 3}" for i in range(len(log))]
    log["user"] = np.arange(len(log)) // 20
    log["note"] = "the same everywhere"
    return open_source(log)


def planned(parameters: Parameters, source: LogSource, **options: object) -> Plan:
    return make_plan(parameters, source, settings(options))


def test_what_is_guessed(parameters: Parameters, source: LogSource) -> None:
    plan = planned(parameters, source, served="{feature}_norm")
    modes = {one.feature.name: one.mode for one in plan.features}
    assert modes.pop("fare") == "paired"
    assert set(modes.values()) == {"raw"}
    assert (plan.segments, plan.likely, plan.cluster) == (("host", "note"), ("user",), None)
    assert (plan.window, plan.division, plan.losses, plan.min_rows) == (None, None, None, 1)


def test_what_is_named(parameters: Parameters, source: LogSource) -> None:
    plan = planned(
        parameters, source, by="host", cluster="user", every="1h", time_column="t", min_rows=7,
        since="2026-11-01T10:00Z",
    )  # fmt: skip
    assert (plan.segments, plan.likely, plan.cluster) == (("host",), (), "user")
    since = datetime(2026, 11, 1, 10, tzinfo=UTC).timestamp()
    assert (plan.window, plan.min_rows) == (Window("t", since), 7)
    assert plan.division is not None
    assert plan.division.dimensions == (Spans("t", 3600.0, "1h"), Values("host"))
    rows = planned(parameters, source, every=500)
    assert rows.division is not None
    assert rows.division.dimensions == (Stretches(500, {"<table>": 0}, "500"),)


def test_which_columns_are_read_and_as_what(parameters: Parameters, source: LogSource) -> None:
    plan = planned(parameters, source, served="{feature}_norm", time_column="t", cluster="user")
    numbers = {f.name for f in parameters.features if f.type == "numeric"} | {"fare_norm"}
    labels = {f.name for f in parameters.features if f.type == "categorical"} | {"host", "note"}
    assert plan.wanted == Wanted(frozenset(numbers), frozenset(labels), frozenset({"t", "user"}))
    # A feature's number is a segment as well: its column is read once, as a number.
    assert "fare" not in planned(parameters, source, by="fare").wanted.labels


def test_columns_that_are_missing_are_named(parameters: Parameters, source: LogSource) -> None:
    for options, error, message in (
        ({"by": "hots"}, UsageError, "by: no column 'hots' in <table>"),
        (
            {"cluster": "usr"}, UsageError,
            "cluster: no column 'usr' in <table> (did you mean user?); name one that",
        ),
        (
            {"served": "{feature}_s"}, NothingToTestError,
            "<table>: no served column: looked for 'fare_s' and so on, by name there would be fare",
        ),
        (
            {"features": {"fare": {"served": "usr"}}}, NothingToTestError,
            "<table>: no served column: looked for 'usr' and so on (did you mean user?); served",
        ),
        (
            {"raw": "r_{feature}"}, NothingToTestError,
            "<table>: no column of any feature: looked for 'r_fare' and so on, found ",
        ),
    ):  # fmt: skip
        with pytest.raises(error) as refused:
            planned(parameters, source, **options)
        assert str(refused.value).startswith(message)


def test_served_columns_alone_name_the_option(parameters: Parameters) -> None:
    alone = frame(1, 10).add_suffix("_norm")
    with pytest.raises(NothingToTestError, match=r"\(did you mean served {feature}_norm\?\)$"):
        planned(parameters, open_source(alone))


def test_clusters_must_be_in_every_file(parameters: Parameters, tmp_path: Path) -> None:
    frame(1, 10).assign(user=1).to_parquet(tmp_path / "a.parquet")
    frame(2, 10).to_parquet(tmp_path / "b.parquet")
    source = open_source(str(tmp_path))
    with pytest.raises(UsageError, match=r"^cluster: no column 'user' in b\.parquet; "):
        planned(parameters, source, cluster="user")
    assert planned(parameters, source, by="user").segments == ("user",)


def test_what_only_later_files_have_is_not_guessed(parameters: Parameters, tmp_path: Path) -> None:
    frame(1, 100).to_parquet(tmp_path / "a.parquet")
    frame(2, 100).assign(host="h").to_parquet(tmp_path / "b.parquet")
    assert planned(parameters, open_source(str(tmp_path))).segments == ()


OPTIONS: dict[str, dict[str, object]] = {
    "raw": {},
    "paired": {"served": "{feature}_norm", "cluster": "user"},
    "parts": {"by": "host", "every": "1h", "time_column": "t", "since": "2026-11-02"},
    "rows": {"every": 700},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_a_plan_from_another_process_counts_the_same(
    parameters: Parameters, source: LogSource, options: dict[str, object]
) -> None:
    plan = planned(parameters, source, **options)
    sent = pickle.loads(pickle.dumps(plan))  # noqa: S301  # our own bytes
    assert to_bytes(sent) == to_bytes(plan)
    counted = [settled(source.measure(one)) for one in (plan, sent)]
    assert to_bytes(counted[0]) == to_bytes(counted[1])


def settled(profile: Profile) -> tuple[object, ...]:
    sample, runs = profile.sample.rows(), profile.runs.rows()
    return profile.features, profile.clusters, profile.parts, sample, runs, profile.reach
