"""Counts per cluster, and runs of rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import assert_commutes, assert_monoid

from skewcheck.counts.bins import bins_of, cuts
from skewcheck.counts.clusters import Clusters
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import Profile, total
from skewcheck.counts.rows import GROUPS, ROW, feature_column
from skewcheck.counts.runs import BLOCK, RUNS
from skewcheck.counts.sides import NumericSide
from skewcheck.features.histogram import Histogram
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.logs.batch import Batch, RowOrigin

EDGES = np.arange(100.0)
FEATURES = (
    Feature(
        "x", "numeric", (),
        NumericReference(
            200, min=0.0, max=99.0,
            histogram=Histogram(
                EDGES, np.ones(100, np.int64), np.array([0, *[1] * 99, 0]), np.zeros(101)
            ),
        ),
    ),
    Feature("k", "categorical", (), CategoricalReference(5, 1, {"a": 3, "b": 1})),
    Feature("gone", "numeric"),
)  # fmt: skip
PLAN = Plan(tuple(plan_feature(f, f.name, None, {"x", "k"}.__contains__) for f in FEATURES))
CLUSTERED = replace(PLAN, cluster="user")
rows = st.lists(
    st.tuples(
        st.floats(-9, 120) | st.just(np.nan), st.sampled_from(["a", "b", "new", None]),
        st.sampled_from(["u1", "u2", "17", None]),
    ),
    max_size=30,
)  # fmt: skip


def measured(log: list[tuple[float, str | None, str | None]], start: int, stop: int) -> Profile:
    columns = {
        "x": pa.array([x for x, _, _ in log], pa.float64()),
        "k": pa.array([k for _, k, _ in log], pa.string()),
        "user": pa.array([u for _, _, u in log], pa.string()),
    }
    some = {name: array.slice(start, stop - start) for name, array in columns.items()}
    return Profile.of(CLUSTERED, Batch(RowOrigin("log", start), stop - start, some))


@given(rows, st.integers(0, 30), st.integers(0, 30))
def test_counts_per_cluster(
    log: list[tuple[float, str | None, str | None]], one: int, two: int
) -> None:
    first, second = sorted((min(one, len(log)), min(two, len(log))))
    parts = [measured(log, 0, first), measured(log, first, second), measured(log, second, len(log))]
    whole = measured(log, 0, len(log))
    assert_monoid(Profile.zero(CLUSTERED), parts, whole)
    assert_commutes(parts[0].clusters, parts[1].clusters)
    assert whole.clusters.values == len({user for *_, user in log} - {None})
    if log:
        numbers, labels, gone = whole.clusters.tables
        assert numbers.sum() == labels.sum() == len(log)
        assert gone.shape == (GROUPS, 0)
        # Bins, counted one by one: at or below each cut, and nulls last.
        values = np.array([x for x, *_ in log], np.float32)
        side = CLUSTERED.features[0].raw
        assert isinstance(side, NumericSide)
        below = [int((values <= cut).sum()) for cut in cuts(side)]
        assert numbers.sum(0).cumsum()[: len(below)].tolist() == below
        assert numbers.sum(0)[-1] == np.isnan(values).sum()
        names = [k for _, k, _ in log]
        told = [names.count(k) for k in ("a", "b")] + [0] + [names.count(k) for k in ("new", None)]
        assert labels.sum(0).tolist() == told


def test_rows_of_one_cluster_share_a_group_and_others_are_spread() -> None:
    users = [f"u{i}" for i in range(3000)] * 2
    table = _counted(pa.array(users)).tables[0].sum(1)
    assert (table % 2 == 0).all()
    # The variance of a Poisson count is its mean: 3000/1024, to five standard errors.
    assert (table // 2).var() == pytest.approx(3000 / GROUPS, rel=5 * (2 / GROUPS) ** 0.5)


def test_rows_without_a_cluster_are_clusters_by_themselves() -> None:
    found = _counted(pa.nulls(5000, pa.string()))
    assert found.values == 0
    assert (found.tables[0].sum(1) > 0).mean() > 0.95  # exp(-5000/1024) of the groups are empty


@pytest.mark.parametrize("kind", [pa.int32(), pa.int64(), pa.uint64(), pa.float64(), pa.string()])
def test_an_id_is_the_same_cluster_as_a_number_and_as_text(kind: pa.DataType) -> None:
    ids = pa.array([5, 17, 0, 123456789, 5] * 10, pa.int64())
    one, other = _counted(ids), _counted(ids.cast(kind))
    assert one.hashes.tolist() == other.hashes.tolist()
    assert one.tables[0].tolist() == other.tables[0].tolist()


def test_the_number_of_clusters_is_exact_or_nearly_so() -> None:
    assert _counted(pa.array(range(1000))).values == 1000
    many = _counted(pa.array(range(30_000))) + _counted(pa.array(range(20_000, 50_000)))
    assert many.values == pytest.approx(50_000, rel=0.1)  # three standard errors


def _counted(users: pa.Array) -> Clusters:
    columns = {"x": pa.array(np.zeros(len(users))), "user": users}
    return Profile.of(CLUSTERED, Batch(RowOrigin("log", 0), len(users), columns)).clusters


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_bins_of_numbers(dtype: type) -> None:
    side = PLAN.features[0].raw
    assert isinstance(side, NumericSide)
    values = np.arange(-5, 110).astype(dtype)
    width, bins = bins_of(side, values)
    inner = np.searchsorted(cuts(side), values.astype(np.float64), "left")
    assert width == len(cuts(side)) + 2 == 9
    assert bins.tolist() == inner.tolist()
    assert (bins[values < 0] == 0).all()


@given(st.integers(0, 30_000), st.integers(0, 30_000))
def test_runs_are_whole_blocks_whatever_the_batches(one: int, two: int) -> None:
    first, second = sorted((one, two))
    values = np.arange(30_000.0)

    def part(start: int, stop: int) -> Profile:
        columns = {"x": pa.array(values[start:stop])}
        return Profile.of(PLAN, Batch(RowOrigin("log", start), stop - start, columns))

    parts = [part(0, first), part(first, second), part(second, 30_000)]
    sample = total(parts).runs.rows()
    numbers = sample.columns[ROW]
    assert len(numbers) == RUNS * BLOCK
    assert sample.columns[feature_column("x")].tolist() == numbers.tolist()
    whole = part(0, 30_000).runs.rows()
    assert whole.columns[ROW].tolist() == numbers.tolist()
    _, lengths = np.unique(numbers // BLOCK, return_counts=True)
    assert (lengths == BLOCK).sum() >= RUNS - 2
