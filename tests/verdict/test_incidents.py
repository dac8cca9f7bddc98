"""Causes and alarms that share place and time are one incident with its features, newest first."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import skewcheck
from skewcheck import Audit, Parameters
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.reports.words.incidents import line
from skewcheck.results.audit import FeatureAudit, JudgedTest
from skewcheck.results.causes import Cause, Place
from skewcheck.results.incidents import Incident
from skewcheck.results.parts import Change, Segment, WindowFigures
from skewcheck.results.verdicts import Verdict
from skewcheck.text.printable import Options
from skewcheck.verdict.incidents import incidents

NOON = 1793534400.0  # 2026-11-01 12:00 UTC
HOST = Place("host", values=("web-7",), distinct=8)
SKEW, WARN, OK = Verdict.SKEW, Verdict.WARN, Verdict.OK
FEATURE = FeatureAudit("", "numeric", "paired", SKEW, 1000, 0, ())


def cause(place: Place | None, code: str = "wrong_parameters") -> Cause:
    return Cause(code, 0.1, 0.99, place=place)


def with_causes(*causes: Cause, verdict: Verdict = SKEW) -> FeatureAudit:
    return replace(FEATURE, causes=causes, verdict=verdict)


def changed(since: str, code: str = "ks") -> FeatureAudit:
    """Return a feature that changed in a window of an hour, the first of which is 10 o'clock."""
    windows = tuple(WindowFigures(f"2026-11-01T{h}:00:00Z", 100, OK) for h in range(10, 15))
    return replace(FEATURE, windows=windows, changes=(Change(since, None, 0.9, code, 0.3),))


def worst_in(value: str) -> FeatureAudit:
    test = JudgedTest("ks", SKEW, 0.4, 0.4, threshold=0.1)
    return replace(FEATURE, worst=(Segment("host", value, 100, SKEW, (test,)),))


def found(roots: tuple[Cause, ...] = (), **features: FeatureAudit) -> tuple[Incident, ...]:
    return incidents([replace(f, name=name) for name, f in features.items()], roots)


def members(*incident: Incident) -> list[tuple[str, ...]]:
    return [one.features for one in incident]


def test_one_place_and_minute_is_one_incident() -> None:
    here = replace(HOST, since=NOON, purity=0.9)
    (one,) = found(a=with_causes(cause(here)), b=with_causes(cause(here, "unit_change")))
    assert one == Incident(
        ("a", "b"), ("wrong_parameters", "unit_change"), HOST, NOON, None, None, SKEW
    )


@pytest.mark.parametrize(
    ("other", "together"),
    [
        (replace(HOST, since=NOON), True),
        (replace(HOST, since=NOON + 60), False),
        (replace(HOST, since=NOON, values=("web-1",)), False),
        (replace(HOST, since=NOON, column="version"), False),
        (Place(None, "file", ("web-7",), since=NOON), False),
        (HOST, True),
        (Place(since=NOON), True),
        (Place(since=NOON + 3600), False),
    ],
)
def test_what_shares_place_and_time(other: Place, together: bool) -> None:
    first = with_causes(cause(replace(HOST, since=NOON)))
    both = found(a=first, b=with_causes(cause(other)))
    assert len(both) == (1 if together else 2)


def test_a_place_of_two_times_takes_neither_s_side() -> None:
    """Which of two incidents of a host a feature without a time belongs to is not known."""
    early, late = (with_causes(cause(replace(HOST, since=t))) for t in (NOON, NOON + 7200))
    assert members(*found(a=early, b=late, c=with_causes(cause(HOST)))) == [("b",), ("a",), ("c",)]


def test_alarms_of_windows_and_segments_join_causes() -> None:
    here = with_causes(cause(replace(HOST, since=NOON + 1200)))
    # 12:20 lies in the window from 12:00 to 13:00, and not in that from 13:00.
    (one,) = found(a=here, b=changed("2026-11-01T12:00:00Z"), c=worst_in("web-7"))
    assert one.features == ("a", "b", "c")
    assert one.codes == ("wrong_parameters", "ks")
    assert members(*found(a=here, b=changed("2026-11-01T13:00:00Z"), c=worst_in("web-1"))) == [
        ("b",), ("a",), ("c",),
    ]  # fmt: skip


def test_what_has_neither_place_nor_time_or_does_not_alarm_is_no_incident() -> None:
    assert found(a=with_causes(cause(None)), b=with_causes(cause(Place()))) == ()
    assert found(a=with_causes(cause(HOST), verdict=OK)) == ()
    # What lasts since the first window began before the log.
    assert found(a=changed("2026-11-01T10:00:00Z")) == ()


def test_the_newest_is_first_and_what_has_no_time_last() -> None:
    order = found(
        a=with_causes(cause(HOST)),
        b=with_causes(cause(Place(since=NOON - 3600, until=NOON))),
        c=with_causes(cause(Place("version", values=("v2",), since=NOON)), verdict=WARN),
    )
    assert members(*order) == [("c",), ("b",), ("a",)]
    assert [one.until for one in order] == [None, NOON, None]
    assert [one.verdict for one in order] == [WARN, SKEW, SKEW]


def test_the_root_cause_of_most_features() -> None:
    root = replace(cause(HOST), features=("a", "b"), details={"of": 3, "shares": (0.1, 0.1)})
    features = {name: with_causes(cause(HOST)) for name in "ab"}
    features["c"] = with_causes(cause(HOST, "stuck_value"))
    (one,) = found((root, replace(root, place=None)), **features)
    assert (one.features, one.cause) == (("a", "b", "c"), root)
    assert line(one) == (
        "incident: wrong_parameters: 2 of 3 features were served with other parameters than"
        " training's, in 10 % of the rows (all rows of host = web-7, and no others); beside it c"
        " (stuck_value) [a, b]"
    )


def test_two_causes_of_one_feature_are_two_incidents() -> None:
    early, late = cause(HOST), cause(Place("version", values=("v2",), since=NOON), "stuck_value")
    both = found(a=with_causes(early, late))
    assert [one.cause for one in both] == [late, early]


ROWS = 4000
SCALES = {"a": (10.0, 2.0), "b": (50.0, 9.0), "c": (0.0, 1.0), "d": (5.0, 3.0)}
HOSTS = np.array(["web-1", "web-2", "web-3"])[np.random.default_rng(8).integers(0, 3, ROWS)]
TIMES = pd.date_range("2026-11-01", periods=ROWS, freq="min")
Mask = NDArray[np.bool_]


def world(rows: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: rng.normal(*scale, rows) for name, scale in SCALES.items()})


KNOWN = skewcheck.fit(
    world(8000, 1),
    parameters=Parameters(
        tuple(Feature(name, "numeric", (ZScore(*scale),)) for name, scale in SCALES.items()),
        "sha256:0",
    ),
)


def audited(wrong: Mapping[str, Mask], **columns: object) -> Audit:
    """Audit a log in which features are served raw in some rows."""
    log = world(ROWS, 2)
    for name, (mean, std) in SCALES.items():
        rows = wrong.get(name, np.zeros(ROWS, bool))
        log[f"{name}_n"] = np.where(rows, log[name], (log[name] - mean) / std)
    options = {"by": ["host"]} if "host" in columns else {}
    options |= {"time_column": "ts"} if "ts" in columns else {}
    return skewcheck.audit(KNOWN, log.assign(**columns), served="{feature}_n", **options)


def test_a_host_that_was_restarted_and_a_version() -> None:
    version = np.where(np.arange(ROWS) % 2, "v1", "v2")
    on_host = (HOSTS == "web-2") & (np.arange(ROWS) >= 1500)
    audit = audited(
        {"a": on_host, "b": on_host, "d": version == "v2"}, host=HOSTS, ts=TIMES, version=version
    )
    first = audit.incidents[0]
    assert first.features == ("a", "b")
    assert first.place == Place("host", values=("web-2",))
    assert first.since == pytest.approx(TIMES[1500].timestamp(), abs=600)
    assert first.cause is not None
    assert first.cause.code == "not_normalized"
    assert pickle.loads(pickle.dumps(audit)) == audit  # noqa: S301  # what was just written


def test_reports_lead_with_incidents_of_several_features() -> None:
    on_host = HOSTS == "web-2"
    audit = audited({"a": on_host, "b": on_host}, host=HOSTS)
    told = "2 of 4 features were served without normalization"
    for name, before in (
        ("terminal", "\n\nSKEW  "), ("markdown", "incident: not_normalized: "),
        ("github", "incident: not_normalized: "),
    ):  # fmt: skip
        text = FORMATS[name](audit, Options(4000)).replace("`", "")
        assert text.count(before + told) == 1
        assert "cause: not_normalized: 2 of 4" not in text
    page = FORMATS["html"](audit, Options())
    assert page.index('id="incidents"') < page.index(told) < page.index('id="features"')
    assert page.count(told) == 1  # causes are no list of their own
    report = json.loads(FORMATS["json"](audit, Options()))
    (incident,) = report["incidents"]
    assert incident["features"] == ["a", "b"]
    assert incident["where"] == "host = web-2"
    assert incident["cause"] == report["causes"][0]


def test_one_feature_alone_is_in_json_only() -> None:
    audit = audited({"a": HOSTS == "web-2"}, host=HOSTS)
    assert len(json.loads(FORMATS["json"](audit, Options()))["incidents"]) == 1
    for name in ("terminal", "markdown", "github"):
        assert "ncident" not in FORMATS[name](audit, Options(4000))
    page = FORMATS["html"](audit, Options())  # whose list has what is wrong by itself as well
    listed = page[page.index('<ul class="incidents">') : page.index("</section>")]
    assert listed.count("<li>") == 1
    assert "1 feature" not in listed


def test_no_report_without_values_has_a_value_of_an_incident() -> None:
    hosts = np.where(HOSTS == "web-2", "q9Zk7Vw-2", "q9Zk7Vw-1")
    wrong = hosts == "q9Zk7Vw-2"
    audit = audited({"a": wrong, "b": wrong}, host=hosts, ts=TIMES)
    assert audit.incidents[0].features == ("a", "b")
    hidden = without_values(audit)
    for name, render in FORMATS.items():
        assert "q9Zk7Vw" not in render(hidden, Options(4000, every_test=True)), name
    assert "host = (hidden)" in FORMATS["terminal"](hidden, Options(4000))


def test_a_clean_log_has_no_incident() -> None:
    assert audited({}, host=HOSTS, ts=TIMES).incidents == ()
