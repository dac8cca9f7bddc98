"""Every row that is read is audited, outside of the times asked for, or lost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st
from laws import assert_monoid

from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.intake import Intake, RowCounts
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile
from skewcheck.features.steps import Vocabulary, ZScore
from skewcheck.features.types import Feature
from skewcheck.logs.batch import Batch, RowOrigin
from skewcheck.logs.times import Window

FEATURES = (
    Feature("x", "numeric", (ZScore(0.0, 1.0),)),
    Feature("s", "categorical", (Vocabulary(("a",)),)),
)
values = st.lists(
    st.tuples(
        st.none() | st.floats(-5, 5), st.none() | st.sampled_from("ab"),
        st.none() | st.integers(0, 9),
    ),
    max_size=20,
)  # fmt: skip


def plan(window: tuple[float, float]) -> Plan:
    features = tuple(plan_feature(f, f.name, None, lambda _: True) for f in FEATURES)
    return Plan(features, window=Window("t", *window), sets_apart=True)


def profile(
    rows: list[tuple[float | None, str | None, int | None]], window: tuple[float, float],
    start: int = 0,
) -> Profile:  # fmt: skip
    x, s, t = ([row[i] for row in rows] for i in range(3))
    columns = {
        "x": pa.array(x, pa.float64()), "s": pa.array(s, pa.string()),
        "t": pa.array(t, pa.float64()),
    }  # fmt: skip
    kept = Window("t", *window).kept(Batch(RowOrigin("a.csv", start), len(rows), columns))
    return Profile.of(plan(window), kept)


@given(values, st.sampled_from([(-np.inf, np.inf), (2.0, 7.0), (7.0, 2.0), (3.0, np.inf)]))
@example([(None, None, 0), (1.0, "a", 0), (1.0, "a", 3)], (2.0, 7.0))
def test_no_row_is_lost_and_none_is_counted_twice(
    rows: list[tuple[float | None, str | None, int | None]], window: tuple[float, float]
) -> None:
    total = profile(rows, window).intake.total
    everything = window == (-np.inf, np.inf)
    inside = [r for r in rows if everything or (r[2] is not None and window[0] <= r[2] < window[1])]
    empty = sum(x is None and s is None for x, s, _ in inside)
    assert total.parsed == len(rows)
    assert (total.audited, total.featureless) == (len(inside) - empty, empty)
    # A time of 0 is that of a clock which was never set.
    assert total.untimed == (0 if everything else sum(not t for *_, t in rows))


@given(values, values, values)
def test_parts_add_up(
    a: list[tuple[float | None, str | None, int | None]],
    b: list[tuple[float | None, str | None, int | None]],
    c: list[tuple[float | None, str | None, int | None]],
) -> None:
    window = (2.0, 7.0)
    parts = [profile(rows, window).intake for rows in (a, b, c)]
    assert_monoid(Intake(), parts, profile([*a, *b, *c], window).intake)


def test_losses_are_kept_by_file() -> None:
    lost, whole = RowCounts(audited=5, untimed=2), RowCounts(audited=7, earlier=1)
    account = Intake.of("a", lost) + Intake.of("a", lost) + Intake.of("b", whole)
    assert account.losses == {"a": RowCounts(untimed=4)}
    assert account.total == RowCounts(audited=17, earlier=1, untimed=4)
