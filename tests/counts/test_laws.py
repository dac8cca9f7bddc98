"""What is measured can be added: the laws, for every part of a profile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import assert_commutes, assert_monoid, assert_same
from numpy.typing import NDArray
from strategies import columns, edges, names

from skewcheck.counts.categorical import CategoricalCounts, Levels
from skewcheck.counts.feature_plan import plan_feature
from skewcheck.counts.moments import Moments
from skewcheck.counts.numeric import NumericCounts, count_numbers
from skewcheck.counts.parity import ParityCounts, numeric_parity
from skewcheck.counts.plan import Plan
from skewcheck.counts.profile import FILES, Profile, total
from skewcheck.counts.rows import FILE, NAMED, Table, feature_column, segment_column
from skewcheck.counts.sample import Sample, keys
from skewcheck.counts.windows import Windows
from skewcheck.features.histogram import Histogram
from skewcheck.features.steps import Vocabulary, ZScore
from skewcheck.features.types import CategoricalReference, Feature, NumericReference
from skewcheck.logs.arrays import Digits
from skewcheck.logs.batch import Batch, RowOrigin

thirds = st.tuples(columns, columns, columns)
INTEGERS = np.iinfo(np.int64)
X = feature_column("x")


def joined(parts: tuple[NDArray[np.generic], ...]) -> NDArray[np.generic]:
    """Return the rows of all parts in order."""
    return np.concatenate(parts)


@given(thirds)
def test_moments(parts: tuple[NDArray[np.float64], ...]) -> None:
    finite = tuple(np.sort(part[np.isfinite(part)]) for part in parts)
    found = [Moments.of(part) for part in finite]
    assert_monoid(Moments(), found, Moments.of(np.sort(joined(finite))))
    assert_commutes(found[0], found[1])


@given(thirds, edges, st.sampled_from([np.float64, np.float32]))
def test_numeric_counts(
    parts: tuple[NDArray[np.float64], ...], cuts: NDArray[np.float64], dtype: type
) -> None:
    # Values that are edges make ties; drawn apart, few would.
    some = tuple(np.concatenate((part, cuts[: len(part)])).astype(dtype) for part in parts)
    windows = Windows.exact(cuts)
    found = [NumericCounts.of(part, windows) for part in some]
    assert_monoid(NumericCounts.zero(cuts), found, NumericCounts.of(joined(some), windows))
    assert_commutes(found[0], found[1])


@given(thirds, edges, st.integers(0, 2**32 - 1))
def test_counts_of_float32_values_among_others(
    parts: tuple[NDArray[np.float64], ...], cuts: NDArray[np.float64], seed: int
) -> None:
    # Tenths: those of float32, of float64, and what lies beside both.
    rng, cuts = np.random.default_rng(seed), np.unique(cuts / 10)
    some = []
    for part in parts:
        values = np.concatenate((part, rng.choice(cuts, 8)))
        narrow = rng.random(len(values)) < 0.5
        with np.errstate(over="ignore"):
            some.append(np.where(narrow, values.astype(np.float32), values))
    windows = Windows.exact(cuts)
    counted = [count_numbers(part, windows, None) for part in some]
    whole = count_numbers(joined(tuple(some)), windows, None)
    assert_monoid(NumericCounts.zero(cuts), counted, whole)
    assert_commutes(counted[0], counted[1])
    assert whole.rows == sum(map(len, some))
    assert whole.histogram.total == whole.finite


integers = st.lists(st.integers(INTEGERS.min, INTEGERS.max) | st.integers(-9, 9), max_size=20).map(
    lambda values: np.array(values, np.int64)
)


@given(st.tuples(integers, integers, integers), edges)
def test_numeric_counts_of_integers(
    parts: tuple[NDArray[np.int64], ...], cuts: NDArray[np.float64]
) -> None:
    windows = Windows.exact(cuts)
    found = [NumericCounts.of(part, windows) for part in parts]
    whole = NumericCounts.of(joined(parts), windows)
    added = (found[0] + found[1] + found[2]).histogram
    assert added.interleaved.tolist() == whole.histogram.interleaved.tolist()
    # Counted one by one, in exact arithmetic.
    values = [v for part in parts for v in part.tolist()]
    at = whole.histogram.at.tolist()
    assert at == [sum(v == int(e) == e for v in values) for e in cuts.tolist()]


def text(column: list[str | None]) -> tuple[NDArray[np.int32], list[str]]:
    """Return codes and names, as a dictionary array has them."""
    found = sorted({name for name in column if name is not None})
    index = {name: i for i, name in enumerate(found)}
    return np.array([-1 if n is None else index[n] for n in column], np.int32), found


LEVELS = Levels.text(("a", "b", "c"))


@given(st.tuples(names, names, names))
def test_categorical_counts(parts: tuple[list[str | None], ...]) -> None:
    found = [CategoricalCounts.of_text(*text(part), LEVELS) for part in parts]
    whole = [name for part in parts for name in part]
    assert_monoid(CategoricalCounts.zero(3), found, CategoricalCounts.of_text(*text(whole), LEVELS))
    assert_commutes(found[0], found[1])


@given(st.lists(st.integers(0, 500), min_size=3, max_size=400), st.integers(1, 200))
def test_names_of_strangers_do_not_depend_on_the_batches(ids: list[int], cut: int) -> None:
    column: list[str | None] = [f"id{i}" for i in ids]
    parts = [column[:cut], column[cut : 2 * cut], column[2 * cut :]]
    found = [CategoricalCounts.of_text(*text(part), LEVELS) for part in parts]
    whole = CategoricalCounts.of_text(*text(column), LEVELS)
    assert_monoid(CategoricalCounts.zero(3), found, whole)
    assert all(column.count(name) == rows for name, rows in whole.names.items())
    assert len(whole.names) == min(len(set(ids)), 64)


@given(thirds, st.floats(-2, 2))
def test_parity_counts(parts: tuple[NDArray[np.float64], ...], fault: float) -> None:
    def counts(raw: NDArray[np.float64], start: int) -> ParityCounts:
        faulty = (np.arange(start, start + len(raw)) % 3 == 0) & (np.abs(raw) < 100)
        served = np.where(faulty, fault, (raw - 1) / 3)
        found, fails = numeric_parity(raw, served, (ZScore(1.0, 3.0),), RowOrigin("a", start))
        table = Table({"raw:x": raw, "served:x": served}, {}, np.arange(len(raw)) + start / 1.0)
        return found.of_rows(fails, table, keys(RowOrigin("a", start), len(raw)))

    starts = np.cumsum([0, *map(len, parts)])
    found = [counts(part, int(start)) for part, start in zip(parts, starts[:3], strict=True)]
    assert_monoid(ParityCounts(), found, counts(joined(parts), 0))


@given(st.tuples(*[st.integers(0, 60)] * 3), st.integers(1, 50))
def test_sample(lengths: tuple[int, ...], size: int) -> None:
    start, parts = 0, []
    for n in lengths:
        rows = np.arange(start, start + n)
        parts.append(Sample.of(keys(RowOrigin("a", start), n), {X: rows}, size))
        start += n
    whole = Sample.of(keys(RowOrigin("a", 0), start), {X: np.arange(start)}, size)
    assert_monoid(Sample(size=size), parts, whole)
    assert_commutes(parts[0], parts[1])
    assert len(whole.rows().keys) == min(size, start)
    settled = (parts[0] + parts[1] + parts[2]).settled()
    assert len(settled.chunks) == 1
    assert settled.rows() is settled.chunks[0]
    assert settled.rows().columns[X].tolist() == whole.rows().columns[X].tolist()


def test_a_sample_is_spread_evenly_over_the_rows() -> None:
    rows = keys(RowOrigin("part-0.parquet", 0), 200_000)
    assert len(np.unique(rows)) == 200_000
    chosen = Sample.of(rows, {X: np.arange(200_000)}, 10_000).rows().columns[X]
    per_tenth = np.bincount((chosen // 20_000).astype(np.int64))
    assert (np.abs(per_tenth - 1000) < 5 * 1000**0.5).all()  # five standard deviations


FEATURES = (
    Feature(
        "x", "numeric", (ZScore(1.0, 3.0),),
        NumericReference(
            9, mean=1.0, std=3.0, min=-5.0, max=7.0, step=1.0, step_share=1.0,
            histogram=Histogram(
                np.array([-5.0, 0.0, 7.0]), np.array([2, 3, 2]),
                np.array([0, 1, 1, 0]), np.array([0, -2.0, 3.0, 0]),
            ),
        ),
    ),
    Feature(
        "k", "categorical", (Vocabulary(("a", "b")),), CategoricalReference(5, 1, {"a": 3, "b": 1})
    ),
)  # fmt: skip
PLAN = Plan(
    tuple(
        plan_feature(f, f.name, "{}_n".format, {"k", "x_n", "k_n"}.__contains__) for f in FEATURES
    )
)


rows = st.lists(
    st.tuples(st.floats(-3, 3), st.sampled_from(["a", "b", "new", None])), max_size=40
)  # fmt: skip


@given(rows, st.integers(0, 40), st.integers(0, 40))
def test_profile(log: list[tuple[float, str | None]], one: int, two: int) -> None:
    codes = {"a": 0.0, "b": 1.0}
    columns = {
        "x_n": pa.array([x for x, _ in log], pa.float64()),
        "k": pa.array([k for _, k in log], pa.string()).dictionary_encode(),
        "k_n": pa.array([codes.get(k or "", -1.0) for _, k in log], pa.float64()),
    }

    def measured(start: int, stop: int) -> Profile:
        some = {name: array.slice(start, stop - start) for name, array in columns.items()}
        digits = {"x_n": Digits(5, 4)} if stop > start else {}
        return Profile.of(PLAN, Batch(RowOrigin("log.csv", start), stop - start, some, digits))

    first, second = sorted((min(one, len(log)), min(two, len(log))))
    parts = [measured(0, first), measured(first, second), measured(second, len(log))]
    whole = measured(0, len(log))
    assert_monoid(Profile.zero(PLAN), parts, whole)
    assert_same(total(parts), whole)


LOCATED = replace(PLAN, segments=("host", "version"))
hosts = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "ü", None]), st.sampled_from([1, 2, None]), st.floats(0, 9)
    ),
    max_size=30,
)


@given(hosts, st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_profile_with_segments_times_and_files(
    log: list[tuple[str | None, int | None, float]], one: int, two: int, files: bool
) -> None:
    columns = {
        "x_n": pa.array([t for *_, t in log], pa.float64()),
        "host": pa.array([h for h, *_ in log], pa.string()).dictionary_encode(),
        "version": pa.array([v for _, v, _ in log], pa.int64()),
    }

    def measured(start: int, stop: int, file: str = "a.csv") -> Profile:
        some = {name: array.slice(start, stop - start) for name, array in columns.items()}
        times = np.array([t for *_, t in log[start:stop]])
        batch = Batch(RowOrigin(file, start), stop - start, some, times=times)
        return Profile.of(LOCATED, batch)

    first, second = sorted((min(one, len(log)), min(two, len(log))))
    parts = [measured(0, first), measured(first, second), measured(second, len(log))]
    assert_monoid(Profile.zero(LOCATED), parts, measured(0, len(log)))
    whole = total(parts)
    names = whole.names[segment_column("host")]
    codes = whole.sample.rows().columns[segment_column("host")]
    told = sorted(names.get(code, "null") for code in codes.tolist())
    assert told == sorted("null" if host is None else host for host, *_ in log)
    assert set(whole.names[segment_column("version")].values()) == {
        str(v) for _, v, _ in log if v is not None
    }
    if files:
        # Parts of two files, one of which comes twice: moments are those of each file's rows.
        other = measured(0, first, "b.csv")
        both = other + parts[1] + parts[2]
        assert_same((other + parts[1]) + parts[2], other + (parts[1] + parts[2]))
        values = np.array([t for *_, t in log[first:]])
        served = both.files["a.csv"][0][1]
        assert served.n == len(values)
        assert served.mean * served.n == pytest.approx(values.sum(), abs=1e-9)


def test_moments_are_kept_of_the_first_files_only() -> None:
    def measured(file: str) -> Profile:
        return Profile.of(PLAN, Batch(RowOrigin(file, 0), 1, {"x_n": pa.array([1.0])}))

    parts = [measured(f"{i:03}.csv") for i in range(FILES + 5)]
    whole = total(parts)
    assert list(whole.files) == [f"{i:03}.csv" for i in range(FILES)]
    right_first = parts[0] + total(parts[1:])
    assert list(right_first.files) == list(whole.files)
    assert len(whole.names[FILE]) == FILES + 5


@settings(max_examples=10)
@given(st.integers(0, 4000), st.integers(0, 4000))
def test_names_of_segments_are_bounded_whatever_the_batches(one: int, two: int) -> None:
    first, second = sorted((one, two))

    def measured(start: int, stop: int) -> Profile:
        ids = pa.array([f"id{i}" for i in range(start, stop)], pa.string())
        return Profile.of(LOCATED, Batch(RowOrigin("a", start), stop - start, {"host": ids}))

    parts = [measured(0, first), measured(first, second), measured(second, 4000)]
    whole = measured(0, 4000).names[segment_column("host")]
    assert len(whole) == NAMED
    assert total(parts).names[segment_column("host")] == whole
    assert (parts[0] + (parts[1] + parts[2])).names[segment_column("host")] == whole


def test_a_file_without_a_column_has_nulls_there_and_it_is_remembered() -> None:
    there = {"x_n": pa.array([0.0, 1.0]), "k": pa.array(["a", "b"]), "k_n": pa.array([0.0, 1.0])}
    full = Profile.of(PLAN, Batch(RowOrigin("a.csv", 0), 2, there))
    less = Profile.of(PLAN, Batch(RowOrigin("b.csv", 0), 2, {"k": there["k"], "k_n": there["k_n"]}))
    both = full + less
    served = both.features[0].served
    assert isinstance(served, NumericCounts)
    assert (served.rows, served.nulls, served.finite) == (4, 2, 2)
    assert both.absent == {"x_n": {"b.csv": 2}}
    assert (both + less).absent == {"x_n": {"b.csv": 4}}
