"""Three ways to count a column by cell: the same rows, whatever the values and the thresholds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from skewcheck.counts import placing
from skewcheck.counts.cells import Buckets, Cells
from skewcheck.counts.gaps import Gaps
from skewcheck.counts.placing import Placed, by_kernel, by_sort, by_table
from skewcheck.counts.windows import Windows

Way = Callable[[NDArray[np.generic], Cells], Placed | None]
WAYS: dict[str, Way] = {
    "sort": by_sort,
    "table": by_table,
    "kernel": lambda values, cells: by_kernel(values, cells, narrow_too=True),
}
SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 5e-324, 1.7e308, -1.7e308, 2.0**53, 1e-310]
SCALES = st.sampled_from([1e-300, 1e-9, 1.0, 1e6, 1e300])


@st.composite
def cases(draw: st.DrawFn) -> tuple[NDArray[np.generic], Windows]:
    """Draw values of a type, many of them ties or at the edges, and windows with gaps."""
    dtype = draw(st.sampled_from([np.float64, np.float32, np.int64]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    count, scale = draw(st.integers(0, 400)), draw(SCALES) if dtype == np.float64 else 1.0
    shape = draw(st.sampled_from(["normal", "lognormal", "cauchy", "few"]))
    values = {
        "normal": lambda n: rng.normal(3, 2, n),
        "lognormal": lambda n: rng.lognormal(2, 3, n),
        "cauchy": lambda n: rng.standard_cauchy(n),
        "few": lambda n: rng.integers(-3, 4, n) / 2,
    }[shape](count)
    edges = np.unique(np.concatenate((values[::3], values[::5] + 0.25)).astype(dtype)) * scale
    edges = edges.astype(np.float64)
    log = (values * scale).astype(dtype)
    if dtype != np.int64 and count:
        at = rng.integers(0, count, 5)
        with np.errstate(over="ignore"):
            log[at] = rng.choice(np.array(SPECIAL).astype(dtype), 5)
    log = np.concatenate((log, edges[::2].astype(dtype), edges[::7].astype(dtype)))
    windows = Windows.exact(edges)
    if draw(st.booleans()) and len(edges):
        windows = windows.widened(rng.random(len(edges)) * draw(st.sampled_from([1e-9, 0.3])))
    if len(edges) > 1 and draw(st.booleans()):
        interval = np.sort(rng.integers(1, len(edges), 6))
        cuts = edges[interval - 1] + np.sort(rng.random(6)) * (np.diff(edges)[interval - 1])
        order = np.lexsort((cuts, interval))
        windows = Windows(
            windows.edges, windows.low, windows.high, gaps=Gaps(interval, cuts[order])
        )
    return log, windows


@given(cases())
def test_each_way_counts_what_comparing_one_by_one_does(
    case: tuple[NDArray[np.generic], Windows],
) -> None:
    values, windows = case
    cells = Cells.of(windows, values.dtype)
    thresholds = cells.thresholds[: cells.valid]
    numbers = values[np.isfinite(values)]
    place = np.array([int((value >= thresholds).sum()) for value in numbers], np.int64)
    rows = np.bincount(place, minlength=len(cells.thresholds) + 1)
    for name, way in WAYS.items():
        with np.errstate(over="ignore", invalid="ignore"):
            column = way(values, cells)
        if column is None:
            assert name == "kernel"
            continue
        assert column.rows.tolist() == rows.tolist(), name
        assert column.nulls == int(np.isnan(values).sum()), name
        assert column.infinite == int(np.isinf(values).sum()), name
        assert column.negative_infinite == int((values == -np.inf).sum()), name
        moments = column.moments
        assert moments.n == len(numbers), name
        if len(numbers):
            assert (moments.min, moments.max) == (numbers.min(), numbers.max()), name


@given(arrays(np.float64, st.integers(1, 3_000), elements=st.floats(-1e6, 1e6)), st.integers(0, 9))
def test_each_way_has_the_sums_and_the_moments(values: NDArray[np.float64], seed: int) -> None:
    edges = np.unique(np.random.default_rng(seed).choice(values, 20))
    cells = Cells.of(Windows.exact(edges), values.dtype)
    exact = values.astype(np.longdouble)
    deviations = exact - exact.mean()
    for name, way in WAYS.items():
        column = way(values, cells)
        if column is None:
            continue
        moments, size = column.moments, float(np.abs(exact).sum()) + 1e-300
        assert float(column.sums.sum()) == pytest.approx(float(exact.sum()), abs=1e-12 * size), name
        assert moments.mean == pytest.approx(float(exact.mean()), abs=1e-12 * size), name
        for power, mine in ((2, moments.m2), (3, moments.m3), (4, moments.m4)):
            largest = float((np.abs(exact) ** power).sum()) + 1e-300
            theirs = float((deviations**power).sum())
            assert mine == pytest.approx(theirs, abs=1e-10 * largest), (name, power)


@given(arrays(np.float64, st.integers(0, 200), elements=st.floats(allow_nan=False)))
def test_buckets_give_the_cell_of_each_threshold_and_of_what_is_above(
    drawn: NDArray[np.float64],
) -> None:
    thresholds = np.unique(drawn[np.isfinite(drawn)])
    with np.errstate(over="ignore"):
        values = np.concatenate((thresholds, np.nextafter(thresholds, np.inf)))
    values = values[np.isfinite(values)]
    below = np.searchsorted(thresholds, values, "right")
    for buckets in (Buckets.of(thresholds), Buckets.single(thresholds)):
        assert buckets.cell_of(values).tolist() == below.tolist()


@given(arrays(np.int64, st.integers(1, 200), elements=st.integers(-9_000, 9_000)))
def test_whole_numbers_have_a_bucket_each_where_they_are_few(drawn: NDArray[np.int64]) -> None:
    thresholds = np.unique(drawn).astype(np.float64)
    buckets = Buckets.of_whole(thresholds)
    if thresholds[-1] - thresholds[0] > 16_382:
        assert buckets is None
        return
    assert buckets is not None
    values = np.concatenate((drawn - 1, drawn, drawn + 1, [-(2**53), 2**53])).astype(np.float64)
    below = np.searchsorted(thresholds, values, "right")
    assert buckets.cell_of(values).tolist() == below.tolist()


def test_whole_numbers_beyond_float64_are_left_to_sorting() -> None:
    edges = np.array([2.0**53, 2.0**60])
    values = np.array([2**53, 2**53 + 1, 2**60, 2**60 + 1, 7], np.int64)
    cells = Cells.of(Windows.exact(edges), values.dtype)
    assert by_kernel(values, cells, narrow_too=True) is None
    assert by_table(values, cells).rows.tolist() == by_sort(values, cells).rows.tolist()
    assert by_sort(values, cells).rows.tolist() == [1, 1, 1, 1, 1]


@pytest.mark.skipif(placing.kernel is None, reason="no compiler was there: no kernel")
@pytest.mark.parametrize("cells", [3, 7])
@pytest.mark.parametrize("steps", [1, 17, -1])
def test_the_kernel_refuses_arrays_that_do_not_fit(cells: int, steps: int) -> None:
    thresholds, first = np.array([1.0, 1.5, 2.0, 2.5, np.inf]), np.zeros(1, np.uint16)
    with pytest.raises(ValueError, match="do not fit"):
        placing.kernel.count(
            np.ones(9), "d", True, thresholds, first, 0.0, 0.0, steps, np.zeros(2 * cells)
        )
    with pytest.raises(ValueError, match="do not fit"):
        placing.kernel.count(
            np.ones(9), "d", True, thresholds, first[:0], 0.0, 0.0, 0, np.zeros(10)
        )


def test_a_processor_that_sorts_slowly_counts_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(5).lognormal(3, 2, 20_000)
    cells = Cells.of(
        Windows.exact(np.unique(np.quantile(values, np.linspace(0, 1, 500)))), values.dtype
    )
    monkeypatch.setattr(placing, "kernel", None)
    counted = []
    for slow in (False, True):
        monkeypatch.setattr(placing, "sorting_is_slow", lambda slow=slow: slow)
        counted.append(placing.placed(values, cells).rows.tolist())
    assert counted[0] == counted[1]
