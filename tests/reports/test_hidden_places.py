"""With --no-values no report has a value of a segment column, whatever column and values are."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import skewcheck
from skewcheck import Audit
from skewcheck.features.steps import ZScore
from skewcheck.features.types import Feature
from skewcheck.reports import FORMATS
from skewcheck.reports.redact import without_values
from skewcheck.reports.words.places import where
from skewcheck.results.causes import Place
from skewcheck.text.printable import Options

ROWS = 2400
KNOWN = skewcheck.fit(
    pd.DataFrame({"x": np.random.default_rng(1).normal(10, 2, 6000)}),
    parameters=skewcheck.Parameters((Feature("x", "numeric", (ZScore(10.0, 2.0),)),), "sha256:0"),
)
SIGN = "q9Zk7Vw"
"""Stands in every value, and in nothing else."""
HOSTILE = (
    "since 2019-01-01 00:00", "since 2019-01-01 00:00 until 2020-01-01 00:00", " = ", "until ",
    "a = b", "not logged in", "<b>", "|", "`", "](", "two\nlines", "\x1b[31m", "{0}", "\u202e",
    "null", "other", "(hidden)", ", and no others", "all rows of who", " and 3 more",
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
values = st.lists(
    st.one_of(st.sampled_from(HOSTILE), texts), min_size=1, max_size=12, unique=True
)  # fmt: skip


def audited(column: str, chosen: list[str], others: int, **options: object) -> Audit:
    """Audit a log in which rows with any of these values were served raw."""
    names = [f"{value}{SIGN}{i}" for i, value in enumerate(chosen)]
    names += [f"right {SIGN} {i}" for i in range(others)]
    host = np.array(names, object)[np.arange(ROWS) % len(names)]
    raw = np.random.default_rng(2).normal(10, 2, ROWS)
    wrong = np.arange(ROWS) % len(names) < len(chosen)
    frame = pd.DataFrame({"x": raw, "x_n": np.where(wrong, raw, (raw - 10) / 2)})
    frame[column] = host
    return skewcheck.audit(KNOWN, frame, served="{feature}_n", by=[column], **options)


def assert_hidden(audit: Audit) -> None:
    shown = [
        (name, render(audit, Options(4000, every_test=True))) for name, render in FORMATS.items()
    ]
    shown.append(("terminal, not verbose", FORMATS["terminal"](audit, Options(4000))))
    assert [name for name, text in shown if SIGN in text] == []


@settings(max_examples=15, deadline=None)
@given(st.one_of(st.sampled_from(["who", *HOSTILE]), texts.filter(bool)), values, st.integers(3, 9))
@example("user", [f"anna{i}@x.org " for i in range(6)], 6)
@example("since 2019-01-01 00:00", ["since 2019-01-01 00:00"], 3)
@example("who = a", ["b"], 3)
def test_no_report_has_a_value_of_an_audit(column: str, chosen: list[str], others: int) -> None:
    if column in ("x", "x_n"):
        column = f"{column}!"
    audit = audited(column, chosen, others)
    (cause,) = audit.features[0].causes
    assert cause.place is not None
    assert sorted(cause.place.values) == sorted(f"{v}{SIGN}{i}" for i, v in enumerate(chosen))
    assert (cause.place.column, cause.place.distinct) == (column, len(chosen) + others)
    assert pickle.loads(pickle.dumps(cause.place)) == cause.place  # noqa: S301  # our own bytes
    hidden = without_values(audit)
    assert hidden.features[0].causes[0].place == replace(cause.place, values=())
    assert_hidden(hidden)


def test_twelve_users_of_whom_six_are_affected() -> None:
    audit = audited("user", [f"anna{i}@x.org " for i in range(6)], 6)
    text = FORMATS["terminal"](audit, Options(width=4000))
    assert f"6 of 12 values of user: anna0@x.org {SIGN}0, " in text
    text = FORMATS["terminal"](without_values(audit), Options(width=4000))
    assert "50 % of the rows, user = (hidden): not normalized" in text


@cache
def one_host() -> Audit:
    return audited("who", ["a"], 3)


moments = st.one_of(st.none(), st.integers(0, 2_000_000_000).map(float))


@st.composite
def places(draw: st.DrawFn, depth: int = 2) -> Place:
    chosen = tuple(f"{value}{SIGN}" for value in draw(values))
    inside = draw(places(depth - 1)) if depth and draw(st.booleans()) else None
    return Place(
        draw(st.one_of(st.sampled_from(HOSTILE), texts)), "column", chosen,
        draw(st.one_of(st.none(), st.integers(12, 99))), draw(moments), draw(moments),
        draw(st.floats(0, 1)), draw(st.floats(0, 1)), inside,
    )  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(place=places())
def test_no_report_has_a_value_of_a_place(place: Place) -> None:
    audit = one_host()
    (feature,) = audit.features
    cause = replace(feature.causes[0], place=place)
    root = replace(cause, features=("x",), details={"of": 1, "shares": (0.5,)})
    audit = replace(audit, features=(replace(feature, causes=(cause,)),), causes=(root,))
    assert SIGN in FORMATS["json"](audit)
    assert_hidden(without_values(audit))
    assert pickle.loads(pickle.dumps(place)) == place  # noqa: S301  # our own bytes


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("host", values=("a",)), "host = a"),
        (Place("host", values=("a", "b", "c", "d")), "host = a, b, c and 1 more"),
        (Place("host", values=("a", "b", "c", "d"), distinct=9), "host = a, b, c, d"),
        (
            Place("host", values=tuple("abcdef"), distinct=20),
            "6 of 20 values of host: a, b, c and 3 more",
        ),
        (Place("host", values=tuple("abcdefghijkl"), distinct=12), "all 12 hosts"),
        (Place("country", values=("a", "b", "c"), distinct=3), "all 3 countries"),
        (Place("host_id", values=("a", "b", "c"), distinct=3), "all 3 values of host_id"),
        (Place("host", values=("a", "b"), distinct=2), "host = a, b"),
        (Place("host", values=("a", "b", "c", None), distinct=4), "all 3 hosts"),
        (Place(None, "file", ("1", "2", "3"), 3, since=0.0), "all 3 files since 1970-01-01 00:00"),
        (Place(None, "file", ("1.parquet",), since=0.0), "file = 1.parquet since 1970-01-01 00:00"),
        (Place("host"), "host = (hidden)"),
        (Place("v", values=("2",), inside=Place("host", since=60.0)),
         "host = (hidden) since 1970-01-01 00:01 v = 2"),
        (Place(since=0.0, until=60.0), "since 1970-01-01 00:00 until 1970-01-01 00:01"),
        (Place(), "some of the time"),
    ],
)  # fmt: skip
def test_places_in_words(place: Place, text: str) -> None:
    assert where(place) == text


def test_skew_of_every_segment_is_said_without_a_list() -> None:
    random = np.random.default_rng(3)
    log = pd.DataFrame({"x": random.normal(30, 2, ROWS), "host": np.arange(ROWS) % 12})
    audit = skewcheck.audit(KNOWN, log.assign(host="web-" + log.host.astype(str)), by=["host"])
    for shown in (audit, without_values(audit)):
        assert "; in all 12 hosts" in FORMATS["terminal"](shown, Options(400))
