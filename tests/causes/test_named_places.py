"""Places by the names that users choose: of columns, of values, whatever these look like."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from servers import placed

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.causes.evidence import SampledRows, SegmentCodes
from skewcheck.causes.places import located, of_mask
from skewcheck.counts.rows import segment_column
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports import FORMATS
from skewcheck.reports.words.causes import sentence
from skewcheck.results.causes import Place, label, nulls_last, timeless

ROWS = 4000
STEPS = (ZScore(10.0, 2.0),)
KNOWN = skewcheck.fit(
    pd.DataFrame({n: np.random.default_rng(i).normal(10, 2, 8000) for i, n in enumerate("xy")}),
    parameters=Parameters(tuple(Feature(n, "numeric", STEPS) for n in "xy"), "sha256:0"),
)


def log(column: str, values: tuple[str, ...], bad: dict[str, set[str]]) -> pd.DataFrame:
    """Return a log whose features are served raw where the column has one of their bad values."""
    rng = np.random.default_rng(0)
    chosen = np.array(values, object)[rng.integers(0, len(values), ROWS)]
    frame = pd.DataFrame({column: chosen})
    for name in "xy":
        raw = rng.normal(10, 2, ROWS)
        wrong = np.isin(chosen, list(bad.get(name, ())))
        frame[name], frame[f"{name}_n"] = raw, np.where(wrong, raw, (raw - 10) / 2)
    return frame


def audited(frame: pd.DataFrame, **options: object) -> Audit:
    return skewcheck.audit(KNOWN, frame, served="{feature}_n", **options)


def test_two_causes_in_two_places_stay_two() -> None:
    names = ("since 2019", "since 2023", "b", "c")
    audit = audited(log("who", names, {"x": {"since 2019"}, "y": {"since 2023"}}))
    assert audit.causes == ()
    x, y = (feature.causes[0] for feature in audit.features)
    assert (placed(x), placed(y)) == ("who = since 2019", "who = since 2023")
    assert "(all rows of who = since 2019, and no others)" in sentence(x)
    same = audited(log("who", names, {"x": {"since 2019"}, "y": {"since 2019"}}))
    (root,) = same.causes
    assert sentence(root).startswith("2 of 2 features were served without normalization, in ")
    assert sentence(root).endswith(" of the rows (all rows of who = since 2019, and no others)")


def test_a_level_that_is_not_logged_in_is_served_all_the_same() -> None:
    bad = {"not logged in"}
    audit = audited(log("who", ("not logged in", "a", "b", "c"), {"x": bad, "y": bad}))
    (root,) = audit.causes
    assert sentence(root).startswith("2 of 2 features were served without normalization")
    assert placed(root) == "who = not logged in"
    assert "features were served" in FORMATS["terminal"](audit)
    assert "were logged" not in FORMATS["terminal"](audit)


@pytest.mark.parametrize("column", ["file", "time", "row", "served:x", "raw:x", "by:file", "who"])
@pytest.mark.parametrize("named", [True, False])
def test_a_column_may_have_any_name(column: str, named: bool) -> None:
    frame = log(column, ("a", "b", "c", "d"), {"x": {"c"}})
    frame["ts"] = pd.date_range("2026-11-01", periods=ROWS, freq="s")
    options = {"by": [column]} if named else {}
    audit = audited(frame, time_column="ts", **options)
    cause = audit.features[0].causes[0]
    assert (cause.code, placed(cause)) == ("not_normalized", f"{column} = c")
    assert cause.place == Place(column, values=("c",))


def test_a_column_called_file_is_not_the_files(tmp_path: pytest.TempPathFactory) -> None:
    for i, (value, bad) in enumerate((("web", set()), ("app", {"app"}))):
        log("file", (value,), {"x": bad}).to_parquet(f"{tmp_path}/{i}.parquet")
    audit = skewcheck.audit(KNOWN, str(tmp_path), served="{feature}_n", by="none")
    cause = audit.features[0].causes[0]
    assert cause.place is not None
    assert (cause.place.kind, cause.place.column) == ("file", None)
    audit = skewcheck.audit(KNOWN, str(tmp_path), served="{feature}_n", by="file")
    assert audit.features[0].causes[0].place == Place("file", values=("app",))


@pytest.mark.parametrize(
    "value", ["since 2019-01-01 00:00", "a = b", "until", "<b>x</b>", "two\nlines", "{0}", ""]
)
def test_a_value_may_be_any_text(value: str) -> None:
    frame = log("who", (value, "b", "c", "d"), {"x": {value}, "y": {value}})
    audit = audited(frame)
    (root,) = audit.causes
    assert root.place == Place("who", values=(value,))
    for cause in (root, *(feature.causes[0] for feature in audit.features)):
        assert pickle.loads(pickle.dumps(cause)) == cause  # noqa: S301  # our own bytes
        assert f"all rows of who = {value}, and no others" in sentence(cause)


@pytest.mark.parametrize("value", ["other", "null", "(other)", "(null)", "None", "nan", None])
@pytest.mark.parametrize("paired", [True, False])
def test_a_value_may_look_like_none(value: str | None, *, paired: bool) -> None:
    frame = log("who", ("b", "c", "d", "other", "null"), {"x": {"b"}})
    frame["who"] = frame["who"].replace({"b": "@", "other": "o", "null": "n"})
    frame["who"] = frame["who"].where(frame["who"] != "@", value)
    # Two values that look like it stay beside it.
    rest = {"o": "other" if value != "other" else "o", "n": "null" if value != "null" else "n"}
    frame["who"] = frame["who"].replace(rest)
    audit = audited(frame if paired else frame.drop(columns=["x", "y"]), by=["who"])
    cause = audit.features[0].causes[0]
    assert (cause.code, cause.place) == ("not_normalized", Place("who", values=(value,)))
    named = {None: "null", "null": '"null"'}.get(value, value)
    assert f"all rows of who = {named}, and no others" in sentence(cause)
    reported = json.loads(FORMATS["json"](audit))["features"][0]["causes"][0]
    assert reported["place"]["values"] == [value]


def test_values_that_are_too_many_to_be_named_are_no_place() -> None:
    frame = log("who", ("a",), {})
    unnamed = np.arange(ROWS) % 2 == 0
    frame["who"] = np.where(unnamed, np.arange(ROWS).astype(str), "a")
    frame["x_n"] = np.where(unnamed, frame["x"], frame["x_n"])
    segments = SegmentCodes(("a", None), np.where(unnamed, 2, 0))
    rows = SampledRows(frame["x_n"].to_numpy(), segments={segment_column("who"): segments})
    assert located(of_mask(rows, unnamed)) is None
    assert located(of_mask(rows, ~unnamed)) == Place("who", values=("a",))
    assert segments.counts().tolist() == [ROWS // 2, 0, ROWS // 2]
    audit = audited(frame, by=["who"])
    assert [cause.code for cause in audit.features[0].causes] == ["not_normalized"]


@pytest.mark.parametrize("value", ["other", None])
def test_parameters_computed_on_the_rows_of_a_value(value: str | None) -> None:
    frame = log("who", ("a", "b", "c"), {})
    rows, raw = (frame["who"] == "b").to_numpy(), frame["x"].to_numpy()
    own_scores = (raw - raw[rows].mean()) / raw[rows].std()
    frame["x_n"] = np.where(rows, own_scores, frame["x_n"])
    frame["who"] = frame["who"].where(~rows, value).replace({"c": "null"})
    for columns in ([], ["x", "y"]):
        audit = audited(frame.drop(columns=columns), by=["who"])
        cause = audit.features[0].causes[0]
        assert (cause.code, cause.place) == ("recomputed_parameters", Place("who", values=(value,)))
        named = "null" if value is None else value
        assert f"computed on the rows of who = {named} by themselves" in sentence(cause)


def test_null_is_last_and_no_text() -> None:
    values = ["null", None, "other", "a"]
    assert sorted(values, key=nulls_last) == ["a", "null", "other", None]
    assert [*map(label, values)] == ['"null"', "null", "other", "a"]


def test_a_place_without_its_times() -> None:
    host = Place("host", values=("a",), purity=0.5, coverage=0.9)
    since = Place("version", values=("12",), since=60.0, inside=replace(host, until=9.0))
    assert timeless(None) is None
    assert timeless(Place(since=60.0)) is None
    assert timeless(host) == Place("host", values=("a",))
    assert timeless(since) == Place("version", values=("12",), inside=Place("host", values=("a",)))
    assert timeless(Place(since=60.0, inside=host)) == Place("host", values=("a",))
    assert Place("file", values=("a",)) != Place(None, "file", ("a",))


def test_a_bound_has_no_place_where_it_holds_for_all_large_values() -> None:
    """Two airlines fly far, and are all that a saturated number changes."""
    rng = np.random.default_rng(9)
    airline = rng.choice(["AA", "UA", "OO", "MQ", "EV"], 4_000)
    far = np.isin(airline, ["AA", "UA"])
    minutes = np.round(np.where(far, rng.normal(190, 50, 4_000), rng.normal(80, 20, 4_000)))
    host = rng.choice(["web-1", "web-2", "web-3"], 4_000)
    known = skewcheck.fit(pa.table({"minutes": minutes}))
    mean, std = minutes.mean(), minutes.std()
    for bad, values in ((np.ones(4_000, bool), None), (host == "web-2", ("web-2",))):
        served = np.where(bad, np.minimum(minutes, 255.0), minutes)
        table = {"minutes": minutes, "minutes_n": (served - mean) / std}
        log = pa.table({**table, "airline": airline, "host": host})
        (cause,) = skewcheck.audit(known, log, served="{feature}_n").features[0].causes
        assert cause.code == "step_changed"
        assert (None if cause.place is None else cause.place.values) == values
